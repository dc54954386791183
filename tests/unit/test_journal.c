/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of streams: a daemon's calls, made by commands and packets, are written, another daemon
 * adopts them, and both must be alike. Then everything that a record can have wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <core/journal_items.h>
#include <core/sweep.h>
#include "journal_world.h"

#define CALLER "198.51.100.1 4000"
#define CALLEE "203.0.113.9 6000"

static struct xrp_endpoint endpoint_of(const char *addr, uint16_t port)
{
	struct xrp_addr a;

	assert_int_equal(addr_parse(addr, &a), 0);
	return endpoint_make(&a, port);
}

static void run(struct world *w, const char *const *command)
{
	for (; *command; command++) {
		world_run(w, *command);
		if (w->reply[0] == 'E' || strstr(w->reply, "-1"))
			fail_msg("'%s' was answered '%s'", *command, w->reply);
	}
}

static size_t record_of(const struct world *w, const struct stream *s, uint8_t *buf)
{
	int len = journal_stream(&w->engine, s, buf, JOURNAL_RECORD);

	assert_true(len > 0);
	return (size_t)len;
}

static int adopt(struct world *w, uint64_t id, const uint8_t *data, size_t len, uint64_t down,
		 unsigned int *bent)
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

static void adopt_all(struct world *to, const struct world *from)
{
	static uint8_t buf[JOURNAL_RECORD];
	unsigned int bent;

	for (const struct stream *s = from->engine.calls.all; s; s = s->next) {
		assert_int_equal(adopt(to, s->id, buf, record_of(from, s, buf), 0, &bent), 0);
		assert_int_equal(bent, 0);
	}
}

static const struct stream *twin_of(const struct world *w, uint64_t id)
{
	const struct stream *s = w->engine.calls.all;

	while (s && s->id != id)
		s = s->next;
	assert_non_null(s);
	return s;
}

static void assert_channels_alike(const struct channel *a, const struct channel *b)
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
	assert_int_equal(a->clock.hz, b->clock.hz);
}

static void assert_same_text(const char *a, const char *b)
{
	assert_int_equal(!a, !b);
	if (a && b)
		assert_string_equal(a, b);
}

static void assert_legs_alike(const struct leg *a, const struct leg *b)
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

static void assert_streams_alike(const struct world *wa, const struct stream *a,
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
static struct world *restart(const struct world *from)
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

static const struct state_case {
	const char *sentence;
	const char *command[8];
} state_cases[] = {
	{"an early call", {"U c " CALLER " f"}},
	{"an early call that is weak", {"Uw c " CALLER " f"}},
	{"one without any address", {"U c 0.0.0.0 0 f"}},
	{"answered", {"U c " CALLER " f", "L c " CALLEE " f t"}},
	{"answered, both legs weak", {"Uw c " CALLER " f", "Lw c " CALLEE " f t"}},
	{"weak, and one leg deleted", {"Uw c " CALLER " f", "Lw c " CALLEE " f t", "Dw c f t"}},
	{"on hold", {"U c " CALLER " f", "L c " CALLEE " f t", "U c 0.0.0.0 4000 f t"}},
	{"asymmetric", {"Ua c " CALLER " f", "La c " CALLEE " f t"}},
	{"two media lines",
	 {"U c " CALLER " f;1", "U c 198.51.100.1 4002 f;2", "L c " CALLEE " f;1 t;1"}},
	{"IPv6 on both sides", {"U6 c 2001:db8::7 4000 f", "L6 c 2001:db8::8 6000 f t"}},
	{"IPv6 on one side", {"U c " CALLER " f", "L6 c 2001:db8::8 6000 f t"}},
	{"another port (n)", {"U c " CALLER " f", "L c " CALLEE " f t", "Un c " CALLER " f t"}},
	{"private addresses, no port learned", {"U c 10.1.1.1 4000 f", "L c 192.168.7.7 6 f t"}},
	{"limits, TOS and RTCP by subcommands",
	 {"U c " CALLER " f", "L c " CALLEE " f t",
	  "U c " CALLER " f t && S ttl=7 && S tos=184 && S rtcp=regenerate"}},
	{"codecs and ptime", {"Uz20c0,8,101 c " CALLER " f", "Lz30c8 c " CALLEE " f t"}},
	{"notified", {"U c " CALLER " f t unix:/nt some%20tag"}},
	{"recorded", {"U c " CALLER " f", "R c f"}},
	{"recorded into one file", {"U c " CALLER " f", "L c " CALLEE " f t", "Rs c f t"}},
	{"copied to a file", {"U c " CALLER " f", "C c name f"}},
	{"copied to a UDP target", {"U c " CALLER " f", "C c udp:192.0.2.9:7000 f"}},
	{"copied, both legs",
	 {"U c " CALLER " f", "L c " CALLEE " f t", "C c udp:192.0.2.9:7000 f t",
	  "C c udp:192.0.2.9:7002 t f"}},
	{"a prompt plays", {"U c " CALLER " f", "P3 c music 0,8 f"}},
	{"an endless prompt of the session's codecs",
	 {"Uc0,8 c " CALLER " f", "P-1 c music session f"}},
	{"telephone events are told",
	 {"U c " CALLER " f t unix:/nt x && M3:1 D7 97 h", "L c " CALLEE " f t"}},
	{"it sends another's media",
	 {"U other " CALLER " f", "L other " CALLEE " f t",
	  "U c 198.51.100.5 4000 f t && C other f t"}},
};

static void test_every_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(state_cases) / sizeof(state_cases[0]); i++) {
		struct world *w = world_new(), *next;

		print_message("  %s\n", state_cases[i].sentence);
		run(w, state_cases[i].command);
		next = restart(w);
		world_free(next);
		world_free(w);
	}
}

