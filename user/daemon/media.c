/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See media.h. Re-packetisers and digits are small enough to live here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include <event2/event.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <core/dtmf.h>
#include <core/resizer.h>
#include <daemon/access.h>
#include <daemon/media.h>
#include <daemon/players.h>
#include <daemon/reach.h>
#include <daemon/relay.h>
#include <daemon/reporters.h>
#include <io/control.h>
#include <io/notify.h>
#include <io/slowpath_sender.h>

#define MEDIA_TTL 64
#define NS_PER_US 1000ULL
#define US_PER_S  1000000ULL

struct media {
	struct relay *relay;
	struct taps *taps;
	struct players *players;
	struct digits *digits;	   /* all of them, for the look each second */
	struct sender *senders[2]; /* IPv4, IPv6 (NULL: none) */
	struct slowpath_stats sent;
	uint8_t datagram[SENDER_HEADER + 65536];
};

/* The timer runs only while something waits: it lets out what a pause of the sender's left over. */
struct repacketiser {
	struct relay *relay;
	struct leg *leg;
	struct resizer *resizer;
	struct event *timer;
};

struct digits {
	struct dtmf dtmf;
	struct leg *leg;
	struct notify_target
		*target; /* as it was when they were asked for: a later U may name none */
	char *tag;	 /* %-encoded */
	bool hide;
	struct digits *prev, *next;
};

struct slowpath_send media_aim(const struct channel *from)
{
	return (struct slowpath_send){
		.src = from->local,
		.dst = from->learn.dest,
		.tos = from->stream->leg[from->side].tos,
		.ttl = MEDIA_TTL,
	};
}

bool media_send(struct relay *relay, const struct channel *from, const uint8_t *data, size_t len)
{
	struct media *m = relay->media;
	const struct slowpath_send out = media_aim(from);
	struct sender *sender = m->senders[!addr_is_v4(&out.dst.addr)];
	uint64_t errors;

	if (!sender || !endpoint_is_set(&out.dst) || len > sizeof(m->datagram) - SENDER_HEADER)
		return false;
	memcpy(m->datagram + SENDER_HEADER, data, len);
	if (sender_add(sender, &out, m->datagram, len))
		return false;
	errors = m->sent.send_errors;
	sender_flush(sender, &m->sent);
	return m->sent.send_errors == errors;
}

/* A packet on its way through the stages behind the re-packetiser. */
struct passage {
	struct relay *relay;
	const struct slowpath_packet *packet;
	struct channel *channel;
};

static bool passage_end(struct passage *way, const uint8_t *data, size_t len, bool sendable);

/* --- re-packetisers ------------------------------------------------------------------------ */

static void emit(void *ctx, const uint8_t *data, size_t len)
{
	struct passage *way = ctx;
	const struct channel *to = channel_opposite(way->channel);

	if (!endpoint_is_set(&to->learn.dest)) {
		passage_end(way, data, len, false);
		return;
	}
	way->channel->slow_relayed++;
	if (!passage_end(way, data, len, true))
		return;
	if (media_send(way->relay, to, data, len)) {
		reach_count(way->relay, way->channel);
		return;
	}
	way->channel->slow_relayed--;
	way->channel->slow_dropped++;
}

/* Adds to the totals what the re-packetiser did since `before`. */
static void repacketise_count(struct relay *relay, const struct resizer_stats *before,
			      const struct resizer_stats *after)
{
	struct engine_totals *t = &relay->engine.totals;

	t->repacketised_in += after->in - before->in;
	t->repacketised_out += after->out - before->out;
	t->repacketised_late += after->discarded - before->discarded;
}

/* Sees to it that the timer ends no later than what waits first has to leave. */
static void repacketise_wait(struct repacketiser *r, uint64_t now)
{
	uint64_t due = resizer_due(r->resizer), us;
	struct timeval when;

	if (due == UINT64_MAX || event_pending(r->timer, EV_TIMEOUT, NULL))
		return;
	us = due > now ? (due - now) / NS_PER_US + 1 : 0;
	when = (struct timeval){(time_t)(us / US_PER_S), (suseconds_t)(us % US_PER_S)};
	event_add(r->timer, &when);
}

