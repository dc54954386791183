/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * U and L: a party's address is told, and the port that the other party is to be told is asked for.
 * The role table is the reference's (7): the party P whose address is in the command is the caller
 * for a U that finds the stream by its from-tag and for an L that finds it by the to-tag, else the
 * callee; the answer is a port of the leg that faces the other one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <base/endpoint.h>
#include <core/engine.h>
#include <core/engine_binding.h>
#include <core/engine_sub.h>
#include <core/leg_media.h>

#define DEFAULT_CLOCK_HZ 8000
#define NS_PER_S	 1000000000ULL
#define CALL_STREAMS_MAX                                                                           \
	256 /* of one Call-ID: they are searched one by one, and strangers name them */

/* Remembers a row that must go because its channel moves to another port. */
static int update_retire_channel(struct calls *calls, struct channel *ch)
{
	struct retired *r;

	if (!ch->written && !ch->route)
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->local = ch->local;
	r->route = ch->route;
	r->written = ch->written;
	r->next = calls->retired;
	calls->retired = r;
	ch->route = NULL;
	ch->written = false;
	return 0;
}

static int update_retire_leg(struct engine *engine, struct leg *leg, uint64_t now)
{
	for (int kind = 0; kind < 2; kind++) {
		int err = update_retire_channel(&engine->calls, &leg->channel[kind]);

		if (err)
			return err;
	}
	calls_leave_leg(&engine->calls, leg);
	ports_give(addr_is_v4(&leg->bind) ? engine->ports4 : engine->ports6,
		   endpoint_port(&leg->channel[CHANNEL_RTP].local), now);
	return 0;
}

/* Takes both slots of a leg that has none yet. */
static int update_take_slots(struct engine *engine, struct leg *leg, uint64_t now)
{
	struct channel *rtp = &leg->channel[CHANNEL_RTP], *rtcp = &leg->channel[CHANNEL_RTCP];
	int err;

	if (rtp->generation)
		return 0;
	err = slots_take(engine->slots, now, &rtp->slot, &rtp->generation);
	if (err)
		return err;
	err = slots_take(engine->slots, now, &rtcp->slot, &rtcp->generation);
	if (err) {
		slots_give(engine->slots, rtp->slot, now);
		rtp->generation = 0;
	}
	return err;
}

/* Gives a leg a port pair on `bind`, in place of the one it may have. What is wanting, or NONE. */
static enum answer_cause update_take_leg(struct engine *engine, struct leg *leg,
					 const struct xrp_addr *bind, uint64_t now)
{
	struct ports *ports = addr_is_v4(bind) ? engine->ports4 : engine->ports6;
	bool loopback = addr_kind(bind) == ADDR_LOOPBACK;
	int port;

	if (!addr_is_unspecified(bind) && !engine->ops.address_is_local(engine->ops.ctx, bind))
		return ANSWER_CAUSE_LOCAL;
	if (update_take_slots(engine, leg, now))
		return ANSWER_CAUSE_SLOTS;
	port = ports_take(ports, now);
	if (port < 0)
		return ANSWER_CAUSE_PAIRS;
	if (leg->has_port && update_retire_leg(engine, leg, now)) {
		ports_give(ports, (uint16_t)port, now);
		return ANSWER_CAUSE_MEMORY;
	}
	leg->bind = *bind;
	for (int kind = 0; kind < 2; kind++) {
		struct channel *ch = &leg->channel[kind];

		ch->local = endpoint_make(bind, (uint16_t)(port + kind));
		ch->learn.loopback = loopback;
	}
	calls_enter_leg(&engine->calls, leg);
	return ANSWER_CAUSE_NONE;
}

/* A new stream that got no port is as if it had never been. */
static void update_abandon(struct engine *engine, struct stream *stream, uint64_t now)
{
	engine_release_leg(engine, &stream->leg[LEG_CALLEE], now);
	calls_take_back(&engine->calls, stream);
}