static void test_wildcard(void **state)
{
	struct world *w = world_new(), *next;

	(void)state;
	w->engine.config.address[0].addr = addr_any(AF_INET);
	w->engine.config.address[1].addr = addr_any(AF_INET6);
	run(w, (const char *const[]){"U c " CALLER " f", "L c " CALLEE " f t",
				     "U6 d 2001:db8::7 4000 f", "L6 d 2001:db8::8 6000 f t", NULL});
	next = restart(w);
	assert_true(addr_is_unspecified(&next->engine.calls.all->leg[0].channel[0].local.addr));
	world_free(next);
	world_free(w);
}

/* Packets by the slow path: learned addresses, counters, jitter, whom the log has told of. */
static void speak(struct world *w)
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

static void test_what_was_learned(void **state)
{
	struct world *w = world_new(), *next;
	struct channel *ch;
	const struct xrp_endpoint local = endpoint_of("192.0.2.1", 35002);

	(void)state;
	run(w, (const char *const[]){"U c " CALLER " f", "L c " CALLEE " f t", NULL});
	speak(w);
	/* a re-INVITE moves the caller, who has not spoken from there yet */
	run(w, (const char *const[]){"U c 198.51.100.77 4000 f t", NULL});
	assert_true(calls_channel(&w->engine.calls, &local)->learn.moved);
	next = restart(w);
	ch = calls_channel(&next->engine.calls, &local);
	assert_int_equal(endpoint_port(&ch->learn.peer), 40000);
	assert_int_equal(endpoint_port(&ch->learn.dest), 4000);
	assert_int_equal(engine_channel_stats(&next->engine, ch).packets, 200);
	assert_int_equal(engine_channel_refused(&next->engine, ch), 1);
	world_free(next);
	world_free(w);
}

static void test_next_calls_are_others(void **state)
{
	struct world *w = world_new(), *next;

	(void)state;
	run(w, (const char *const[]){"U a " CALLER " f", "U b " CALLER " f", "D a f", NULL});
	next = restart(w);
	run(next, (const char *const[]){"U a " CALLER " f", NULL});
	assert_string_equal(next->reply, "35000 192.0.2.1");
	run(next, (const char *const[]){"L b " CALLEE " f t", NULL});
	assert_string_equal(next->reply, "35004 192.0.2.1");
	assert_int_equal(next->engine.calls.all->prev->id, 3);
	run(next, (const char *const[]){"D b f t", "D a f", NULL});
	assert_int_equal(next->engine.calls.count, 0);
	world_free(next);
	world_free(w);
}

static void test_a_typical_record_is_one_element(void **state)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new();
	struct stream *s;
	size_t len;

	(void)state;
	w->now = 40ULL * 24 * 3600 * SECOND + 123456789; /* the host is up for some weeks */
	run(w, (const char *const[]){
		       "Uc0,8,101 3848276298220188511@atlanta.example.com 198.51.100.123 49170 "
		       "9fxced76sl;1 unix:/nt 3848276298220188511%40atlanta.example.com",
		       "L 3848276298220188511@atlanta.example.com 203.0.113.211 49170 "
		       "9fxced76sl;1 314159;1",
		       NULL});
	s = w->engine.calls.all;
	s->announced = true;
	for (int i = 0; i < 4; i++) {
		struct channel *ch = &s->leg[i / 2].channel[i % 2];

		ch->announced = ch->learn.peer;
		ch->slot += 30000;
		ch->generation += 0x7f000000;
		ch->learn.heard = ch->learn.stale = w->now;
		ch->clock.hz = 8000;
		if (i % 2 == CHANNEL_RTP)
			ch->jitter = (struct jitter_samples){117, 123456, 3600};
	}
	len = record_of(w, s, buf);
	print_message("  %zu bytes\n", len);
	assert_in_range(len, 300, 900);
	/* too little room is told, whatever the size */
	for (size_t size = 0; size < len; size++)
		assert_int_equal(journal_stream(&w->engine, s, buf, size), -EMSGSIZE);
	assert_int_equal(journal_stream(&w->engine, s, buf, len), (int)len);
	s->leg[0].channel[0].slot = 0; /* as they were taken */
	for (int i = 0; i < 4; i++)
		s->leg[i / 2].channel[i % 2].slot = (uint32_t)i;
	world_free(w);
}

/* A record of its own making: "type=" items of a stream with one leg, changed by the tests below.
 */
struct forge {
	uint8_t buf[4096];
	struct tlv_writer w;
};

static void put_endpoint(struct forge *f, uint8_t type, const char *addr, uint16_t port)
{
	struct xrp_endpoint ep = endpoint_of(addr, port);
	uint8_t out[18];
	bool v4 = addr_is_v4(&ep.addr);
	size_t len = v4 ? 4 : 16;

	memcpy(out, (uint8_t *)&ep.addr + 16 - len, len);
	memcpy(out + len, &ep.port, 2);
	tlv_put(&f->w, type, out, len + 2);
}

static void put_bind(struct forge *f, const char *addr)
{
	struct xrp_endpoint ep = endpoint_of(addr, 0);

	tlv_put(&f->w, JOURNAL_LEG_BIND, (uint8_t *)&ep.addr + 12, 4);
}

static void forge_begin(struct forge *f, const char *call_id, const char *tag)
{
	f->w = (struct tlv_writer){.buf = f->buf, .size = sizeof(f->buf)};
	tlv_put(&f->w, JOURNAL_STREAM_CALL_ID, call_id, strlen(call_id));
	tlv_put(&f->w, JOURNAL_STREAM_TAG, tag, strlen(tag));
	tlv_put_number(&f->w, JOURNAL_STREAM_CREATED, WORLD_START);
}

