/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kinds of control sockets share among each other, and nobody else needs: control.c opens
 * them by name, control_udp.c and control_unix.c each serve one kind.
 */
#ifndef XRP_IO_CONTROL_SOCKET_H
#define XRP_IO_CONTROL_SOCKET_H

#include <io/control.h>

/* One open socket; the first member of each kind's own struct. */
struct control_socket {
	struct control_socket *next;
	void (*close)(struct control_socket *socket); /* frees it, too */
};

/* One sentence about what went wrong, for the operator. */
struct complaint_text {
	const char *name; /* of the socket, as configured */
	char *buf;
	size_t size;
};
/* Writes "control socket NAME: " and the sentence; returns err. */
int control_complain(const struct complaint_text *to, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Answers one request through the operations, never with more than CONTROL_REPLY bytes. */
static inline size_t control_answer(const struct control_ops *ops,
				    const struct control_request *request, char *reply)
{
	return ops->request(ops->ctx, request, reply, CONTROL_REPLY);
}

/* Each opens a socket: 0, or -errno and a complaint. `ops` must outlive it. `where` follows the
 * prefix in the name. */
int control_udp_open(struct event_base *base, const struct control_ops *ops, int family,
		     const char *where, const struct complaint_text *error,
		     struct control_socket **socket);
int control_unix_open(struct event_base *base, const struct control_ops *ops, const char *path,
		      const struct complaint_text *error, struct control_socket **socket);

#endif
