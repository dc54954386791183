/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of calls that is read in pages while calls come and go: who was there all the time is
 * listed once, nobody is listed twice, and the order is that of their making.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/call.h>

#define STREAMS 500
#define ROUNDS	200

static struct calls calls;
static uint8_t listed[STREAMS + ROUNDS * STREAMS];

static struct stream *add(unsigned int number)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", number);
	return calls_add(&calls, text_of(name), text_of("tag"), 1);
}

static void end(struct stream *s)
{
	calls_end(&calls, s, STREAM_DELETED);
	calls.ended = s->next;
	stream_free(s);
}

/* One page from `after` on, of up to `most`; as the daemon does it. 0: that was the last. */
static uint64_t page(uint64_t after, unsigned int most, bool keep)
{
	struct stream *s = calls_after(&calls, after);

	for (; s && most; most--, s = s->next) {
		assert_true(s->id > after);
		after = s->id;
		assert_int_equal(listed[after], 0);
		listed[after] = 1;
	}
	calls.page = keep ? s : NULL;
	return s ? after : 0;
}

static unsigned int some(unsigned int below)
{
	return (unsigned int)rand() % below;
}

/* Any of the streams. */
static struct stream *pick(void)
{
	struct stream *s = calls.all;

	for (unsigned int n = some(calls.count); n; n--)
		s = s->next;
	return s;
}

static int teardown(void **state)
{
	(void)state;
	calls_free(&calls);
	memset(&calls, 0, sizeof(calls));
	return 0;
}

static void all_are_listed_once(void **state)
{
	uint64_t after = 0;

	(void)state;
	memset(listed, 0, sizeof(listed));
	for (unsigned int i = 0; i < STREAMS; i++)
		add(i);
	do {
		after = page(after, 64, true);
	} while (after);
	for (unsigned int i = 1; i <= STREAMS; i++)
		assert_int_equal(listed[i], 1);
	assert_null(calls_after(&calls, STREAMS));
	assert_ptr_equal(calls_after(&calls, 0), calls.all);
}

static void none_is_no_page(void **state)
{
	(void)state;
	assert_null(calls_after(&calls, 0));
	end(add(0));
	assert_null(calls_after(&calls, 0));
	assert_int_equal(add(1)->id, 2);
}

/* Two readers at a time, ends everywhere and also where the next page would have begun. */
static void ends_and_beginnings_in_between(void **state)
{
	(void)state;
	srand(1);
	for (unsigned int i = 0; i < STREAMS; i++)
		add(i);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		uint64_t last = calls.last_id, after = 0;
		struct stream *s;

		memset(listed, 0, sizeof(listed));
		do {
			after = page(after, 1 + some(64), round % 2);
			for (unsigned int n = some(8); n && calls.count > STREAMS / 2; n--) {
				end(some(2) && calls.page ? calls.page : pick());
				add(STREAMS + some(1000000));
			}
			if (!some(4))
				calls.page = pick();
		} while (after);
		for (s = calls.all; s && s->id <= last; s = s->next)
			assert_int_equal(listed[s->id], 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(all_are_listed_once, teardown),
		cmocka_unit_test_teardown(none_is_no_page, teardown),
		cmocka_unit_test_teardown(ends_and_beginnings_in_between, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