/* The beginning of a callee's leg with this port; close it with tlv_close. */
static size_t forge_leg(struct forge *f, uint8_t side, uint16_t port)
{
	size_t leg = tlv_open(&f->w, side);

	tlv_put_number(&f->w, JOURNAL_LEG_PORT, port);
	put_bind(f, "192.0.2.1");
	tlv_put_number(&f->w, JOURNAL_LEG_TTL, 60 * SECOND);
	tlv_put_number(&f->w, JOURNAL_LEG_TOUCHED, WORLD_START);
	return leg;
}

static void forge_stream(struct forge *f, const char *call_id, uint16_t port)
{
	forge_begin(f, call_id, "f");
	tlv_close(&f->w, forge_leg(f, JOURNAL_STREAM_CALLEE, port));
}

/* Nothing may have changed by a refusal. */
static void assert_refused(struct world *w, uint64_t id, const struct forge *f, int why)
{
	struct world_count before = world_count(w), after;
	unsigned int bent;

	assert_int_equal(adopt(w, id, f->buf, f->w.len, 0, &bent), why);
	after = world_count(w);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void test_what_is_there_already(void **state)
{
	struct world *w = world_new();
	struct forge f;
	unsigned int bent;

	(void)state;
	forge_stream(&f, "c", 35000);
	assert_int_equal(adopt(w, 7, f.buf, f.w.len, 0, &bent), 0);
	assert_int_equal(bent, JOURNAL_BENT_SLOTS); /* it had none */
	assert_int_equal(w->engine.calls.last_id, 7);
	forge_stream(&f, "d", 35002);
	assert_refused(w, 7, &f, -EEXIST);
	forge_stream(&f, "c", 35002);
	assert_refused(w, 8, &f, -EEXIST);
	forge_stream(&f, "d", 35000);
	assert_refused(w, 8, &f, -EADDRINUSE);
	/* outside of the range nobody but the calls knows what is taken */
	forge_stream(&f, "d", 20000);
	assert_int_equal(adopt(w, 3, f.buf, f.w.len, 0, &bent), 0);
	assert_int_equal(bent, JOURNAL_BENT_SLOTS | JOURNAL_BENT_RANGE);
	forge_stream(&f, "e", 20000);
	assert_refused(w, 8, &f, -EADDRINUSE);
	assert_refused(w, 3, &f, -EEXIST);
	forge_stream(&f, "e", 35002);
	assert_refused(w, 0, &f, -EBADMSG);
	world_free(w);
}

static void test_a_copy_s_ports_are_claimed(void **state)
{
	struct world *w = world_new(), *next;
	static uint8_t buf[JOURNAL_RECORD];
	struct forge f;
	size_t leg;
	unsigned int bent;

	(void)state;
	run(w, (const char *const[]){"U c " CALLER " f", "Cp c udp:192.0.2.9:7000 f", NULL});
	assert_string_equal(w->reply, "35002 192.0.2.1");
	next = restart(w);
	assert_int_equal(ports_count(next->engine.ports4).taken, 2);
	forge_stream(&f, "d", 35002);
	assert_refused(next, 9, &f, -EADDRINUSE);
	forge_begin(&f, "d", "f");
	leg = forge_leg(&f, JOURNAL_STREAM_CALLEE, 35004);
	tlv_put(&f.w, JOURNAL_LEG_COPY_TO, "udp:192.0.2.9:1", 15);
	put_endpoint(&f, JOURNAL_LEG_COPY_FROM, "192.0.2.1", 35000);
	tlv_close(&f.w, leg);
	assert_refused(next, 9, &f, -EADDRINUSE);
	/* and they come after a stream that needs them, too */
	assert_int_equal(adopt(w, 9, buf, record_of(w, w->engine.calls.all, buf), 0, &bent),
			 -EEXIST);
	world_free(next);
	world_free(w);
}

static void test_slots(void **state)
{
	struct world *w = world_new(), *next = world_new();
	static uint8_t buf[JOURNAL_RECORD];
	struct journal_world anew = {.keep_slots = false, .now = WORLD_START};
	struct stream *s, *adopted;
	uint32_t slot, generation;
	unsigned int bent;
	size_t len;

	(void)state;
	run(w, (const char *const[]){"U c " CALLER " f", "L c " CALLEE " f t", NULL});
	s = w->engine.calls.all;
	len = record_of(w, s, buf);
	assert_int_equal(slots_take(next->engine.slots, 0, &slot, &generation), 0);
	assert_int_equal(adopt(next, 1, buf, len, 0, &bent), 0);
	assert_int_equal(bent, JOURNAL_BENT_SLOTS);
	assert_int_equal(next->engine.calls.all->leg[0].channel[1].slot, s->leg[0].channel[1].slot);
	assert_int_not_equal(next->engine.calls.all->leg[0].channel[0].slot, slot);
	engine_end_stream(&next->engine, next->engine.calls.all, STREAM_DELETED, next->now);
	world_bury(next);
	next->now += 10 * SECOND;
	/* new maps: all slots are new, and the kernel's word on who was heard is lost */
	anew.now = next->now + 3600 * SECOND;
	assert_int_equal(journal_adopt(&next->engine, &anew, 1, buf, len, &adopted, &bent), 0);
	assert_int_equal(bent, JOURNAL_BENT_SLOTS);
	assert_int_equal(adopted->leg[0].touched, anew.now);
	assert_int_equal(engine_stream_left(&next->engine, adopted, anew.now), 60 * SECOND);
	world_free(next);

	/* none is left for the last channel: what was taken is given back */
	next = world_new();
	for (int i = 0; i < WORLD_SLOTS - 3; i++)
		assert_int_equal(slots_take(next->engine.slots, 0, &slot, &generation), 0);
	assert_int_equal(adopt(next, 1, buf, len, 0, &bent), -ENOSPC);
	assert_int_equal(slots_taken(next->engine.slots), WORLD_SLOTS - 3);
	assert_int_equal(ports_count(next->engine.ports4).taken, 0);
	assert_int_equal(next->engine.calls.count, 0);
	assert_null(next->engine.calls.by_id);
	world_free(next);
	world_free(w);
}

static void test_settings_that_changed(void **state)
{
	static const char *const commands[] = {"U c " CALLER " f t unix:/nt tag && M3:1 D7 101",
					       "L c " CALLEE " f t", NULL};
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new(), *next = world_new();
	unsigned int bent;
	size_t len;

	(void)state;
	run(w, commands);
	len = record_of(w, w->engine.calls.all, buf);
	ports_free(next->engine.ports4);
	next->engine.ports4 = ports_new(35002, 35005, true, 0, 0);
	next->engine.config.address_count = 1;
	assert_int_equal(addr_parse("192.0.2.9", &next->engine.config.address[0].addr), 0);
	next->deaf = true;
	assert_int_equal(adopt(next, 1, buf, len, 0, &bent), 0);
	assert_int_equal(bent, JOURNAL_BENT_RANGE | JOURNAL_BENT_ADDRESS | JOURNAL_BENT_NOTIFY);
	assert_null(next->engine.calls.all->notify);
	assert_null(next->engine.calls.all->notify_tag);
	assert_int_equal(ports_count(next->engine.ports4).taken, 1);
	assert_int_equal(journal_resume_media(&next->engine, next->engine.calls.all), 1);
	assert_null(next->engine.calls.all->leg[1].media.digits_tag);
	run(next, (const char *const[]){"D c f t", NULL});
	world_free(next);

	/* any address of the family is listened on */
	next = world_new();
	next->engine.config.address[0].addr = addr_any(AF_INET);
	assert_int_equal(adopt(next, 1, buf, len, 0, &bent), 0);
	assert_int_equal(bent, 0);
	world_free(next);
	world_free(w);
}

static void test_times(void **state)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new(), *next = world_new();
	const struct xrp_endpoint local = endpoint_of("192.0.2.1", 35002);
	struct channel *ch;
	struct stream *s;
	uint64_t died, touched, heard, seen;
	unsigned int bent;

	(void)state;
	run(w, (const char *const[]){"U c " CALLER " f", "L c " CALLEE " f t", NULL});
	speak(w);
	run(w, (const char *const[]){"U c 198.51.100.77 4000 f t", NULL});
	ch = calls_channel(&w->engine.calls, &local);
	touched = w->engine.calls.all->leg[0].touched;
	heard = ch->learn.heard;
	seen = ch->slow.last_seen;
	assert_int_equal(ch->learn.stale, heard);
	died = w->now + 2 * SECOND;
	next->now = died + 100 * SECOND;
	assert_int_equal(
		adopt(next, 1, buf, record_of(w, w->engine.calls.all, buf), 100 * SECOND, &bent),
		0);
	s = next->engine.calls.all;
	ch = calls_channel(&next->engine.calls, &local);
	assert_int_equal(s->leg[0].touched, touched + 100 * SECOND);
	assert_int_equal(s->leg[1].touched, touched + 100 * SECOND);
	assert_int_equal(ch->slow.last_seen, seen + 100 * SECOND);
	assert_int_equal(ch->learn.heard, heard + 100 * SECOND);
	assert_int_equal(ch->learn.stale, heard + 100 * SECOND);
	assert_int_equal(s->created, WORLD_START);
	assert_int_equal(s->completed, WORLD_START);
	/* nobody has spoken from the new address, whatever the times say now */
	sweep(&next->engine, 1, next->now);
	assert_int_equal(ch->learn.state, LEARN_EXPECTING);
	assert_int_equal(engine_stream_left(&next->engine, s, next->now), 58 * SECOND);
	engine_end_stream(&next->engine, s, STREAM_DELETED, next->now);
	world_bury(next);

	/* never beyond now, however long it is said to have been */
	assert_int_equal(
		adopt(next, 1, buf, record_of(w, w->engine.calls.all, buf), UINT64_MAX, &bent), 0);
	s = next->engine.calls.all;
	assert_int_equal(s->leg[0].touched, next->now);
	assert_int_equal(s->leg[0].channel[CHANNEL_RTP].learn.heard, 0);
	world_free(next);
	world_free(w);
}

