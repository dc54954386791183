/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications to real listeners, on unix sockets and on loopback in a network namespace of the
 * test's own. A listener behaves as SIP servers do, and worse.
 */
#include "notify_fixture.h"

#include <linux/filter.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <time.h>
#include <base/log.h>

#define DEADLINE_MS 10000

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void run_until_readable(struct fixture *f, int fd)
{
	const uint64_t end = now_ms() + DEADLINE_MS;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, 1) == 0) {
		assert_true(now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
}

static int listen_unix(struct fixture *f, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/n.sock", f->directory);
	unlink(address.sun_path);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	assert_return_code(listen(fd, backlog), errno);
	snprintf(f->target, sizeof(f->target), "unix:%s", address.sun_path);
	return fd;
}

static void remove_unix(struct fixture *f, int listener)
{
	close(listener);
	unlink(f->target + 5);
}

/* On `port`; 0: any. */
static int listen_tcp(struct fixture *f, const char *address, unsigned int port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	socklen_t len = sizeof(sin);
	const int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &sin.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_return_code(bind(fd, (struct sockaddr *)&sin, len), errno);
	assert_return_code(listen(fd, 10), errno);
	assert_return_code(getsockname(fd, (struct sockaddr *)&sin, &len), errno);
	snprintf(f->target, sizeof(f->target), "tcp:%s:%u", address, ntohs(sin.sin_port));
	return fd;
}

static unsigned int port_of_target(const struct fixture *f)
{
	return (unsigned int)strtoul(strrchr(f->target, ':') + 1, NULL, 10);
}

static int accept_one(struct fixture *f, int listener)
{
	int fd;

	run_until_readable(f, listener);
	fd = accept(listener, NULL, NULL);
	assert_return_code(fd, errno);
	return fd;
}

/* Just these bytes come, and no more. */
static void expect_bytes(struct fixture *f, int fd, const char *wanted)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char buf[256];
	size_t len = 0;

	while (len < strlen(wanted)) {
		ssize_t got;

		run_until_readable(f, fd);
		got = read(fd, buf + len, sizeof(buf) - 1 - len);
		assert_true(got > 0);
		len += (size_t)got;
	}
	buf[len] = '\0';
	assert_string_equal(buf, wanted);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(poll(&p, 1, 10), 0);
}

static struct notify_target *allowed(struct fixture *f)
{
	struct notify_target *t;

	assert_int_equal(allow(f, f->target), 0);
	t = find(f, f->target);
	assert_non_null(t);
	return t;
}

