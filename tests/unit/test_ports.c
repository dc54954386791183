/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Port pairs: which pairs a range has, both orders, resting, ports of other programs, claims. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/ports.h>

#define SECOND 1000000000ULL

static const struct range_case {
	const char *sentence;
	uint16_t min, max;
	unsigned int total;
	int first, last;
} range_cases[] = {
	{"an odd max: the last pair ends with it", 35000, 35003, 2, 35000, 35002},
	{"an even max is no part of a pair", 35000, 35004, 2, 35000, 35002},
	{"an odd min is rounded up", 35001, 35005, 2, 35002, 35004},
	{"one pair", 35000, 35001, 1, 35000, 35000},
	{"the whole range of ports, without 0 and 1", 0, 65535, 32767, 2, 65534},
	{"up to 65534, which is even", 65530, 65534, 2, 65530, 65532},
	{"a single even port is no pair", 35000, 35000, 0, 0, 0},
	{"a single odd port is no pair", 35001, 35001, 0, 0, 0},
	{"max below min", 36000, 35000, 0, 0, 0},
	{"nothing but port 0", 0, 1, 0, 0, 0},
};

/* Takes all pairs: every one once, all even and in the range. */
static void check_range(const struct range_case *c, bool ordered)
{
	struct ports *ports = ports_new(c->min, c->max, ordered, 0, 42);
	bool *seen = calloc(65536, 1);

	assert_non_null(seen);
	if (!c->total) {
		assert_null(ports);
		assert_int_equal(errno, ERANGE);
		free(seen);
		return;
	}
	assert_non_null(ports);
	assert_int_equal(ports_count(ports).total, c->total);
	for (unsigned int i = 0; i < c->total; i++) {
		int port = ports_take(ports, 0);

		assert_in_range(port, c->first, c->last);
		assert_int_equal(port % 2, 0);
		assert_false(seen[port]);
		seen[port] = true;
		if (ordered)
			assert_int_equal(port, c->first + 2 * (int)i);
	}
	assert_int_equal(ports_take(ports, 0), -EADDRNOTAVAIL);
	ports_free(ports);
	free(seen);
}

static void test_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(range_cases) / sizeof(range_cases[0]); i++) {
		print_message("  %s\n", range_cases[i].sentence);
		check_range(&range_cases[i], false);
		check_range(&range_cases[i], true);
	}
}

static void test_ordered_goes_on_and_wraps(void **state)
{
	struct ports *ports = ports_new(40000, 40007, true, 0, 0);

	(void)state;
	assert_int_equal(ports_take(ports, 0), 40000);
	assert_int_equal(ports_take(ports, 0), 40002);
	ports_give(ports, 40000, 0);
	assert_int_equal(ports_take(ports, 0), 40004);
	assert_int_equal(ports_take(ports, 0), 40006);
	assert_int_equal(ports_take(ports, 0), 40000);
	ports_give(ports, 40004, 0);
	assert_int_equal(ports_take(ports, 0), 40004);
	assert_int_equal(ports_take(ports, 0), -EADDRNOTAVAIL);
	ports_free(ports);
}

static void test_ordered_finds_the_one_left_of_many(void **state)
{
	struct ports *ports = ports_new(2, 65535, true, 0, 0);

	(void)state;
	while (ports_take(ports, 0) > 0)
		;
	ports_give(ports, 12346, 0);
	assert_int_equal(ports_take(ports, 0), 12346);
	ports_give(ports, 12344, 0);
	assert_int_equal(ports_take(ports, 0), 12344);
	ports_free(ports);
}

static void test_random_is_seeded_and_spread(void **state)
{
	struct ports *a = ports_new(10000, 60000, false, 0, 1);
	struct ports *b = ports_new(10000, 60000, false, 0, 1);
	struct ports *c = ports_new(10000, 60000, false, 0, 2);
	unsigned int same = 0, low = 0, ascending = 0;
	int before = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int port = ports_take(a, 0);

		assert_int_equal(port, ports_take(b, 0));
		same += port == ports_take(c, 0);
		low += port < 35000;
		ascending += port > before;
		before = port;
	}
	assert_in_range(same, 0, 5);
	assert_in_range(low, 400, 600);
	assert_in_range(ascending, 400, 600);
	ports_free(a);
	ports_free(b);
	ports_free(c);
}

