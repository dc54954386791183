/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the XDP program through the ring to a file: each packet that was relayed while its flow was
 * tapped is there, once, in order, with the time at which it came in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <cmocka.h>
#include <io/recorder.h>
#include "relay.skel.h"
#include "rig.h"

#define PACKETS	     2000
#define SOME	     100 /* what the rig's ring holds easily */
#define ADHOC_HEADER 30
#define SLOT	     3

static struct rig rig;
static char root[] = "/tmp/xrp-test-recording.XXXXXX";
static struct capture_dirs dirs;
static struct recorder *recorder;

/* Alice says number `n`. */
static void alice_says(uint32_t n)
{
	struct datagram d = {.from = ALICE,
			     .to = RELAY_ALICE,
			     .payload = (const uint8_t *)&n,
			     .payload_length = sizeof(n),
			     .padding = 14};
	struct outcome o;
	struct frame in;

	frame_make(&in, &d);
	rig_run_fast(&rig, &in, &o);
}

static void wait_closed(void)
{
	const struct timespec pause = {0, 1000000};

	for (int i = 0; i < 5000 && recorder_stats(recorder).files; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(recorder_stats(recorder).files, 0);
}

/* The rig's ring is small: wait until so many are written. */
static void wait_written(uint64_t packets)
{
	const struct timespec pause = {0, 1000000};

	for (int i = 0; i < 5000 && recorder_stats(recorder).packets < packets; i++)
		nanosleep(&pause, NULL);
	assert_true(recorder_stats(recorder).packets >= packets);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The file holds the numbers from `first` on, so many, all between these times. */
static void assert_numbers(const char *name, uint32_t first, uint32_t count, double begin)
{
	uint8_t record[ADHOC_HEADER + sizeof(uint32_t)];
	FILE *f = fdopen(openat(dirs.record, name, O_RDONLY), "r");
	double time, before = begin, end = now() + 0.001;
	uint32_t n;

	assert_non_null(f);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(fread(record, sizeof(record), 1, f), 1);
		memcpy(&time, record + 20, sizeof(time));
		memcpy(&n, record + ADHOC_HEADER, sizeof(n));
		assert_int_equal(n, first + i);
		assert_true(time >= before - 0.001 && time <= end);
		before = time;
	}
	assert_int_equal(fread(record, 1, 1, f), 0);
	fclose(f);
}

static void test_what_is_relayed_is_in_the_file(void **state)
{
	struct xrp_flow flow = rig_call(SLOT, 1);
	struct recorder_file *file = NULL;
	struct branch *branch;
	double begin = now();

	(void)state;
	rig_flow(&rig, &flow);
	assert_int_equal(recorder_file(recorder, &dirs, "speech", false, &file), 0);
	branch = recorder_branch(recorder, file);
	assert_int_equal(recorder_source(recorder, branch, SLOT, 1), 0);
	assert_int_equal(recorder_source(recorder, branch, SLOT, 1), 0); /* twice is once */
	alice_says(0);							 /* not tapped yet */
	flow.flags |= XRP_FLOW_COPY;
	rig_flow(&rig, &flow);
	for (uint32_t i = 1; i <= PACKETS; i++) {
		alice_says(i);
		if (i % SOME == 0 && i < PACKETS)
			wait_written(i);
	}
	recorder_end(recorder, branch);
	recorder_file_end(recorder, file);
	wait_closed();
	alice_says(PACKETS + 1); /* nobody wants it any more */
	assert_int_equal(rig.stats[SLOT].copies_lost, 0);
	assert_int_equal(recorder_stats(recorder).packets, PACKETS);
	assert_numbers("speech", 1, PACKETS, begin);
}

/* A slot that is another call's now does not get into the old one's file. */
static void test_another_generation(void **state)
{
	struct xrp_flow flow = rig_call(SLOT, 7);
	struct recorder_file *file = NULL;
	struct branch *branch;

	(void)state;
	flow.flags |= XRP_FLOW_COPY;
	assert_int_equal(recorder_file(recorder, &dirs, "none", false, &file), 0);
	branch = recorder_branch(recorder, file);
	assert_int_equal(recorder_source(recorder, branch, SLOT, 6), 0);
	rig_flow(&rig, &flow);
	alice_says(1);
	recorder_end(recorder, branch);
	recorder_file_end(recorder, file);
	wait_closed();
	assert_numbers("none", 0, 0, 0);
}

/* Number `n`, by the slow path. */
static void slow_says(struct branch *branch, uint32_t n)
{
	struct slowpath_packet p = {.data = (const uint8_t *)&n, .len = sizeof(n)};
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	p.now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	recorder_packet(recorder, branch, &p);
}

/* A flow whose packets go now this way, now that: the file has them as they came. */
static void test_both_paths_in_order(void **state)
{
	struct xrp_flow flow = rig_call(SLOT, 9);
	uint64_t written = recorder_stats(recorder).packets;
	struct recorder_file *file = NULL;
	struct branch *branch;
	double begin = now();

	(void)state;
	flow.flags |= XRP_FLOW_COPY;
	assert_int_equal(recorder_file(recorder, &dirs, "both", false, &file), 0);
	branch = recorder_branch(recorder, file);
	assert_int_equal(recorder_source(recorder, branch, SLOT, 9), 0);
	rig_flow(&rig, &flow);
	for (uint32_t i = 0; i < PACKETS; i++) {
		if (i / 3 % 2)
			slow_says(branch, i);
		else
			alice_says(i);
		if (i % SOME == 0)
			wait_written(written + i + 1);
	}
	recorder_end(recorder, branch);
	recorder_file_end(recorder, file);
	wait_closed();
	assert_numbers("both", 0, PACKETS, begin);
}

static int open_all(void **state)
{
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_OUT);

	(void)state;
	if (rig_open(&rig, false) || !mkdtemp(root))
		return -1;
	rig_nexthop(&rig, 1, &hop);
	rig_control(&rig, 0, 1000, 100);
	dirs = (struct capture_dirs){open(root, O_RDONLY | O_DIRECTORY), -1};
	recorder = recorder_new(bpf_map__fd(rig.skel->maps.copies));
	return recorder ? recorder_start(recorder) : -1;
}

static int close_all(void **state)
{
	(void)state;
	recorder_free(recorder);
	unlinkat(dirs.record, "speech", 0);
	unlinkat(dirs.record, "none", 0);
	unlinkat(dirs.record, "both", 0);
	close(dirs.record);
	rig_close(&rig);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_relayed_is_in_the_file),
		cmocka_unit_test(test_another_generation),
		cmocka_unit_test(test_both_paths_in_order),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
