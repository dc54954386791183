/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service manager is told: the other end of NOTIFY_SOCKET is here. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>
#include <io/supervisor.h>

#define DEADLINE 10000 /* ms */

static char directory[64], path[96];
static struct event_base *base;

/* The manager's socket of this name ("@..." is abstract), which the environment names. */
static int manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The next datagram; "" when none is there and none is waited for. */
static const char *told(int fd, int wait)
{
	static char text[512];
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t len = poll(&pfd, 1, wait) == 1 ? recv(fd, text, sizeof(text) - 1, 0) : 0;

	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

static int begin(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/test_supervisor.XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/notify", directory);
	base = event_base_new();
	return base ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	event_base_free(base);
	unlink(path);
	return rmdir(directory);
}

static void test_states(void **state)
{
	int fd = manager(path);
	struct supervisor *s = supervisor_new(base);
	unsigned long long usec;
	struct timespec now;

	(void)state;
	supervisor_ready(s);
	assert_string_equal(told(fd, DEADLINE), "READY=1");
	supervisor_reloading(s);
	assert_int_equal(sscanf(told(fd, DEADLINE), "RELOADING=1\nMONOTONIC_USEC=%llu", &usec), 1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_in_range((unsigned long long)now.tv_sec - usec / 1000000, 0, 10);
	supervisor_stopping(s);
	assert_string_equal(told(fd, DEADLINE), "STOPPING=1");
	supervisor_free(s);
	close(fd);
}

static void test_status_that_is_the_same_is_sent_once(void **state)
{
	int fd = manager(path);
	struct supervisor *s = supervisor_new(base);

	(void)state;
	supervisor_status(s, "%d calls", 3);
	supervisor_status(s, "%d calls", 3);
	assert_string_equal(told(fd, DEADLINE), "STATUS=3 calls");
	assert_string_equal(told(fd, 0), "");
	supervisor_status(s, "%d calls", 4);
	assert_string_equal(told(fd, DEADLINE), "STATUS=4 calls");
	supervisor_free(s);
	close(fd);
}

/* Turns the loop until the manager was told something. */
static const char *told_by_loop(int fd)
{
	const struct timeval patience = {DEADLINE / 1000, 0};
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	event_base_loopexit(base, &patience);
	while (!event_base_got_exit(base) && !poll(&pfd, 1, 0))
		event_base_loop(base, EVLOOP_ONCE);
	return told(fd, 0);
}

static void test_watchdog_at_half_of_its_time(void **state)
{
	int fd = manager(path);
	struct timespec then, now;
	struct supervisor *s;
	double ms;

	(void)state;
	setenv("WATCHDOG_USEC", "200000", 1);
	s = supervisor_new(base);
	clock_gettime(CLOCK_MONOTONIC, &then);
	assert_string_equal(told_by_loop(fd), "WATCHDOG=1");
	assert_string_equal(told_by_loop(fd), "WATCHDOG=1");
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (double)(now.tv_sec - then.tv_sec) * 1e3 + (double)(now.tv_nsec - then.tv_nsec) / 1e6;
	assert_true(ms > 190);
	supervisor_free(s);
	close(fd);
}

static void test_watchdog_of_another_process_is_left_alone(void **state)
{
	int fd = manager(path);
	struct supervisor *s;

	(void)state;
	setenv("WATCHDOG_USEC", "1000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	s = supervisor_new(base);
	assert_non_null(s);
	assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	supervisor_free(s);
	close(fd);
}

static void test_abstract_name(void **state)
{
	char name[64];
	struct supervisor *s;
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "@xrp-test-supervisor-%d", getpid());
	fd = manager(name);
	s = supervisor_new(base);
	supervisor_ready(s);
	assert_string_equal(told(fd, DEADLINE), "READY=1");
	supervisor_free(s);
	close(fd);
}

static void test_no_manager(void **state)
{
	static const char *const names[] = {"", "@", "relative", "/nonexistent/notify"};

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_null(supervisor_new(base));
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		assert_null(supervisor_new(base));
	}
	supervisor_ready(NULL);
	supervisor_reloading(NULL);
	supervisor_stopping(NULL);
	supervisor_status(NULL, "%d calls", 3);
	supervisor_free(NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_states),
		TEST(test_status_that_is_the_same_is_sent_once),
		TEST(test_watchdog_at_half_of_its_time),
		TEST(test_watchdog_of_another_process_is_left_alone),
		TEST(test_abstract_name),
		TEST(test_no_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