static void test_times_of_the_future(void **state)
{
	struct world *w = world_new();
	struct forge f;
	unsigned int bent;

	(void)state;
	forge_begin(&f, "c", "f");
	tlv_close(&f.w, forge_leg(&f, JOURNAL_STREAM_CALLEE, 35000));
	tlv_put_number(&f.w, JOURNAL_STREAM_COMPLETED, UINT64_MAX);
	w->now = 1000 * SECOND - 1;
	assert_int_equal(adopt(w, 1, f.buf, f.w.len, 0, &bent), 0);
	assert_int_equal(w->engine.calls.all->created, w->now);
	assert_int_equal(w->engine.calls.all->completed, w->now);
	assert_int_equal(w->engine.calls.all->leg[0].touched, w->now);
	world_free(w);
}

static void test_unknown_items_are_kept(void **state)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new(), *next;
	struct tlv_item item, leg, channel;
	struct forge f;
	size_t callee, rtp, len;
	unsigned int bent;

	(void)state;
	forge_begin(&f, "c", "f");
	tlv_put(&f.w, 200, "stream", 6);
	callee = forge_leg(&f, JOURNAL_STREAM_CALLEE, 35000);
	tlv_put(&f.w, 201, "leg", 3);
	rtp = tlv_open(&f.w, JOURNAL_LEG_RTP);
	tlv_put(&f.w, 202, "channel", 7);
	tlv_close(&f.w, rtp);
	tlv_put_number(&f.w, 203, 0);
	tlv_close(&f.w, callee);
	tlv_put(&f.w, 204, f.buf, 200);
	assert_int_equal(adopt(w, 1, f.buf, f.w.len, 0, &bent), 0);
	next = restart(w); /* twice, to see that it is stable */
	len = record_of(next, next->engine.calls.all, buf);
	assert_true(tlv_find(tlv_begin(buf, len), 200, &item));
	assert_memory_equal(item.data, "stream", 6);
	assert_true(tlv_find(tlv_begin(buf, len), 204, &item));
	assert_int_equal(item.len, 200);
	assert_true(tlv_find(tlv_begin(buf, len), JOURNAL_STREAM_CALLEE, &leg));
	assert_true(tlv_find(tlv_begin(leg.data, leg.len), 201, &item));
	assert_true(tlv_find(tlv_begin(leg.data, leg.len), 203, &item));
	assert_int_equal(item.len, 0);
	assert_true(tlv_find(tlv_begin(leg.data, leg.len), JOURNAL_LEG_RTP, &channel));
	assert_true(tlv_find(tlv_begin(channel.data, channel.len), 202, &item));
	assert_memory_equal(item.data, "channel", 7);
	world_free(next);
	world_free(w);
}