static void test_a_pair_rests(void **state)
{
	struct ports *ports = ports_new(40000, 40003, false, 10 * SECOND, 7);
	int first = ports_take(ports, 0), second = ports_take(ports, 0);

	(void)state;
	ports_give(ports, (uint16_t)first, 100 * SECOND);
	ports_give(ports, (uint16_t)second, 105 * SECOND);
	assert_int_equal(ports_take(ports, 110 * SECOND - 1), -EADDRNOTAVAIL);
	assert_int_equal(ports_count(ports).resting, 2);
	assert_int_equal(ports_take(ports, 110 * SECOND), first);
	assert_int_equal(ports_count(ports).resting, 1);
	assert_int_equal(ports_take(ports, 114 * SECOND), -EADDRNOTAVAIL);
	assert_int_equal(ports_take(ports, 115 * SECOND), second);
	assert_int_equal(ports_count(ports).taken, 2);
	ports_free(ports);
}

static void test_give_twice_and_give_nonsense(void **state)
{
	struct ports *ports = ports_new(40000, 40003, true, 0, 0);

	(void)state;
	ports_give(ports, 40000, 0);
	assert_int_equal(ports_take(ports, 0), 40000);
	ports_give(ports, 40001, 0);
	ports_give(ports, 39998, 0);
	ports_give(ports, 40004, 0);
	assert_int_equal(ports_count(ports).taken, 1);
	ports_give(ports, 40000, 0);
	ports_give(ports, 40000, 0);
	assert_int_equal(ports_take(ports, 0), 40002);
	assert_int_equal(ports_take(ports, 0), 40000);
	assert_int_equal(ports_take(ports, 0), -EADDRNOTAVAIL);
	ports_free(ports);
}

static void test_foreign(void **state)
{
	struct ports *ports = ports_new(40000, 40005, true, 10 * SECOND, 0);

	(void)state;
	ports_foreign(ports, 40001, true);
	ports_foreign(ports, 40000, true);
	ports_foreign(ports, 39999, true);
	ports_foreign(ports, 40006, true);
	assert_int_equal(ports_count(ports).foreign, 1);
	assert_int_equal(ports_take(ports, 0), 40002);
	/* taken by us: stays so, but is not given out again while others hold it */
	ports_foreign(ports, 40003, true);
	assert_int_equal(ports_count(ports).taken, 1);
	assert_int_equal(ports_take(ports, 0), 40004);
	ports_give(ports, 40002, 0);
	assert_int_equal(ports_take(ports, 20 * SECOND), -EADDRNOTAVAIL);
	/* both ports of the pair must be free again */
	ports_foreign(ports, 40001, false);
	assert_int_equal(ports_take(ports, 20 * SECOND), -EADDRNOTAVAIL);
	ports_foreign(ports, 40000, false);
	assert_int_equal(ports_take(ports, 20 * SECOND), 40000);
	ports_foreign(ports, 40003, false);
	assert_int_equal(ports_take(ports, 20 * SECOND), 40002);
	assert_int_equal(ports_count(ports).foreign, 0);
	ports_free(ports);
}

static void test_foreign_ends_while_resting(void **state)
{
	struct ports *ports = ports_new(40000, 40001, true, 10 * SECOND, 0);

	(void)state;
	assert_int_equal(ports_take(ports, 0), 40000);
	ports_foreign(ports, 40000, true);
	ports_give(ports, 40000, 0);
	ports_foreign(ports, 40000, false);
	assert_int_equal(ports_take(ports, 9 * SECOND), -EADDRNOTAVAIL);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40000);
	ports_free(ports);
}

