/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Statistics slots: the longest free one first, resting, generations, claims. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <core/slots.h>

/* Takes at `now` and says which: the slot, or the error. */
static int64_t take(struct slots *slots, uint64_t now, uint32_t *generation)
{
	uint32_t slot;
	int err = slots_take(slots, now, &slot, generation);

	return err ? err : (int64_t)slot;
}

static void test_oldest_first_once_rested(void **state)
{
	struct slots *slots = slots_new(3, 100, 5);
	uint32_t generation;

	(void)state;
	assert_int_equal(take(slots, 0, &generation), 0);
	assert_int_equal(generation, 5);
	assert_int_equal(take(slots, 0, &generation), 1);
	assert_int_equal(generation, 6);
	slots_give(slots, 1, 10);
	slots_give(slots, 0, 20);
	assert_int_equal(take(slots, 30, &generation), 2);
	assert_int_equal(take(slots, 109, &generation), -ENOSPC);
	assert_int_equal(take(slots, 110, &generation), 1);
	assert_int_equal(generation, 8);
	assert_int_equal(take(slots, 119, &generation), -ENOSPC);
	assert_int_equal(take(slots, 120, &generation), 0);
	assert_int_equal(slots_taken(slots), 3);
	assert_int_equal(take(slots, 1000, &generation), -ENOSPC);
	slots_free(slots);
}

static void test_generation_is_never_zero(void **state)
{
	struct slots *slots = slots_new(3, 0, UINT32_MAX);
	uint32_t generation;

	(void)state;
	take(slots, 0, &generation);
	assert_int_equal(generation, UINT32_MAX);
	take(slots, 0, &generation);
	assert_int_equal(generation, 1);
	slots_free(slots);

	slots = slots_new(1, 0, 0);
	take(slots, 0, &generation);
	assert_int_equal(generation, 1);
	slots_free(slots);
}

static void test_give_twice_and_give_nonsense(void **state)
{
	struct slots *slots = slots_new(2, 0, 1);
	uint32_t generation;

	(void)state;
	slots_give(slots, 0, 0);
	slots_give(slots, 7, 0);
	assert_int_equal(take(slots, 0, &generation), 0);
	slots_give(slots, 0, 0);
	slots_give(slots, 0, 0);
	assert_int_equal(slots_taken(slots), 0);
	assert_int_equal(take(slots, 0, &generation), 1);
	assert_int_equal(take(slots, 0, &generation), 0);
	assert_int_equal(take(slots, 0, &generation), -ENOSPC);
	slots_free(slots);
}

static void test_claim(void **state)
{
	struct slots *slots = slots_new(3, 0, 1);
	uint32_t generation;

	(void)state;
	assert_int_equal(slots_claim(slots, 1, 40), 0);
	assert_int_equal(slots_claim(slots, 1, 40), -EBUSY);
	assert_int_equal(slots_claim(slots, 3, 1), -ERANGE);
	assert_int_equal(slots_claim(slots, 0, 30), 0);
	assert_int_equal(take(slots, 0, &generation), 2);
	assert_int_equal(generation, 41);
	slots_give(slots, 1, 0);
	assert_int_equal(take(slots, 0, &generation), 1);
	assert_int_equal(generation, 42);
	slots_free(slots);
}

static void test_none_at_all(void **state)
{
	struct slots *slots = slots_new(0, 0, 1);
	uint32_t generation;

	(void)state;
	assert_int_equal(take(slots, 0, &generation), -ENOSPC);
	slots_free(slots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oldest_first_once_rested),
		cmocka_unit_test(test_generation_is_never_zero),
		cmocka_unit_test(test_give_twice_and_give_nonsense),
		cmocka_unit_test(test_claim),
		cmocka_unit_test(test_none_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
