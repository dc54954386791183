/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kinds of control sockets share among each other, and nobody else needs. control.c opens
 * them by name; control_udp.c serves datagrams; control_unix.c, control_tcp.c and control_systemd.c
 * have listeners (control_listener.c), whose connections are streams (control_stream.c), and so are
 * stdin and stdout (control_stdio.c). Who may is in control_access.c.
 */
#ifndef XRP_IO_CONTROL_SOCKET_H
#define XRP_IO_CONTROL_SOCKET_H

#include <io/control.h>

struct addrinfo;
struct event;
struct rates;

/* What all sockets of one struct control have in common; it outlives them. */
struct control_hub {
	struct event_base *loop;
	struct control_ops ops;
	struct control_files files;
	struct control_access access;
	struct control_dropped drops;
	struct rates *rates;	  /* of clients that have a limit */
	unsigned int sockets;	  /* open: stdin counts until its end */
	unsigned int connections; /* of all listeners */
};

/* One open socket; the first member of each kind's own struct. */
struct control_socket {
	struct control_socket *next;
	void (*close)(struct control_socket *socket); /* frees it, too */
	/* Where it takes datagrams; NULL: nowhere. */
	const struct sockaddr *(*datagrams)(const struct control_socket *socket);
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
static inline size_t control_answer(const struct control_hub *hub,
				    const struct control_request *request, char *reply)
{
	return hub->ops.request(hub->ops.ctx, request, reply, CONTROL_REPLY);
}

/*
 * Reads "HOST[:PORT]" for a socket of `family` and `type` (SOCK_*) to bind. 0 and `found` for
 * freeaddrinfo, or -errno and a complaint.
 */
int control_resolve(int family, int type, const char *where, const struct complaint_text *to,
		    struct addrinfo **found);
/* Complains of an errno that bind() to an internet address gave; returns it negative. */
int control_complain_bind(const struct complaint_text *to, int err);

enum control_framing {
	CONTROL_ONE,   /* what is read at once is the command; after its reply we hang up */
	CONTROL_LINES, /* a line is a command; the connection stays */
};

/* A connection. */
struct control_stream;
struct control_stream_owner {
	/* The stream has ended and wants to be freed: its descriptors are the owner's. */
	void (*ended)(struct control_stream *stream, void *ctx);
	void *ctx;
};
struct control_stream_ends {
	int in, out; /* may be the same */
	enum control_framing framing;
	bool patient; /* never hang up on a client that does not read */
};
/*
 * Serves a connection, whose addresses are asked of the socket `in`; what is no internet socket has
 * none. NULL: no memory, or the event loop does not take it.
 */
struct control_stream *control_stream_new(struct control_hub *hub,
					  const struct control_stream_ends *ends,
					  const struct control_stream_owner *owner);
int control_stream_fd(const struct control_stream *stream); /* the one that is read */
void control_stream_free(struct control_stream *stream);    /* closes no descriptor */

/* A listening socket and its connections: the first member of those kinds' own structs. */
struct control_listener {
	struct control_socket base;
	struct control_hub *hub;
	struct event *event;
	struct event *pause; /* until it accepts again, after there was no descriptor left */
	int fd;
	enum control_framing framing;
	struct control_stream *streams[CONTROL_CONNECTIONS]; /* NULL: the place is free */
};
#define CONTROL_BACKLOG 32
/* Accepts from `l->fd`, which listens already. 0, or -errno and a complaint. */
int control_listener_start(struct control_listener *l, const struct complaint_text *to);
/* Closes the socket (if it is not negative) and all connections. */
void control_listener_stop(struct control_listener *l);

/*
 * Each opens a socket: 0, or -errno and a complaint. `where` follows the prefix in the name;
 * `option` is the family (udp, tcp), the framing (unix) or whether the end of stdin is the end of
 * control even where other sockets are open (stdio).
 */
typedef int control_open_fn(struct control_hub *hub, int option, const char *where,
			    const struct complaint_text *to, struct control_socket **socket);
control_open_fn control_udp_open, control_unix_open, control_tcp_open, control_stdio_open,
	control_systemd_open;

#endif
