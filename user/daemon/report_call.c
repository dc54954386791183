/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See report_call.h. Bytes that are no UTF-8 are shown as log_value shows them. */
#include <stdio.h>
#include <string.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <daemon/players.h>
#include <daemon/relay.h>
#include <daemon/report_call.h>
#include <daemon/report_verdict.h>
#include <daemon/taps.h>
#include <io/nexthops.h>

#define TAG_TEXT    8192
#define REPORT_PAGE 64 /* streams of `calls` in one answer: about 2 ms of the event loop */

static json_t *json_text(const char *text, size_t len)
{
	char plain[TAG_TEXT];
	json_t *json = json_stringn(text, len);

	if (json)
		return json;
	return json_string(log_value(text, len, plain, sizeof(plain)));
}

static json_t *json_endpoint(const struct xrp_endpoint *ep)
{
	char text[ENDPOINT_TEXT];

	return endpoint_is_set(ep) ? json_string(endpoint_format(ep, text)) : json_null();
}

/* To the millisecond. */
static json_t *json_seconds(uint64_t ns)
{
	uint64_t ms = ns / 1000000;

	return json_real((double)ms / 1e3);
}

/* ms, to the microsecond. */
static double ms_of(uint64_t ns)
{
	uint64_t us = ns / 1000;

	return (double)us / 1e3;
}

static json_t *json_nexthop(struct relay *relay, const struct channel *ch)
{
	struct nexthop_report r;
	char gateway[ADDR_TEXT], mac[18];

	if (!ch->route)
		return json_null();
	route_report(relay->nexthops, ch->route, &r);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", r.mac[0], r.mac[1], r.mac[2],
		 r.mac[3], r.mac[4], r.mac[5]);
	if (!r.ifindex)
		return json_pack("{s:n, s:n, s:n, s:s, s:n}", "interface", "gateway", "mac",
				 "state", r.state, "mtu");
	return json_pack("{s:s, s:s, s:s, s:s, s:i}", "interface", r.interface, "gateway",
			 addr_format(&r.gateway, gateway), "mac", mac, "state", r.state, "mtu",
			 (int)r.mtu);
}

static void channel_addresses(json_t *json, struct relay *relay, const struct channel *ch)
{
	const struct learn *l = &ch->learn;
	bool learned = l->state != LEARN_EXPECTING || l->moved;
	static const struct xrp_endpoint none;
	const struct xrp_endpoint *peer = l->asymmetric ? &l->source : &l->peer;

	json_object_set_new(json, "local", json_endpoint(&ch->local));
	if (!endpoint_is_set(&ch->local) && ch->stream->leg[ch->side].has_port) {
		char text[16];

		snprintf(text, sizeof(text), "*:%u", endpoint_port(&ch->local));
		json_object_set_new(json, "local", json_string(text));
	}
	json_object_set_new(json, "signalled", json_endpoint(&l->signalled));
	json_object_set_new(json, "learned", json_endpoint(learned ? peer : &none));
	json_object_set_new(json, "sends_to", json_endpoint(&l->dest));
	json_object_set_new(json, "state", json_string(learn_state_name(l->state)));
	json_object_set_new(json, "policy", json_string(learn_policy_name(l->policy)));
	json_object_set_new(json, "handover", json_boolean(l->handover));
	json_object_set_new(json, "asymmetric", json_boolean(l->asymmetric));
	/* What goes to this party is what the opposite channel received. */
	json_object_set_new(json, "nexthop", json_nexthop(relay, channel_opposite(ch)));
}

static void channel_refused(json_t *json, const struct engine *engine, const struct channel *ch)
{
	struct xrp_endpoint last = engine_channel_stranger(engine, ch);
	uint64_t refused = engine_channel_refused(engine, ch);

	json_object_set_new(json, "strangers", json_integer((json_int_t)refused));
	json_object_set_new(json, "last_stranger", json_endpoint(&last));
}

/* What RTP packets have: null where none came. */
static json_t *json_of_rtp(const struct rtpstats_sum *sum, uint32_t value)
{
	return sum->rtp_packets ? json_integer(value) : json_null();
}

static void channel_figures(json_t *json, struct relay *relay, const struct channel *ch)
{
	struct rtpstats_sum sum = engine_channel_stats(&relay->engine, ch);
	uint64_t kernel = sum.packets - ch->slow.packets, now = relay_now();
	json_t *more = json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:o, s:f}", "packets",
		(json_int_t)sum.packets, "bytes", (json_int_t)sum.bytes, "kernel_packets",
		(json_int_t)kernel, "slow_packets", (json_int_t)ch->slow.packets, "relayed",
		(json_int_t)engine_channel_relayed(&relay->engine, ch), "dropped",
		(json_int_t)ch->slow_dropped, "expected", (json_int_t)sum.expected, "lost",
		(json_int_t)sum.lost, "jitter_ms", ms_of(sum.jitter_ns), "payload_type",
		json_of_rtp(&sum, sum.payload_type), "ssrc", json_of_rtp(&sum, sum.ssrc),
		"longest_gap_ms", ms_of(sum.longest_gap));

	json_object_update(json, more);
	json_decref(more);
	json_object_set_new(
		json, "last_seen_ms",
		sum.last_seen ? json_real(now > sum.last_seen ? ms_of(now - sum.last_seen) : 0.0)
			      : json_null());
	json_object_set_new(json, "punted", json_integer((json_int_t)sum.punted));
	json_object_set_new(json, "cap", json_string(rate_class_name(ch->rate.cap)));
	json_object_set_new(json, "rate_dropped", json_integer((json_int_t)sum.rate_dropped));
	channel_refused(json, &relay->engine, ch);
}

