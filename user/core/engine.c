/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's table of commands, the ends of streams, and what is counted of both. */
#include <string.h>
#include <base/endpoint.h>
#include <core/engine.h>

/* The program's counters as they are now; of no generation where the channel has no slot. */
static void engine_snapshot(const struct engine *engine, const struct channel *ch,
			    struct xrp_flow_stats *kernel)
{
	if (ch->generation)
		rtpstats_snapshot(kernel, engine->ops.stats(engine->ops.ctx, ch->slot));
	else
		memset(kernel, 0, sizeof(*kernel));
}

struct rtpstats_sum engine_channel_stats(const struct engine *engine, const struct channel *ch)
{
	struct xrp_flow_stats kernel;

	engine_snapshot(engine, ch, &kernel);
	return rtpstats_sum(&kernel, ch->generation, &ch->slow);
}

struct learn_seen engine_channel_seen(const struct engine *engine, const struct channel *ch)
{
	struct xrp_flow_stats kernel;

	engine_snapshot(engine, ch, &kernel);
	return rtpstats_seen(&kernel, ch->generation, &ch->slow);
}

struct xrp_endpoint engine_channel_stranger(const struct engine *engine, const struct channel *ch)
{
	struct xrp_flow_stats kernel;

	engine_snapshot(engine, ch, &kernel);
	if (!endpoint_is_set(&ch->refused) && kernel.generation == ch->generation)
		return kernel.stranger;
	return ch->refused;
}

uint64_t engine_channel_relayed(const struct engine *engine, const struct channel *ch)
{
	return engine_channel_stats(engine, ch).packets - ch->slow.packets + ch->slow_relayed;
}

uint64_t engine_channel_refused(const struct engine *engine, const struct channel *ch)
{
	return engine_channel_stats(engine, ch).strangers + ch->slow_refused;
}

uint64_t engine_stream_idle(const struct engine *engine, const struct stream *stream, uint64_t now)
{
	uint64_t alive = stream->touched;

	for (int i = 0; stream->complete && i < 4; i++) {
		const struct channel *ch = &stream->leg[i / 2].channel[i % 2];
		uint64_t seen = engine_channel_stats(engine, ch).last_seen;

		if (seen > alive)
			alive = seen;
	}
	return now > alive ? now - alive
			   : 0; /* the program may have counted since `now` was read */
}

uint64_t engine_stream_limit(const struct engine *engine, const struct stream *stream)
{
	return stream->complete ? engine->config.ttl : engine->config.setup_ttl;
}

bool engine_is_own(const struct engine *engine, const struct xrp_endpoint *ep)
{
	const struct channel *ch = calls_channel(&engine->calls, ep);

	if (!ch)
		return false;
	return xrp_addr_equal(&ch->local.addr, &ep->addr) ||
	       engine->ops.address_is_local(engine->ops.ctx, &ep->addr);
}

void engine_release_leg(struct engine *engine, struct leg *leg, uint64_t now)
{
	bool v4 = addr_is_v4(&leg->bind);

	if (leg->has_port)
		ports_give(v4 ? engine->ports4 : engine->ports6,
			   endpoint_port(&leg->channel[CHANNEL_RTP].local), now);
	for (int kind = 0; kind < 2; kind++) {
		if (leg->channel[kind].generation)
			slots_give(engine->slots, leg->channel[kind].slot, now);
	}
}

void engine_end_stream(struct engine *engine, struct stream *stream, enum stream_end end,
		       uint64_t now)
{
	for (int side = 0; side < 2; side++)
		engine_release_leg(engine, &stream->leg[side], now);
	calls_end(&engine->calls, stream, end);
	engine->totals.destroyed++;
	if (end == STREAM_TIMEOUT || end == STREAM_SETUP_TIMEOUT)
		engine->totals.timed_out++;
}

static void engine_account_channel(struct engine *engine, const struct channel *ch)
{
	struct engine_totals *t = &engine->totals;
	struct rtpstats_sum sum = engine_channel_stats(engine, ch);
	uint64_t refused = engine_channel_refused(engine, ch);

	t->received += sum.packets + refused;
	t->relayed += engine_channel_relayed(engine, ch);
	t->discarded += refused + ch->slow_dropped;
	if (ch->kind != CHANNEL_RTP)
		return;
	t->expected += sum.expected;
	t->rtp_received += sum.rtp_packets;
	t->unparsable += sum.packets - sum.rtp_packets;
	if (sum.lost > 0)
		t->lost += (uint64_t)sum.lost;
	else
		t->duplicates += (uint64_t)-sum.lost;
}

