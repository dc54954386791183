/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Q and G: figures by name, of a stream and of the whole relay. Names and meaning: reference, 11.
 */
#include <string.h>
#include <core/engine.h>
#include <core/engine_sub.h>
#include <core/traffic.h>

#define NS_PER_S 1000000000ULL

/* A stream as Q sees it: `in` is the from-tag party's leg. */
struct query {
	const struct engine *engine;
	const struct stream *stream;
	struct rtpstats_sum in, out;
	const struct channel *in_channel, *out_channel;
	uint64_t now;
};

static uint64_t query_ttl(const struct query *q)
{
	/* Whole seconds, and at the first moment all of them. */
	return (engine_stream_left(q->engine, q->stream, q->now) + NS_PER_S - 1) / NS_PER_S;
}

static uint64_t query_ina(const struct query *q)
{
	return q->in.packets;
}

static uint64_t query_ino(const struct query *q)
{
	return q->out.packets;
}

static uint64_t query_relayed(const struct query *q)
{
	return engine_channel_relayed(q->engine, q->in_channel) +
	       engine_channel_relayed(q->engine, q->out_channel);
}

static uint64_t query_dropped(const struct query *q)
{
	return q->in_channel->slow_dropped + q->out_channel->slow_dropped;
}

static uint64_t query_sent(const struct query *q)
{
	return q->in.expected;
}

static uint64_t query_unique(const struct query *q)
{
	return q->in.lost < 0 ? q->in.expected : q->in.rtp_packets;
}

static uint64_t query_duplicates(const struct query *q)
{
	return q->in.lost < 0 ? (uint64_t)-q->in.lost : 0;
}

static uint64_t query_lost(const struct query *q)
{
	return q->in.lost > 0 ? (uint64_t)q->in.lost : 0;
}

static double query_longest_gap(const struct query *q)
{
	return (double)q->in.longest_gap / (double)NS_PER_S;
}

static uint64_t query_unparsable(const struct query *q)
{
	return q->in.packets - q->in.rtp_packets;
}

static double query_jitter(const struct query *q)
{
	return q->in.jitter;
}

static double query_jitter_highest(const struct query *q)
{
	return q->in_channel->jitter.highest;
}

static double query_jitter_mean(const struct query *q)
{
	const struct jitter_samples *j = &q->in_channel->jitter;

	return j->count ? j->sum / j->count : 0;
}

static const struct query_name {
	const char *name;
	uint64_t (*number)(const struct query *q);
	double (*real)(const struct query *q);
} query_names[] = {
	/* the first five are what Q answers without names */
	{"ttl", query_ttl, NULL},
	{"npkts_ina", query_ina, NULL},
	{"npkts_ino", query_ino, NULL},
	{"nrelayed", query_relayed, NULL},
	{"ndropped", query_dropped, NULL},
	{"longest_ipi", NULL, query_longest_gap},
	{"rtpa_nsent", query_sent, NULL},
	{"rtpa_nrcvd", query_unique, NULL},
	{"rtpa_ndups", query_duplicates, NULL},
	{"rtpa_nlost", query_lost, NULL},
	{"rtpa_perrs", query_unparsable, NULL},
	{"rtpa_jlast", NULL, query_jitter},
	{"rtpa_jmax", NULL, query_jitter_highest},
	{"rtpa_javg", NULL, query_jitter_mean},
};

#define QUERY_STANDARD 5
#define QUERY_NAMES    (sizeof(query_names) / sizeof(query_names[0]))

static struct answer_value query_value(const struct query *q, const struct query_name *n)
{
	struct answer_value v = {.name = n->name, .is_double = n->real != NULL};

	if (n->real)
		v.real = n->real(q);
	else
		v.number = n->number(q);
	return v;
}

static const struct query_name *query_find(struct text name)
{
	for (unsigned int i = 0; i < QUERY_NAMES; i++) {
		if (text_equal(name, text_of(query_names[i].name)))
			return &query_names[i];
	}
	return NULL;
}

void engine_query(struct engine *engine, const struct command *command, uint64_t now,
		  struct answer *answer)
{
	struct stream_match m =
		calls_find(&engine->calls, command->call_id, command->from_tag, command->to_tag);
	unsigned int count = command->names.count;
	struct query q = {.engine = engine, .stream = m.stream, .now = now};

	answer->status = m.stream ? ANSWER_OK : ANSWER_NOT_FOUND;
	if (!m.stream)
		return;
	q.in_channel = &m.stream->leg[m.reverse ? LEG_CALLEE : LEG_CALLER].channel[CHANNEL_RTP];
	q.out_channel = channel_opposite(q.in_channel);
	q.in = engine_channel_stats(engine, q.in_channel);
	q.out = engine_channel_stats(engine, q.out_channel);
	answer->values.verbose = command->names.verbose;
	answer->values.count = count ? count : QUERY_STANDARD;
	for (unsigned int i = 0; i < answer->values.count; i++) {
		const struct query_name *n =
			count ? query_find(command->names.name[i]) : &query_names[i];

		if (!n) {
			answer->status = ANSWER_UNKNOWN_NAME;
			return;
		}
		answer->values.value[i] = query_value(&q, n);
	}
	engine_subcommands(engine, m.stream, m.reverse ? LEG_CALLEE : LEG_CALLER, command, now,
			   answer);
}

