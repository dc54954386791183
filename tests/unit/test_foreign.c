/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports held by other sockets, in a network namespace of the test's own. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cmocka.h>
#include <io/foreign.h>

#define MANY 10000

/* What the scans have told. */
static struct {
	int balance[65536];
	unsigned int calls;
} told;

static void hear(void *ctx, uint16_t port, bool held)
{
	(void)ctx;
	told.calls++;
	told.balance[port] += held ? 1 : -1;
}

static int setup(void **state)
{
	memset(&told, 0, sizeof(told));
	*state = foreign_new(35000, 65000);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	foreign_free(*state);
	return 0;
}

static int group_setup(void **state)
{
	struct rlimit files = {.rlim_cur = MANY + 100, .rlim_max = MANY + 100};

	(void)state;
	if (unshare(CLONE_NEWNET) || system("ip link set lo up"))
		return -1;
	return setrlimit(RLIMIT_NOFILE, &files);
}

/* A UDP socket bound to the port. */
static int hold(int family, uint16_t port)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	assert_true(fd >= 0);
	if (family == AF_INET)
		assert_int_equal(bind(fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
	else
		assert_int_equal(bind(fd, (struct sockaddr *)&v6, sizeof(v6)), 0);
	return fd;
}

static void tells_what_is_held_and_what_is_given_back(void **state)
{
	struct foreign *f = *state;
	int a = hold(AF_INET, 35000), b = hold(AF_INET6, 65000);

	assert_int_equal(foreign_scan(f, hear, NULL), 0);
	assert_int_equal(told.calls, 2);
	assert_int_equal(told.balance[35000], 1);
	assert_int_equal(told.balance[65000], 1);
	assert_int_equal(foreign_scan(f, hear, NULL), 0);
	assert_int_equal(told.calls, 2);
	close(a);
	assert_int_equal(foreign_scan(f, hear, NULL), 0);
	assert_int_equal(told.calls, 3);
	assert_int_equal(told.balance[35000], 0);
	close(b);
}

static void ports_out_of_range_are_not_told(void **state)
{
	int a = hold(AF_INET, 34999), b = hold(AF_INET, 65001), c = hold(AF_INET6, 22222);

	assert_int_equal(foreign_scan(*state, hear, NULL), 0);
	assert_int_equal(told.calls, 0);
	close(a);
	close(b);
	close(c);
}

static void connected_socket_counts_by_its_local_port(void **state)
{
	struct sockaddr_in remote = {.sin_family = AF_INET,
				     .sin_port = htons(40001),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = hold(AF_INET, 40000);

	assert_int_equal(connect(fd, (struct sockaddr *)&remote, sizeof(remote)), 0);
	assert_int_equal(foreign_scan(*state, hear, NULL), 0);
	assert_int_equal(told.calls, 1);
	assert_int_equal(told.balance[40000], 1);
	close(fd);
}

static void a_port_held_twice_is_told_once(void **state)
{
	int one = 1, v4 = hold(AF_INET, 40000);
	int v6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 sa = {.sin6_family = AF_INET6, .sin6_port = htons(40000)};

	assert_int_equal(setsockopt(v6, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)), 0);
	assert_int_equal(bind(v6, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(foreign_scan(*state, hear, NULL), 0);
	assert_int_equal(told.calls, 1);
	close(v4);
	assert_int_equal(foreign_scan(*state, hear, NULL), 0);
	assert_int_equal(told.calls, 1);
	close(v6);
	assert_int_equal(foreign_scan(*state, hear, NULL), 0);
	assert_int_equal(told.calls, 2);
	assert_int_equal(told.balance[40000], 0);
}

/* Milliseconds that a scan takes. */
static double scan(struct foreign *f)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(foreign_scan(f, hear, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
}

/* Also says what a scan costs. */
static void many_sockets(void **state)
{
	static int fds[MANY];

	print_message("scan of no socket: %.2f ms\n", scan(*state));
	for (int i = 0; i < MANY; i++)
		fds[i] = hold(AF_INET, (uint16_t)(20000 + i));
	print_message("scan, %d sockets out of the range: %.2f ms\n", MANY, scan(*state));
	assert_int_equal(told.calls, 0);
	for (int i = 0; i < MANY; i++) {
		close(fds[i]);
		fds[i] = hold(AF_INET, (uint16_t)(40000 + i));
	}
	print_message("scan, %d sockets in the range: %.2f ms\n", MANY, scan(*state));
	assert_int_equal(told.calls, MANY);
	print_message("and again: %.2f ms\n", scan(*state));
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static void bad_ranges_are_refused(void **state)
{
	(void)state;
	errno = 0;
	assert_null(foreign_new(0, 100));
	assert_int_equal(errno, EINVAL);
	assert_null(foreign_new(200, 100));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(tells_what_is_held_and_what_is_given_back),
		TEST(ports_out_of_range_are_not_told),
		TEST(connected_socket_counts_by_its_local_port),
		TEST(a_port_held_twice_is_told_once),
		TEST(many_sockets),
		TEST(bad_ranges_are_refused),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
