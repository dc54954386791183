/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control over connections: framing, clients that do not read, places. */
#include "control_fixture.h"

static int tcp_client(const char *address, unsigned int port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	inet_pton(AF_INET, address, &sin.sin_addr);
	assert_return_code(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), errno);
	return fd;
}

/* A client of a cunix: socket that is there from now on. */
static int lines_client(struct fixture *f)
{
	char name[128];

	snprintf(name, sizeof(name), "cunix:%s/c.sock", f->directory);
	assert_int_equal(listen_on(f, name), 0);
	return unix_client(name + 6);
}

/* Has all that can be done be done; nothing comes to `fd`. */
static void expect_silence(struct fixture *f, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	for (int i = 0; i < 10; i++)
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(poll(&p, 1, 20), 0);
}

static void lines(struct fixture *f, int fd)
{
	ask(f, fd, "V\n", 2, "-:1:V");
	ask(f, fd, "V\nVF 1\r\n\n", 9, "-:1:V-:5:VF 1\r-:0:");
	say(fd, "V");
	expect_silence(f, fd);
	ask(f, fd, "F\nV\n!", 5, "-:2:VF-:1:V");
	say(fd, "\n"); /* an empty answer */
	expect_silence(f, fd);
	assert_int_equal(control_connections(f->control), 1);
	close(fd);
	while (control_connections(f->control))
		event_base_loop(f->base, EVLOOP_ONCE);
}

static void cunix(void **state)
{
	struct fixture *f = *state;

	lines(f, lines_client(f));
	assert_int_equal(f->client.ss_family, AF_UNIX);
	assert_int_equal(f->local.ss_family, AF_UNIX);
}

