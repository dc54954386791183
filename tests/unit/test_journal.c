/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of streams: a daemon's calls, made by commands and packets, are written, another daemon
 * adopts them, and both must be alike.
 */
#include "journal_forge.h"

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
	{"learning by subcommands",
	 {"U c " CALLER " f", "L c " CALLEE " f t",
	  "U c " CALLER " f t && S learn=any && Sr learn=strict && S handover=1"}},
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

/* What is told belongs to the label, also where a network has the same address. */
static void test_label(void **state)
{
	struct world *w = world_new(), *next;
	struct engine_address *lab = &w->engine.config.address[2];

	(void)state;
	*lab = w->engine.config.address[0];
	strcpy(lab->label, "lab");
	strcpy(lab->advertised, "192.0.2.77");
	w->engine.config.address_count = 3;
	run(w, (const char *const[]){"Ul{lab} c " CALLER " f", "L c " CALLEE " f t", NULL});
	assert_non_null(strstr(w->reply, "192.0.2.77"));
	next = restart(w);
	for (int side = 0; side < 2; side++)
		assert_ptr_equal(next->engine.calls.all->leg[side].bound,
				 &next->engine.config.address[2]);
	world_run(next, "U c " CALLER " f t");
	assert_non_null(strstr(next->reply, "192.0.2.77"));
	world_free(next);
	world_free(w);
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
	static const char long_one[200] = "long";
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
	tlv_put(&f.w, 204, long_one, sizeof(long_one));
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
		cmocka_unit_test(test_label),
		cmocka_unit_test(test_what_was_learned),
		cmocka_unit_test(test_next_calls_are_others),
		cmocka_unit_test(test_a_typical_record_is_one_element),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_of_the_future),
		cmocka_unit_test(test_unknown_items_are_kept),
		cmocka_unit_test(test_totals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
