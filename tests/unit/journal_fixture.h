/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the journal's records have in common: calls made by commands and packets, a
 * restart, whether two streams are alike.
 */
#ifndef XRP_TESTS_JOURNAL_FIXTURE_H
#define XRP_TESTS_JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <core/journal_items.h>
#include <core/sweep.h>
#include "journal_world.h"

#define CALLER "198.51.100.1 4000"
#define CALLEE "203.0.113.9 6000"

static inline struct xrp_endpoint endpoint_of(const char *addr, uint16_t port)
{
	struct xrp_addr a;

	assert_int_equal(addr_parse(addr, &a), 0);
	return endpoint_make(&a, port);
}

static inline void run(struct world *w, const char *const *command)
{
	for (; *command; command++) {
		world_run(w, *command);
		if (w->reply[0] == 'E' || strstr(w->reply, "-1"))
			fail_msg("'%s' was answered '%s'", *command, w->reply);
	}
}

static inline size_t record_of(const struct world *w, const struct stream *s, uint8_t *buf)
{
	int len = journal_stream(&w->engine, s, buf, JOURNAL_RECORD);

	assert_true(len > 0);
	return (size_t)len;
}

static inline int adopt(struct world *w, uint64_t id, const uint8_t *data, size_t len,
			uint64_t down, unsigned int *bent)
{
	const struct journal_world world = {.keep_slots = true, .down = down, .now = w->now};
	/* a heap block of its size, so that the sanitizer sees one byte too far */
	uint8_t *copy = malloc(len ? len : 1);
	struct stream *s;
	int err;

	assert_non_null(copy);
	if (len)
		memcpy(copy, data, len);
	err = journal_adopt(&w->engine, &world, id, copy, len, &s, bent);
	free(copy);
	assert_true((s != NULL) == !err);
	return err;
}

static inline void adopt_all(struct world *to, const struct world *from)
{
	static uint8_t buf[JOURNAL_RECORD];
	unsigned int bent;

	for (const struct stream *s = from->engine.calls.all; s; s = s->next) {
		assert_int_equal(adopt(to, s->id, buf, record_of(from, s, buf), 0, &bent), 0);
		assert_int_equal(bent, 0);
	}
}

static inline const struct stream *twin_of(const struct world *w, uint64_t id)
{
	const struct stream *s = w->engine.calls.all;

	while (s && s->id != id)
		s = s->next;
	assert_non_null(s);
	return s;
}

static inline void assert_channels_alike(const struct channel *a, const struct channel *b)
{
	const struct plan_way way = {.nexthop = 7};
	struct xrp_flow row_a, row_b;
	struct learn la = a->learn, lb = b->learn;

	plan_flow(a, &way, &row_a);
	plan_flow(b, &way, &row_b);
	if (a->stream->copy_of) /* comes back with its media */
		row_b.flags = row_a.flags;
	assert_memory_equal(&row_a, &row_b, sizeof(row_a));
	memset(la.candidate, 0, sizeof(la.candidate));
	memset(lb.candidate, 0, sizeof(lb.candidate));
	assert_memory_equal(&la, &lb, sizeof(la));
	assert_memory_equal(&a->local, &b->local, sizeof(a->local));
	assert_memory_equal(&a->slow, &b->slow, sizeof(a->slow));
	assert_memory_equal(&a->jitter, &b->jitter, sizeof(a->jitter));
	assert_memory_equal(&a->announced, &b->announced, sizeof(a->announced));
	assert_memory_equal(&a->refused, &b->refused, sizeof(a->refused));
	assert_int_equal(a->slow_relayed, b->slow_relayed);
	assert_int_equal(a->slow_dropped, b->slow_dropped);
	assert_int_equal(a->slow_refused, b->slow_refused);
	assert_int_equal(a->copies_lost, b->copies_lost);
	assert_int_equal(a->slow_gap, b->slow_gap);
	assert_int_equal(a->rate.cap, b->rate.cap);
	assert_int_equal(a->clock.hz, b->clock.hz);
}

static inline void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a && b)
		assert_string_equal(a, b);
}