static void test_claim(void **state)
{
	struct ports *ports = ports_new(40000, 40007, true, 10 * SECOND, 0);

	(void)state;
	assert_int_equal(ports_claim(ports, 40000), 0);
	assert_int_equal(ports_claim(ports, 40000), -EBUSY);
	assert_int_equal(ports_claim(ports, 39998), -ERANGE);
	assert_int_equal(ports_claim(ports, 40008), -ERANGE);
	assert_int_equal(ports_claim(ports, 40003), -ERANGE);
	assert_int_equal(ports_take(ports, 0), 40002);
	assert_int_equal(ports_take(ports, 0), 40004);
	ports_give(ports, 40000, 0);
	ports_give(ports, 40002, 0);
	ports_give(ports, 40004, 0);
	assert_int_equal(ports_claim(ports, 40002), 0);
	assert_int_equal(ports_count(ports).resting, 2);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40006);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40000);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40004);
	assert_int_equal(ports_take(ports, 10 * SECOND), -EADDRNOTAVAIL);
	ports_free(ports);
}

/* Takes every pair that is free at `now`; returns how many that were. */
static unsigned int take_all(struct ports *ports, uint64_t now, int *last)
{
	unsigned int count = 0;
	int port;

	while ((port = ports_take(ports, now)) > 0) {
		*last = port;
		count++;
	}
	return count;
}

static void test_rests_outlive_the_table(void **state)
{
	uint64_t *rests = calloc(32768, sizeof(*rests));
	struct ports *ports = ports_new(40000, 40007, true, 10 * SECOND, 0);
	int last = 0;

	(void)state;
	assert_non_null(rests);
	ports_share(ports, rests, 100 * SECOND);
	assert_int_equal(take_all(ports, 100 * SECOND, &last), 4);
	ports_give(ports, 40006, 101 * SECOND);
	ports_give(ports, 40002, 103 * SECOND);
	assert_int_equal(rests[20003], 111 * SECOND);
	assert_int_equal(rests[20001], 113 * SECOND);
	ports_free(ports);

	/* the next one has a longer rest of its own and begins elsewhere */
	ports = ports_new(40002, 40009, true, 60 * SECOND, 0);
	ports_share(ports, rests, 104 * SECOND);
	assert_int_equal(ports_count(ports).resting, 2);
	assert_int_equal(ports_take(ports, 104 * SECOND), 40004);
	assert_int_equal(ports_take(ports, 104 * SECOND), 40008);
	assert_int_equal(ports_take(ports, 111 * SECOND - 1), -EADDRNOTAVAIL);
	ports_give(ports, 40004, 105 * SECOND);
	assert_int_equal(ports_take(ports, 111 * SECOND), 40006);
	assert_int_equal(ports_take(ports, 113 * SECOND - 1), -EADDRNOTAVAIL);
	assert_int_equal(ports_take(ports, 113 * SECOND), 40002);
	assert_int_equal(ports_take(ports, 165 * SECOND - 1), -EADDRNOTAVAIL);
	assert_int_equal(ports_take(ports, 165 * SECOND), 40004);
	ports_free(ports);
	free(rests);
}

static void test_rests_that_cannot_be(void **state)
{
	static const uint64_t day = 24 * 3600 * SECOND;
	uint64_t *rests = calloc(32768, sizeof(*rests));
	struct ports *ports = ports_new(40000, 40009, true, 0, 0);

	(void)state;
	assert_non_null(rests);
	rests[20000] = 5 * SECOND;		   /* over */
	rests[20001] = 10 * SECOND + day;	   /* too far ahead */
	rests[20002] = UINT64_MAX;		   /* likewise */
	rests[20003] = 10 * SECOND + day - 1;	   /* just not */
	rests[20004] = 10 * SECOND;		   /* over right now */
	rests[20005] = rests[19999] = 11 * SECOND; /* outside of the range */
	ports_share(ports, rests, 10 * SECOND);
	assert_int_equal(ports_count(ports).resting, 1);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40000);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40002);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40004);
	assert_int_equal(ports_take(ports, 10 * SECOND), 40008);
	assert_int_equal(ports_take(ports, 10 * SECOND), -EADDRNOTAVAIL);
	ports_free(ports);
	free(rests);
}

