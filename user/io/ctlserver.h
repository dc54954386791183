/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own control socket, which xdp-rtpctl speaks to: a unix stream socket, a connection a
 * question. One JSON object on a line comes in, one JSON object on a line goes out, then the
 * connection is closed. {"command":"status"} is answered by the handler; what is no JSON object is
 * answered here with {"error":"sentence"}.
 *
 * Nothing blocks the event loop: a reply of any size is written as the client reads it. A client
 * that neither sends nor reads for CTLSERVER_PATIENCE seconds is dropped, and no more than
 * CTLSERVER_CLIENTS are served at a time.
 */
#ifndef XRP_IO_CTLSERVER_H
#define XRP_IO_CTLSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <jansson.h>

struct event_base;
struct ctlserver;

#define CTLSERVER_DIRECTORY "/run/xdp-rtpproxy" /* ours, whichever start made it */
#define CTLSERVER_PATIENCE  5			/* seconds */
#define CTLSERVER_CLIENTS   16	  /* served at a time; more wait in the listen queue */
#define CTLSERVER_REQUEST   65536 /* longest request, bytes */

/*
 * Answers a request (an object, borrowed) with a new reference, which the server gives up. NULL: no
 * memory. An error is an answer, too: {"error":"sentence"}.
 */
typedef json_t *(*ctlserver_handler)(void *ctx, json_t *request);

/*
 * Listens at `path` with file mode `mode` (0600). Makes the directory of the path when it is
 * missing (one level, 0755). A socket that nobody serves is replaced; one that answers belongs to a
 * running daemon and is left alone. On error NULL, and `error` (of `size` bytes) holds one
 * sentence.
 */
struct ctlserver *ctlserver_new(struct event_base *base, const char *path, mode_t mode,
				ctlserver_handler handle, void *ctx, char *error, size_t size);
/*
 * Gives the socket's directory to the user that the process is about to become, who could not
 * unlink there otherwise. Only one that ctlserver_new made, or CTLSERVER_DIRECTORY. 0 or -errno.
 */
int ctlserver_give(const struct ctlserver *server, uid_t uid, gid_t gid);
/* Does a daemon answer at this path? */
bool ctlserver_answers(const char *path);
/* Drops the clients, closes and unlinks the socket. NULL is allowed. */
void ctlserver_free(struct ctlserver *server);

#endif
