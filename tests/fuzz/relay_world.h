/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A relay without kernel, for fuzz targets: the made-up world of the journal's tests, the daemon's
 * own synchroniser and store, and the datapath that keeps rows in memory. What the two ask of the
 * rest of the daemon is answered here, so these stand in for its files: a target that includes this
 * is linked with sync.o and store.o and no other of them, but where it says so.
 *
 * relay_world_check() is what must hold between any two commands.
 */
#ifndef XRP_TESTS_RELAY_WORLD_H
#define XRP_TESTS_RELAY_WORLD_H

#include <base/log.h>
#include <core/sweep.h>
#include <daemon/calllog.h>
#include <daemon/media.h>
#include <daemon/relay.h>
#include <daemon/relay_events.h>
#include <daemon/store.h>
#include <daemon/sync.h>
#include <io/nexthops.h>
#include <io/notify.h>
#include "../unit/journal_world.h"

#define RELAY_WORLD_ROWS    44 /* fewer than ports and slots allow, so that rows run out, too */
#define RELAY_WORLD_STREAMS 14

struct relay_world {
	struct world *world;
	struct relay relay;
	struct options options;
	struct engine_media media;
	unsigned int routes; /* held */
	char reply[2048];
};

/* The one there is: what stands in for the daemon's functions has no other way to it. */
static struct relay_world *relay_world;

uint64_t relay_now(void)
{
	return relay_world->world->now;
}

void media_sync(struct relay *relay, struct stream *stream)
{
	(void)relay;
	(void)stream;
}

void calllog_changes(struct stream *stream)
{
	(void)stream;
}

void calllog_end(const struct engine *engine, const struct stream *stream, uint64_t now)
{
	(void)engine;
	(void)stream;
	(void)now;
}

void relay_listen_any(struct relay *relay)
{
	(void)relay;
}

/* Every destination is reached by the one route there is. */
struct route *nexthops_get(struct nexthops *nh, const struct xrp_addr *dst,
			   const struct xrp_addr *src)
{
	(void)nh;
	(void)dst;
	(void)src;
	relay_world->routes++;
	return (struct route *)relay_world;
}

void nexthops_put(struct nexthops *nh, struct route *route)
{
	(void)nh;
	DEMAND(route == (struct route *)relay_world && relay_world->routes);
	relay_world->routes--;
}

uint32_t route_id(const struct route *route)
{
	(void)route;
	return 1;
}

struct xrp_addr route_source(const struct route *route)
{
	(void)route;
	return relay_world->relay.engine.config.address[0].addr;
}

void notify_send(struct notify_target *target, struct text tag)
{
	DEMAND((void *)target == relay_world->world && tag.at);
}

size_t notify_tag_decode(struct text tag, char *buf, size_t size)
{
	size_t len = tag.len < size ? tag.len : size;

	memcpy(buf, tag.at, len);
	return len;
}

/* What is recorded or copied already is not again, as in the daemon. */
static int relay_world_already(const struct leg *leg, bool single)
{
	if (!leg->media.record && !leg->media.copy_to)
		return 0;
	return single ? -EBUSY : -EALREADY;
}

static int relay_world_record(void *ctx, struct leg *leg, bool single)
{
	int err = relay_world_already(leg, single);

	return err ? err : world_record(ctx, leg, single);
}

/* As in the daemon: the pair that copies come from is the leg's until they end. */
static int relay_world_copy(void *ctx, struct leg *leg, struct text target, bool single,
			    struct xrp_endpoint *told)
{
	const struct engine *e = &relay_world->relay.engine;
	int err = relay_world_already(leg, single), port;

	*told = leg->media.copy_from;
	if (err)
		return err;
	if (target.len >= 4 && !memcmp(target.at, "udp:", 4)) {
		port = ports_take(e->ports4, relay_world->world->now);
		if (port < 0)
			return port;
		leg->media.copy_from = endpoint_make(&e->config.address[0].addr, (uint16_t)port);
	}
	err = world_copy(ctx, leg, target, single, told);
	if (err)
		leg->media.copy_from = (struct xrp_endpoint){.port = 0};
	return err;
}

