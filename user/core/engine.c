/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine's table of commands, the ends of streams, and what is counted of both. */
#include <errno.h>
#include <string.h>
#include <base/endpoint.h>
#include <core/engine.h>
#include <core/engine_binding.h>
#include <core/engine_sub.h>
#include <core/leg_media.h>
#include <core/traffic.h>

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
	struct rtpstats_sum sum;

	engine_snapshot(engine, ch, &kernel);
	sum = rtpstats_sum(&kernel, ch->generation, &ch->slow);
	if ((uint64_t)ch->slow_gap << 10 > sum.longest_gap)
		sum.longest_gap = (uint64_t)ch->slow_gap << 10;
	return sum;
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
	return engine_channel_traffic(engine, ch).relayed;
}

uint64_t engine_channel_refused(const struct engine *engine, const struct channel *ch)
{
	return engine_channel_stats(engine, ch).strangers + ch->slow_refused;
}

/* When a packet of the leg's party, or a command, last gave the leg life. */
static uint64_t leg_alive(const struct engine *engine, const struct stream *stream,
			  enum leg_side side)
{
	const struct leg *leg = &stream->leg[side];
	uint64_t alive = leg->touched;

	for (int kind = 0; stream->complete && kind < 2; kind++) {
		uint64_t seen = engine_channel_stats(engine, &leg->channel[kind]).last_seen;

		if (seen > alive)
			alive = seen;
	}
	return alive;
}

/* The program may have counted since `now` was read. */
static uint64_t since(uint64_t then, uint64_t now)
{
	return now > then ? now - then : 0;
}

uint64_t engine_stream_idle(const struct engine *engine, const struct stream *stream, uint64_t now)
{
	uint64_t a = leg_alive(engine, stream, LEG_CALLEE);
	uint64_t b = leg_alive(engine, stream, LEG_CALLER);

	return since(a > b ? a : b, now);
}

static uint64_t leg_left(const struct leg *leg, uint64_t idle)
{
	return leg->ttl > idle ? leg->ttl - idle : 0;
}

uint64_t engine_stream_left(const struct engine *engine, const struct stream *stream, uint64_t now)
{
	uint64_t idle, a, b;

	if (!engine->config.independent_ttl) {
		idle = engine_stream_idle(engine, stream, now);
		a = leg_left(&stream->leg[0], idle);
		b = leg_left(&stream->leg[1], idle);
	} else {
		a = leg_left(&stream->leg[0], since(leg_alive(engine, stream, 0), now));
		b = leg_left(&stream->leg[1], since(leg_alive(engine, stream, 1), now));
	}
	return a < b ? a : b;
}

bool engine_is_own(const struct engine *engine, const struct xrp_endpoint *ep)
{
	const struct ports *ports = addr_is_v4(&ep->addr) ? engine->ports4 : engine->ports6;
	const struct channel *ch = calls_channel(&engine->calls, ep);

	if (!ch)
		return ports_sends_copies(ports, endpoint_port(ep)) &&
		       engine->ops.address_is_local(engine->ops.ctx, &ep->addr);
	return xrp_addr_equal(&ch->local.addr, &ep->addr) ||
	       engine->ops.address_is_local(engine->ops.ctx, &ep->addr);
}

static bool is_listened_on(const struct engine *engine, const struct xrp_addr *addr)
{
	const struct xrp_addr any = addr_any(addr_family(addr));
	const struct engine_config *c = &engine->config;

	for (unsigned int i = 0; i < c->address_count; i++) {
		if (xrp_addr_equal(&c->address[i].addr, addr))
			return true;
		if (xrp_addr_equal(&c->address[i].addr, &any) &&
		    engine->ops.address_is_local(engine->ops.ctx, addr))
			return true;
	}
	return false;
}