/* A stream that has every item there is, for cutting and changing. */
static size_t rich_record(struct world *w, uint8_t *buf)
{
	run(w,
	    (const char *const[]){"Uc0,8z20 c " CALLER " f;1 t unix:/nt tag && M3:1 D7 97 h",
				  "Lwc0,8 c " CALLEE " f;1 t;1", "Rs c f;1 t;1",
				  "C c udp:192.0.2.9:7000 t;1 f;1", "P-1 c music session f;1 t;1",
				  "U c " CALLER " f;1 t;1 unix:/nt x && S tos=3", NULL});
	speak(w);
	return record_of(w, w->engine.calls.all, buf);
}

/* Adopts bytes that may be wrong; what comes of it must be whole, or nothing. */
static bool try(struct world *w, const uint8_t *data, size_t len)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world_count before = world_count(w), after;
	unsigned int bent;
	int err = adopt(w, 1, data, len, 0, &bent);
	struct stream *s;

	if (!err) {
		s = w->engine.calls.all;
		record_of(w, s, buf);
		journal_resume_media(&w->engine, s);
		sweep(&w->engine, 1, w->now);
		if (w->engine.calls.all)
			engine_end_stream(&w->engine, s, STREAM_DELETED, w->now);
		world_bury(w);
		w->now += 10 * SECOND;
		w->said[0] = '\0';
	} else {
		assert_true(err == -EBADMSG);
	}
	after = world_count(w);
	before.last_id = after.last_id;
	before.ports4.resting = after.ports4.resting = 0;
	before.ports6.resting = after.ports6.resting = 0;
	assert_memory_equal(&before, &after, sizeof(before));
	return !err;
}

static void test_cut_off(void **state)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new(), *next = world_new();
	size_t len = rich_record(w, buf);
	unsigned int adopted = 0;

	(void)state;
	next->now = w->now;
	for (size_t cut = 0; cut < len; cut++)
		adopted += try(next, buf, cut);
	print_message("  of %zu cuts %u left a stream\n", len, adopted);
	assert_true(try(next, buf, len));
	assert_in_range(adopted, 0, 5);
	world_free(next);
	world_free(w);
}

static void test_each_byte_changed(void **state)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new(), *next = world_new();
	size_t len = rich_record(w, buf);
	unsigned int adopted = 0, tries = 0;

	(void)state;
	next->now = w->now;
	for (size_t at = 0; at < len; at++) {
		static const uint8_t flip[] = {0x01, 0x02, 0x80, 0xff, 0x7f, 0x10};

		for (size_t i = 0; i < sizeof(flip); i++, tries++) {
			buf[at] ^= flip[i];
			adopted += try(next, buf, len);
			buf[at] ^= flip[i];
		}
	}
	print_message("  of %u changes %u left a stream\n", tries, adopted);
	assert_true(adopted > 0 && adopted < tries);
	world_free(next);
	world_free(w);
}

/* A stream with a Call-ID and an endless prompt of this length. */
static size_t long_texts(uint8_t *buf, const char *text, size_t len)
{
	struct tlv_writer w = {.buf = buf, .size = JOURNAL_RECORD};
	size_t leg;

	tlv_put(&w, JOURNAL_STREAM_CALL_ID, text, len);
	tlv_put(&w, JOURNAL_STREAM_TAG, "f", 1);
	leg = tlv_open(&w, JOURNAL_STREAM_CALLEE);
	tlv_put_number(&w, JOURNAL_LEG_PORT, 35000);
	tlv_put(&w, JOURNAL_LEG_CODECS, text, len);
	tlv_close(&w, leg);
	return w.len;
}

