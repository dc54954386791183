/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtppcmd: sends rtpproxy commands to a daemon and prints the replies, one a line, without their
 * cookies. As the SIP servers do, a datagram is sent again, the same bytes, each second that no
 * answer comes.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/endpoint.h"

#define BUFFER	  9000
#define TRIES	  5
#define TRY_MS	  1000
#define UDP_NAME  "udp:"
#define UNIX_NAME "unix:"

static const char *server = "udp:127.0.0.1:22222";
static const char *cookie; /* NULL: a fresh one for each command */

__attribute__((noreturn)) static void fail(const char *what, const char *why)
{
	fprintf(stderr, "rtppcmd: %s: %s\n", what, why);
	exit(2);
}

static int connect_to(const struct sockaddr *sa, socklen_t len, int type)
{
	int fd = socket(sa->sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, sa, len) < 0)
		fail(server, strerror(errno));
	return fd;
}

static int connect_udp(const char *name)
{
	const char *colon = strrchr(name, ':');
	char host[ADDR_TEXT] = "";
	struct sockaddr_storage ss;
	struct xrp_endpoint ep;
	struct xrp_addr addr;

	if (colon)
		snprintf(host, sizeof(host), "%.*s", (int)(colon - name), name);
	if (!colon || addr_parse(host, &addr))
		fail(server, "not udp:ADDRESS:PORT");
	ep = endpoint_make(&addr, (uint16_t)strtoul(colon + 1, NULL, 10));
	return connect_to((const struct sockaddr *)&ss, endpoint_to_sockaddr(&ep, &ss), SOCK_DGRAM);
}

static int connect_unix(const char *path)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(sun.sun_path))
		fail(path, "path too long");
	memcpy(sun.sun_path, path, strlen(path));
	return connect_to((const struct sockaddr *)&sun, sizeof(sun), SOCK_STREAM);
}

/* Waits for one datagram or read; returns its length, 0 when none came in time. */
static size_t receive(int fd, char *reply)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (poll(&p, 1, TRY_MS) <= 0)
		return 0;
	n = recv(fd, reply, BUFFER - 1, 0);
	if (n < 0)
		fail(server, strerror(errno));
	reply[n] = '\0';
	return (size_t)n;
}

/* The reply without its cookie, or NULL. */
static const char *ask_udp(int fd, const char *command, char *reply)
{
	char request[BUFFER], own[32];
	uint32_t random;
	size_t len;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		fail("getrandom", strerror(errno));
	snprintf(own, sizeof(own), "%d_%u", (int)getpid(), random);
	if (cookie)
		snprintf(own, sizeof(own), "%s", cookie);
	len = (size_t)snprintf(request, sizeof(request), "%s %s", own, command);
	for (int i = 0; i < TRIES; i++) {
		if (send(fd, request, len < BUFFER ? len : BUFFER - 1, 0) < 0)
			fail(server, strerror(errno));
		while (receive(fd, reply))
			if (!strncmp(reply, own, strlen(own)) && reply[strlen(own)] == ' ')
				return reply + strlen(own) + 1;
	}
	return NULL;
}

static const char *ask_unix(int fd, const char *command, char *reply)
{
	char request[BUFFER];
	size_t len = (size_t)snprintf(request, sizeof(request), "%s\n", command);

	/* At once: the relay answers what its first read gets, and hangs up. */
	if (send(fd, request, len < BUFFER ? len : BUFFER - 1, MSG_NOSIGNAL) < 0)
		fail(server, strerror(errno));
	return receive(fd, reply) ? reply : NULL;
}

/* Prints the reply; returns the exit status. */
static int ask(const char *command)
{
	bool udp = !strncmp(server, UDP_NAME, strlen(UDP_NAME));
	bool named = !strncmp(server, UNIX_NAME, strlen(UNIX_NAME));
	int fd = udp ? connect_udp(server + strlen(UDP_NAME))
		     : connect_unix(server + (named ? strlen(UNIX_NAME) : 0));
	char room[BUFFER];
	const char *reply = udp ? ask_udp(fd, command, room) : ask_unix(fd, command, room);
	size_t len;

	close(fd);
	if (!reply)
		fail(server, "no answer");
	len = strlen(reply);
	printf("%s%s", reply, len && reply[len - 1] == '\n' ? "" : "\n");
	return reply[0] == 'E' ? 1 : 0;
}

int main(int argc, char **argv)
{
	int status = 0;
	int key;

	while ((key = getopt(argc, argv, "s:c:h")) != -1) {
		if (key == 's') {
			server = optarg;
		} else if (key == 'c') {
			cookie = optarg;
		} else {
			fprintf(stderr,
				"usage: rtppcmd [-s udp:ADDRESS:PORT|unix:PATH] [-c COOKIE] COMMAND...\n"
				"exit status: 0 answered, 1 answered with an error, 2 no answer\n");
			return 2;
		}
	}
	for (int i = optind; i < argc; i++)
		status |= ask(argv[i]);
	return status;
}
