/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of control sockets share: an answerer that says what it was asked, clients, and an
 * event loop that is run until something comes.
 */
#ifndef XRP_TESTS_CONTROL_FIXTURE_H
#define XRP_TESTS_CONTROL_FIXTURE_H

#include <stdarg.h>
#include <setjmp.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <io/control.h>

#define DEADLINE_MS 5000
#define LONG_REPLY  2000

struct fixture {
	struct event_base *base;
	struct control *control;
	char directory[64];
	unsigned int requests;
	bool ended;			       /* stdin has */
	struct sockaddr_storage client, local; /* of the last request */
	char error[512];
};

/*
 * "c:" or "-:" (with a cookie or without), the length, and what was asked; nothing for "!", a long
 * one for "B".
 */
static inline size_t echo(void *ctx, const struct control_request *request, char *reply,
			  size_t size)
{
	struct fixture *f = ctx;
	int len;

	f->requests++;
	assert_int_equal(size, CONTROL_REPLY);
	assert_non_null(request->client);
	memcpy(&f->client, request->client, request->client_len);
	memcpy(&f->local, request->local, request->local_len);
	if (request->len && request->data[0] == '!')
		return 0;
	if (request->len && request->data[0] == 'B')
		memset(reply, 'B', LONG_REPLY);
	if (request->len && request->data[0] == 'B')
		return LONG_REPLY;
	len = snprintf(reply, size, "%s:%zu:%.*s", request->cookie ? "c" : "-", request->len,
		       request->len < 100 ? (int)request->len : 100, request->data);
	return (size_t)len;
}

static inline void ended(void *ctx)
{
	((struct fixture *)ctx)->ended = true;
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct control_ops ops = {.request = echo, .ctx = f, .eof = ended};

	if (!f)
		return -1;
	strcpy(f->directory, "/tmp/test_control.XXXXXX");
	if (!mkdtemp(f->directory)) {
		free(f);
		return -1;
	}
	f->base = event_base_new();
	f->control = control_new(f->base, &ops);
	*state = f;
	return f->control ? 0 : -1;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	control_free(f->control);
	event_base_free(f->base);
	rmdir(f->directory);
	free(f);
	return 0;
}

static inline int listen_on(struct fixture *f, const char *name)
{
	f->error[0] = '\0';
	return control_listen(f->control, name, f->error, sizeof(f->error));
}

/* Anybody may send commands, by IPv4. */
static inline void allow_all(struct fixture *f)
{
	struct control_access access = {.rate = 0};
	const char *at;
	size_t len;

	assert_int_equal(cidr_list_add(&access.allow, "0.0.0.0/0", &at, &len), 0);
	control_set_access(f->control, &access);
}

static inline void expect_refusal(struct fixture *f, const char *name, int err, const char *says)
{
	assert_int_equal(listen_on(f, name), err);
	if (!strstr(f->error, says))
		print_error("%s: \"%s\" lacks \"%s\"\n", name, f->error, says);
	assert_non_null(strstr(f->error, says));
	assert_non_null(strstr(f->error, name));
	assert_null(strchr(f->error, '\n'));
}

static inline uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Runs the loop until something can be read from `fd`. */
static inline void run_until_readable(struct fixture *f, int fd)
{
	const uint64_t end = now_ms() + DEADLINE_MS;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	while (poll(&p, 1, 1) == 0) {
		assert_true(now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
}

/* A UDP socket on a free port of an address. */
static inline int bound_socket(int family, const char *address, unsigned int *port)
{
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr *sa = family == AF_INET ? (void *)&v4 : (void *)&v6;
	socklen_t len = family == AF_INET ? sizeof(v4) : sizeof(v6);
	int fd = socket(family, SOCK_DGRAM, 0);

	inet_pton(family, address,
		  family == AF_INET ? (void *)&v4.sin_addr : (void *)&v6.sin6_addr);
	if (fd < 0 || bind(fd, sa, len) || getsockname(fd, sa, &len)) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
	return fd;
}

static inline unsigned int free_port(int family, const char *address)
{
	unsigned int port = 0;
	int fd = bound_socket(family, address, &port);

	assert_true(fd >= 0);
	close(fd);
	return port;
}

static inline void ask(struct fixture *f, int fd, const char *data, size_t len, const char *wanted)
{
	char buf[CONTROL_REPLY + 1];
	ssize_t got;

	assert_int_equal(send(fd, data, len, 0), len);
	run_until_readable(f, fd);
	got = recv(fd, buf, sizeof(buf) - 1, 0);
	assert_true(got >= 0);
	buf[got] = '\0';
	assert_string_equal(buf, wanted);
}

static inline int unix_client(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_return_code(connect(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	return fd;
}

/* Reads to the end, which must come. */
static inline void expect_reply_and_end(struct fixture *f, int fd, const char *wanted)
{
	char buf[CONTROL_REPLY + 1], more;
	ssize_t len;

	run_until_readable(f, fd);
	len = recv(fd, buf, sizeof(buf) - 1, 0);
	assert_true(len >= 0);
	buf[len] = '\0';
	assert_string_equal(buf, wanted);
	if (len)
		assert_int_equal(recv(fd, &more, 1, 0), 0);
}

static inline void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

#endif