bool engine_is_home(const struct engine *engine, const struct xrp_endpoint *ep)
{
	const struct ports *ports = addr_is_v4(&ep->addr) ? engine->ports4 : engine->ports6;
	uint16_t port = endpoint_port(ep);

	if (engine_is_own(engine, ep))
		return true;
	if (!is_listened_on(engine, &ep->addr) || !ports_are_given(ports, port))
		return false;
	/* Or has another program on this host just taken it, to talk to us? */
	engine->ops.ports_look(engine->ops.ctx);
	return ports_are_given(ports, port);
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
	for (int side = 0; side < 2; side++) {
		engine->ops.media->release(engine->ops.ctx, &stream->leg[side]);
		engine_release_leg(engine, &stream->leg[side], now);
	}
	calls_end(&engine->calls, stream, end);
	engine->totals.destroyed++;
	if (end == STREAM_TIMEOUT || end == STREAM_SETUP_TIMEOUT)
		engine->totals.timed_out++;
}

bool engine_account_copies(struct engine *engine, struct channel *ch)
{
	struct xrp_flow_stats kernel;
	uint32_t more;

	engine_snapshot(engine, ch, &kernel);
	if (!ch->generation || kernel.generation != ch->generation)
		return false;
	more = kernel.copies_lost - ch->copies_lost;
	engine->totals.copies_lost += more;
	ch->copies_lost = kernel.copies_lost;
	return more;
}

static void engine_account_channel(struct engine *engine, struct channel *ch)
{
	struct engine_totals *t = &engine->totals;
	struct rtpstats_sum sum = engine_channel_stats(engine, ch);
	struct traffic traffic = engine_channel_traffic(engine, ch);

	engine_account_copies(engine, ch);
	t->received += traffic.received;
	t->relayed += traffic.relayed;
	t->discarded += traffic.discarded;
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

void engine_account(struct engine *engine, struct stream *stream, uint64_t now)
{
	struct engine_totals *t = &engine->totals;

	traffic_forget(engine, stream);
	t->duration += (double)(now - stream->created) / 1e9;
	if (!stream->complete)
		return;
	for (int i = 0; i < 4; i++)
		engine_account_channel(engine, &stream->leg[i / 2].channel[i % 2]);
	engine_account_silence(engine, stream, CHANNEL_RTP, &t->no_rtp, &t->one_way_rtp);
	engine_account_silence(engine, stream, CHANNEL_RTCP, &t->no_rtcp, &t->one_way_rtcp);
}

bool engine_weaken(struct stream *s, bool weak, bool reverse)
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
	struct traffic traffic = traffic_all(engine);

	(void)now;
	info->created = engine->totals.created;
	info->active = engine->calls.count;
	info->streams = 2ULL * engine->calls.count;
	info->received = traffic.received;
	info->transmitted = traffic.relayed + engine->totals.prompt_packets;
	info->load = command->info.load;
}

/* The leg that P, S, C and the like speak of: that of the from-tag party. */
static struct leg *engine_leg(struct engine *engine, const struct command *command,
			      struct answer *answer)
{
	struct stream_match m =
		calls_find(&engine->calls, command->call_id, command->from_tag, command->to_tag);

	if (m.stream)
		return &m.stream->leg[m.reverse ? LEG_CALLEE : LEG_CALLER];
	answer->status = ANSWER_NOT_FOUND;
	return NULL;
}

static void engine_play(struct engine *engine, const struct command *command, uint64_t now,
			struct answer *answer)
{
	struct leg *leg = engine_leg(engine, command, answer);
	struct text codecs = command->play.codecs;
	int err;

	(void)now;
	if (!leg)
		return;
	calls_dirty(&engine->calls, leg->channel[CHANNEL_RTP].stream);
	if (text_equal(codecs, text_of("session"))) {
		if (!leg->codecs) {
			/* As any other P, it ends what plays. */
			engine->ops.media->stop_play(engine->ops.ctx, leg);
			leg_media_stop_play(leg);
			answer->status = ANSWER_NO_CODECS;
			return;
		}
		codecs = text_of(leg->codecs);
	}
	err = engine->ops.media->play(engine->ops.ctx, leg, command->play.prompt, codecs,
				      command->play.count);
	if (err)
		answer->status = ANSWER_NO_PROMPT;
	/* Noted as asked for: "session" means the list that the leg has when it is played. */
	leg_media_play(leg, command->play.prompt, command->play.codecs,
		       err ? 0 : command->play.count);
}