static inline void assert_legs_alike(const struct leg *a, const struct leg *b)
{
	assert_int_equal(a->has_port, b->has_port);
	assert_int_equal(a->weak, b->weak);
	assert_int_equal(a->hold, b->hold);
	assert_int_equal(a->tos, b->tos);
	assert_int_equal(a->ptime, b->ptime);
	assert_int_equal(a->ttl, b->ttl);
	assert_int_equal(a->touched, b->touched);
	assert_int_equal(a->digits_type, b->digits_type);
	assert_memory_equal(&a->bind, &b->bind, sizeof(a->bind));
	assert_same_text(a->codecs, b->codecs);
	assert_int_equal(a->media.record, b->media.record);
	assert_int_equal(a->media.single, b->media.single);
	assert_int_equal(a->media.prompt_count, b->media.prompt_count);
	assert_int_equal(a->media.digits_hide, b->media.digits_hide);
	assert_same_text(a->media.copy_to, b->media.copy_to);
	assert_same_text(a->media.prompt, b->media.prompt);
	assert_same_text(a->media.prompt_codecs, b->media.prompt_codecs);
	assert_same_text(a->media.digits_tag, b->media.digits_tag);
	assert_memory_equal(&a->media.copy_from, &b->media.copy_from, sizeof(a->media.copy_from));
	for (int kind = 0; kind < 2; kind++)
		assert_channels_alike(&a->channel[kind], &b->channel[kind]);
}

static inline void assert_streams_alike(const struct world *wa, const struct stream *a,
					const struct world *wb, const struct stream *b)
{
	static uint8_t one[JOURNAL_RECORD], other[JOURNAL_RECORD];
	size_t len = record_of(wa, a, one);

	assert_int_equal(record_of(wb, b, other), len);
	assert_memory_equal(one, other, len);
	assert_int_equal(a->call->id_len, b->call->id_len);
	assert_memory_equal(a->call->id, b->call->id, a->call->id_len);
	assert_int_equal(a->tag_len, b->tag_len);
	assert_memory_equal(a->tag, b->tag, a->tag_len);
	assert_int_equal(a->strong, b->strong);
	assert_int_equal(a->complete, b->complete);
	assert_int_equal(a->announced, b->announced);
	assert_int_equal(a->created, b->created);
	assert_int_equal(a->completed, b->completed);
	assert_int_equal(a->rtcp_own, b->rtcp_own);
	assert_int_equal(!a->notify, !b->notify);
	assert_same_text(a->notify_tag, b->notify_tag);
	assert_true(b->dirty);
	for (int side = 0; side < 2; side++)
		assert_legs_alike(&a->leg[side], &b->leg[side]);
}

/* Adopts all of `from` into another daemon and compares: streams, and what is taken. */
static inline struct world *restart(const struct world *from)
{
	struct world *to = world_new();
	struct world_count a = world_count(from), b;

	to->now = from->now;
	to->engine.config = from->engine.config;
	memcpy(to->stats, from->stats, sizeof(to->stats));
	adopt_all(to, from);
	for (const struct stream *s = from->engine.calls.all; s; s = s->next)
		assert_streams_alike(from, s, to, twin_of(to, s->id));
	b = world_count(to);
	a.ports4.resting = a.ports6.resting = 0;
	assert_memory_equal(&a, &b, sizeof(a));
	return to;
}

/* Packets by the slow path: learned addresses, counters, jitter, whom the log has told of. */
static inline void speak(struct world *w)
{
	const struct xrp_endpoint local = endpoint_of("192.0.2.1", 35002);
	const struct xrp_endpoint nat = endpoint_of("198.51.100.1", 40000);
	const struct xrp_endpoint mallory = endpoint_of("203.0.113.66", 1);
	struct channel *ch;

	for (uint16_t i = 0; i < 200; i++, w->now += SECOND / 50)
		world_packet(w, &nat, &local, i);
	assert_false(world_packet(w, &mallory, &local, 5));
	sweep(&w->engine, 1, w->now);
	ch = calls_channel(&w->engine.calls, &local);
	assert_non_null(ch);
	ch->announced = ch->learn.peer;
	ch->stream->announced = true;
	assert_true(ch->jitter.count > 0 && ch->slow.packets == 200 && ch->slow_refused == 1);
}

/* A stream that has every item there is, for cutting and changing. */
static inline size_t rich_record(struct world *w, uint8_t *buf)
{
	run(w,
	    (const char *const[]){"Uc0,8z20 c " CALLER " f;1 t unix:/nt tag && M3:1 D7 97 h",
				  "Lwc0,8 c " CALLEE " f;1 t;1", "Rs c f;1 t;1",
				  "C c udp:192.0.2.9:7000 t;1 f;1", "P-1 c music session f;1 t;1",
				  "U c " CALLER " f;1 t;1 unix:/nt x && S tos=3", NULL});
	speak(w);
	return record_of(w, w->engine.calls.all, buf);
}

#endif
