/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control over connections: framing, clients that do not read, places, stdin, what systemd hands
 * over. Stdin and inherited sockets are those of a child.
 */
#include "control_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>

#define EXIT_ENDED 42 /* of a child: its stdin ended, and that was the end of control */
#define EXIT_ASKED 43 /* ... it was asked to go */

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

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
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
	fd = unix_client(name + 5);
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

/* Like echo, but "quit" ends the child. */
static size_t echo_or_quit(void *ctx, const struct control_request *request, char *reply,
			   size_t size)
{
	if (request->len >= 4 && !memcmp(request->data, "quit", 4))
		_exit(EXIT_ASKED);
	return echo(ctx, request, reply, size);
}

static void child_ended(void *ctx)
{
	(void)ctx;
	_exit(EXIT_ENDED);
}

struct child {
	const char *names[3]; /* of its sockets */
	int in, out;	      /* its stdin and stdout */
	int inherited;	      /* its descriptor 3, LISTEN_FDS is 1; -1: none */
};

static void child_inherits(int fd)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	dup2(fd, 3);
}

static void child_run(const struct child *c)
{
	struct fixture f = {.requests = 0};
	const struct control_ops ops = {echo_or_quit, &f, child_ended};

	alarm(20);
	dup2(c->in, STDIN_FILENO);
	dup2(c->out, STDOUT_FILENO);
	if (c->inherited >= 0)
		child_inherits(c->inherited);
	closefrom(c->inherited >= 0 ? 4 : 3);
	f.base = event_base_new();
	f.control = control_new(f.base, &ops);
	for (int i = 0; i < 3 && c->names[i]; i++)
		if (listen_on(&f, c->names[i])) {
			fprintf(stderr, "%s\n", f.error);
			_exit(1);
		}
	event_base_dispatch(f.base);
	_exit(2);
}

static pid_t child_start(const struct child *c)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		child_run(c);
	if (c->in >= 0)
		close(c->in);
	if (c->out >= 0 && c->out != c->in)
		close(c->out);
	return pid;
}

static void expect_exit(pid_t pid, int code)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), code);
}