static void test_not_a_record(void **state)
{
	static uint8_t zero[JOURNAL_RECORD + 1], buf[JOURNAL_RECORD];
	static char text[JOURNAL_TEXT + 1];
	struct world *w = world_new();
	unsigned int bent;

	(void)state;
	assert_int_equal(adopt(w, 1, zero, 0, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, 1, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, XRP_JOURNAL_DATA, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, JOURNAL_RECORD, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, sizeof(zero), 0, &bent), -EBADMSG);
	memset(text, 'x', sizeof(text));
	assert_int_equal(adopt(w, 1, buf, long_texts(buf, text, JOURNAL_TEXT + 1), 0, &bent),
			 -EBADMSG);
	assert_int_equal(adopt(w, 1, buf, long_texts(buf, text, JOURNAL_TEXT), 0, &bent), 0);
	assert_int_equal(w->engine.calls.count, 1);
	world_free(w);
}

/* One thing at a time that cannot be, in a record that is right otherwise. */
enum where { IN_STREAM, IN_LEG, IN_RTP, IN_RTCP };

static const struct wrong_case {
	const char *sentence;
	enum where where;
	const char *items; /* put in addition; an item of that type is left out for it */
	size_t len;
} wrong_cases[] = {
#define ROW(sentence, where, items)                                                                \
	{                                                                                          \
		sentence, where, items, sizeof(items) - 1                                          \
	}
	ROW("type 0", IN_STREAM, "\0\0"),
	ROW("an item that is cut off", IN_STREAM, "\x63\x05"),
	ROW("a length that does not end", IN_LEG, "\x63\x80\x80\x80\x00"),
	ROW("no Call-ID", IN_STREAM, "\x01\x00"),
	ROW("a NUL in the Call-ID", IN_STREAM,
	    "\x01\x03"
	    "a\0b"),
	ROW("no tag", IN_STREAM, "\x02\x00"),
	ROW("a NUL in the tag", IN_STREAM, "\x02\x01\0"),
	ROW("an item twice", IN_STREAM, "\x03\x01\x01\x03\x01\x01"),
	ROW("an unknown item twice", IN_STREAM, "\x63\x01\x01\x63\x01\x01"),
	ROW("strong is 2", IN_STREAM, "\x03\x01\x02"),
	ROW("complete with one leg", IN_STREAM, "\x04\x01\x01"),
	ROW("a time of 9 bytes", IN_STREAM, "\x06\x09\1\0\0\0\0\0\0\0\0"),
	ROW("a NUL in whom to notify", IN_STREAM,
	    "\x09\x02"
	    "a\0"),
	ROW("an id of 9 bytes", IN_STREAM, "\x0b\x09\1\0\0\0\0\0\0\0\0"),
	ROW("a leg twice", IN_STREAM, "\x0c\x00"),
	ROW("an odd port", IN_LEG, "\x01\x02\xb9\x88"),
	ROW("no port", IN_LEG, "\x01\x01\0"),
	ROW("port 65536", IN_LEG, "\x01\x03\0\0\1"),
	ROW("an address of 5 bytes", IN_LEG, "\x02\x05\xc0\0\2\1\0"),
	ROW("a multicast address to listen on", IN_LEG, "\x02\x04\xe0\0\0\1"),
	ROW("TOS 256", IN_LEG, "\x04\x02\0\1"),
	ROW("ptime 65536", IN_LEG, "\x05\x03\0\0\1"),
	ROW("an empty text", IN_LEG, "\x06\x00"),
	ROW("a NUL in a text", IN_LEG,
	    "\x06\x02"
	    "0\0"),
	ROW("a copy's port without a copy", IN_LEG, "\x0d\x06\xc0\0\2\1\x88\xc0"),
	ROW("a file's copy with a port", IN_LEG,
	    "\x0c\x03"
	    "abc\x0d\x06\xc0\0\2\1\x88\xc0"),
	ROW("a copy's port that is odd", IN_LEG,
	    "\x0c\x05"
	    "udp:x\x0d\x06\xc0\0\2\1\x88\xc1"),
	ROW("a copy's port that is the leg's", IN_LEG,
	    "\x0c\x05"
	    "udp:x\x0d\x06\xc0\0\2\1\x88\xb8"),
	ROW("a copy's address without a port", IN_LEG,
	    "\x0c\x05"
	    "udp:x\x0d\x06\xc0\0\2\1\0\0"),
	ROW("recorded and copied at once", IN_LEG,
	    "\x09\x01\x01\x0c\x03"
	    "abc"),
	ROW("a prompt without codecs", IN_LEG, "\x0e\x01x\x10\x01\x01"),
	ROW("codecs without a prompt", IN_LEG,
	    "\x0f\x01"
	    "0"),
	ROW("a prompt that plays no time", IN_LEG,
	    "\x0e\x01x\x0f\x01"
	    "0"),
	ROW("a prompt that plays -2 times", IN_LEG,
	    "\x0e\x01x\x0f\x01"
	    "0\x10\x04\xfe\xff\xff\xff"),
	ROW("telephone events of payload type 128", IN_LEG, "\x12\x01\x80"),
	ROW("policy 4", IN_RTP, "\x01\x01\x04"),
	ROW("state 3", IN_RTCP, "\x02\x01\x03"),
	ROW("asymmetric is 2", IN_RTP, "\x03\x01\x02"),
	ROW("an endpoint of 5 bytes", IN_RTP, "\x05\x05\xc0\0\2\1\0"),
	ROW("an endpoint of 1 byte", IN_RTP, "\x05\x01\xc0"),
	ROW("a peer without an address", IN_RTP, "\x06\x06\0\0\0\0\x0f\xa0"),
	ROW("a peer without a port", IN_RTCP, "\x06\x06\xc0\0\2\1\0\0"),
	ROW("a multicast peer", IN_RTP, "\x06\x06\xe0\0\0\1\x0f\xa0"),
	ROW("a broadcast destination", IN_RTP, "\x07\x06\xff\xff\xff\xff\x0f\xa0"),
	ROW("an RTP channel that follows RTP", IN_RTP, "\x08\x04\xc0\0\2\1"),
	ROW("a slot of 5 bytes", IN_RTP, "\x0b\x05\0\0\0\0\1"),
	ROW("jitter that is not a number", IN_RTP, "\x0f\x08\0\0\0\0\0\0\xf8\x7f"),
	ROW("infinite jitter", IN_RTP, "\x10\x08\0\0\0\0\0\0\xf0\x7f"),
	ROW("negative jitter", IN_RTP, "\x10\x08\0\0\0\0\0\0\xf0\xbf"),
	ROW("payload type 128", IN_RTP, "\x2b\x01\x80"),
#undef ROW
};