static void wait_lost(struct fixture *f, uint64_t lost)
{
	const uint64_t end = now_ms() + DEADLINE_MS;

	while (notify_count(f->notify).lost < lost) {
		assert_true(now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(notify_count(f->notify).lost, lost);
}

/* Until it has seen that the connection ended. */
static void wait_disconnected(struct fixture *f)
{
	const uint64_t end = now_ms() + DEADLINE_MS;

	while (notify_count(f->notify).connected) {
		assert_true(now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
}

/* One connection for all; while it is being made they wait. */
static void delivery(struct fixture *f, int listener)
{
	struct notify_target *t = allowed(f);
	struct pollfd p = {.fd = listener, .events = POLLIN};
	int fd;

	notify_send(t, text_of(""));
	notify_send(t, text_of("12345.67"));
	notify_send(t, text_of("\n"));
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "\n12345.67\n\n\n");
	notify_send(t, text_of("tag 9"));
	expect_bytes(f, fd, "tag 9\n");
	assert_int_equal(poll(&p, 1, 0), 0);
	assert_int_equal(notify_count(f->notify).sent, 4);
	assert_int_equal(notify_count(f->notify).connects, 1);
	assert_int_equal(notify_count(f->notify).connected, 1);
	assert_int_equal(send(fd, "whatever\n", 9, 0), 9); /* is not wanted, does no harm */
	notify_send(t, text_of("again"));
	expect_bytes(f, fd, "again\n");
	assert_int_equal(notify_count(f->notify).lost, 0);
	close(fd);
}

static void over_unix(void **state)
{
	int listener = listen_unix(*state, 5);

	delivery(*state, listener);
	remove_unix(*state, listener);
}

static void over_tcp(void **state)
{
	int listener = listen_tcp(*state, "127.0.0.1", 0);

	delivery(*state, listener);
	close(listener);
}

/* To the address that the command came from, from the one that it came to. */
static void self(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in client = v4("127.0.0.9"), local = v4("127.0.0.5"), peer;
	const struct sockaddr v6 = {.sa_family = AF_INET6};
	socklen_t len = sizeof(peer);
	int listener = listen_tcp(f, "0.0.0.0", 0), fd;
	struct notify_target *t;
	char word[64];

	snprintf(word, sizeof(word), "tcp:%%%%CC_SELF%%%%:%u", port_of_target(f));
	assert_int_equal(allow(f, word), 0);
	t = notify_find(f->notify, text_of(word), (struct sockaddr *)&client,
			(struct sockaddr *)&local);
	assert_non_null(t);
	client.sin_port = 0; /* plays no part */
	assert_ptr_equal(t, notify_find(f->notify, text_of(word), (struct sockaddr *)&client,
					(struct sockaddr *)&local));
	notify_send(t, text_of("a"));
	run_until_readable(f, listener);
	fd = accept(listener, (struct sockaddr *)&peer, &len);
	assert_int_equal(peer.sin_addr.s_addr, local.sin_addr.s_addr);
	assert_return_code(getsockname(fd, (struct sockaddr *)&peer, &len), errno);
	assert_int_equal(peer.sin_addr.s_addr, client.sin_addr.s_addr);
	expect_bytes(f, fd, "a\n");
	close(fd);
	t = notify_find(f->notify, text_of(word), &v6, &v6);
	assert_ptr_equal(t, find(f, word)); /* over a unix socket: 127.0.0.1, too */
	notify_send(t, text_of("b"));
	fd = accept_one(f, listener);
	assert_return_code(getsockname(fd, (struct sockaddr *)&peer, &len), errno);
	assert_int_equal(peer.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	expect_bytes(f, fd, "b\n");
	close(fd);
	close(listener);
}

/* The listener restarts between two notifications, and the event loop has not run since. */
static void restarted_unix(void **state)
{
	struct fixture *f = *state;
	int listener = listen_unix(f, 5), fd;
	struct notify_target *t = allowed(f);

	for (int i = 0; i < 3; i++) {
		notify_send(t, text_of("first"));
		fd = accept_one(f, listener);
		expect_bytes(f, fd, "first\n");
		close(fd);
		close(listener);
		listener = listen_unix(f, 5);
	}
	assert_int_equal(notify_count(f->notify).sent, 3);
	assert_int_equal(notify_count(f->notify).lost, 0);
	remove_unix(f, listener);
}

static void restarted_tcp(void **state)
{
	struct fixture *f = *state;
	int listener = listen_tcp(f, "127.0.0.1", 0), fd;
	struct notify_target *t = allowed(f);

	for (int i = 0; i < 3; i++) {
		notify_send(t, text_of("first"));
		fd = accept_one(f, listener);
		expect_bytes(f, fd, "first\n");
		close(fd);
		close(listener);
		listener = listen_tcp(f, "127.0.0.1", port_of_target(f));
	}
	assert_int_equal(notify_count(f->notify).sent, 3);
	assert_int_equal(notify_count(f->notify).lost, 0);
	close(listener);
}

/* The listener ends the connection after each line, as SIP servers do when they dislike it. */
static void closes_after_each(struct fixture *f, int listener)
{
	struct notify_target *t = allowed(f);
	char tag[16], wanted[16];

	for (int i = 0; i < 5; i++) {
		int fd;

		snprintf(tag, sizeof(tag), "T%d", i);
		snprintf(wanted, sizeof(wanted), "T%d\n", i);
		notify_send(t, text_of(tag));
		fd = accept_one(f, listener);
		expect_bytes(f, fd, wanted);
		close(fd);
		if (i % 2) /* it has been seen, or not yet */
			wait_disconnected(f);
	}
	assert_int_equal(notify_count(f->notify).sent, 5);
	assert_int_equal(notify_count(f->notify).resent, 0);
	assert_int_equal(notify_count(f->notify).lost, 0);
}

static void closes_after_each_unix(void **state)
{
	int listener = listen_unix(*state, 5);

	closes_after_each(*state, listener);
	remove_unix(*state, listener);
}

static void closes_after_each_tcp(void **state)
{
	int listener = listen_tcp(*state, "127.0.0.1", 0);

	closes_after_each(*state, listener);
	close(listener);
}

/* What the listener left unread comes again on the next connection, the rest does not. */
static void unread_comes_again(struct fixture *f, int listener)
{
	struct notify_target *t = allowed(f);
	struct pollfd p;
	char buf[8];
	int fd;

	notify_send(t, text_of("one"));
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "one\n");
	notify_send(t, text_of("two"));
	notify_send(t, text_of("three"));
	p = (struct pollfd){.fd = fd, .events = POLLIN};
	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	assert_int_equal(recv(fd, buf, 4, MSG_WAITALL), 4);
	assert_memory_equal(buf, "two\n", 4);
	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	close(fd);
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "three\n");
	assert_int_equal(notify_count(f->notify).sent, 3);
	assert_int_equal(notify_count(f->notify).resent, 1);
	close(fd);
}

static void unread_comes_again_unix(void **state)
{
	int listener = listen_unix(*state, 5);

	unread_comes_again(*state, listener);
	remove_unix(*state, listener);
}

static void unread_comes_again_tcp(void **state)
{
	int listener = listen_tcp(*state, "127.0.0.1", 0);

	unread_comes_again(*state, listener);
	close(listener);
}

/* Three retries, then it is lost, and so is nothing else. */
static void never_read(struct fixture *f, int listener)
{
	struct notify_target *t = allowed(f);
	int fd;

	notify_send(t, text_of("poison"));
	for (int i = 0; i < 4; i++) {
		fd = accept_one(f, listener);
		run_until_readable(f, fd);
		close(fd);
	}
	wait_lost(f, 1);
	assert_int_equal(notify_count(f->notify).sent, 0);
	assert_int_equal(notify_count(f->notify).queued, 0);
	notify_send(t, text_of("next"));
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "next\n");
	close(fd);
}

static void never_read_unix(void **state)
{
	int listener = listen_unix(*state, 5);

	never_read(*state, listener);
	remove_unix(*state, listener);
}

static void never_read_tcp(void **state)
{
	int listener = listen_tcp(*state, "127.0.0.1", 0);

	never_read(*state, listener);
	close(listener);
}

/*
 * Written after the listener's host has stopped taking segments: the filter lets none in, so that
 * they are not acknowledged. All of them come again.
 */
static void not_acknowledged(void **state)
{
	struct fixture *f = *state;
	struct sock_filter nothing[] = {{BPF_RET | BPF_K, 0, 0, 0}};
	const struct sock_fprog filter = {1, nothing};
	int listener = listen_tcp(f, "127.0.0.1", 0), fd;
	struct notify_target *t = allowed(f);

	notify_send(t, text_of("one"));
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "one\n");
	assert_return_code(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)),
			   errno);
	notify_send(t, text_of("two"));
	notify_send(t, text_of("three"));
	assert_int_equal(notify_count(f->notify).sent, 3);
	close(fd);
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "two\nthree\n");
	assert_int_equal(notify_count(f->notify).sent, 3);
	assert_int_equal(notify_count(f->notify).resent, 2);
	close(fd);
	close(listener);
}

