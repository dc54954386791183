/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control sockets of the rtpproxy protocol: UDP datagrams (with a cookie) and unix stream sockets
 * (one command a connection). What arrives is handed up with the client it came from; the reply
 * goes back the same way.
 */
#ifndef XRP_IO_CONTROL_H
#define XRP_IO_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct control;

#define CONTROL_BUFFER 8192 /* longest command, with room for one byte more */
#define CONTROL_REPLY  2048 /* room for a reply: a cookie of 1000 bytes and 1024 more */

struct control_request {
	const char *data;
	size_t len;
	bool cookie;		       /* the first word is a cookie (datagrams) */
	const struct sockaddr *client; /* who asks; keys the duplicate cache */
	socklen_t client_len;
};

struct control_ops {
	/*
	 * Answers a request into `reply` (`size` bytes, CONTROL_REPLY); returns the reply's length,
	 * 0 for none.
	 */
	size_t (*request)(void *ctx, const struct control_request *request, char *reply,
			  size_t size);
	void *ctx;
};

/* `ops` is copied. NULL: no memory. */
struct control *control_new(struct event_base *base, const struct control_ops *ops);
/*
 * Opens one socket by its rtpproxy name: "udp:HOST[:PORT]", "udp6:ADDRESS[:PORT]" (HOST "*" is any
 * address, the port is 22222 unless given), "unix:PATH" or just the path.
 * 0, or -errno with one sentence in `error` that has the name in it.
 */
int control_listen(struct control *control, const char *name, char *error, size_t size);
/* Closes all, unlinks the unix sockets. */
void control_free(struct control *control);

#endif