/* Reads until as much has come, which must be just it. */
static void expect_text(int fd, const char *wanted)
{
	char buf[256];
	size_t len = 0;

	while (len < strlen(wanted)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t got;

		assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
		got = read(fd, buf + len, sizeof(buf) - 1 - len);
		assert_true(got > 0);
		len += (size_t)got;
	}
	buf[len] = '\0';
	assert_string_equal(buf, wanted);
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void stdio_over_pipes(void **state)
{
	struct child c = {{"stdio:"}, -1, -1, -1};
	int to[2], from[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(to, O_CLOEXEC) + pipe2(from, O_CLOEXEC), 0);
	c.in = to[0];
	c.out = from[1];
	pid = child_start(&c);
	put(to[1], "V\n");
	expect_text(from[0], "-:1:V");
	put(to[1], "U c1\nL c1\nV");
	expect_text(from[0], "-:4:U c1-:4:L c1");
	put(to[1], "\nX\nnot a line");
	close(to[1]);
	expect_text(from[0], "-:1:V-:1:X");
	assert_int_equal(read(from[0], &byte, 1), 0);
	close(from[0]);
	expect_exit(pid, EXIT_ENDED);
}

/* The pipe's flags are not ours: nobody else finds it nonblocking. A reader may come late. */
static void stdio_reader_is_late(void **state)
{
	struct child c = {{"stdio:"}, -1, -1, -1};
	int to[2], from[2];
	size_t got = 0, sent = 0;
	char buf[4096];
	ssize_t len;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(to, O_CLOEXEC) + pipe2(from, O_CLOEXEC), 0);
	c.in = dup(to[0]);
	c.out = from[1];
	pid = child_start(&c);
	for (; sent < 200; sent++)
		put(to[1], "B\n");
	while (fcntl(to[0], F_GETPIPE_SZ) > 0 && got == 0) { /* until it has filled the pipe */
		struct pollfd p = {.fd = from[0], .events = POLLIN};

		assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
		got = (size_t)read(from[0], buf, sizeof(buf));
	}
	assert_int_equal(fcntl(to[0], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(from[0], F_GETFL) & O_NONBLOCK, 0);
	close(to[0]);
	close(to[1]);
	while ((len = read(from[0], buf, sizeof(buf))) > 0)
		got += (size_t)len;
	assert_int_equal(got, sent * LONG_REPLY);
	close(from[0]);
	expect_exit(pid, EXIT_ENDED);
}

static void stdio_over_a_socket(void **state)
{
	struct child c = {{"stdioc:"}, -1, -1, -1};
	int ends[2];
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	c.in = c.out = ends[1];
	pid = child_start(&c);
	put(ends[0], "V\nX\n");
	expect_text(ends[0], "-:1:V-:1:X");
	close(ends[0]);
	expect_exit(pid, EXIT_ENDED);
}

/* Files are read to their end, and written to; epoll would not take them. */
static void stdio_over_files(void **state)
{
	struct fixture *f = *state;
	struct child c = {{"stdio:"}, open("/dev/null", O_RDONLY), open("/dev/null", O_WRONLY), -1};
	char path[128], replies[128];
	int in, out;

	expect_exit(child_start(&c), EXIT_ENDED);
	snprintf(path, sizeof(path), "%s/in", f->directory);
	in = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	unlink(path);
	snprintf(path, sizeof(path), "%s/out", f->directory);
	out = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	unlink(path);
	put(in, "V\nX\n");
	assert_int_equal(lseek(in, 0, SEEK_SET), 0);
	c.in = in;
	c.out = dup(out);
	expect_exit(child_start(&c), EXIT_ENDED);
	assert_int_equal(pread(out, replies, sizeof(replies), 0), 10);
	assert_memory_equal(replies, "-:1:V-:1:X", 10);
	close(out);
}

/* With another socket open, the end of "stdio:" is none; that of "stdioc:" is. */
static void stdio_among_others(void **state)
{
	struct fixture *f = *state;
	char name[128];
	struct child c = {{name, "stdio:"}, open("/dev/null", O_RDONLY), -1, -1};
	int from[2], fd;
	pid_t pid;

	snprintf(name, sizeof(name), "unix:%s/c.sock", f->directory);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	c.out = from[1];
	pid = child_start(&c);
	/* it has closed nothing of stdout's, but it answers: so the end of stdin was passed over */
	for (uint64_t end = now_ms() + DEADLINE_MS; access(name + 5, F_OK);)
		assert_true(now_ms() < end);
	for (int i = 0; i < 3; i++) {
		fd = unix_client(name + 5);
		say(fd, "V");
		expect_text(fd, "-:1:V");
		close(fd);
	}
	fd = unix_client(name + 5);
	say(fd, "quit");
	expect_exit(pid, EXIT_ASKED);
	close(fd);
	unlink(name + 5);
	c = (struct child){{name, "stdioc:"}, open("/dev/null", O_RDONLY), dup(from[0]), -1};
	expect_exit(child_start(&c), EXIT_ENDED);
	unlink(name + 5);
	close(from[0]);
}

static void stdio_names(void **state)
{
	(void)state;
	assert_true(control_name_is_stdio("stdio:"));
	assert_true(control_name_is_stdio("stdioc:"));
	assert_false(control_name_is_stdio("stdio"));
	assert_false(control_name_is_stdio("udp:127.0.0.1"));
}

static void systemd(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct child c = {{"systemd:"}, -1, -1, socket(AF_UNIX, SOCK_STREAM, 0)};
	int fd;
	pid_t pid;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", f->directory);
	assert_return_code(bind(c.inherited, (struct sockaddr *)&address, sizeof(address)), errno);
	assert_return_code(listen(c.inherited, 5), errno);
	pid = child_start(&c);
	for (int i = 0; i < 3; i++) {
		char more;

		fd = unix_client(address.sun_path);
		say(fd, "V\nV\n");
		expect_text(fd, "-:4:V\nV\n");
		assert_int_equal(recv(fd, &more, 1, 0), 0);
		close(fd);
	}
	fd = unix_client(address.sun_path);
	say(fd, "quit\n");
	expect_exit(pid, EXIT_ASKED);
	close(fd);
	assert_int_equal(access(address.sun_path, F_OK), 0); /* it is not ours to remove */
	unlink(address.sun_path);
	close(c.inherited);
}

static void systemd_refusals(void **state)
{
	struct fixture *f = *state;
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	expect_refusal(f, "systemd:", -ENOTCONN, "no socket was inherited");
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_PID", "1", 1); /* was meant for another */
	expect_refusal(f, "systemd:", -ENOTCONN, "no socket was inherited");
	setenv("LISTEN_PID", pid, 1); /* 3 is some descriptor of this program's */
	expect_refusal(f, "systemd:", -EINVAL, "not a listening stream socket");
	setenv("LISTEN_FDS", "2", 1);
	expect_refusal(f, "systemd:", -EINVAL, "2 sockets were inherited");
	setenv("LISTEN_FDS", "x", 1);
	expect_refusal(f, "systemd:", -ENOTCONN, "no socket was inherited");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
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
		TEST(stdio_over_pipes),
		TEST(stdio_reader_is_late),
		TEST(stdio_over_a_socket),
		TEST(stdio_over_files),
		TEST(stdio_among_others),
		TEST(stdio_names),
		TEST(systemd),
		TEST(systemd_refusals),
		TEST(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
