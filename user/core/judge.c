/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See judge.h. The order is that of the XDP program: find, admit, count, send. */
#include <string.h>
#include <base/endpoint.h>
#include <core/judge.h>
#include <xdp-rtpproxy/rate.h>

#define RTCP_SHORTEST 8
#define RTCP_SR	      200
#define RTCP_RR	      201
#define RTCP_LAST     207 /* of the types of RFC 3550, 4585 and 3611 */

/* In the unit of 73 minutes at most; the kernel's own is coarser, for want of room. */
static void judge_gap(struct channel *ch, uint64_t ns)
{
	uint64_t gap = ns >> 10;

	if (gap > ch->slow_gap)
		ch->slow_gap = gap > UINT32_MAX ? UINT32_MAX : (uint32_t)gap;
}

/* Is it within what the peer may send? The slow path has a bucket of its own. */
static bool judge_rate(struct engine *engine, struct channel *ch, const struct judge_packet *packet)
{
	if (!ch->rate.cap || xrp_rate_admit(&ch->slow, &engine->caps[ch->rate.cap],
					    (uint32_t)packet->len, packet->now))
		return true;
	ch->slow.rate_dropped++;
	return false;
}

static void judge_count(struct channel *ch, const struct judge_packet *packet,
			const struct learn_packet *p)
{
	struct xrp_flow_stats *s = &ch->slow;

	if (s->last_seen)
		judge_gap(ch, packet->now - s->last_seen);
	s->generation = ch->generation;
	s->packets++;
	s->bytes += packet->len;
	s->last_seen = packet->now;
	if (ch->kind == CHANNEL_RTP && p->media == XRP_MEDIA_RTP)
		xrp_rtp_count(s, &p->rtp, packet->now, ch->ts_per_ns);
}

static struct learn_decision judge_source(struct engine *engine, struct channel *ch,
					  struct learn_packet *p)
{
	struct learn_seen seen = engine_channel_seen(engine, ch);
	struct learn_decision d;

	p->own = engine_is_own(engine, &p->source); /* even the peer: ports change hands */
	d = learn_packet(&ch->learn, p, &seen);
	if (!d.changed)
		return d;
	calls_dirty(&engine->calls, ch->stream);
	if (ch->kind == CHANNEL_RTP)
		learn_follow(&ch->stream->leg[ch->side].channel[CHANNEL_RTCP].learn,
			     &ch->learn.peer);
	return d;
}

/*
 * Does the datagram begin with a report, and is it as long as it says (RFC 3550, A.2)? Only such
 * RTCP can teach an address. What follows the first header may be encrypted (RFC 3711, 3.4), so
 * another one is only looked at where there seems to be one.
 */
static bool judge_rtcp_is_sound(const uint8_t *data, size_t len)
{
	size_t blocks = data[0] & 0x1f, own = 4 * (size_t)(data[2] << 8 | data[3]) + 4;
	const uint8_t *next = data + own;

	if (data[1] != RTCP_SR && data[1] != RTCP_RR)
		return false;
	if (own > len || own < (data[1] == RTCP_SR ? 28 : 8) + 24 * blocks)
		return false;
	if (len - own < 4 || next[0] >> 6 != 2 || next[1] < RTCP_SR || next[1] > RTCP_LAST)
		return true;
	return 4 * (size_t)(next[2] << 8 | next[3]) + 4 <= len - own;
}

/* An empty receiver report (RFC 3550, 6.4.2) is shorter than an RTP header, and may come alone. */
static enum xrp_media judge_media(const struct judge_packet *packet, struct xrp_rtp *rtp)
{
	uint8_t head[XRP_RTP_HEADER] = {0};
	enum xrp_media media;

	if (packet->len < RTCP_SHORTEST)
		return XRP_MEDIA_OTHER;
	memcpy(head, packet->data, packet->len < sizeof(head) ? packet->len : sizeof(head));
	media = xrp_media_of(head, (uint32_t)packet->len, rtp);
	if (media == XRP_MEDIA_RTCP && !judge_rtcp_is_sound(packet->data, packet->len))
		return XRP_MEDIA_OTHER;
	return media;
}

bool judge(struct engine *engine, const struct judge_packet *packet, struct judge_send *out)
{
	struct channel *ch = calls_channel(&engine->calls, &packet->local);
	struct learn_packet p = {.source = packet->source, .now = packet->now};
	const struct channel *to;

	*out = (struct judge_send){.channel = NULL};
	if (!ch || !ch->stream->complete || ch->stream->loop.cut_until) {
		engine->totals.discarded_incomplete += ch && !ch->stream->complete;
		return false;
	}
	p.media = judge_media(packet, &p.rtp);
	if (judge_source(engine, ch, &p).verdict == LEARN_REFUSE) {
		ch->slow_refused++;
		engine->totals.slow_refused++;
		ch->refused = packet->source;
		return false;
	}
	if (!judge_rate(engine, ch, packet))
		return false;
	judge_count(ch, packet, &p);
	out->channel = ch;
	to = channel_opposite(ch);
	if (!endpoint_is_set(&to->learn.dest)) {
		ch->slow_dropped++;
		return false;
	}
	ch->slow_relayed++;
	out->src = to->local;
	out->dst = to->learn.dest;
	return true;
}
