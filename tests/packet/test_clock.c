/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The times that the program gives packets: under load one reading of the clock does for several,
 * but never for one that comes long after.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/bpf.h>
#include <cmocka.h>
#include "rig.h"

#define SLOT	    5
#define LOAD	    200000U /* packets: some timer ticks */
#define MILLISECOND 1000000ULL
#define TICKS	    (25 * MILLISECOND) /* two of the longest timer ticks there are, and more */

static struct rig rig;
static struct frame frame;

static uint64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static uint64_t last_seen(void)
{
	return rig.stats[SLOT].last_seen;
}

static void one(void)
{
	struct outcome o;

	rig_run_fast(&rig, &frame, &o);
}

static void let_pass(uint64_t ns)
{
	uint64_t end = monotonic() + ns;

	while (monotonic() < end)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

/* Back to back: the last packet's time is not before the time that all of them took. */
static void test_under_load(void **state)
{
	uint64_t before, took;
	int i;

	(void)state;
	for (i = 0; i < 10; i++) {
		before = monotonic();
		took = (uint64_t)rig_time(&rig, &frame, LOAD) * LOAD;
		assert_true(took > 5 * MILLISECOND);
		assert_in_range(last_seen(), before + took - MILLISECOND / 10, monotonic());
	}
}

/* After the load, at a packet now and then, each has exactly its own time. */
static void test_low_rate_is_exact(void **state)
{
	uint64_t before;
	int i;

	(void)state;
	rig_time(&rig, &frame, LOAD);
	for (i = 0; i < 10; i++) {
		let_pass(TICKS);
		before = monotonic();
		one();
		assert_in_range(last_seen(), before, monotonic());
	}
}

/* A run that a pause breaks in two is not dense: the clock is read for each packet after it. */
static void test_after_a_pause_each_is_exact(void **state)
{
	uint64_t before;
	int i;

	(void)state;
	rig_time(&rig, &frame, LOAD);
	let_pass(TICKS);
	for (i = 0; i < 8; i++) {
		before = monotonic();
		one();
		assert_in_range(last_seen(), before, monotonic());
	}
}

/* And no more than eight packets have one time. */
static void test_never_goes_back(void **state)
{
	uint64_t before = last_seen();
	int i, same = 0;

	(void)state;
	for (i = 0; i < 20000; i++) {
		if (i % 1000 == 0)
			rig_time(&rig, &frame, 100);
		one();
		assert_true(last_seen() >= before);
		same = last_seen() == before ? same + 1 : 0;
		assert_in_range(same, 0, 7);
		before = last_seen();
	}
	assert_true(monotonic() - before < TICKS);
}

static enum xrp_reason reason_when(uint64_t pass_after)
{
	struct outcome o;

	rig.pass_after = pass_after;
	rig_control(&rig, 0, 1000, 100);
	rig_run(&rig, &frame, &o);
	rig.pass_after = 0;
	rig_control(&rig, 0, 1000, 100);
	assert_int_equal(o.verdict == XDP_PASS, o.reason >= XRP_PASS_NOT_IPV4);
	return o.reason;
}

/* Once no daemon has come back until the given time, calls are the stack's; 0 is never. */
static void test_no_daemon_comes_back(void **state)
{
	(void)state;
	let_pass(TICKS);
	assert_int_equal(reason_when(0), XRP_RELAY_TX);
	assert_int_equal(reason_when(UINT64_MAX), XRP_RELAY_TX);
	assert_int_equal(reason_when(monotonic() + 60000 * MILLISECOND), XRP_RELAY_TX);
	assert_int_equal(reason_when(monotonic() - MILLISECOND), XRP_PASS_NO_DAEMON);
	assert_int_equal(reason_when(1), XRP_PASS_NO_DAEMON);
}

/* It is so for all that found a flow, and for nothing else. */
static void test_no_daemon_judges_nobody(void **state)
{
	struct datagram d = {.from = MALLORY, .to = RELAY_ALICE};
	struct frame alice = frame;

	(void)state;
	frame_make(&frame, &d);
	assert_int_equal(reason_when(1), XRP_PASS_NO_DAEMON);
	frame = alice;
	assert_int_equal(reason_when(0), XRP_RELAY_TX);
	frame.bytes[FRAME_ETHERNET + 20 + 2] ^= 0x10; /* another port */
	assert_int_equal(reason_when(1), XRP_PASS_NOT_OURS);
	frame = alice;
}

static int open_all(void **state)
{
	struct datagram d = {.from = ALICE, .to = RELAY_ALICE, .payload_length = 172};
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_IN);
	struct xrp_flow flow = rig_call(SLOT, 1);
	int err = rig_open(&rig, false);

	(void)state;
	if (err)
		return err;
	/* out comes what went in, so that the frame can be run again and again */
	flow.out_src = flow.peer;
	flow.out_dst = flow.self;
	rig_nexthop(&rig, 1, &hop);
	rig_control(&rig, 0, 1000, 100);
	rig_flow(&rig, &flow);
	frame_make(&frame, &d);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_under_load),
		cmocka_unit_test(test_low_rate_is_exact),
		cmocka_unit_test(test_after_a_pause_each_is_exact),
		cmocka_unit_test(test_never_goes_back),
		cmocka_unit_test(test_no_daemon_comes_back),
		cmocka_unit_test(test_no_daemon_judges_nobody),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
