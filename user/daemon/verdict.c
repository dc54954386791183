/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See verdict.h. Each direction is judged by itself, from its sender on: has anything come, did we
 * let it in, do we know where to send it, can we reach that.
 */
#include <stdio.h>
#include <base/endpoint.h>
#include <daemon/relay.h>
#include <daemon/verdict.h>
#include <io/nexthops.h>

#define SILENT_NS 2000000000ULL /* a sender is called silent after this long */

/* Nothing came from the party: were there packets that we did not let in? */
static void verdict_unheard(const struct engine *e, const struct channel *ch, char *buf,
			    size_t size)
{
	struct xrp_endpoint last = engine_channel_stranger(e, ch);
	unsigned long long refused = engine_channel_refused(e, ch);
	char signalled[ENDPOINT_TEXT] = "an address not signalled yet", source[ENDPOINT_TEXT];

	if (endpoint_is_set(&ch->learn.signalled))
		endpoint_format(&ch->learn.signalled, signalled);
	if (refused)
		snprintf(buf, size,
			 "%s: %llu packets refused, the last from %s, while %s is expected (policy "
			 "%s)",
			 leg_side_name(ch->side), refused, endpoint_format(&last, source),
			 signalled, learn_policy_name(ch->learn.policy));
	else
		snprintf(buf, size,
			 "%s: nothing has arrived; expected from %s: check its firewall, and the "
			 "address in the SDP we answered with",
			 leg_side_name(ch->side), signalled);
}

/* The party is heard: does what it sends reach the other one? */
static void verdict_heard(const struct channel *ch, uint64_t idle, char *buf, size_t size)
{
	const struct channel *to = channel_opposite(ch);
	const char *from = leg_side_name(ch->side), *other = leg_side_name(to->side);
	char dest[ENDPOINT_TEXT];

	if (idle > SILENT_NS)
		snprintf(buf, size, "%s: silent for %.1f s", from, (double)idle / 1e9);
	else if (!endpoint_is_set(&to->learn.dest))
		snprintf(buf, size,
			 "%s: heard, but where to send it is not known: the %s has "
			 "signalled no usable address and sent nothing",
			 from, other);
	else if (!ch->route || !route_id(ch->route))
		snprintf(buf, size, "%s: relayed to %s by the slow path", from,
			 endpoint_format(&to->learn.dest, dest));
	else
		snprintf(buf, size, "%s: relayed to %s", from,
			 endpoint_format(&to->learn.dest, dest));
}

static void verdict_direction(struct relay *relay, const struct channel *ch, char *buf, size_t size)
{
	struct rtpstats_sum sum = engine_channel_stats(&relay->engine, ch);
	uint64_t now = relay_now();

	if (!sum.packets)
		verdict_unheard(&relay->engine, ch, buf, size);
	else
		verdict_heard(ch, now > sum.last_seen ? now - sum.last_seen : 0, buf, size);
}

const char *verdict_of(struct relay *relay, const struct stream *stream, char *buf, size_t size)
{
	char caller[VERDICT_TEXT / 2], callee[VERDICT_TEXT / 2];

	if (!stream->complete) {
		snprintf(buf, size, "no audio: the call has one side only, no answer (L) came yet");
		return buf;
	}
	if (stream->loop.cut_until) {
		snprintf(buf, size,
			 "no audio: its packets went in a circle, so it is cut for %llu s: check "
			 "where both parties' SDP points to",
			 (unsigned long long)(LOOP_CUT / 1000000000ULL));
		return buf;
	}
	verdict_direction(relay, &stream->leg[LEG_CALLER].channel[CHANNEL_RTP], caller,
			  sizeof(caller));
	verdict_direction(relay, &stream->leg[LEG_CALLEE].channel[CHANNEL_RTP], callee,
			  sizeof(callee));
	snprintf(buf, size, "%s; %s", caller, callee);
	return buf;
}
