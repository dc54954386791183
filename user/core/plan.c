/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one function that says what a row holds. */
#include <string.h>
#include <base/endpoint.h>
#include <core/plan.h>

#define PLAN_TTL 64 /* the relay is an endpoint, not a router: what it sends starts afresh */

/* The way out exists for the program only where both sides are of one address family. */
static bool plan_same_family(const struct xrp_flow *row)
{
	return addr_is_v4(&row->self.addr) == addr_is_v4(&row->out_dst.addr) &&
	       addr_is_v4(&row->out_src.addr) == addr_is_v4(&row->out_dst.addr);
}

/* What user space does to the media decides which of it the program sends up, or copies. */
static uint16_t plan_media(const struct channel *ch, struct xrp_flow *row)
{
	const struct stream *s = ch->stream;
	const struct leg *leg = &s->leg[ch->side], *other = &s->leg[!ch->side];
	uint16_t flags = leg->tap ? XRP_FLOW_COPY : 0;

	if (s->copy_of)
		return XRP_FLOW_UP;
	/* The program does not tell the port that an asymmetric party sends from, nor that a peer
	 * who is not sent to is there after all. */
	if ((ch->learn.asymmetric && ch->learn.state == LEARN_EXPECTING) ||
	    learn_is_withheld(&ch->learn))
		flags |= XRP_FLOW_UP;
	if (ch->kind == CHANNEL_RTCP)
		return flags | (s->rtcp_own ? XRP_FLOW_UP : 0);
	if (leg->repacketiser || other->player)
		return flags | XRP_FLOW_UP;
	if (s->rtcp_own)
		flags |= XRP_FLOW_UP_RTCP;
	if (leg->digits) {
		flags |= XRP_FLOW_UP_TYPE;
		row->up_type = leg->digits_type;
	}
	return flags;
}

void plan_flow(const struct channel *ch, const struct plan_way *way, struct xrp_flow *row)
{
	const struct channel *out = channel_opposite(ch);

	memset(row, 0, sizeof(*row));
	row->self = ch->local;
	row->slot = ch->slot;
	row->generation = ch->generation;
	row->ts_per_ns = ch->ts_per_ns;
	row->tos = ch->stream->leg[!ch->side].tos;
	row->ttl = PLAN_TTL;
	row->cap = ch->rate.cap;
	if (ch->kind == CHANNEL_RTCP)
		row->flags |= XRP_FLOW_RTCP;
	if (ch->stream->loop.cut_until)
		row->flags |= XRP_FLOW_LOOP;
	if (!ch->stream->complete || ch->stream->loop.cut_until)
		return;
	row->flags |= XRP_FLOW_OPEN;
	learn_admission(&ch->learn, row);
	row->flags |= plan_media(ch, row);
	if (!endpoint_is_set(&out->learn.dest))
		return;
	row->flags |= XRP_FLOW_RELAY;
	row->out_src = out->local;
	row->out_dst = out->learn.dest;
	if (addr_is_unspecified(&row->out_src.addr))
		row->out_src.addr = way->source;
	if (plan_same_family(row))
		row->nexthop = way->nexthop;
}