/* Nobody listens: lost and counted; the next one finds the listener that has come meanwhile. */
static void no_listener(void **state)
{
	struct fixture *f = *state;
	int listener = listen_tcp(f, "127.0.0.1", 0), fd;
	struct notify_target *t = allowed(f);

	close(listener);
	notify_send(t, text_of("one"));
	notify_send(t, text_of("two"));
	wait_lost(f, 2);
	listener = listen_tcp(f, "127.0.0.1", port_of_target(f));
	notify_send(t, text_of("three"));
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "three\n");
	close(fd);
	close(listener);
	listener = listen_unix(f, 5);
	remove_unix(f, listener);
	notify_send(allowed(f), text_of("four"));
	wait_lost(f, 3);
	assert_int_equal(notify_count(f->notify).sent, 1);
}

/* A backlog that is full empties in the end. */
static void backlog_full(void **state)
{
	struct fixture *f = *state;
	int listener = listen_unix(f, 0), other = socket(AF_UNIX, SOCK_STREAM, 0), fd;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct notify_target *t = allowed(f);

	strcpy(address.sun_path, f->target + 5);
	assert_return_code(connect(other, (struct sockaddr *)&address, sizeof(address)), errno);
	notify_send(t, text_of("one"));
	for (int i = 0; i < 10; i++)
		event_base_loop(f->base, EVLOOP_ONCE);
	assert_int_equal(notify_count(f->notify).queued, 1);
	close(accept_one(f, listener));
	fd = accept_one(f, listener);
	expect_bytes(f, fd, "one\n");
	close(fd);
	close(other);
	remove_unix(f, listener);
}

