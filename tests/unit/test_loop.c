/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When packets are taken to go in a circle, and when not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <core/loop.h>

static struct loop loop;
static struct loop_seen seen[2];

/* A second later: each side sent so many packets, so many of them new, and so many above its cap.
 */
static bool second(unsigned int a, unsigned int a_new, unsigned int a_over, unsigned int b,
		   unsigned int b_new, unsigned int b_over)
{
	seen[0].rtp_packets += a;
	seen[0].expected += a_new;
	seen[0].dropped += a_over;
	seen[1].rtp_packets += b;
	seen[1].expected += b_new;
	seen[1].dropped += b_over;
	return loop_follow(&loop, seen);
}

static int begin(void **state)
{
	(void)state;
	loop = (struct loop){0};
	seen[0] = (struct loop_seen){.ssrc = 7};
	seen[1] = (struct loop_seen){.ssrc = 7};
	return 0;
}

static void test_one_direction(void **state)
{
	(void)state;
	assert_false(second(10000, 50, 0, 50, 50, 0));
	assert_true(second(10000, 50, 0, 50, 50, 0));
	assert_false(second(10000, 50, 0, 50, 50, 0)); /* counted anew */
	assert_true(second(10000, 50, 0, 50, 50, 0));
}

static void test_the_other_direction(void **state)
{
	(void)state;
	assert_false(second(0, 0, 0, 200, 0, 5000));
	assert_true(second(0, 0, 0, 200, 0, 5000));
}

static void test_twice_in_a_row(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_false(second(10000, 50, 0, 0, 0, 0));
		assert_false(second(50, 50, 0, 0, 0, 0));
	}
}

static void test_what_is_no_circle(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_false(second(3000, 3000, 0, 3000, 3000, 0)); /* video, echoed */
	for (int i = 0; i < 5; i++)
		assert_false(second(200, 50, 0, 150, 50, 0)); /* four and three times each */
	for (int i = 0; i < 5; i++)
		assert_false(second(99, 1, 0, 99, 1, 0)); /* too few to harm */
	for (int i = 0; i < 5; i++)
		assert_false(second(200, 200, 90000, 50, 50, 0)); /* a flood */
}

/* A new sequence may take back packets that were only guessed. */
static void test_less_expected_than_before(void **state)
{
	(void)state;
	assert_false(second(200, 200, 0, 0, 0, 0));
	seen[0].expected -= 100;
	assert_false(second(200, 0, 0, 0, 0, 0));
	assert_false(second(200, 200, 0, 0, 0, 0));
}

static void test_mirrored_above_the_cap(void **state)
{
	(void)state;
	assert_false(second(200, 200, 5, 200, 200, 5));
	assert_true(second(200, 200, 5, 200, 200, 5));
	seen[1].ssrc = 8;
	for (int i = 0; i < 5; i++)
		assert_false(second(200, 200, 5, 200, 200, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_direction, begin),
		cmocka_unit_test_setup(test_the_other_direction, begin),
		cmocka_unit_test_setup(test_twice_in_a_row, begin),
		cmocka_unit_test_setup(test_what_is_no_circle, begin),
		cmocka_unit_test_setup(test_less_expected_than_before, begin),
		cmocka_unit_test_setup(test_mirrored_above_the_cap, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