static void engine_stop_play(struct engine *engine, const struct command *command, uint64_t now,
			     struct answer *answer)
{
	struct leg *leg = engine_leg(engine, command, answer);

	(void)now;
	if (!leg)
		return;
	engine->ops.media->stop_play(engine->ops.ctx, leg);
	leg_media_stop_play(leg);
	calls_dirty(&engine->calls, leg->channel[CHANNEL_RTP].stream);
}

static void engine_copy(struct engine *engine, const struct command *command, uint64_t now,
			struct answer *answer)
{
	struct leg *leg = engine_leg(engine, command, answer);
	struct xrp_endpoint told = {0};
	int err;

	(void)now;
	if (!leg)
		return;
	err = engine->ops.media->copy(engine->ops.ctx, leg, command->record.target,
				      command->record.single_file, &told);
	if (err && err != -EALREADY) {
		answer->status = ANSWER_COPY_FAILED;
		return;
	}
	if (!err)
		leg_media_copy(leg, command->record.target, command->record.single_file, &told);
	if (command->record.tell_port) {
		if (endpoint_port(&told))
			binding_tell(engine, &told, &answer->endpoint);
		else
			answer->status = ANSWER_COPY_FAILED;
	}
	calls_dirty(&engine->calls, leg->channel[CHANNEL_RTP].stream);
}

/* R and N: every stream of the call that the tags fit loosely. */
static void engine_each_leg(struct engine *engine, const struct command *command,
			    struct answer *answer,
			    int (*act)(struct engine *, struct leg *, const struct command *))
{
	struct call *call = calls_call(&engine->calls, command->call_id);
	bool found = false, done = false;
	struct stream *s;

	for (s = call ? call->streams : NULL; s; s = s->call_next) {
		int fit = stream_fits_loosely(s, command->from_tag, command->to_tag);

		if (!fit)
			continue;
		found = true;
		done |= !act(engine, &s->leg[fit < 0 ? LEG_CALLEE : LEG_CALLER], command);
		calls_dirty(&engine->calls, s);
	}
	if (!found)
		answer->status = ANSWER_NOT_FOUND;
	else if (!done)
		answer->status = ANSWER_NOT_RECORDED;
}

static int record_leg(struct engine *engine, struct leg *leg, const struct command *command)
{
	int err = engine->ops.media->record(engine->ops.ctx, leg, command->record.single_file);

	if (!err)
		leg_media_record(leg, command->record.single_file);
	return err == -EALREADY ? 0 : err;
}

static int stop_one(struct engine *engine, struct leg *leg)
{
	int err = engine->ops.media->stop(engine->ops.ctx, leg);

	if (!err)
		leg_media_stop(leg);
	return err;
}

static int stop_leg(struct engine *engine, struct leg *leg, const struct command *command)
{
	struct leg *other = channel_opposite(&leg->channel[CHANNEL_RTP])->stream->leg;
	int err = stop_one(engine, leg);

	if (!command->stop_record.both)
		return err;
	other = &other[leg == &other[0] ? 1 : 0];
	return stop_one(engine, other) && err ? err : 0;
}

static void engine_record(struct engine *engine, const struct command *command, uint64_t now,
			  struct answer *answer)
{
	(void)now;
	engine_each_leg(engine, command, answer, record_leg);
}

static void engine_stop_record(struct engine *engine, const struct command *command, uint64_t now,
			       struct answer *answer)
{
	(void)now;
	engine_each_leg(engine, command, answer, stop_leg);
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
	[COMMAND_PLAY] = engine_play,
	[COMMAND_STOP_PLAY] = engine_stop_play,
	[COMMAND_RECORD] = engine_record,
	[COMMAND_COPY] = engine_copy,
	[COMMAND_STOP_RECORD] = engine_stop_record,
};

void engine_run(struct engine *engine, const struct command *command, uint64_t now,
		struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	engine_handlers[command->verb](engine, command, now, answer);
}
