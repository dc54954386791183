/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control over stdin and stdout, and over a socket that systemd hands over: those of a child, which
 * says by its exit how it ended.
 */
#include "control_fixture.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#define EXIT_ENDED 42 /* its stdin ended, and that was the end of control */
#define EXIT_ASKED 43 /* it was asked to go */

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

static void wait_for_file(const char *path)
{
	const uint64_t end = now_ms() + DEADLINE_MS;

	while (access(path, F_OK))
		assert_true(now_ms() < end);
}

/*
 * While nobody reads stdout, others are answered; nothing is lost. The pipes' flags are not ours:
 * nobody else finds them nonblocking.
 */
static void stdio_reader_is_late(void **state)
{
	struct fixture *f = *state;
	char name[128], buf[4096];
	struct child c = {{name, "stdioc:"}, -1, -1, -1};
	int to[2], from[2], fd;
	size_t got = 0, sent = 0;
	ssize_t len;
	pid_t pid;

	snprintf(name, sizeof(name), "cunix:%s/c.sock", f->directory);
	assert_int_equal(pipe2(to, O_CLOEXEC) + pipe2(from, O_CLOEXEC), 0);
	assert_int_equal(fcntl(from[1], F_SETPIPE_SZ, 4096), 4096);
	c.in = dup(to[0]);
	c.out = from[1];
	pid = child_start(&c);
	for (; sent < 200; sent++)
		put(to[1], "B\n");
	wait_for_file(name + 6);
	fd = unix_client(name + 6);
	for (int full = 0; full < 4096;) {
		put(fd, "V\n");
		expect_text(fd, "-:1:V");
		assert_return_code(ioctl(from[0], FIONREAD, &full), errno);
	}
	for (int i = 0; i < 20; i++) {
		put(fd, "V\n");
		expect_text(fd, "-:1:V");
	}
	assert_int_equal(fcntl(to[0], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(fcntl(from[0], F_GETFL) & O_NONBLOCK, 0);
	close(fd);
	close(to[0]);
	close(to[1]);
	while ((len = read(from[0], buf, sizeof(buf))) > 0)
		got += (size_t)len;
	assert_int_equal(got, sent * LONG_REPLY);
	close(from[0]);
	expect_exit(pid, EXIT_ENDED);
	unlink(name + 6);
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
	wait_for_file(name + 5);
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
		TEST(stdio_over_pipes), TEST(stdio_reader_is_late), TEST(stdio_over_a_socket),
		TEST(stdio_over_files), TEST(stdio_among_others),   TEST(stdio_names),
		TEST(systemd),		TEST(systemd_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