static int relay_world_stop(void *ctx, struct leg *leg)
{
	return relay_world_already(leg, false) ? world_stop(ctx, leg) : -ENOENT;
}

/* Who copies a stream that goes hears nobody still, but sends nothing either. */
static void relay_world_release(void *ctx, struct leg *leg)
{
	const struct stream *gone = leg->channel[CHANNEL_RTP].stream;
	struct stream *s;

	for (s = relay_world->relay.engine.calls.all; s; s = s->next)
		s->copy_of = s->copy_of == gone ? s : s->copy_of;
	world_release(ctx, leg);
}

static inline struct engine_media relay_world_media(void)
{
	struct engine_media media = world_media;

	media.record = relay_world_record;
	media.copy = relay_world_copy;
	media.stop = relay_world_stop;
	media.release = relay_world_release;
	return media;
}

static inline struct relay_world *relay_world_new(void)
{
	struct relay_world *r = calloc(1, sizeof(*r));

	DEMAND(r);
	log_setup(false, 0, LOG_EMERG);
	relay_world = r;
	r->world = world_new();
	r->relay.options = &r->options;
	/* The tables of ports and slots are shared with the world, whose functions take from them;
	 * calls are the relay's alone. */
	r->relay.engine = r->world->engine;
	r->media = relay_world_media();
	r->relay.engine.ops.media = &r->media;
	r->relay.engine.config.max_streams = RELAY_WORLD_STREAMS;
	r->relay.datapath = datapath_fake_new(RELAY_WORLD_ROWS, 2);
	DEMAND(r->relay.datapath);
	return r;
}

static inline size_t relay_world_answer(struct relay_world *r, struct rtpproxy_request *request)
{
	const struct rtpproxy_config config = {.notify = true};
	struct relay *relay = &r->relay;
	struct answer answer;
	unsigned int streams = relay->engine.calls.count;

	engine_run(&relay->engine, &request->command, r->world->now, &answer);
	sync_run(relay);
	DEMAND(answer.status == ANSWER_OK || relay->engine.calls.count <= streams);
	return rtpproxy_reply(&config, &request->cookie, &request->command, &answer, r->reply,
			      sizeof(r->reply));
}

/* One command as it comes by a line's transport, and all that follows from it. */
static inline void relay_world_run(struct relay_world *r, const char *data, size_t len)
{
	const struct rtpproxy_config config = {.notify = true};
	struct rtpproxy_request request;
	int code = rtpproxy_parse(&config, data, len, false, &request);
	size_t said;

	if (code)
		said = rtpproxy_refuse(&request.cookie, code, r->reply, sizeof(r->reply));
	else
		said = relay_world_answer(r, &request);
	DEMAND(said > 0 && said <= sizeof(r->reply) && r->reply[said - 1] == '\n');
}

/* What all streams together have. */
struct relay_world_sum {
	unsigned int streams, pairs, channels, slots, rows, routes, targets, elements, calls;
	uint64_t slot_used;		 /* a bit a slot */
	uint64_t pair_used4, pair_used6; /* a bit a pair */
};

static inline void relay_world_pair(struct relay_world_sum *sum, const struct xrp_endpoint *ep)
{
	uint64_t *used = addr_is_v4(&ep->addr) ? &sum->pair_used4 : &sum->pair_used6;
	uint64_t bit = 1ULL << ((endpoint_port(ep) - 35000) / 2);

	DEMAND(endpoint_port(ep) >= 35000 && endpoint_port(ep) < 35040);
	DEMAND(!(*used & bit)); /* no two have one port */
	*used |= bit;
	sum->pairs++;
}