static void repacketise_packet(struct repacketiser *r, struct passage *way)
{
	struct resizer_stats before = resizer_stats(r->resizer), after;

	resizer_push(r->resizer, way->packet->now, way->packet->data, way->packet->len, emit, way);
	after = resizer_stats(r->resizer);
	repacketise_count(way->relay, &before, &after);
	repacketise_wait(r, way->packet->now);
}

/* Lets out what waits, all of it or only what has waited for too long. */
static void repacketise_let_out(struct repacketiser *r, bool all)
{
	struct channel *ch = &r->leg->channel[CHANNEL_RTP];
	const struct slowpath_packet last = {
		.source = ch->learn.peer, .local = ch->local, .now = relay_now()};
	struct passage way = {r->relay, &last, ch};
	struct resizer_stats before = resizer_stats(r->resizer), after;

	if (all)
		resizer_flush(r->resizer, emit, &way);
	else
		resizer_expire(r->resizer, last.now, emit, &way);
	after = resizer_stats(r->resizer);
	repacketise_count(r->relay, &before, &after);
}

static void on_waited(evutil_socket_t fd, short what, void *ctx)
{
	struct repacketiser *r = ctx;

	(void)fd;
	(void)what;
	repacketise_let_out(r, false);
	repacketise_wait(r, relay_now());
}

static void repacketiser_free(struct repacketiser *r)
{
	resizer_free(r->resizer);
	if (r->timer)
		event_free(r->timer);
	free(r);
}

static struct repacketiser *repacketiser_new(struct relay *relay, struct leg *leg)
{
	struct repacketiser *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->relay = relay;
	r->leg = leg;
	r->resizer = resizer_new(leg->ptime);
	r->timer = evtimer_new(relay->base, on_waited, r);
	if (r->resizer && r->timer)
		return r;
	repacketiser_free(r);
	return NULL;
}

/* What still waits goes on before a re-packetiser goes. */
static int repacketise(void *ctx, struct leg *leg)
{
	if (!leg->ptime && leg->repacketiser) {
		repacketise_let_out(leg->repacketiser, true);
		repacketiser_free(leg->repacketiser);
		leg->repacketiser = NULL;
	} else if (leg->repacketiser) {
		resizer_set_ptime(leg->repacketiser->resizer, leg->ptime);
	} else if (leg->ptime) {
		leg->repacketiser = repacketiser_new(ctx, leg);
		return leg->repacketiser ? 0 : -ENOMEM;
	}
	return 0;
}

/* --- digits -------------------------------------------------------------------------------- */

static void digits_forget(struct media *m, struct leg *leg)
{
	struct digits *d = leg->digits;

	if (!d)
		return;
	DL_DELETE(m->digits, d);
	leg->digits = NULL;
	notify_target_release(d->target);
	free(d->tag);
	free(d);
}

static int digits_watch(void *ctx, struct leg *leg, struct text tag, uint8_t payload_type,
			bool hide)
{
	struct relay *relay = ctx;
	struct digits *d = calloc(1, sizeof(*d));

	if (d)
		d->tag = strndup(tag.at, tag.len);
	if (!d || !d->tag) {
		free(d);
		return -ENOMEM;
	}
	digits_forget(relay->media, leg);
	d->leg = leg;
	d->target = notify_target_hold(leg->channel[CHANNEL_RTP].stream->notify);
	d->hide = hide;
	dtmf_init(&d->dtmf, payload_type);
	DL_APPEND(relay->media->digits, d);
	leg->digits = d;
	leg->digits_type = payload_type;
	return 0;
}

static void digits_tell(const struct digits *d, const struct dtmf_event *event)
{
	const struct channel *ch = &d->leg->channel[CHANNEL_RTP];
	char tag[512], line[600];
	struct text decoded = {tag, notify_tag_decode(text_of(d->tag), tag, sizeof(tag))};
	/* The sides are catch_dtmf's; the notifier adds the LF itself. */
	int len = dtmf_notification(line, sizeof(line), decoded, event, ch->side != LEG_CALLER);

	if (len > 1)
		notify_send(d->target, (struct text){line, (size_t)len - 1});
}