/* Is a limit reached? Counts a stream against the rate. */
static enum answer_cause update_limit(struct engine *engine, uint64_t now)
{
	const struct engine_config *c = &engine->config;

	if (engine->calls.count >= c->max_streams)
		return ANSWER_CAUSE_MAX_CALLS;
	if (c->max_load > 0 && engine->totals.load > c->max_load)
		return ANSWER_CAUSE_MAX_LOAD;
	if (!c->max_rate)
		return ANSWER_CAUSE_NONE;
	if (engine->rate_second != now / NS_PER_S) {
		engine->rate_second = now / NS_PER_S;
		engine->rate_count = 0;
	}
	return ++engine->rate_count > c->max_rate ? ANSWER_CAUSE_MAX_RATE : ANSWER_CAUSE_NONE;
}

/* May another stream be made now? */
static enum answer_status update_admit(struct engine *engine, uint64_t now,
				       struct answer_refusal *why)
{
	if (engine->shutting_down)
		return ANSWER_SHUTTING_DOWN;
	why->cause = update_limit(engine, now);
	return why->cause ? ANSWER_OVERLOADED : ANSWER_OK;
}

static void update_init_stream(const struct engine *engine, struct stream *s,
			       const struct binding *b, uint64_t now)
{
	for (int i = 0; i < 4; i++) {
		struct leg *leg = &s->leg[i / 2];
		struct channel *ch = &leg->channel[i % 2];

		leg->bind = i / 2 == LEG_CALLER ? b->party : b->other;
		leg->bound = i / 2 == LEG_CALLER ? b->party_of : b->other_of;
		leg->tos = engine->config.tos;
		leg->ttl = engine->config.setup_ttl;
		leg->touched = now;
		learn_init(&ch->learn, engine->config.policy, ch->kind == CHANNEL_RTCP,
			   addr_kind(&leg->bind) == ADDR_LOOPBACK);
		learn_set_handover(&ch->learn, engine->config.handover);
		ch->ts_per_ns = rtpstats_ts_per_ns(DEFAULT_CLOCK_HZ);
		ch->rate.cap = ch->kind == CHANNEL_RTCP ? RATE_RTCP : RATE_WIDE;
	}
	s->rtcp_own = engine->config.rtcp_own;
}

static struct stream *update_new_stream(struct engine *engine, const struct command *command,
					const struct binding *b, uint64_t now,
					struct answer *answer)
{
	struct answer_refusal *why = &answer->refusal;
	struct stream *s;

	answer->status = update_admit(engine, now, why);
	if (calls_streams(&engine->calls, command->call_id) >= CALL_STREAMS_MAX) {
		answer->status = ANSWER_NO_PORT_NEW;
		why->cause = ANSWER_CAUSE_STREAMS;
	}
	if (answer->status != ANSWER_OK)
		return NULL;
	s = calls_add(&engine->calls, command->call_id, command->from_tag, now);
	if (!s) {
		answer->status = ANSWER_NO_MEMORY;
		why->cause = ANSWER_CAUSE_MEMORY;
		return NULL;
	}
	update_init_stream(engine, s, b, now);
	why->addr = b->other;
	why->cause = update_take_leg(engine, &s->leg[LEG_CALLEE], &b->other, now);
	if (why->cause) {
		answer->status = ANSWER_NO_PORT_NEW;
		update_abandon(engine, s, now);
		return NULL;
	}
	engine->totals.created++;
	for (int side = 0; engine->config.record_all && side < 2; side++) {
		if (!engine->ops.media->record(engine->ops.ctx, &s->leg[side], false))
			leg_media_record(&s->leg[side], false);
	}
	return s;
}

/*
 * The leg that answers an existing stream gets a port where it has none, or another one for `n`.
 * Which address: l, r and 6 say so; direction letters only move a leg together with `n`.
 */
