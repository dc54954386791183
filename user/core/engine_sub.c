/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See engine_sub.h. One handler a kind; each returns whether it succeeded. */
#include <errno.h>
#include <stdlib.h>
#include <base/endpoint.h>
#include <core/engine_binding.h>
#include <core/engine_learn.h>
#include <core/engine_sub.h>
#include <core/leg_media.h>

#define NS_PER_S 1000000000ULL

struct sub_run {
	struct engine *engine;
	struct stream *stream; /* NULL once it has ended */
	enum leg_side party;
	uint64_t now;
	struct answer_sub *result;
	struct answer_refusal *refusal;
};

static bool sub_delete(struct sub_run *run, const struct subcommand *sub)
{
	struct stream *s = run->stream;

	/* It is found by its own tag, whoever speaks: Dw takes away what Lw made. */
	if (engine_weaken(s, sub->weak, false)) {
		engine_end_stream(run->engine, s, STREAM_DELETED, run->now);
		run->stream = NULL;
	}
	return true;
}

static bool sub_lookup(struct sub_run *run, const struct subcommand *sub)
{
	struct leg *answering = &run->stream->leg[run->party];

	/* The L's party is the other one, and it is told the port of the leg that faces us. */
	if (engine_lookup_leg(run->engine, answering, &sub->lookup, run->now, run->refusal) !=
	    ANSWER_OK)
		return false;
	if (sub->lookup.weak)
		answering->weak = true;
	run->party = !run->party;
	engine_apply(run->engine, run->stream, run->party, false, &sub->lookup, run->now);
	run->result->kind = ANSWER_SUB_TEXT;
	binding_answer(run->engine, answering, &run->result->endpoint);
	return true;
}

static struct leg *sub_leg(const struct sub_run *run, const struct subcommand *sub)
{
	return &run->stream->leg[sub->set.reverse ? !run->party : run->party];
}

static bool sub_ttl(struct sub_run *run, const struct subcommand *sub)
{
	struct leg *leg = sub_leg(run, sub);

	leg->ttl = sub->set.value * NS_PER_S;
	leg->touched = run->now;
	if (run->engine->config.independent_ttl)
		return true;
	run->stream->leg[0].ttl = run->stream->leg[1].ttl = leg->ttl;
	return true;
}

/* The kernel masks what is more than a byte; so does rtpproxy by asking it. */
static bool sub_tos(struct sub_run *run, const struct subcommand *sub)
{
	sub_leg(run, sub)->tos = (uint8_t)sub->set.value;
	calls_dirty(&run->engine->calls, run->stream);
	return true;
}

static bool sub_rtcp(struct sub_run *run, const struct subcommand *sub)
{
	run->stream->rtcp_own = sub->set.value;
	calls_dirty(&run->engine->calls, run->stream);
	return true;
}

static bool sub_learn(struct sub_run *run, const struct subcommand *sub)
{
	engine_set_policy(run->engine, sub_leg(run, sub), (enum learn_policy)sub->set.value);
	return true;
}

static bool sub_handover(struct sub_run *run, const struct subcommand *sub)
{
	engine_set_handover(run->engine, sub_leg(run, sub), sub->set.value);
	return true;
}

/* What the from-tag's party says goes to the party that the command speaks of. */
static bool sub_copy(struct sub_run *run, const struct subcommand *sub)
{
	struct stream_match m = calls_find(&run->engine->calls, sub->copy.call_id,
					   sub->copy.from_tag, sub->copy.to_tag);

	enum leg_side source = m.reverse ? LEG_CALLEE : LEG_CALLER;
	int err;

	if (!m.stream || m.stream == run->stream)
		return false;
	err = run->engine->ops.media->copy_stream(run->engine->ops.ctx, run->stream, m.stream,
						  source != run->party);
	return !err || err == -EALREADY;
}

static bool sub_dtmf(struct sub_run *run, const struct subcommand *sub)
{
	struct leg *leg = &run->stream->leg[run->party];

	if (!run->stream->notify)
		return false;
	calls_dirty(&run->engine->calls, run->stream);
	if (run->engine->ops.media->digits(run->engine->ops.ctx, leg, sub->dtmf.tag,
					   sub->dtmf.payload_type, sub->dtmf.hide))
		return false;
	leg_media_digits(leg, sub->dtmf.tag, sub->dtmf.hide);
	return true;
}

static bool (*const sub_handlers[])(struct sub_run *, const struct subcommand *) = {
	[SUBCOMMAND_DELETE] = sub_delete,     [SUBCOMMAND_LOOKUP] = sub_lookup,
	[SUBCOMMAND_TTL] = sub_ttl,	      [SUBCOMMAND_TOS] = sub_tos,
	[SUBCOMMAND_RTCP] = sub_rtcp,	      [SUBCOMMAND_LEARN] = sub_learn,
	[SUBCOMMAND_HANDOVER] = sub_handover, [SUBCOMMAND_COPY] = sub_copy,
	[SUBCOMMAND_DTMF] = sub_dtmf,
};

void engine_subcommands(struct engine *engine, struct stream *stream, enum leg_side party,
			const struct command *command, uint64_t now, struct answer *answer)
{
	struct sub_run run = {.engine = engine,
			      .stream = stream,
			      .party = party,
			      .now = now,
			      .refusal = &answer->refusal};

	for (unsigned int i = 0; i < command->sub_count; i++) {
		bool done;

		run.result = &answer->sub[answer->sub_count++];
		done = run.stream && sub_handlers[command->sub[i].kind](&run, &command->sub[i]);
		if (!done) {
			run.result->kind = ANSWER_SUB_FAILED;
			return;
		}
	}
}

void stream_forget_notify(struct stream *stream, const struct engine *engine)
{
	if (stream->notify)
		engine->ops.notify_put(engine->ops.ctx, stream->notify);
	stream->notify = NULL;
	free(stream->notify_tag);
	stream->notify_tag = NULL;
}
