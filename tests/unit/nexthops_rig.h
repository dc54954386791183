/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of next hops share: the real kernel, in a network namespace of the test's own with a
 * veth pair, whose far end stands in a second one, held open by a child. Each test makes its
 * addresses and routes anew. Needs root.
 *
 *   here                               far
 *   near0 192.0.2.1/24     ----------  far0 192.0.2.2/24, .3, .4
 *   near1 198.51.100.1/24  ----------  far1 198.51.100.2/24
 */
#ifndef TESTS_NEXTHOPS_RIG_H
#define TESTS_NEXTHOPS_RIG_H

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>
#include <base/endpoint.h>
#include <io/nexthops.h>

#define ROWS	 64
#define DEADLINE 8 /* s */

static pid_t far_pid;
static struct event_base *base;
static struct nexthops *nh;

/* The map as it was written, and how often. */
static struct xrp_nexthop map[ROWS];
static unsigned int writes, changes;
static int write_error;
static uint32_t unusable;

static inline int write_row(void *ctx, uint32_t id, const struct xrp_nexthop *row)
{
	(void)ctx;
	assert_in_range(id, 1, ROWS - 1);
	assert_int_equal(row->version, row->version_end);
	if (row->version)
		assert_int_not_equal(row->version, map[id].version);
	if (write_error)
		return write_error;
	map[id] = *row;
	writes++;
	return 0;
}

static inline void count_change(void *ctx)
{
	(void)ctx;
	changes++;
}

static inline bool usable(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	return ifindex != unusable;
}

/* Runs shell lines here; the test fails when one of them does. `far` before a command runs it
 * there. */
static inline void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void run(const char *format, ...)
{
	char command[2048];
	va_list args;
	int len = snprintf(command, sizeof(command), "set -e; far() { nsenter -t %d -n \"$@\"; }; ",
			   (int)far_pid);

	va_start(args, format);
	vsnprintf(command + len, sizeof(command) - (size_t)len, format, args);
	va_end(args);
	if (system(command))
		fail_msg("failed: %s", command);
}

/* Starts the process that holds the far end's namespace; returns when it has it. */
static pid_t far_start(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		if (unshare(CLONE_NEWNET) || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static inline int group_setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET))
		return -1;
	far_pid = far_start();
	return far_pid > 0 ? 0 : -1;
}

static inline int group_teardown(void **state)
{
	(void)state;
	kill(far_pid, SIGKILL);
	waitpid(far_pid, NULL, 0);
	return 0;
}

static inline int setup(void **state)
{
	static const struct nexthops_ops ops = {
		.write = write_row, .changed = count_change, .usable = usable};

	(void)state;
	run("for f in '' far; do $f sysctl -qw net.ipv6.conf.default.accept_dad=0; done;"
	    "ip link set lo up;"
	    "for i in 0 1; do ip link add near$i type veth peer name far$i netns %d;"
	    "far ip link set far$i up; ip link set near$i up; done;"
	    "ip addr add 192.0.2.1/24 dev near0; ip addr add 198.51.100.1/24 dev near1;"
	    "far ip addr add 192.0.2.2/24 dev far0; far ip addr add 192.0.2.3/24 dev far0;"
	    "far ip addr add 192.0.2.4/24 dev far0; far ip addr add 198.51.100.2/24 dev far1;",
	    (int)far_pid);
	memset(map, 0, sizeof(map));
	writes = changes = unusable = 0;
	write_error = 0;
	base = event_base_new();
	nh = nexthops_new(base, &ops, ROWS);
	return nh ? 0 : -1;
}

static inline int teardown(void **state)
{
	(void)state;
	nexthops_free(nh);
	event_base_free(base);
	run("ip link del near0 2>/dev/null || :; ip link del near1 2>/dev/null || :");
	return 0;
}

static inline double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Turns the event loop until `condition` holds; fails after the deadline. */
#define wait_for(condition)                                                                        \
	do {                                                                                       \
		double until_ = seconds() + DEADLINE;                                              \
		while (!(condition)) {                                                             \
			turn();                                                                    \
			if (seconds() > until_)                                                    \
				fail_msg("waited in vain for: %s", #condition);                    \
		}                                                                                  \
	} while (0)

static inline void tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* One turn of the loop, of 10 ms at most. */
static inline void turn(void)
{
	const struct timeval tv = {.tv_usec = 10000};

	event_base_once(base, -1, EV_TIMEOUT, tick, NULL, &tv);
	event_base_loop(base, EVLOOP_ONCE);
}

/* Turns the loop for long enough that what the kernel has told so far is worked on. */
static inline void settle(void)
{
	double until = seconds() + 0.1;

	while (seconds() < until)
		turn();
}

static inline struct xrp_addr addr(const char *text)
{
	struct xrp_addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static inline struct route *get(const char *dst, const char *src)
{
	struct xrp_addr d = addr(dst), s = addr(src);
	struct route *route = nexthops_get(nh, &d, &s);

	assert_non_null(route);
	return route;
}

static inline struct nexthop_report report(const struct route *route)
{
	struct nexthop_report r;

	route_report(nh, route, &r);
	return r;
}

static inline const char *state_of(const struct route *route)
{
	static struct nexthop_report r;

	route_report(nh, route, &r);
	return r.state;
}

static inline const struct xrp_nexthop *row(const struct route *route)
{
	return &map[route_id(route)];
}

static inline bool valid(const struct route *route)
{
	return route_id(route) && row(route)->version;
}

/* The MAC of an interface, here or in the far namespace, as bytes. */
static inline void mac_of(bool far, const char *name, uint8_t mac[6])
{
	char command[256];
	FILE *f;

	snprintf(command, sizeof(command),
		 "nsenter -n -t %d ip -br link show dev %s | awk '{print $3}'",
		 (int)(far ? far_pid : getpid()), name);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2],
				&mac[3], &mac[4], &mac[5]),
			 6);
	pclose(f);
}

/* Does the command's output contain `text`? */
static inline bool shows(const char *command, const char *text)
{
	char out[4096];
	FILE *f = popen(command, "r");
	size_t len;

	assert_non_null(f);
	len = fread(out, 1, sizeof(out) - 1, f);
	out[len] = 0;
	pclose(f);
	return strstr(out, text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