/* Totals that also need the streams that are up: asked for once, and only for a name of theirs. */
struct counters {
	struct engine *engine;
	bool gathered;
	struct traffic traffic;
};

static void counters_gather(struct counters *c)
{
	if (!c->gathered)
		c->traffic = traffic_all(c->engine);
	c->gathered = true;
}

enum counter_kind {
	COUNTER_U64,
	COUNTER_DOUBLE,
	COUNTER_RECEIVED,
	COUNTER_RELAYED,
	COUNTER_DISCARDED,
};

#define TOTAL(name, member)                                                                        \
	{                                                                                          \
		name, COUNTER_U64, offsetof(struct engine_totals, member)                          \
	}
#define REAL(name, member)                                                                         \
	{                                                                                          \
		name, COUNTER_DOUBLE, offsetof(struct engine_totals, member)                       \
	}

static const struct counter_name {
	const char *name;
	enum counter_kind kind;
	size_t offset; /* in struct engine_totals */
} counter_names[] = {
	TOTAL("nsess_created", created),
	TOTAL("nsess_destroyed", destroyed),
	TOTAL("nsess_timeout", timed_out),
	TOTAL("nsess_complete", completed),
	TOTAL("nsess_nortp", no_rtp),
	TOTAL("nsess_owrtp", one_way_rtp),
	TOTAL("nsess_nortcp", no_rtcp),
	TOTAL("nsess_owrtcp", one_way_rtcp),
	TOTAL("nplrs_created", prompts_started),
	TOTAL("nplrs_destroyed", prompts_ended),
	TOTAL("npkts_played", prompt_packets),
	TOTAL("npkts_resizer_in", repacketised_in),
	TOTAL("npkts_resizer_out", repacketised_out),
	TOTAL("npkts_resizer_discard", repacketised_late),
	{"npkts_rcvd", COUNTER_RECEIVED, 0},
	{"npkts_relayed", COUNTER_RELAYED, 0},
	{"npkts_discard", COUNTER_DISCARDED, 0},
	REAL("total_duration", duration),
	TOTAL("ncmds_rcvd", commands),
	TOTAL("ncmds_rcvd_ndups", command_duplicates),
	TOTAL("ncmds_succd", command_successes),
	TOTAL("ncmds_errs", command_errors),
	TOTAL("ncmds_repld", replies),
	TOTAL("rtpa_nsent", expected),
	TOTAL("rtpa_nrcvd", rtp_received),
	TOTAL("rtpa_ndups", duplicates),
	TOTAL("rtpa_nlost", lost),
	TOTAL("rtpa_perrs", unparsable),
	REAL("pps_in", packets_per_second),
};

static struct answer_value counter_value(struct counters *c, const struct counter_name *n)
{
	const char *at = (const char *)&c->engine->totals + n->offset;
	struct answer_value v = {.name = n->name, .is_double = n->kind == COUNTER_DOUBLE};

	if (n->kind == COUNTER_RECEIVED || n->kind == COUNTER_RELAYED ||
	    n->kind == COUNTER_DISCARDED)
		counters_gather(c);
	switch (n->kind) {
	case COUNTER_U64:
		memcpy(&v.number, at, sizeof(v.number));
		break;
	case COUNTER_DOUBLE:
		memcpy(&v.real, at, sizeof(v.real));
		break;
	case COUNTER_RECEIVED:
		v.number = c->traffic.received;
		break;
	case COUNTER_RELAYED:
		v.number = c->traffic.relayed;
		break;
	case COUNTER_DISCARDED:
		v.number = c->traffic.discarded;
		break;
	}
	return v;
}

static const struct counter_name *counter_find(struct text name)
{
	for (unsigned int i = 0; i < sizeof(counter_names) / sizeof(counter_names[0]); i++) {
		if (text_equal(name, text_of(counter_names[i].name)))
			return &counter_names[i];
	}
	return NULL;
}

void engine_counters(struct engine *engine, const struct command *command, struct answer *answer)
{
	struct counters c = {.engine = engine};

	answer->values.verbose = command->names.verbose;
	answer->values.count = command->names.count;
	for (unsigned int i = 0; i < command->names.count; i++) {
		const struct counter_name *n = counter_find(command->names.name[i]);

		if (!n) {
			answer->status = ANSWER_UNKNOWN_NAME;
			return;
		}
		answer->values.value[i] = counter_value(&c, n);
	}
}
