/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See reporters.h. What is known of each party is core/rtcpreport's; here are time and facts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/random.h>
#include <event2/event.h>
#include <core/rtcpreport.h>
#include <daemon/media.h>
#include <daemon/relay.h>
#include <daemon/reporters.h>

#define REPORTERS_REST	1400 /* bytes of feedback and the like that go on behind our reports */
#define REPORTERS_SIZE	(RTCPREPORT_SIZE + REPORTERS_REST)
#define IP_UDP_OVERHEAD 28

struct party {
	struct rtcpreport report;
	uint32_t own_ssrc;
	char cname[24];
	bool shared_port; /* its RTCP comes on the RTP port (RFC 5761): ours goes there, too */
};

struct reporter {
	struct relay *relay;
	struct stream *stream;
	struct party party[2]; /* by enum leg_side */
	bool initial;
	unsigned int average_size;
	struct event *timer;
};

static uint64_t wall_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* What the report to the party of `side` is made of. */
static struct rtcpreport_facts facts_of(const struct reporter *r, enum leg_side side,
					struct text rest)
{
	const struct engine *e = &r->relay->engine;
	const struct channel *in = &r->stream->leg[side].channel[CHANNEL_RTP];
	const struct channel *from = channel_opposite(in);
	struct rtpstats_sum received = engine_channel_stats(e, in);
	struct rtpstats_sum sent = engine_channel_stats(e, from);
	const struct party *p = &r->party[side];
	struct rtcpreport_facts f = {
		.now = relay_now(),
		.wall = wall_clock(),
		.own_ssrc = p->own_ssrc,
		.cname = text_of(p->cname),
		.rest = rest,
	};

	f.sent.packets = sent.rtp_packets;
	f.sent.octets = sent.bytes > 12 * sent.packets ? sent.bytes - 12 * sent.packets : 0;
	f.sent.ssrc = sent.ssrc;
	f.sent.timestamp = sent.timestamp;
	f.sent.time = sent.last_seen;
	f.sent.clock_hz = from->clock.hz;
	f.received.packets = received.rtp_packets;
	f.received.expected = received.expected;
	f.received.ssrc = received.ssrc;
	f.received.highest = received.highest;
	f.received.jitter = received.jitter;
	return f;
}

static void report_to(struct reporter *r, enum leg_side side, struct text rest)
{
	const struct leg *leg = &r->stream->leg[side];
	struct party *p = &r->party[side];
	struct rtcpreport_facts facts = facts_of(r, side, rest);
	uint8_t buf[REPORTERS_SIZE];
	int len = rtcpreport_build(&p->report, &facts, buf, sizeof(buf));

	if (len <= 0)
		return;
	media_send(r->relay, &leg->channel[p->shared_port ? CHANNEL_RTP : CHANNEL_RTCP], buf,
		   (size_t)len);
	r->average_size += ((unsigned int)len + IP_UDP_OVERHEAD) / 16;
	r->average_size -= r->average_size / 16;
}

static void reporter_schedule(struct reporter *r)
{
	struct rtcpreport_session session = {
		.members = 2,
		.senders = 1,
		.we_sent = true,
		.initial = r->initial,
		.average_size = r->average_size,
	};
	uint32_t random = 0;
	uint64_t us;
	struct timeval when;

	if (getrandom(&random, sizeof(random), 0) < 0)
		random = (uint32_t)relay_now();
	us = rtcpreport_interval(&session, random) / 1000;
	when = (struct timeval){(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
	event_add(r->timer, &when);
}

static void on_report(evutil_socket_t fd, short what, void *ctx)
{
	const struct text none = {NULL, 0};
	struct reporter *r = ctx;

	(void)fd;
	(void)what;
	r->initial = false;
	report_to(r, LEG_CALLEE, none);
	report_to(r, LEG_CALLER, none);
	reporter_schedule(r);
}

static int party_init(struct party *p)
{
	uint64_t name;

	if (getrandom(&p->own_ssrc, sizeof(p->own_ssrc), 0) < 0 ||
	    getrandom(&name, sizeof(name), 0) < 0)
		return -errno;
	snprintf(p->cname, sizeof(p->cname), "%016llx", (unsigned long long)name);
	return 0;
}

int reporters_start(struct relay *relay, struct stream *stream)
{
	struct reporter *r;

	if (stream->reporter || !stream->rtcp_own || !stream->complete)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->relay = relay;
	r->stream = stream;
	r->initial = true;
	r->average_size = 120;
	r->timer = evtimer_new(relay->base, on_report, r);
	if (!r->timer || party_init(&r->party[0]) || party_init(&r->party[1])) {
		if (r->timer)
			event_free(r->timer);
		free(r);
		return -ENOMEM;
	}
	stream->reporter = r;
	reporter_schedule(r);
	return 0;
}

bool reporters_take(const struct channel *channel, const struct slowpath_packet *packet)
{
	struct reporter *r = channel->stream->reporter;
	struct rtcpreport_heard heard;
	uint8_t rest[REPORTERS_REST];
	struct party *p;

	if (!r || packet->len > sizeof(rest))
		return false;
	p = &r->party[channel->side];
	if (rtcpreport_receive(&p->report, packet->data, packet->len, packet->now, wall_clock(),
			       rest, sizeof(rest), &heard))
		return false;
	p->shared_port = channel->kind == CHANNEL_RTP;
	if (heard.rest_len)
		report_to(r, !channel->side, (struct text){(const char *)rest, heard.rest_len});
	return true;
}

void reporters_stop(struct stream *stream)
{
	struct reporter *r = stream->reporter;

	if (!r)
		return;
	stream->reporter = NULL;
	event_free(r->timer);
	free(r);
}