static enum answer_status update_answering_leg(struct engine *engine, struct leg *leg,
					       const struct command_update *u,
					       const struct binding *b, uint64_t now,
					       struct answer_refusal *why)
{
	struct xrp_addr bind = leg->bind;
	const struct engine_address *bound = leg->bound;

	if (leg->has_port && !u->new_port)
		return ANSWER_OK;
	if (b->given || (u->new_port && u->direction[1])) {
		bind = b->other;
		bound = b->other_of;
	}
	why->addr = bind;
	why->cause = update_take_leg(engine, leg, &bind, now);
	if (why->cause)
		return ANSWER_NO_PORT;
	leg->bound = bound;
	return ANSWER_OK;
}

/* What the party has sent so far counts before its address changes. */
static void update_confirm(const struct engine *engine, struct channel *ch)
{
	struct learn_seen seen = engine_channel_seen(engine, ch);

	learn_confirm(&ch->learn, &seen);
}

static bool update_is_asymmetric(const struct engine *engine, const struct command_update *u)
{
	if (u->asymmetric || u->symmetric)
		return u->asymmetric;
	return engine->config.asymmetric;
}

static void update_signal(struct engine *engine, struct leg *leg, const struct command_update *u)
{
	struct channel *rtp_channel = &leg->channel[CHANNEL_RTP];
	struct channel *rtcp_channel = &leg->channel[CHANNEL_RTCP];
	bool asymmetric = update_is_asymmetric(engine, u);
	struct xrp_endpoint rtp = {0}, rtcp = {0};
	uint16_t port = endpoint_port(&u->address);

	if (u->address_kind == COMMAND_ADDRESS_GIVEN && !engine_is_home(engine, &u->address)) {
		rtp = u->address;
		if (port && port < 65535)
			rtcp = endpoint_make(&u->address.addr, (uint16_t)(port + 1));
	}
	if (u->address_kind != COMMAND_ADDRESS_NONE)
		leg->hold = u->address_kind == COMMAND_ADDRESS_HOLD;
	update_confirm(engine, rtp_channel);
	update_confirm(engine, rtcp_channel);
	learn_signal(&rtp_channel->learn, &rtp, asymmetric);
	learn_signal(&rtcp_channel->learn, &rtcp, asymmetric);
	if (endpoint_is_set(&rtp_channel->learn.peer))
		learn_follow(&rtcp_channel->learn, &rtp_channel->learn.peer);
}

/* Codecs and ptime of the party are replaced by each of its commands. */
static void update_media(struct engine *engine, struct leg *leg, const struct command_update *u)
{
	free(leg->codecs);
	leg->codecs = u->codecs.at ? strndup(u->codecs.at, u->codecs.len) : NULL;
	if (leg->ptime == u->ptime)
		return;
	leg->ptime = u->ptime;
	engine->ops.media->repacketise(engine->ops.ctx, leg);
}

/* A U names whom to tell of a timeout, or by silence nobody. */
static void update_notify(struct engine *engine, struct stream *s, const struct command_update *u)
{
	stream_forget_notify(s, engine);
	if (!u->notify_socket.at)
		return;
	s->notify = engine->ops.notify_find(engine->ops.ctx, u->notify_socket);
	if (s->notify)
		s->notify_tag = strndup(u->notify_tag.at, u->notify_tag.len);
}

static void update_keep_alive(struct stream *s, const struct command *command,
			      struct leg *answering)
{
	if (command->update.weak)
		answering->weak = true;
	else if (command->verb == COMMAND_UPDATE)
		s->strong = true;
}

static void update_complete(struct engine *engine, struct stream *s, uint64_t now)
{
	if (s->complete || !s->leg[0].has_port || !s->leg[1].has_port)
		return;
	s->complete = true;
	s->completed = now;
	s->leg[0].ttl = s->leg[1].ttl = engine->config.ttl;
	engine->totals.completed++;
}