static void tcp(void **state)
{
	struct fixture *f = *state;
	const struct sockaddr_in *client = (struct sockaddr_in *)&f->client;
	const struct sockaddr_in *local = (struct sockaddr_in *)&f->local;
	unsigned int port = free_port(AF_INET, "127.0.0.1");
	char name[64];

	snprintf(name, sizeof(name), "tcp:*:%u", port);
	expect_refusal(f, name, -EACCES, "--allow");
	allow_all(f);
	assert_int_equal(listen_on(f, name), 0);
	lines(f, tcp_client("127.0.0.9", port));
	assert_int_equal(client->sin_family, AF_INET);
	assert_int_equal(client->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
	assert_int_equal(local->sin_addr.s_addr, inet_addr("127.0.0.9"));
	assert_int_equal(ntohs(local->sin_port), port);
}

static void tcp6(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	unsigned int port = free_port(AF_INET6, "::1");
	char name[64];
	int fd = socket(AF_INET6, SOCK_STREAM, 0);

	snprintf(name, sizeof(name), "tcp6:::1:%u", port);
	assert_int_equal(listen_on(f, name), 0);
	sin6.sin6_port = htons((uint16_t)port);
	assert_return_code(connect(fd, (struct sockaddr *)&sin6, sizeof(sin6)), errno);
	lines(f, fd);
	assert_int_equal(f->client.ss_family, AF_INET6);
}

static void tcp_refusals(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char name[64];

	assert_return_code(bind(fd, (struct sockaddr *)&sin, len), errno);
	assert_return_code(listen(fd, 1), errno);
	assert_return_code(getsockname(fd, (struct sockaddr *)&sin, &len), errno);
	snprintf(name, sizeof(name), "tcp:127.0.0.1:%u", ntohs(sin.sin_port));
	expect_refusal(f, name, -EADDRINUSE, "port is in use");
	close(fd);
	expect_refusal(f, "tcp:", -EINVAL, "needs an address: tcp:HOST[:PORT]");
	expect_refusal(f, "tcp6:", -EINVAL, "needs an address: tcp6:ADDRESS[:PORT]");
	expect_refusal(f, "tcp:127.0.0.1:sip", -EINVAL, "not a port");
	expect_refusal(f, "tcp:203.0.113.9:5555", -EACCES, "others can reach this address");
	allow_all(f);
	expect_refusal(f, "tcp:203.0.113.9:5555", -EADDRNOTAVAIL, "not on this host");
	expect_refusal(f, "stdio:x", -EINVAL, "without anything behind it");
	expect_refusal(f, "systemd:x", -EINVAL, "without anything behind it");
}

/* 8191 bytes and their newline fit; what does not hangs up, after what came before. */
static void lines_too_long(void **state)
{
	struct fixture *f = *state;
	int fd = lines_client(f);
	char line[8192], wanted[128];

	memset(line, 'A', sizeof(line));
	line[8191] = '\n';
	snprintf(wanted, sizeof(wanted), "-:8191:%.100s", line);
	ask(f, fd, line, sizeof(line), wanted);
	line[8191] = 'A';
	say(fd, "V\n");
	assert_int_equal(send(fd, line, sizeof(line), 0), sizeof(line));
	expect_reply_and_end(f, fd, "-:1:V");
	assert_int_equal(f->requests, 2);
	close(fd);
}

/* A client that is done sending still gets its replies; what has no newline is no command. */
static void lines_half_closed(void **state)
{
	struct fixture *f = *state;
	int fd = lines_client(f);

	say(fd, "V\nX\nQ");
	shutdown(fd, SHUT_WR);
	expect_reply_and_end(f, fd, "-:1:V-:1:X");
	close(fd);
}

/* A few commands a turn, however many there are. */
static void lines_in_turns(void **state)
{
	struct fixture *f = *state;
	const uint64_t end = now_ms() + DEADLINE_MS;
	int fd = lines_client(f);
	char many[8000];

	for (size_t i = 0; i < sizeof(many); i += 2)
		memcpy(many + i, "V\n", 2);
	assert_int_equal(send(fd, many, sizeof(many), 0), sizeof(many));
	while (!f->requests)
		event_base_loop(f->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	assert_in_range(f->requests, 1, 100);
	while (f->requests < sizeof(many) / 2) {
		char replies[8192];

		assert_true(now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		(void)!recv(fd, replies, sizeof(replies), MSG_DONTWAIT);
	}
	close(fd);
}

/* Sends commands with long replies until nobody takes them any more. */
static unsigned int send_without_reading(struct fixture *f, int fd)
{
	unsigned int sent = 0, quiet = 0, before;

	while (quiet < 50) {
		before = f->requests;
		for (int i = 0; i < 100 && send(fd, "B\n", 2, MSG_DONTWAIT) == 2; i++)
			sent++;
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		quiet = f->requests == before ? quiet + 1 : 0;
	}
	return sent;
}

/* The loop goes on, little is kept, and nothing is lost once it reads. */
static void slow_reader(void **state)
{
	struct fixture *f = *state;
	const uint64_t end = now_ms() + DEADLINE_MS;
	int fd = lines_client(f);
	unsigned int sent = send_without_reading(f, fd);
	size_t got = 0;
	char buf[4096];

	assert_true(sent > f->requests); /* not even read */
	while (got < (size_t)sent * LONG_REPLY) {
		ssize_t len = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

		assert_true(now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		got += len > 0 ? (size_t)len : 0;
	}
	assert_int_equal(f->requests, sent);
	expect_silence(f, fd);
	close(fd);
}

/* A silent client of "unix:" is hung up on after 5 s, one that does not read after 10 s. */
static void limits(void **state)
{
	struct fixture *f = *state;
	const uint64_t start = now_ms();
	uint64_t silent_end = 0;
	char name[128], byte;
	int slow = lines_client(f);
	struct pollfd silent = {.events = POLLIN};

	snprintf(name, sizeof(name), "unix:%s/u.sock", f->directory);
	assert_int_equal(listen_on(f, name), 0);
	silent.fd = unix_client(name + 5);
	send_without_reading(f, slow);
	assert_int_equal(control_connections(f->control), 2);
	while (control_connections(f->control)) {
		assert_true(now_ms() < start + 25000);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		if (poll(&silent, 1, 10) > 0 && !silent_end)
			silent_end = now_ms();
	}
	assert_in_range(silent_end, start + 4900, start + 9000);
	assert_int_equal(recv(silent.fd, &byte, 1, 0), 0);
	assert_true(now_ms() >= start + 9900);
	close(silent.fd);
	close(slow);
}

/* With a hundred silent connections open, the next is closed; one place later, it is served. */
static void connections_bounded(void **state)
{
	struct fixture *f = *state;
	unsigned int port = free_port(AF_INET, "127.0.0.1");
	char name[128], tcp_name[64];
	int silent[100], fd;

	snprintf(name, sizeof(name), "unix:%s/c.sock", f->directory);
	snprintf(tcp_name, sizeof(tcp_name), "tcp:127.0.0.1:%u", port);
	assert_int_equal(listen_on(f, name), 0);
	assert_int_equal(listen_on(f, tcp_name), 0);
	for (unsigned int i = 0; i < 100; i++) {
		silent[i] = i % 2 ? unix_client(name + 5) : tcp_client("127.0.0.1", port);
		while (control_connections(f->control) <= i)
			event_base_loop(f->base, EVLOOP_ONCE);
	}
	fd = tcp_client("127.0.0.1", port);
	expect_reply_and_end(f, fd, "");
	close(fd);
	say(silent[7], "V");
	expect_reply_and_end(f, silent[7], "-:1:V");
	fd = tcp_client("127.0.0.1", port);
	ask(f, fd, "X\n", 2, "-:1:X");
	close(fd);
	for (int i = 0; i < 100; i++)
		close(silent[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cunix),
		TEST(tcp),
		TEST(tcp6),
		TEST(tcp_refusals),
		TEST(lines_too_long),
		TEST(lines_half_closed),
		TEST(lines_in_turns),
		TEST(slow_reader),
		TEST(connections_bounded),
		TEST(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
