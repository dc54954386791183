/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control over TCP: lines, on a connection that stays open. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>
#include <netinet/in.h>
#include <io/control_access.h>
#include <io/control_socket.h>

static void tcp_close(struct control_socket *socket)
{
	struct control_listener *l = (struct control_listener *)socket;

	control_listener_stop(l);
	free(l);
}

/* A restart may find connections of the run before in the way, unless it says that it knows. */
static int open_listening(const struct addrinfo *ai)
{
	const int on = 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) || listen(fd, CONTROL_BACKLOG)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int control_tcp_open(struct control_hub *hub, int option, const char *where,
		     const struct complaint_text *to, struct control_socket **socket)
{
	struct control_listener *l;
	struct addrinfo *ai = NULL;
	int err = control_resolve(option, SOCK_STREAM, where, to, &ai);

	if (!ai)
		return err;
	err = control_may_bind(hub, ai->ai_addr, to);
	if (err) {
		freeaddrinfo(ai);
		return err;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		freeaddrinfo(ai);
		return control_complain(to, -ENOMEM, "no memory");
	}
	l->base.close = tcp_close;
	l->hub = hub;
	l->framing = CONTROL_LINES;
	l->fd = open_listening(ai);
	freeaddrinfo(ai);
	err = l->fd < 0 ? control_complain_bind(to, -l->fd) : control_listener_start(l, to);
	if (err) {
		tcp_close(&l->base);
		return err;
	}
	*socket = &l->base;
	return 0;
}