void engine_apply(struct engine *engine, struct stream *s, enum leg_side party, bool is_update,
		  const struct command_update *u, uint64_t now)
{
	s->leg[0].touched = s->leg[1].touched = now;
	update_complete(engine, s, now);
	if (is_update)
		update_notify(engine, s, u);
	update_signal(engine, &s->leg[party], u);
	update_media(engine, &s->leg[party], u);
	calls_dirty(&engine->calls, s);
}

/* Where the ports are to be, as binding_of says; why not, in `why`. */
static enum answer_status update_binding(struct engine *engine, const struct command_update *u,
					 struct binding *b, struct answer_refusal *why)
{
	enum answer_status status = binding_of(engine, u, b);

	why->label = u->bind_label;
	why->addr = u->bind_address;
	if (status == ANSWER_NO_FAMILY) {
		why->cause = ANSWER_CAUSE_FAMILY;
		why->addr = addr_any(u->ipv6 ? AF_INET6 : AF_INET);
	} else if (status == ANSWER_BAD_LABEL) {
		why->cause = ANSWER_CAUSE_LABEL;
	} else if (status == ANSWER_NO_ROUTE) {
		why->cause = ANSWER_CAUSE_ROUTE;
	}
	return status;
}

enum answer_status engine_lookup_leg(struct engine *engine, struct leg *answering,
				     const struct command_update *u, uint64_t now,
				     struct answer_refusal *why)
{
	struct binding b;
	enum answer_status status = update_binding(engine, u, &b, why);

	if (status != ANSWER_OK)
		return status;
	return update_answering_leg(engine, answering, u, &b, now, why);
}

/* Is there the address that each L behind a U wants? Its party's was looked at when it was read. */
static bool update_subs_right(struct engine *engine, const struct command *command,
			      struct answer_refusal *why)
{
	struct binding b;

	for (unsigned int i = 0; i < command->sub_count; i++) {
		const struct subcommand *sub = &command->sub[i];

		if (sub->kind == SUBCOMMAND_LOOKUP && update_binding(engine, &sub->lookup, &b, why))
			return false;
	}
	return true;
}

/* The checks that come before the stream is looked for, in the protocol's order. */
static enum answer_status update_check(struct engine *engine, const struct command *command,
				       struct binding *b, struct answer_refusal *why)
{
	enum answer_status status = update_binding(engine, &command->update, b, why);

	if (status != ANSWER_OK)
		return status;
	if (command->update.address_kind == COMMAND_ADDRESS_BAD)
		return ANSWER_BAD_ADDRESS;
	if (!update_subs_right(engine, command, why))
		return ANSWER_BAD_SUBCOMMAND;
	if (command->verb == COMMAND_UPDATE && command->update.notify_socket.at &&
	    !engine->config.notify)
		return ANSWER_NOTIFY_OFF;
	return ANSWER_OK;
}

void engine_update(struct engine *engine, const struct command *command, uint64_t now,
		   struct answer *answer)
{
	bool is_update = command->verb == COMMAND_UPDATE;
	struct stream_match m;
	struct binding b;
	enum leg_side party;

	answer->status = update_check(engine, command, &b, &answer->refusal);
	if (answer->status != ANSWER_OK)
		return;
	m = calls_find(&engine->calls, command->call_id, command->from_tag, command->to_tag);
	if (!m.stream && !is_update) {
		answer->status = ANSWER_NOT_FOUND;
		return;
	}
	party = is_update == !m.reverse ? LEG_CALLER : LEG_CALLEE;
	if (m.stream)
		answer->status = update_answering_leg(engine, &m.stream->leg[!party],
						      &command->update, &b, now, &answer->refusal);
	else
		m.stream = update_new_stream(engine, command, &b, now, answer);
	if (answer->status != ANSWER_OK)
		return;
	update_keep_alive(m.stream, command, &m.stream->leg[!party]);
	engine_apply(engine, m.stream, party, is_update, &command->update, now);
	binding_answer(engine, &m.stream->leg[!party], &answer->endpoint);
	engine_subcommands(engine, m.stream, party, command, now, answer);
}
