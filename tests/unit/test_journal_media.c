/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to media: noted when a command succeeds, and asked for again after a restart. */
#include "journal_fixture.h"

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
	s = w->engine.calls.all->next;
	assert_int_equal(s->id, 2);
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

/* What the from-tag's party says goes to the party whose command it is. */
static void test_who_gets_whose_copies(void **state)
{
	static const struct {
		const char *command, *tags;
		const char *said;
	} rows[] = {
		{"U c " CALLER " f t", "f t", "copy-stream of callee \n"},
		{"U c " CALLER " f t", "t f", "copy-stream of caller \n"},
		{"U c " CALLEE " t f", "f t", "copy-stream of caller \n"},
		{"U c " CALLEE " t f", "t f", "copy-stream of callee \n"},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w = world_new(), *next;
		char command[200];

		run(w, (const char *const[]){"U other " CALLER " f", "L other " CALLEE " f t",
					     "U c " CALLER " f", "L c " CALLEE " f t", NULL});
		snprintf(command, sizeof(command), "%s && C other %s", rows[i].command,
			 rows[i].tags);
		run(w, (const char *const[]){command, NULL});
		assert_string_equal(w->said, rows[i].said);
		next = restart(w);
		journal_resume_media(&next->engine, next->engine.calls.all->next);
		assert_string_equal(next->said, rows[i].said);
		world_free(next);
		world_free(w);
	}
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_goes_on),
		cmocka_unit_test(test_the_source_of_a_copy_is_gone),
		cmocka_unit_test(test_who_gets_whose_copies),
		cmocka_unit_test(test_what_commands_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
