/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon without kernel, for records of streams: an engine whose world is made up. Media
 * functions say what they were asked (world.said) and succeed unless they are told to fail. For
 * tests of the journal and for its fuzz target, so it depends on no test library: what must be is
 * demanded.
 */
#ifndef XRP_TESTS_JOURNAL_WORLD_H
#define XRP_TESTS_JOURNAL_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <base/endpoint.h>
#include <core/engine_sub.h>
#include <core/journal.h>
#include <core/judge.h>
#include <core/plan.h>
#include <proto/rtpproxy.h>

#define WORLD_SLOTS 64
#define WORLD_START 1000000000000ULL
#define SECOND	    1000000000ULL

struct world {
	struct engine engine;
	uint64_t now;
	struct xrp_flow_stats stats[WORLD_SLOTS];
	bool deaf;   /* nobody may be notified */
	bool fail;   /* no media function succeeds */
	int targets; /* references to the notification target */
	char reply[2048];
	char said[4096]; /* what the media functions were asked, a line each */
};

static inline void world_demand(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "demanded: %s\n", what);
	abort();
}

#define DEMAND(right) world_demand(right, #right)

static bool world_is_local(void *ctx, const struct xrp_addr *addr)
{
	(void)ctx;
	return addr_kind(addr) != ADDR_MULTICAST;
}

static void world_ports_look(void *ctx)
{
	(void)ctx;
}

static int world_source(void *ctx, const struct xrp_addr *remote, struct xrp_addr *source)
{
	(void)ctx;
	return addr_parse(addr_is_v4(remote) ? "192.0.2.1" : "2001:db8::1", source);
}

static const struct xrp_flow_stats *world_stats(void *ctx, uint32_t slot)
{
	const struct world *w = ctx;

	DEMAND(slot < WORLD_SLOTS);
	return &w->stats[slot];
}

static struct notify_target *world_notify_find(void *ctx, struct text word)
{
	struct world *w = ctx;

	if (!text_equal(word, text_of("unix:/nt")))
		return NULL;
	w->targets++;
	return ctx;
}

static void world_notify_put(void *ctx, struct notify_target *target)
{
	struct world *w = ctx;

	DEMAND((void *)target == ctx);
	w->targets--;
}

static const char *world_notify_name(void *ctx, const struct notify_target *target)
{
	DEMAND((const void *)target == ctx);
	return "/nt";
}

static struct notify_target *world_notify_recall(void *ctx, const char *name)
{
	struct world *w = ctx;

	if (w->deaf || strcmp(name, "/nt"))
		return NULL;
	w->targets++;
	return ctx;
}

static int world_say(struct world *w, const struct leg *leg, const char *what, struct text text)
{
	size_t len = strlen(w->said);

	snprintf(w->said + len, sizeof(w->said) - len, "%s %s %.*s\n", what,
		 leg_side_name(leg->channel[0].side), text.at ? (int)text.len : 0,
		 text.at ? text.at : "");
	return w->fail ? -EIO : 0;
}

static int world_record(void *ctx, struct leg *leg, bool single)
{
	return world_say(ctx, leg, single ? "record-single" : "record", (struct text){NULL, 0});
}

/* A copy to a UDP target comes from a pair of ports, as the real one does it. */
static int world_copy(void *ctx, struct leg *leg, struct text target, bool single,
		      struct xrp_endpoint *told)
{
	struct world *w = ctx;
	struct xrp_endpoint from = leg->media.copy_from;
	int err = world_say(ctx, leg, single ? "copy-single" : "copy", target), port;

	*told = (struct xrp_endpoint){.port = 0};
	if (target.len >= 4 && !memcmp(target.at, "udp:", 4)) {
		if (!from.port && !err) {
			port = ports_take(w->engine.ports4, w->now);
			DEMAND(port > 0);
			DEMAND(!addr_parse("192.0.2.1", &from.addr));
			from.port = htons((uint16_t)port);
		}
		*told = from;
	}
	if (err && from.port)
		ports_give(addr_is_v4(&from.addr) ? w->engine.ports4 : w->engine.ports6,
			   endpoint_port(&from), w->now);
	return err;
}

static void world_release(void *ctx, struct leg *leg)
{
	struct world *w = ctx;
	const struct xrp_endpoint *from = &leg->media.copy_from;

	if (from->port)
		ports_give(addr_is_v4(&from->addr) ? w->engine.ports4 : w->engine.ports6,
			   endpoint_port(from), w->now);
}

static int world_stop(void *ctx, struct leg *leg)
{
	world_release(ctx, leg);
	return world_say(ctx, leg, "stop", (struct text){NULL, 0});
}

static int world_play(void *ctx, struct leg *leg, struct text prompt, struct text codecs, int count)
{
	char what[300];

	snprintf(what, sizeof(what), "play %d %.*s", count, (int)(codecs.len % 200), codecs.at);
	return world_say(ctx, leg, what, prompt);
}

static void world_stop_play(void *ctx, struct leg *leg)
{
	world_say(ctx, leg, "stop-play", (struct text){NULL, 0});
}

static int world_repacketise(void *ctx, struct leg *leg)
{
	char what[32];

	snprintf(what, sizeof(what), "ptime %u", leg->ptime);
	return world_say(ctx, leg, what, (struct text){NULL, 0});
}