/* Counts completed streams in which one or both sides sent nothing of a kind. */
static void engine_account_silence(const struct engine *engine, const struct stream *stream,
				   enum channel_kind kind, uint64_t *none, uint64_t *one_way)
{
	const struct channel *a = &stream->leg[0].channel[kind], *b = &stream->leg[1].channel[kind];
	bool heard_a = engine_channel_stats(engine, a).packets > 0;
	bool heard_b = engine_channel_stats(engine, b).packets > 0;

	*none += !heard_a && !heard_b;
	*one_way += heard_a != heard_b;
}

void engine_account(struct engine *engine, const struct stream *stream, uint64_t now)
{
	struct engine_totals *t = &engine->totals;

	t->duration += (double)(now - stream->created) / 1e9;
	if (!stream->complete)
		return;
	for (int i = 0; i < 4; i++)
		engine_account_channel(engine, &stream->leg[i / 2].channel[i % 2]);
	engine_account_silence(engine, stream, CHANNEL_RTP, &t->no_rtp, &t->one_way_rtp);
	engine_account_silence(engine, stream, CHANNEL_RTCP, &t->no_rtcp, &t->one_way_rtcp);
}

/* Clears what keeps a stream alive; true when nothing does any more. Reference, 10. */
static bool engine_weaken(struct stream *s, bool weak, bool reverse)
{
	if (!weak)
		s->strong = false;
	else
		s->leg[reverse ? LEG_CALLEE : LEG_CALLER].weak = false;
	return !s->strong && !s->leg[0].weak && !s->leg[1].weak;
}

static void engine_delete(struct engine *engine, const struct command *command, uint64_t now,
			  struct answer *answer)
{
	struct call *call = calls_call(&engine->calls, command->call_id);
	struct stream *s, *next;

	answer->status = ANSWER_NOT_FOUND;
	for (s = call ? call->streams : NULL; s; s = next) {
		int fit = stream_fits_loosely(s, command->from_tag, command->to_tag);

		next = s->call_next;
		if (!fit)
			continue;
		answer->status = ANSWER_OK;
		if (engine_weaken(s, command->remove.weak, fit < 0))
			engine_end_stream(engine, s, STREAM_DELETED, now);
	}
}

static void engine_delete_all(struct engine *engine, const struct command *command, uint64_t now,
			      struct answer *answer)
{
	(void)command;
	(void)answer;
	while (engine->calls.all)
		engine_end_stream(engine, engine->calls.all, STREAM_DELETED, now);
}

static void engine_info(struct engine *engine, const struct command *command, uint64_t now,
			struct answer *answer)
{
	struct answer_info *info = &answer->info;
	const struct stream *s;

	(void)now;
	info->created = engine->totals.created;
	info->active = engine->calls.count;
	info->streams = 2ULL * engine->calls.count;
	info->received = engine->totals.received;
	info->transmitted = engine->totals.relayed;
	info->load = command->info.load;
	for (s = engine->calls.all; s; s = s->next) {
		for (int i = 0; s->complete && i < 4; i++) {
			const struct channel *ch = &s->leg[i / 2].channel[i % 2];

			info->received += engine_channel_stats(engine, ch).packets +
					  engine_channel_refused(engine, ch);
			info->transmitted += engine_channel_relayed(engine, ch);
		}
	}
}

static void engine_run_counters(struct engine *engine, const struct command *command, uint64_t now,
				struct answer *answer)
{
	(void)now;
	engine_counters(engine, command, answer);
}

static void engine_nothing(struct engine *engine, const struct command *command, uint64_t now,
			   struct answer *answer)
{
	(void)engine; /* version and features are the protocol's own knowledge */
	(void)command;
	(void)now;
	(void)answer;
}

static void (*const engine_handlers[])(struct engine *, const struct command *, uint64_t,
				       struct answer *) = {
	[COMMAND_UPDATE] = engine_update,
	[COMMAND_LOOKUP] = engine_update,
	[COMMAND_DELETE] = engine_delete,
	[COMMAND_QUERY] = engine_query,
	[COMMAND_INFO] = engine_info,
	[COMMAND_COUNTERS] = engine_run_counters,
	[COMMAND_DELETE_ALL] = engine_delete_all,
	[COMMAND_VERSION] = engine_nothing,
	[COMMAND_FEATURE] = engine_nothing,
};

void engine_run(struct engine *engine, const struct command *command, uint64_t now,
		struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	engine_handlers[command->verb](engine, command, now, answer);
}
