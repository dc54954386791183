/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See calllog.h. */
#include <base/endpoint.h>
#include <base/log.h>
#include <daemon/calllog.h>

#define ID_TEXT 256 /* a longer Call-ID or tag is cut in the log */

struct names {
	char call_id[ID_TEXT], tag[ID_TEXT];
};

static void names_of(const struct stream *s, struct names *n)
{
	log_value(s->call->id, s->call->id_len, n->call_id, sizeof(n->call_id));
	log_value(s->tag, s->tag_len, n->tag, sizeof(n->tag));
}

static void calllog_start(struct stream *stream)
{
	char local[ENDPOINT_TEXT];
	struct names n;

	stream->announced = true;
	names_of(stream, &n);
	log_event(LOG_INFO, "call_start", "call_id=%s from_tag=%s callee_local=%s", n.call_id,
		  n.tag,
		  endpoint_format(&stream->leg[LEG_CALLEE].channel[CHANNEL_RTP].local, local));
}

static void calllog_complete(struct stream *stream)
{
	char local[ENDPOINT_TEXT];
	struct names n;

	stream->told_complete = true;
	names_of(stream, &n);
	log_event(LOG_INFO, "call_complete", "call_id=%s from_tag=%s caller_local=%s after_s=%.1f",
		  n.call_id, n.tag,
		  endpoint_format(&stream->leg[LEG_CALLER].channel[CHANNEL_RTP].local, local),
		  (double)(stream->completed - stream->created) / 1e9);
}

/* An asymmetric side is sent to where it signalled, wherever it sends from. */
static void calllog_asymmetric(const struct channel *ch)
{
	char source[ENDPOINT_TEXT], dest[ENDPOINT_TEXT];
	struct names n;

	names_of(ch->stream, &n);
	log_event(LOG_INFO, "latched",
		  "call_id=%s from_tag=%s side=%s media=%s state=%s asymmetric, sends from %s, is "
		  "sent to %s",
		  n.call_id, n.tag, leg_side_name(ch->side),
		  ch->kind == CHANNEL_RTP ? "rtp" : "rtcp", learn_state_name(ch->learn.state),
		  endpoint_format(&ch->learn.source, source),
		  endpoint_format(&ch->learn.dest, dest));
}

static void calllog_latch(struct channel *ch)
{
	char was[ENDPOINT_TEXT] = "none", is[ENDPOINT_TEXT];
	struct names n;

	if (ch->learn.state == LEARN_EXPECTING || !endpoint_is_set(&ch->learn.peer) ||
	    xrp_endpoint_equal(&ch->announced, &ch->learn.peer))
		return;
	if (ch->learn.asymmetric) {
		calllog_asymmetric(ch);
		ch->announced = ch->learn.peer;
		return;
	}
	if (endpoint_is_set(&ch->announced))
		endpoint_format(&ch->announced, was);
	else if (endpoint_is_set(&ch->learn.signalled))
		endpoint_format(&ch->learn.signalled, was);
	names_of(ch->stream, &n);
	log_event(LOG_INFO, "latched",
		  "call_id=%s from_tag=%s side=%s media=%s state=%s destination confirmed %s -> %s",
		  n.call_id, n.tag, leg_side_name(ch->side),
		  ch->kind == CHANNEL_RTP ? "rtp" : "rtcp", learn_state_name(ch->learn.state), was,
		  endpoint_format(&ch->learn.peer, is));
	ch->announced = ch->learn.peer;
}

/* The sweep says when there is something to tell. */
static void calllog_rate(struct stream *stream)
{
	static struct log_limit limit = LOG_LIMIT(20);
	unsigned int suppressed;
	struct names n;

	if (stream->alarmed == stream->alarm_told || !log_allow(&limit, &suppressed))
		return;
	stream->alarm_told = stream->alarmed;
	names_of(stream, &n);
	log_event(LOG_WARNING, "rate_limited", "call_id=%s from_tag=%s dropped=%llu suppressed=%u",
		  n.call_id, n.tag, (unsigned long long)(stream->over_cap - stream->told_cap),
		  suppressed);
	stream->told_cap = stream->over_cap;
}

static void calllog_loop(struct stream *stream)
{
	const struct channel *caller = &stream->leg[LEG_CALLER].channel[CHANNEL_RTP];
	const struct channel *callee = &stream->leg[LEG_CALLEE].channel[CHANNEL_RTP];
	static struct log_limit limit = LOG_LIMIT(20);
	char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT];
	unsigned int suppressed;
	struct names n;

	if (stream->loop_told == stream->loop.cuts || !log_allow(&limit, &suppressed))
		return;
	stream->loop_told = stream->loop.cuts;
	names_of(stream, &n);
	log_event(LOG_WARNING, "loop",
		  "call_id=%s from_tag=%s caller=%s callee=%s cut_s=%llu times=%llu suppressed=%u",
		  n.call_id, n.tag, endpoint_format(&caller->learn.dest, a),
		  endpoint_format(&callee->learn.dest, b), LOOP_CUT / 1000000000ULL,
		  (unsigned long long)stream->loop.cuts, suppressed);
}

void calllog_changes(struct stream *stream)
{
	calllog_rate(stream);
	calllog_loop(stream);
	if (!log_wants(LOG_INFO))
		return;
	if (!stream->announced)
		calllog_start(stream);
	if (stream->complete && !stream->told_complete)
		calllog_complete(stream);
	for (int i = 0; stream->complete && i < 4; i++)
		calllog_latch(&stream->leg[i / 2].channel[i % 2]);
}

static const char *const end_names[] = {
	[STREAM_DELETED] = "deleted",
	[STREAM_TIMEOUT] = "timeout",
	[STREAM_SETUP_TIMEOUT] = "setup_timeout",
	[STREAM_SHUTDOWN] = "shutdown",
};

struct leg_figures {
	unsigned long long packets, refused, over_cap;
	long long lost;
};

static struct leg_figures figures_of(const struct engine *engine, const struct stream *s,
				     enum leg_side side)
{
	const struct channel *ch = &s->leg[side].channel[CHANNEL_RTP];
	struct rtpstats_sum sum = engine_channel_stats(engine, ch);

	return (struct leg_figures){sum.packets, engine_channel_refused(engine, ch),
				    sum.rate_dropped, sum.lost > 0 ? sum.lost : 0};
}

void calllog_end(const struct engine *engine, const struct stream *stream, uint64_t now)
{
	struct leg_figures caller, callee;
	struct names n;

	if (!log_wants(LOG_INFO))
		return;
	caller = figures_of(engine, stream, LEG_CALLER);
	callee = figures_of(engine, stream, LEG_CALLEE);
	names_of(stream, &n);
	log_event(LOG_INFO, "call_end",
		  "call_id=%s from_tag=%s caller_packets=%llu callee_packets=%llu caller_lost=%lld "
		  "callee_lost=%lld caller_refused=%llu callee_refused=%llu "
		  "caller_over_cap=%llu callee_over_cap=%llu duration_s=%.1f reason=%s",
		  n.call_id, n.tag, caller.packets, callee.packets, caller.lost, callee.lost,
		  caller.refused, callee.refused, caller.over_cap, callee.over_cap,
		  (double)(now - stream->created) / 1e9, end_names[stream->end]);
}