static int world_digits(void *ctx, struct leg *leg, struct text tag, uint8_t payload_type,
			bool hide)
{
	char what[32];
	int err;

	snprintf(what, sizeof(what), "digits %u%s", payload_type, hide ? " hide" : "");
	err = world_say(ctx, leg, what, tag);
	if (!err)
		leg->digits_type = payload_type;
	return err;
}

static int world_copy_stream(void *ctx, struct stream *stream, struct stream *other, bool reversed)
{
	int err = world_say(ctx, &other->leg[reversed], "copy-stream of", (struct text){NULL, 0});

	if (!err) {
		stream->copy_of = other;
		stream->copy_reversed = reversed;
	}
	return err;
}

static const struct engine_media world_media = {
	.record = world_record,
	.copy = world_copy,
	.stop = world_stop,
	.play = world_play,
	.stop_play = world_stop_play,
	.repacketise = world_repacketise,
	.digits = world_digits,
	.copy_stream = world_copy_stream,
	.release = world_release,
};

static inline struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	DEMAND(w);
	w->now = WORLD_START;
	w->engine.config = (struct engine_config){.ttl = 60 * SECOND,
						  .setup_ttl = 60 * SECOND,
						  .policy = LEARN_AUTO,
						  .notify = true,
						  .max_streams = 100,
						  .address_count = 2};
	DEMAND(!addr_parse("192.0.2.1", &w->engine.config.address[0].addr));
	DEMAND(!addr_parse("2001:db8::1", &w->engine.config.address[1].addr));
	w->engine.ops = (struct engine_ops){
		.address_is_local = world_is_local,
		.source_towards = world_source,
		.ports_look = world_ports_look,
		.stats = world_stats,
		.notify_find = world_notify_find,
		.notify_put = world_notify_put,
		.notify_name = world_notify_name,
		.notify_recall = world_notify_recall,
		.media = &world_media,
		.ctx = w,
	};
	w->engine.ports4 = ports_new(35000, 35039, true, 5 * SECOND, 1);
	w->engine.ports6 = ports_new(35000, 35039, true, 5 * SECOND, 1);
	w->engine.slots = slots_new(WORLD_SLOTS, 0, 1);
	DEMAND(w->engine.ports4 && w->engine.ports6 && w->engine.slots);
	return w;
}

/* Frees the streams that ended, as the synchroniser does when their rows are gone. */
static inline void world_bury(struct world *w)
{
	struct stream *s;

	while ((s = w->engine.calls.ended)) {
		w->engine.calls.ended = s->next;
		stream_forget_notify(s, &w->engine);
		stream_free(s);
	}
}

static inline void world_free(struct world *w)
{
	while (w->engine.calls.all)
		engine_end_stream(&w->engine, w->engine.calls.all, STREAM_SHUTDOWN, w->now);
	world_bury(w);
	calls_free(&w->engine.calls);
	ports_free(w->engine.ports4);
	ports_free(w->engine.ports6);
	slots_free(w->engine.slots);
	free(w);
}

/* One command as on a unix socket; w->reply gets what it is answered, without LF. */
static inline void world_run(struct world *w, const char *command)
{
	const struct rtpproxy_config config = {.bridge = w->engine.config.bridge, .notify = true};
	struct rtpproxy_request request;
	struct answer answer;
	size_t len;
	int code = rtpproxy_parse(&config, command, strlen(command), false, &request);

	if (code) {
		len = rtpproxy_refuse(&request.cookie, code, w->reply, sizeof(w->reply));
	} else {
		engine_run(&w->engine, &request.command, w->now, &answer);
		len = rtpproxy_reply(&config, &request.cookie, &request.command, &answer, w->reply,
				     sizeof(w->reply));
	}
	DEMAND(len > 0);
	w->reply[len - 1] = '\0';
	world_bury(w);
}

/* An RTP packet that comes by the slow path. */
static inline bool world_packet(struct world *w, const struct xrp_endpoint *source,
				const struct xrp_endpoint *local, uint16_t sequence)
{
	const uint8_t data[20] = {0x80, 0, (uint8_t)(sequence >> 8), (uint8_t)sequence, [11] = 7};
	const struct judge_packet p = {.data = data,
				       .len = sizeof(data),
				       .now = w->now,
				       .source = *source,
				       .local = *local};
	struct judge_send send;

	return judge(&w->engine, &p, &send);
}

/* What is taken: it must not change where a record is refused. */
struct world_count {
	struct ports_count ports4, ports6;
	uint32_t slots;
	unsigned int streams, calls;
	int targets;
	uint64_t last_id;
};

static inline struct world_count world_count(const struct world *w)
{
	struct world_count c;

	memset(&c, 0, sizeof(c)); /* it is compared as bytes */
	c.ports4 = ports_count(w->engine.ports4);
	c.ports6 = ports_count(w->engine.ports6);
	c.slots = slots_taken(w->engine.slots);
	c.streams = w->engine.calls.count;
	c.calls = HASH_COUNT(w->engine.calls.by_id);
	c.targets = w->targets;
	c.last_id = w->engine.calls.last_id;
	return c;
}

#endif
