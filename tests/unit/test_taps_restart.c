/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings and copies of a call that outlived a daemon: new files, and the ports of before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <core/engine.h>
#include <daemon/taps.h>
#include <io/capture.h>

#define ADHOC_RECORD (30 + 20)
#define COPY_PORT    20000

struct fixture {
	char root[64];
	int dir;
	struct engine engine;
	struct taps *taps;
	struct stream *stream;
	struct leg *alice, *bob;
};

static uint64_t now(void)
{
	return 1000000000;
}

static bool no_control(void *ctx, const struct xrp_endpoint *endpoint)
{
	(void)ctx;
	(void)endpoint;
	return false;
}

static bool all_copies(void *ctx, const struct xrp_addr *addr)
{
	(void)ctx;
	(void)addr;
	return true;
}

static bool no_local(void *ctx, const struct xrp_addr *addr)
{
	(void)ctx;
	(void)addr;
	return false;
}

static const struct xrp_flow_stats *no_stats(void *ctx, uint32_t slot)
{
	(void)ctx;
	(void)slot;
	return NULL;
}

static off_t size_of(const struct fixture *f, const char *name)
{
	struct stat st;

	return fstatat(f->dir, name, &st, 0) ? -1 : st.st_size;
}

/* What a daemon wrote until it was killed: two packets and a part of a third. */
static void old_file(const struct fixture *f, const char *name)
{
	const struct capture_dirs dirs = {f->dir, -1};
	static const uint8_t rtp[20] = {0x80};
	struct capture_packet p = {.time = 1, .data = rtp, .len = sizeof(rtp)};
	struct capture *c;
	int fd;

	p.source = p.local = (struct xrp_endpoint){.addr = addr_from_v4(htonl(INADDR_LOOPBACK))};
	assert_int_equal(capture_open(&dirs, name, NULL, &c), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_close(c), 0);
	fd = openat(f->dir, name, O_WRONLY);
	assert_int_equal(ftruncate(fd, 3 * ADHOC_RECORD - 1), 0);
	close(fd);
}