/* Is the item left out for the case? */
static bool left_out(const struct wrong_case *c, enum where where, uint8_t type)
{
	return c->where == where && c->items[0] == (char)type;
}

static void add_wrong(struct forge *f, const struct wrong_case *c, enum where where)
{
	if (c->where != where)
		return;
	memcpy(f->w.buf + f->w.len, c->items, c->len);
	f->w.len += c->len;
}

static void forge_wrong(struct forge *f, const struct wrong_case *c)
{
	size_t leg, channel;

	f->w = (struct tlv_writer){.buf = f->buf, .size = sizeof(f->buf)};
	if (!left_out(c, IN_STREAM, JOURNAL_STREAM_CALL_ID))
		tlv_put(&f->w, JOURNAL_STREAM_CALL_ID, "c", 1);
	if (!left_out(c, IN_STREAM, JOURNAL_STREAM_TAG))
		tlv_put(&f->w, JOURNAL_STREAM_TAG, "f", 1);
	leg = tlv_open(&f->w, JOURNAL_STREAM_CALLEE);
	if (!left_out(c, IN_LEG, JOURNAL_LEG_PORT))
		tlv_put_number(&f->w, JOURNAL_LEG_PORT, 35000);
	if (!left_out(c, IN_LEG, JOURNAL_LEG_BIND))
		put_bind(f, "192.0.2.1");
	channel = tlv_open(&f->w, JOURNAL_LEG_RTP);
	add_wrong(f, c, IN_RTP);
	tlv_close(&f->w, channel);
	channel = tlv_open(&f->w, JOURNAL_LEG_RTCP);
	add_wrong(f, c, IN_RTCP);
	tlv_close(&f->w, channel);
	add_wrong(f, c, IN_LEG);
	tlv_close(&f->w, leg);
	add_wrong(f, c, IN_STREAM);
}

static void test_what_cannot_be(void **state)
{
	static const struct wrong_case nothing = {"nothing", IN_STREAM, "", 0};
	struct world *w = world_new();
	struct forge f;
	unsigned int bent;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong_cases) / sizeof(wrong_cases[0]); i++) {
		print_message("  %s\n", wrong_cases[i].sentence);
		forge_wrong(&f, &wrong_cases[i]);
		assert_refused(w, 1, &f, -EBADMSG);
	}
	forge_wrong(&f, &nothing);
	assert_int_equal(adopt(w, 1, f.buf, f.w.len, 0, &bent), 0);
	world_free(w);
}

static void test_media_goes_on(void **state)
{
	static const char *const commands[] = {"U other " CALLER " f",
					       "L other " CALLEE " f t",
					       "Uc0,8z20 c " CALLER
					       " f t unix:/nt x && M3:1 D7 97 h && C other f t",
					       "L c " CALLEE " f t",
					       "Rs c f t",
					       "C c udp:192.0.2.9:7000 t f",
					       "P-1 c music session f t",
					       "P2 c beep 8,0 t f",
					       NULL};
	struct world *w = world_new(), *next;
	struct stream *s;
	struct leg *caller, *callee;

	(void)state;
	run(w, commands);
	next = restart(w);
	s = next->engine.calls.all->next;
	caller = &s->leg[LEG_CALLER];
	callee = &s->leg[LEG_CALLEE];
	assert_int_equal(journal_resume_media(&next->engine, next->engine.calls.all), 0);
	assert_string_equal(next->said, "");
	assert_int_equal(s->journal.copy_of, 1);
	assert_null(s->copy_of);
	assert_int_equal(journal_resume_media(&next->engine, s), 0);
	assert_string_equal(next->said, "copy-stream of callee \n"
					"copy callee udp:192.0.2.9:7000\n"
					"play 2 8,0 callee beep\n"
					"ptime 20 caller \n"
					"record-single caller \n"
					"play -1 0,8 caller music\n"
					"digits 97 hide caller D7\n");
	assert_ptr_equal(s->copy_of, next->engine.calls.all);
	assert_int_equal(caller->media.part, 1);
	assert_int_equal(callee->media.part, 1);
	assert_int_equal(endpoint_port(&callee->media.copy_from), 35008);
	/* all of it fails: it is no longer asked for, and ports are free again */
	world_free(w);
	w = restart(next);
	w->fail = true;
	s = twin_of(w, 2) == w->engine.calls.all->next ? w->engine.calls.all->next : NULL;
	assert_non_null(s);
	assert_int_equal(ports_count(w->engine.ports4).taken, 5);
	assert_int_equal(journal_resume_media(&w->engine, s), 7);
	assert_int_equal(ports_count(w->engine.ports4).taken, 4);
	assert_ptr_equal(s->copy_of, s); /* hears nobody, as before */
	w->said[0] = '\0';
	world_free(next);
	next = restart(w);
	assert_int_equal(journal_resume_media(&next->engine, next->engine.calls.all->next), 0);
	assert_string_equal(next->said, "");
	world_free(next);
	world_free(w);
}

