/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See engine_learn.h. The order is that of signalling: what was heard, RTP, then RTCP after it. */
#include <xdp-rtpproxy/admit.h>
#include <core/engine_learn.h>

bool engine_set_policy(struct engine *engine, struct leg *leg, enum learn_policy policy)
{
	struct channel *rtp = &leg->channel[CHANNEL_RTP], *rtcp = &leg->channel[CHANNEL_RTCP];
	const struct xrp_endpoint before = rtp->learn.peer;
	bool changed = false;

	for (int kind = 0; kind < 2; kind++) {
		struct channel *ch = &leg->channel[kind];
		struct learn_seen seen = engine_channel_seen(engine, ch);

		changed |= learn_confirm(&ch->learn, &seen);
		changed |= learn_set_policy(&ch->learn, policy);
	}
	if (!xrp_endpoint_equal(&before, &rtp->learn.peer))
		changed |= learn_follow(&rtcp->learn, &rtp->learn.peer);
	if (changed)
		calls_dirty(&engine->calls, rtp->stream);
	return changed;
}

bool engine_set_handover(struct engine *engine, struct leg *leg, bool handover)
{
	bool changed = false;

	for (int kind = 0; kind < 2; kind++)
		changed |= learn_set_handover(&leg->channel[kind].learn, handover);
	if (changed)
		calls_dirty(&engine->calls, leg->channel[CHANNEL_RTP].stream);
	return changed;
}