static void wait_mended(const struct fixture *f, const char *name)
{
	const struct timespec pause = {0, 1000000};

	for (int i = 0; i < 5000 && size_of(f, name) != 2L * ADHOC_RECORD; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(size_of(f, name), 2 * ADHOC_RECORD);
}

static void start(struct fixture *f, bool pcap)
{
	const struct taps_config config = {.record_dir = f->root,
					   .pcap = pcap,
					   .engine = &f->engine,
					   .now = now,
					   .is_control = no_control,
					   .may_copy = all_copies};
	char error[200];

	f->taps = taps_new(&config, error, sizeof(error));
	assert_non_null(f->taps);
	assert_int_equal(taps_start(f->taps, error, sizeof(error)), 0);
}

static void goes_on_in_the_next_part(void **state)
{
	struct fixture *f = *state;

	start(f, false);
	old_file(f, "c=t.o.rtp");
	f->alice->media.part = 1;
	assert_int_equal(taps_record(f->taps, f->alice, false), 0);
	assert_int_equal(f->alice->media.part, 1);
	assert_int_equal(size_of(f, "c=t.part2.o.rtp"), 0);
	assert_int_equal(size_of(f, "c=t.part2.o.rtcp"), 0);
	wait_mended(f, "c=t.o.rtp");
}

/* Also when it was noted nowhere that there is a part: RTCP's alone is enough. */
static void what_is_there_is_not_emptied(void **state)
{
	struct fixture *f = *state;

	start(f, false);
	old_file(f, "c=t.part2.o.rtp");
	old_file(f, "c=t.part3.o.rtcp");
	f->alice->media.part = 1;
	assert_int_equal(taps_record(f->taps, f->alice, false), 0);
	assert_int_equal(f->alice->media.part, 3);
	assert_int_equal(size_of(f, "c=t.part4.o.rtp"), 0);
	assert_true(size_of(f, "c=t.part2.o.rtp") > 0);
	wait_mended(f, "c=t.part3.o.rtcp");
	/* Recorded again later, under the same name. */
	assert_int_equal(taps_stop(f->taps, f->alice), 0);
	assert_int_equal(taps_record(f->taps, f->alice, false), 0);
	assert_int_equal(f->alice->media.part, 4);
}

/* Both parties' single file stays one, whether or not both were recorded before. */
static void single_file_is_shared(void **state)
{
	struct fixture *f = *state;

	start(f, true);
	old_file(f, "c=t.part2.pcap");
	f->alice->media.part = f->bob->media.part = 1;
	assert_int_equal(taps_record(f->taps, f->alice, true), 0);
	assert_int_equal(taps_record(f->taps, f->bob, true), 0);
	assert_int_equal(f->alice->media.part, 2);
	assert_int_equal(f->bob->media.part, 2);
	assert_int_equal(taps_stats(f->taps).files, 1);
	assert_int_equal(taps_stop(f->taps, f->bob), 0);
	f->bob->media.part = 0;
	assert_int_equal(taps_record(f->taps, f->bob, true), 0);
	assert_int_equal(f->bob->media.part, 2);
	assert_int_equal(taps_stats(f->taps).files, 1);
	assert_int_equal(size_of(f, "c=t.pcap"), -1);
}

static void named_files(void **state)
{
	struct fixture *f = *state;
	struct xrp_endpoint told;

	start(f, false);
	old_file(f, "named.rtp");
	f->alice->media.part = 1;
	assert_int_equal(taps_copy(f->taps, f->alice, text_of("named"), false, &told), 0);
	assert_int_equal(size_of(f, "named.part2.rtp"), 0);
	assert_int_equal(endpoint_port(&told), 0);
	wait_mended(f, "named.rtp");
}

static bool taken(const struct fixture *f)
{
	return ports_is_taken(f->engine.ports4, COPY_PORT);
}

/* As adoption leaves it. */
static void claim(struct fixture *f)
{
	const struct xrp_addr addr = addr_from_v4(htonl(INADDR_LOOPBACK));

	assert_int_equal(ports_claim(f->engine.ports4, COPY_PORT), 0);
	f->alice->media.copy_from = endpoint_make(&addr, COPY_PORT);
}

static void copies_come_from_the_same_port(void **state)
{
	struct text target = text_of("udp:127.0.0.1:9000");
	struct fixture *f = *state;
	struct xrp_endpoint told;

	start(f, false);
	claim(f);
	assert_int_equal(taps_copy(f->taps, f->alice, target, false, &told), 0);
	assert_int_equal(endpoint_port(&told), COPY_PORT);
	assert_int_equal(ports_count(f->engine.ports4).taken, 1);
	assert_int_equal(taps_copy(f->taps, f->alice, target, false, &told), -EALREADY);
	assert_true(taken(f));
	assert_int_equal(endpoint_port(&f->alice->media.copy_from), COPY_PORT);
	assert_int_equal(taps_stop(f->taps, f->alice), 0);
	assert_false(taken(f));
	assert_int_equal(endpoint_port(&f->alice->media.copy_from), 0);
	/* The next one has a pair of its own, which is noted. */
	assert_int_equal(taps_copy(f->taps, f->alice, target, false, &told), 0);
	assert_int_not_equal(endpoint_port(&told), COPY_PORT); /* it rests */
	assert_int_equal(endpoint_port(&f->alice->media.copy_from), endpoint_port(&told));
}

static void copies_that_cannot_go_on_free_the_port(void **state)
{
	struct fixture *f = *state;
	struct xrp_endpoint told;

	start(f, false);
	claim(f);
	assert_int_equal(taps_copy(f->taps, f->alice, text_of("udp:nobody:9000"), false, &told),
			 -EINVAL);
	assert_false(taken(f));
	assert_int_equal(endpoint_port(&f->alice->media.copy_from), 0);
	assert_null(f->alice->tap);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->root, "/tmp/xrp-test-taps.XXXXXX");
	*state = f;
	if (!mkdtemp(f->root))
		return -1;
	f->dir = open(f->root, O_RDONLY | O_DIRECTORY);
	f->engine.ops.stats = no_stats;
	f->engine.ops.address_is_local = no_local;
	f->engine.ports4 = ports_new(COPY_PORT, COPY_PORT + 99, true, 5000000000, 1);
	f->stream = calls_add(&f->engine.calls, text_of("c"), text_of("t"), now());
	f->alice = &f->stream->leg[LEG_CALLER];
	f->bob = &f->stream->leg[LEG_CALLEE];
	f->alice->bind = f->bob->bind = addr_from_v4(htonl(INADDR_LOOPBACK));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];

	taps_free(f->taps);
	calls_free(&f->engine.calls);
	ports_free(f->engine.ports4);
	close(f->dir);
	snprintf(command, sizeof(command), "rm -r %s", f->root);
	free(f);
	return system(command);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(goes_on_in_the_next_part),	      TEST(what_is_there_is_not_emptied),
		TEST(single_file_is_shared),	      TEST(named_files),
		TEST(copies_come_from_the_same_port), TEST(copies_that_cannot_go_on_free_the_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