static void test_the_source_of_a_copy_is_gone(void **state)
{
	struct world *w = world_new(), *next;
	struct stream *s;

	(void)state;
	run(w, (const char *const[]){"U other " CALLER " f", "L other " CALLEE " f t",
				     "U c " CALLER " f t && C other f t", NULL});
	next = restart(w);
	run(next, (const char *const[]){"D other f t", NULL});
	s = next->engine.calls.all;
	assert_int_equal(journal_resume_media(&next->engine, s), 1);
	assert_ptr_equal(s->copy_of, s);
	world_free(next);
	world_free(w);
}

/* What is noted of each command that works on media. */
static void test_what_commands_note(void **state)
{
	struct world *w = world_new();
	struct leg_media *m;

	(void)state;
	run(w, (const char *const[]){"Uc0 c " CALLER " f", "L c " CALLEE " f t", NULL});
	m = &w->engine.calls.all->leg[LEG_CALLER].media;
	run(w, (const char *const[]){"Rs c f t", NULL});
	assert_true(m->record && m->single && !m->copy_to);
	run(w, (const char *const[]){"N c f t", NULL});
	assert_false(m->record || m->single);
	run(w, (const char *const[]){"C c udp:192.0.2.9:7000 f t", NULL});
	assert_string_equal(m->copy_to, "udp:192.0.2.9:7000");
	assert_int_equal(endpoint_port(&m->copy_from), 35004);
	run(w, (const char *const[]){"Na c t f", NULL});
	assert_null(m->copy_to);
	assert_false(m->copy_from.port);
	run(w, (const char *const[]){"P3 c a 0 f t", NULL});
	assert_int_equal(m->prompt_count, 3);
	run(w, (const char *const[]){"P0 c a 0 f t", NULL});
	assert_null(m->prompt);
	run(w, (const char *const[]){"P c a session f t", NULL});
	assert_string_equal(m->prompt_codecs, "session");
	run(w, (const char *const[]){"S c f t", NULL});
	assert_null(m->prompt);
	run(w, (const char *const[]){"P c a 0 f t", "U c " CALLER " f t", NULL});
	world_run(w, "P c a session f t"); /* it has no list any more: that ends what plays */
	assert_string_equal(w->reply, "E35");
	assert_null(m->prompt);
	run(w, (const char *const[]){"P c a 0 f t", NULL});
	w->fail = true;
	world_run(w, "P c b 0 f t");
	assert_null(m->prompt);
	world_run(w, "R c f t");
	world_run(w, "C c x f t");
	assert_true(!m->record && !m->copy_to);
	w->fail = false;
	w->engine.config.record_all = true;
	run(w, (const char *const[]){"U d " CALLER " f", NULL});
	assert_true(w->engine.calls.all->prev->leg[0].media.record);
	assert_true(w->engine.calls.all->prev->leg[1].media.record);
	world_free(w);
}

static void test_totals(void **state)
{
	struct world *w = world_new(), *next = world_new();
	uint8_t buf[1024], *cut;
	uint64_t *word = (uint64_t *)&w->engine.totals;
	int len;

	(void)state;
	assert_int_equal(journal_totals(&w->engine, buf, sizeof(buf)), 0);
	/* each counter another value, so that none can be forgotten or mistaken */
	for (size_t i = 0; i < sizeof(w->engine.totals) / sizeof(*word); i++)
		word[i] = 0x0123456789 * (i + 1);
	w->engine.totals.duration = 12345.678;
	w->engine.totals.load = w->engine.totals.packets_per_second = 0;
	len = journal_totals(&w->engine, buf, sizeof(buf));
	assert_true(len > 0);
	for (size_t i = 0; i < (size_t)len; i++) {
		assert_int_equal(journal_totals(&w->engine, buf, i), -EMSGSIZE);
		journal_totals(&w->engine, buf, sizeof(buf));
		cut = malloc(i ? i : 1);
		assert_non_null(cut);
		memcpy(cut, buf, i);
		journal_adopt_totals(&next->engine, cut, i);
		free(cut);
	}
	buf[len] = 250; /* of a later version */
	buf[len + 1] = 0;
	assert_int_equal(journal_adopt_totals(&next->engine, buf, (size_t)len + 2), 0);
	assert_memory_equal(&w->engine.totals, &next->engine.totals, sizeof(w->engine.totals));
	buf[len] = 0;
	assert_int_equal(journal_adopt_totals(&next->engine, buf, (size_t)len + 2), -EBADMSG);
	assert_memory_equal(&w->engine.totals, &next->engine.totals, sizeof(w->engine.totals));
	world_free(next);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_what_was_learned),
		cmocka_unit_test(test_next_calls_are_others),
		cmocka_unit_test(test_a_typical_record_is_one_element),
		cmocka_unit_test(test_what_is_there_already),
		cmocka_unit_test(test_a_copy_s_ports_are_claimed),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_settings_that_changed),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_of_the_future),
		cmocka_unit_test(test_unknown_items_are_kept),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_each_byte_changed),
		cmocka_unit_test(test_not_a_record),
		cmocka_unit_test(test_what_cannot_be),
		cmocka_unit_test(test_media_goes_on),
		cmocka_unit_test(test_the_source_of_a_copy_is_gone),
		cmocka_unit_test(test_what_commands_note),
		cmocka_unit_test(test_totals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