static void test_a_claim_ends_an_inherited_rest(void **state)
{
	uint64_t *rests = calloc(32768, sizeof(*rests));
	struct ports *ports = ports_new(40000, 40005, true, 5 * SECOND, 0);

	(void)state;
	assert_non_null(rests);
	rests[20000] = 30 * SECOND;
	rests[20001] = 20 * SECOND;
	rests[20002] = 25 * SECOND;
	assert_int_equal(ports_claim(ports, 40004), 0);
	ports_share(ports, rests, 10 * SECOND);
	assert_int_equal(ports_count(ports).resting, 2);
	assert_int_equal(ports_claim(ports, 40002), 0);
	assert_int_equal(ports_count(ports).resting, 1);
	assert_int_equal(ports_count(ports).taken, 2);
	ports_give(ports, 40002, 16 * SECOND);
	assert_int_equal(rests[20001], 21 * SECOND);
	assert_int_equal(ports_take(ports, 20 * SECOND), -EADDRNOTAVAIL);
	assert_int_equal(ports_take(ports, 21 * SECOND), 40002);
	assert_int_equal(ports_take(ports, 30 * SECOND), 40000);
	ports_free(ports);
	free(rests);
}

/* Takes and gives at random against a plain model: nothing is ever given out twice or too early. */
static void test_against_a_model(void **state)
{
	enum { PAIRS = 97, STEPS = 200000 };
	struct ports *ports = ports_new(40000, 40000 + 2 * PAIRS - 1, false, 50, 3);
	uint64_t free_from[PAIRS] = {0};
	bool taken[PAIRS] = {false};
	unsigned int held = 0;

	(void)state;
	srand(1);
	for (uint64_t now = 1; now < STEPS; now++) {
		unsigned int pick = (unsigned int)rand() % PAIRS;

		if (rand() % 2) {
			int port = ports_take(ports, now);
			unsigned int i = (unsigned int)(port - 40000) / 2;

			if (port < 0) {
				for (i = 0; i < PAIRS; i++)
					assert_true(taken[i] || free_from[i] > now);
				continue;
			}
			assert_false(taken[i]);
			assert_true(free_from[i] <= now);
			taken[i] = true;
			held++;
		} else if (taken[pick]) {
			ports_give(ports, (uint16_t)(40000 + 2 * pick), now);
			taken[pick] = false;
			free_from[pick] = now + 50;
			held--;
		}
		assert_int_equal(ports_count(ports).taken, held);
	}
	ports_free(ports);
}

static void test_copies_are_sent_from_a_pair_while_it_is_taken(void **state)
{
	struct ports *ports = ports_new(40000, 40009, true, 0, 0);

	(void)state;
	ports_set_copies(ports, 40000); /* nobody has it */
	assert_false(ports_sends_copies(ports, 40000));
	assert_int_equal(ports_take(ports, 0), 40000);
	ports_set_copies(ports, 40000);
	assert_true(ports_sends_copies(ports, 40000));
	assert_true(ports_sends_copies(ports, 40001));
	assert_false(ports_sends_copies(ports, 40002));
	assert_false(ports_sends_copies(ports, 39999));
	ports_give(ports, 40000, 0);
	assert_false(ports_sends_copies(ports, 40000));
	assert_true(ports_in_range(ports, 40009));
	assert_false(ports_in_range(ports, 40010));
	ports_free(ports);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_ordered_goes_on_and_wraps),
		cmocka_unit_test(test_ordered_finds_the_one_left_of_many),
		cmocka_unit_test(test_random_is_seeded_and_spread),
		cmocka_unit_test(test_a_pair_rests),
		cmocka_unit_test(test_give_twice_and_give_nonsense),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_foreign_ends_while_resting),
		cmocka_unit_test(test_claim),
		cmocka_unit_test(test_rests_outlive_the_table),
		cmocka_unit_test(test_rests_that_cannot_be),
		cmocka_unit_test(test_a_claim_ends_an_inherited_rest),
		cmocka_unit_test(test_against_a_model),
		cmocka_unit_test(test_copies_are_sent_from_a_pair_while_it_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
