/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See calls.h. */
#include "calls.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <base/endpoint.h>

#define MESSAGE 512
#define TRIES	40
#define TRY_MS	250
#define PORT	4000
#define PARTIES 30000 /* ports of a party's address that are used */

struct calls {
	int fd;
	char caller[ADDR_TEXT], callee[ADDR_TEXT];
	struct xrp_addr relay[2];
	unsigned long long cookie;
	unsigned int run;
	char answer[MESSAGE];
};

struct calls *storm_calls_new(const struct xrp_endpoint *server, const struct xrp_addr *caller,
			      const struct xrp_addr *callee)
{
	struct calls *c = calloc(1, sizeof(*c));
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(server, &ss);

	if (!c)
		return NULL;
	c->run = (unsigned int)getpid();
	addr_format(caller, c->caller);
	addr_format(callee, c->callee);
	c->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && !connect(c->fd, (struct sockaddr *)&ss, len))
		return c;
	fprintf(stderr, "storm: the control socket: %s\n", strerror(errno));
	storm_calls_free(c);
	return NULL;
}

void storm_calls_free(struct calls *c)
{
	if (c && c->fd >= 0)
		close(c->fd);
	free(c);
}

const char *storm_calls_answer(const struct calls *c)
{
	return c->answer;
}

uint16_t storm_calls_port(uint32_t n, int side)
{
	return (uint16_t)(PORT + 2 * (n % (PARTIES / 2)) + (side ? PARTIES : 0));
}

/* True when it is the answer to this cookie; it is kept without the cookie. */
static bool receive(struct calls *c, const char *cookie)
{
	char in[MESSAGE];
	ssize_t len = recv(c->fd, in, sizeof(in) - 1, MSG_DONTWAIT);
	size_t skip = strlen(cookie);

	if (len <= 0)
		return false;
	in[len] = '\0';
	in[strcspn(in, "\n")] = '\0';
	if (strncmp(in, cookie, skip) != 0 || in[skip] != ' ')
		return false;
	snprintf(c->answer, sizeof(c->answer), "%s", in + skip + 1);
	return true;
}

static int ask(struct calls *c, const char *command)
{
	char cookie[32], out[MESSAGE];
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	int len;

	snprintf(cookie, sizeof(cookie), "%x_%llx", c->run, ++c->cookie);
	len = snprintf(out, sizeof(out), "%s %s\n", cookie, command);
	snprintf(c->answer, sizeof(c->answer), "(none)");
	for (int i = 0; i < TRIES; i++) {
		if (send(c->fd, out, (size_t)len, 0) < 0) /* refused: nobody is there */
			nanosleep(&(struct timespec){.tv_nsec = TRY_MS * 100000L}, NULL);
		while (poll(&p, 1, TRY_MS) > 0 && !(p.revents & POLLERR)) {
			if (receive(c, cookie))
				return 0;
		}
	}
	return -ETIMEDOUT;
}

/* A command that is answered a port and an address. */
static int ask_port(struct calls *c, const char *command, struct xrp_endpoint *ep)
{
	char host[ADDR_TEXT];
	struct xrp_addr addr;
	unsigned int port;

	if (ask(c, command) || sscanf(c->answer, "%u %45s", &port, host) != 2 || !port ||
	    port > 65535 || addr_parse(host, &addr))
		return -EPROTO;
	*ep = endpoint_make(&addr, (uint16_t)port);
	return 0;
}

int storm_calls_set_up(struct calls *c, uint32_t n, struct xrp_endpoint to[2])
{
	char command[MESSAGE];
	int err;

	snprintf(command, sizeof(command), "U storm-%x-%u@example.net %s %u from%u;1", c->run, n,
		 c->caller, storm_calls_port(n, 0), n);
	err = ask_port(c, command, &to[1]);
	if (err)
		return err;
	snprintf(command, sizeof(command), "L storm-%x-%u@example.net %s %u from%u;1 to%u;1",
		 c->run, n, c->callee, storm_calls_port(n, 1), n, n);
	return ask_port(c, command, &to[0]);
}

int storm_calls_query(struct calls *c, uint32_t n)
{
	char command[MESSAGE];

	snprintf(command, sizeof(command), "Q storm-%x-%u@example.net from%u;1 to%u;1", c->run, n,
		 n, n);
	if (ask(c, command))
		return -EPROTO;
	return c->answer[0] == 'E' ? -EPROTO : 0;
}

int storm_calls_delete(struct calls *c, uint32_t n)
{
	char command[MESSAGE];

	snprintf(command, sizeof(command), "D storm-%x-%u@example.net from%u to%u", c->run, n, n,
		 n);
	if (ask(c, command))
		return -EPROTO;
	return strcmp(c->answer, "0") != 0 ? -EPROTO : 0;
}
