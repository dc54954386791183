/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record that is right meets another world: ports, slots, ids that are taken, settings that have
 * changed.
 */
#include "journal_forge.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_there_already),
		cmocka_unit_test(test_a_copy_s_ports_are_claimed),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_settings_that_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