static json_t *report_channel(struct relay *relay, const struct channel *ch)
{
	json_t *json = json_object();

	channel_addresses(json, relay, ch);
	channel_figures(json, relay, ch);
	return json;
}

static json_t *report_leg(struct relay *relay, const struct stream *s, enum leg_side side)
{
	const struct leg *leg = &s->leg[side];
	const char *prompt = players_prompt(leg);

	return json_pack("{s:s, s:b, s:o, s:o, s:o, s:b, s:b}", "side", leg_side_name(side), "hold",
			 leg->hold, "rtp", report_channel(relay, &leg->channel[CHANNEL_RTP]),
			 "rtcp", report_channel(relay, &leg->channel[CHANNEL_RTCP]), "prompt",
			 prompt ? json_text(prompt, strlen(prompt)) : json_null(), "recorded",
			 taps_records(leg), "copied", taps_copies(leg));
}

static json_t *report_stream(struct relay *relay, struct stream *s)
{
	const struct engine *e = &relay->engine;
	uint64_t now = relay_now(), idle = engine_stream_idle(e, s, now);
	char verdict[REPORT_VERDICT_TEXT];

	return json_pack("{s:o, s:b, s:o, s:o, s:o, s:s, s:[o, o]}", "from_tag",
			 json_text(s->tag, s->tag_len), "complete", s->complete, "age_s",
			 json_seconds(now - s->created), "idle_s", json_seconds(idle), "ttl_s",
			 json_seconds(engine_stream_left(e, s, now)), "verdict",
			 report_verdict(relay, s, verdict, sizeof(verdict)), "legs",
			 report_leg(relay, s, LEG_CALLER), report_leg(relay, s, LEG_CALLEE));
}

json_t *report_show(struct relay *relay, json_t *request)
{
	json_t *id = json_object_get(request, "call_id");
	struct text call_id = {json_string_value(id), json_string_length(id)};
	const struct call *call;
	struct stream *s;
	json_t *list;

	if (!call_id.at)
		return json_pack("{s:s}", "error", "show wants a call_id");
	call = calls_call(&relay->engine.calls, call_id);
	if (!call)
		return json_pack("{s:s, s:s}", "error", "no call has this Call-ID", "code",
				 "not_found");
	list = json_array();
	for (s = call->streams; s; s = s->call_next)
		json_array_append_new(list, report_stream(relay, s));
	return json_pack("{s:o, s:o}", "call_id", json_text(call->id, call->id_len), "streams",
			 list);
}

static json_t *report_short_leg(struct relay *relay, const struct stream *s, enum leg_side side)
{
	const struct channel *ch = &s->leg[side].channel[CHANNEL_RTP];
	struct rtpstats_sum sum = engine_channel_stats(&relay->engine, ch);

	return json_pack("{s:o, s:o, s:s, s:I}", "local", json_endpoint(&ch->local), "peer",
			 json_endpoint(&ch->learn.dest), "state", learn_state_name(ch->learn.state),
			 "packets", (json_int_t)sum.packets);
}

static json_t *report_short_stream(struct relay *relay, const struct stream *s, uint64_t now)
{
	return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "call_id",
			 json_text(s->call->id, s->call->id_len), "from_tag",
			 json_text(s->tag, s->tag_len), "complete", s->complete, "age_s",
			 json_seconds(now - s->created), "idle_s",
			 json_seconds(engine_stream_idle(&relay->engine, s, now)), "caller",
			 report_short_leg(relay, s, LEG_CALLER), "callee",
			 report_short_leg(relay, s, LEG_CALLEE));
}

json_t *report_calls(struct relay *relay, json_t *request)
{
	json_t *after = json_object_get(request, "after"), *list, *answer;
	struct calls *calls = &relay->engine.calls;
	json_int_t id = json_integer_value(after);
	uint64_t now = relay_now();
	struct stream *s;

	if ((after && !json_is_integer(after)) || id < 0)
		return json_pack("{s:s}", "error", "after wants the number that next was");
	s = calls_after(calls, (uint64_t)id);
	list = json_array();
	for (int i = 0; s && i < REPORT_PAGE; i++, s = s->next) {
		json_array_append_new(list, report_short_stream(relay, s, now));
		id = (json_int_t)s->id;
	}
	calls->page = s;
	answer = json_pack("{s:o}", "calls", list);
	if (s)
		json_object_set_new(answer, "next", json_integer(id));
	return answer;
}