/* True when the packet is an event that is not to be relayed. */
static bool digits_push(struct digits *d, const struct slowpath_packet *packet)
{
	struct dtmf_event events[DTMF_EVENTS];
	unsigned int count;

	if (!dtmf_is_event(&d->dtmf, packet->data, packet->len))
		return false;
	count = dtmf_push(&d->dtmf, packet->now, packet->data, packet->len, events);
	for (unsigned int i = 0; i < count; i++)
		digits_tell(d, &events[i]);
	return d->hide;
}

/* --- the way of a packet ------------------------------------------------------------------- */

/* While a prompt plays to the other party nothing else goes there, nor is it recorded. */
static bool is_gated(const struct channel *ch)
{
	return ch->kind == CHANNEL_RTP && ch->stream->leg[!ch->side].player;
}

static void tap(struct relay *relay, const struct channel *ch, const struct slowpath_packet *packet)
{
	if (ch->stream->leg[ch->side].tap && !is_gated(ch))
		taps_slow_packet(relay->media->taps, ch, packet);
}

/* Prompt gate, record and copy. True when the payload may be relayed. */
static bool passage_end(struct passage *way, const uint8_t *data, size_t len, bool sendable)
{
	struct channel *ch = way->channel;
	struct slowpath_packet packet = *way->packet;

	if (is_gated(ch)) {
		ch->slow_dropped++;
		ch->slow_relayed -= sendable;
		return false;
	}
	packet.data = data;
	packet.len = len;
	tap(way->relay, ch, &packet);
	return sendable;
}

static bool is_rtcp(const struct channel *ch, const struct slowpath_packet *packet)
{
	struct xrp_rtp rtp;

	return ch->kind == CHANNEL_RTCP ||
	       (packet->len >= XRP_RTP_HEADER &&
		xrp_media_of(packet->data, (uint32_t)packet->len, &rtp) == XRP_MEDIA_RTCP);
}

static bool media_drop(struct channel *ch, bool sendable)
{
	ch->slow_relayed -= sendable;
	ch->slow_dropped += sendable;
	return false;
}

bool media_packet(struct relay *relay, const struct slowpath_packet *packet,
		  const struct judge_send *send, bool sendable)
{
	struct channel *ch = send->channel;
	struct leg *leg = &ch->stream->leg[ch->side];
	struct passage way = {relay, packet, ch};

	if (!ch->stream->copy_of && ch->stream->rtcp_own && is_rtcp(ch, packet) &&
	    reporters_take(ch, packet)) {
		tap(relay, ch, packet); /* what the party sent, not what we make of it */
		ch->slow_relayed -= sendable;
		return false;
	}
	if (ch->stream->copy_of)
		return media_drop(ch, sendable);
	if (ch->kind == CHANNEL_RTP && leg->digits && digits_push(leg->digits, packet)) {
		tap(relay, ch, packet); /* only the other party is not to hear them */
		return media_drop(ch, sendable);
	}
	if (ch->kind != CHANNEL_RTP || !leg->repacketiser)
		return passage_end(&way, packet->data, packet->len, sendable);
	ch->slow_relayed -= sendable; /* what comes out is counted */
	repacketise_packet(leg->repacketiser, &way);
	return false;
}

void media_sync(struct relay *relay, struct stream *stream)
{
	players_sync(&stream->leg[0]);
	players_sync(&stream->leg[1]);
	if (stream->leg[0].tap || stream->leg[1].tap || stream->copy_of)
		taps_sync(relay->media->taps, stream);
	if (!stream->rtcp_own)
		reporters_stop(stream);
	else if (reporters_start(relay, stream))
		log_event(LOG_ERR, "no_memory", "what=rtcp");
}

void media_second(struct relay *relay)
{
	struct dtmf_event event;
	struct digits *d;

	taps_second(relay->media->taps);
	DL_FOREACH (relay->media->digits, d) {
		if (dtmf_expire(&d->dtmf, relay_now(), &event))
			digits_tell(d, &event);
	}
}