static inline void relay_world_channel(struct relay_world *r, struct relay_world_sum *sum,
				       const struct channel *ch, bool has_port)
{
	const struct xrp_flow *row = datapath_fake_flow(r->relay.datapath, &ch->local);

	DEMAND(has_port || !ch->written);
	sum->routes += ch->route != NULL;
	sum->rows += ch->written;
	DEMAND(!ch->written || row);
	if (ch->written && row) {
		DEMAND(row->slot == ch->slot && row->generation == ch->generation);
		DEMAND(xrp_endpoint_equal(&row->self, &ch->local) && row->flags == ch->row.flags);
	}
	if (ch->generation) {
		DEMAND(ch->slot < WORLD_SLOTS && !(sum->slot_used >> ch->slot & 1));
		DEMAND(slots_is_taken(r->relay.engine.slots, ch->slot));
		sum->slot_used |= 1ULL << ch->slot;
		sum->slots++;
	}
	if (has_port)
		DEMAND(calls_channel(&r->relay.engine.calls, &ch->local) == ch);
	sum->channels += has_port;
}

static inline void relay_world_stream(struct relay_world *r, struct relay_world_sum *sum,
				      const struct stream *s)
{
	DEMAND(s->id && s->id <= r->relay.engine.calls.last_id && s->call && s->call->refs);
	DEMAND(calls_call(&r->relay.engine.calls, (struct text){s->call->id, s->call->id_len}) ==
	       s->call);
	DEMAND(!s->complete || (s->leg[0].has_port && s->leg[1].has_port));
	for (int side = 0; side < 2; side++) {
		const struct leg *leg = &s->leg[side];

		if (leg->has_port)
			relay_world_pair(sum, &leg->channel[CHANNEL_RTP].local);
		if (leg->media.copy_from.port)
			relay_world_pair(sum, &leg->media.copy_from);
		for (int kind = 0; kind < 2; kind++)
			relay_world_channel(r, sum, &leg->channel[kind], leg->has_port);
	}
	sum->streams++;
	sum->calls += s->call->streams == s;
	sum->targets += s->notify != NULL;
	sum->elements += s->journal.hash ? 1U + s->journal.parts : 0;
}

/* Ports, slots, rows, records, routes and references are those of the streams, no more, no less. */
static inline void relay_world_check(struct relay_world *r)
{
	const struct engine *e = &r->relay.engine;
	struct relay_world_sum sum = {0};

	for (const struct stream *s = e->calls.all; s; s = s->next)
		relay_world_stream(r, &sum, s);
	DEMAND(sum.streams == e->calls.count && sum.streams <= RELAY_WORLD_STREAMS);
	DEMAND(sum.calls == HASH_COUNT(e->calls.by_id));
	DEMAND(sum.channels == HASH_COUNT(e->calls.by_local));
	DEMAND(sum.pairs == ports_count(e->ports4).taken + ports_count(e->ports6).taken);
	DEMAND(sum.slots == slots_taken(e->slots));
	DEMAND(sum.rows == datapath_fake_count(r->relay.datapath));
	DEMAND(sum.routes == r->routes && sum.targets == (unsigned int)r->world->targets);
	DEMAND(sum.elements == datapath_fake_journal_count(r->relay.datapath));
	DEMAND(e->totals.created - e->totals.destroyed == sum.streams);
	DEMAND(!e->calls.ended && !e->calls.retired);
}

/* Ends all calls: nothing may be left of them. */
static inline void relay_world_free(struct relay_world *r)
{
	struct engine *e = &r->relay.engine;

	while (e->calls.all)
		engine_end_stream(e, e->calls.all, STREAM_SHUTDOWN, r->world->now);
	sync_run(&r->relay);
	relay_world_check(r);
	DEMAND(!e->calls.count && !datapath_fake_count(r->relay.datapath));
	DEMAND(!datapath_fake_journal_count(r->relay.datapath) && !r->routes);
	calls_free(&e->calls);
	r->relay.datapath->ops->free(r->relay.datapath);
	world_free(r->world);
	free(r);
	relay_world = NULL;
}

#endif
