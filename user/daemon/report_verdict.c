/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See report_verdict.h. */
#include <stdio.h>
#include <string.h>
#include <base/log.h>
#include <core/verdict.h>
#include <daemon/players.h>
#include <daemon/reach.h>
#include <daemon/relay.h>
#include <daemon/report_verdict.h>

#define PROMPT_TEXT 256		  /* a longer name is cut */
#define RECENT_NS   2000000000ULL /* a refusal of the kernel's is told for so long */

static enum verdict_way verdict_reach(struct relay *relay, struct channel *ch, uint64_t now)
{
	switch (reach_of(relay, ch)) {
	case REACH_NO_ROUTE:
		return VERDICT_NO_ROUTE;
	case REACH_SILENT:
		return VERDICT_SILENT_HOP;
	case REACH_WAITING:
		return VERDICT_UNRESOLVED_HOP;
	case REACH_NO_CARRIER:
		return VERDICT_NO_CARRIER;
	case REACH_OK:
		break;
	}
	if (ch->send_failed.at && now - ch->send_failed.at < RECENT_NS)
		return VERDICT_SEND_FAILED;
	return ch->route && route_id(ch->route) ? VERDICT_KERNEL : VERDICT_SLOW_PATH;
}

static void verdict_way(struct relay *relay, struct channel *ch, struct verdict_facts *f,
			struct nexthop_report *hop, uint64_t now)
{
	f->way = verdict_reach(relay, ch, now);
	memset(hop, 0, sizeof(*hop));
	if (ch->route)
		route_report(relay->nexthops, ch->route, hop);
	f->hop = hop->gateway;
	f->interface = hop->interface;
	f->error = f->way == VERDICT_SEND_FAILED ? strerror(-ch->send_failed.error) : hop->state;
}

static void verdict_direction(struct relay *relay, struct channel *ch, char *buf, size_t size)
{
	const struct engine *e = &relay->engine;
	struct rtpstats_sum sum = engine_channel_stats(e, ch);
	const char *prompt = players_prompt(&ch->stream->leg[!ch->side]);
	struct nexthop_report hop;
	char name[PROMPT_TEXT];
	uint64_t now = relay_now();
	struct verdict_facts f = {
		.from = ch->side,
		.heard = sum.packets > 0,
		.idle = now > sum.last_seen ? now - sum.last_seen : 0,
		.refused = engine_channel_refused(e, ch),
		.stranger = engine_channel_stranger(e, ch),
		.learn = &ch->learn,
		.to = &channel_opposite(ch)->learn,
		.hold = ch->stream->leg[ch->side].hold,
		.to_hold = ch->stream->leg[!ch->side].hold,
		.bridge = e->config.bridge && e->config.asymmetric,
	};

	if (prompt)
		f.prompt = log_value(prompt, strlen(prompt), name, sizeof(name));
	verdict_way(relay, ch, &f, &hop, now);
	verdict_of(&f, buf, size);
}

const char *report_verdict(struct relay *relay, struct stream *stream, char *buf, size_t size)
{
	char caller[VERDICT_TEXT], callee[VERDICT_TEXT];

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