struct taps_stats media_taps(struct media *media)
{
	return taps_stats(media->taps);
}

/* --- for the engine ------------------------------------------------------------------------ */

static struct media *media_of(void *ctx)
{
	return ((struct relay *)ctx)->media;
}

static int engine_media_record(void *ctx, struct leg *leg, bool single)
{
	return taps_record(media_of(ctx)->taps, leg, single);
}

static int engine_media_copy(void *ctx, struct leg *leg, struct text target, bool single,
			     struct xrp_endpoint *told)
{
	return taps_copy(media_of(ctx)->taps, leg, target, single, told);
}

static int engine_media_stop(void *ctx, struct leg *leg)
{
	return taps_stop(media_of(ctx)->taps, leg);
}

static int engine_media_copy_stream(void *ctx, struct stream *stream, struct stream *other,
				    bool reversed)
{
	return taps_copy_stream(media_of(ctx)->taps, stream, other, reversed);
}

static int engine_media_play(void *ctx, struct leg *leg, struct text prompt, struct text codecs,
			     int count)
{
	return players_play(media_of(ctx)->players, leg, prompt, codecs, count);
}

static void engine_media_stop_play(void *ctx, struct leg *leg)
{
	players_stop(media_of(ctx)->players, leg);
}

static void engine_media_release(void *ctx, struct leg *leg)
{
	struct media *m = media_of(ctx);

	players_stop(m->players, leg);
	digits_forget(m, leg);
	if (leg->repacketiser) /* what it left over goes nowhere any more */
		repacketiser_free(leg->repacketiser);
	leg->repacketiser = NULL;
	taps_release(m->taps, leg);
	reporters_stop(leg->channel[CHANNEL_RTP].stream);
}

const struct engine_media media_engine = {
	.record = engine_media_record,
	.copy = engine_media_copy,
	.stop = engine_media_stop,
	.play = engine_media_play,
	.stop_play = engine_media_stop_play,
	.repacketise = repacketise,
	.digits = digits_watch,
	.copy_stream = engine_media_copy_stream,
	.release = engine_media_release,
};

static bool is_control(void *ctx, const struct xrp_endpoint *endpoint)
{
	const struct relay *relay = ctx;

	return control_takes(relay->control, endpoint);
}

static bool may_copy(void *ctx, const struct xrp_addr *addr)
{
	const struct relay *relay = ctx;

	return access_copy(relay->options, addr);
}

static int media_parts(struct media *m, char *error, size_t size)
{
	const struct options *o = m->relay->options;
	const struct taps_config config = {
		.record_dir = o->record_dir,
		.spool_dir = o->spool_dir,
		.no_rtcp = o->no_rtcp_record,
		.pcap = o->pcap,
		.engine = &m->relay->engine,
		.datapath = m->relay->datapath,
		.now = relay_now,
		.is_control = is_control,
		.may_copy = may_copy,
		.ctx = m->relay,
	};

	m->senders[0] = sender_new(AF_INET);
	m->senders[1] = sender_new(AF_INET6); /* NULL on hosts without IPv6 */
	m->players = players_new(m->relay, error, size);
	if (!m->players)
		return -EIO;
	if (!m->senders[0]) {
		snprintf(error, size, "the sockets of prompts cannot be had: %s", strerror(errno));
		return -EIO;
	}
	m->taps = taps_new(&config, error, size);
	return m->taps ? 0 : -EIO;
}

struct media *media_new(struct relay *relay, char *error, size_t size)
{
	struct media *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->relay = relay;
	if (!media_parts(m, error, size))
		return m;
	media_free(m);
	return NULL;
}

int media_start(struct media *media, char *error, size_t size)
{
	int err = players_start(media->players);

	if (err) {
		snprintf(error, size, "the thread of prompts cannot start: %s", strerror(-err));
		return err;
	}
	return taps_start(media->taps, error, size);
}

void media_free(struct media *m)
{
	if (!m)
		return;
	if (m->taps)
		taps_free(m->taps);
	players_free(m->players);
	for (int i = 0; i < 2; i++)
		sender_free(m->senders[i]);
	free(m);
}