/* A listener that does not read: a bounded queue, no waiting, whole lines once it does. */
static void stuck(struct fixture *f, int listener)
{
	struct notify_target *t = allowed(f);
	const uint64_t start = now_ms();
	struct notify_count count;
	size_t got = 0, wanted;
	char tag[1000], buf[65536];
	int fd;

	memset(tag, 'x', sizeof(tag));
	for (int i = 0; i < 20000; i++) {
		notify_send(t, (struct text){tag, sizeof(tag)});
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	count = notify_count(f->notify);
	assert_true(count.lost > 0);
	assert_in_range(count.queued, 1, 262144 / 1001);
	assert_int_equal(count.sent + count.queued + count.lost, 20000);
	assert_true(now_ms() < start + DEADLINE_MS);
	fd = accept_one(f, listener);
	wanted = (size_t)(20000 - count.lost) * 1001;
	while (got < wanted) {
		ssize_t len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

		assert_true(now_ms() < start + 2 * DEADLINE_MS);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		for (ssize_t i = 0; i < len; i++, got++)
			assert_int_equal(buf[i], got % 1001 == 1000 ? '\n' : 'x');
	}
	assert_int_equal(notify_count(f->notify).queued, 0);
	assert_int_equal(notify_count(f->notify).lost, count.lost);
	close(fd);
}

static void stuck_unix(void **state)
{
	int listener = listen_unix(*state, 5);

	stuck(*state, listener);
	remove_unix(*state, listener);
}

static void stuck_tcp(void **state)
{
	int listener = listen_tcp(*state, "127.0.0.1", 0);

	stuck(*state, listener);
	close(listener);
}

/* What is still to be written when all ends is written if that needs no waiting. */
static void end(void **state)
{
	struct fixture *f = *state;
	int listener = listen_unix(f, 5), fd;

	notify_send(allowed(f), text_of("last words"));
	notify_free(f->notify);
	f->notify = notify_new(f->base);
	fd = accept_one(f, listener);
	run_until_readable(f, fd);
	assert_int_equal(recv(fd, f->error, sizeof(f->error), MSG_WAITALL), 11);
	close(fd);
	remove_unix(f, listener);
}

/* Loopback is ours alone where we may have it so. */
static void own_network(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd;

	if (unshare(CLONE_NEWNET))
		return;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		perror("lo");
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(over_unix),
		TEST(over_tcp),
		TEST(self),
		TEST(restarted_unix),
		TEST(restarted_tcp),
		TEST(closes_after_each_unix),
		TEST(closes_after_each_tcp),
		TEST(unread_comes_again_unix),
		TEST(unread_comes_again_tcp),
		TEST(never_read_unix),
		TEST(never_read_tcp),
		TEST(not_acknowledged),
		TEST(no_listener),
		TEST(backlog_full),
		TEST(stuck_unix),
		TEST(stuck_tcp),
		TEST(end),
	};

	own_network();
	log_setup(false, LOG_DAEMON, LOG_ERR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
