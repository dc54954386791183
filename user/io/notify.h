/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifications to the SIP server: a call timed out, a digit was pressed. We are the client of a
 * stream listener of theirs; a notification is a tag and a newline, nothing else. Each target has
 * one connection, opened for the first notification and kept open.
 *
 * Only the targets that -n names may be used: a command could otherwise make us connect anywhere.
 *
 * Nothing here waits: notifications are queued. What is known not to have reached the listener
 * (write error, connection reset, bytes not acknowledged when it ended) is sent again on a new
 * connection, three times at most. Where the listener cannot be connected to, what is queued is
 * lost, counted and logged; the next notification tries anew.
 */
#ifndef XRP_IO_NOTIFY_H
#define XRP_IO_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <base/text.h>

struct event_base;
struct notify;
struct notify_target;

#define NOTIFY_TARGETS	 64  /* -n options */
#define NOTIFY_WILDCARDS 2   /* -n options with %%CC_SELF%%, beside these */
#define NOTIFY_NAME	 256 /* longest name of a target, with its NUL */

/* NULL: no memory. */
struct notify *notify_new(struct event_base *base);
/* Closes all; what is still queued and cannot be written at once is lost. No target of it may be
 * used any more. */
void notify_free(struct notify *notify);

/*
 * Allows a target, as -n names it: "unix:/path", "/path", "tcp:HOST:PORT" (IPv4),
 * "tcp:%%CC_SELF%%:PORT" (the address that the command came from). "HOST:PORT" is tcp, too. Given
 * twice is given once. 0, or -errno and one sentence in `error`: -EINVAL for a name that is none of
 * these, -ENOSPC when there are too many, -EADDRNOTAVAIL for a host that does not resolve, -ENOMEM.
 */
int notify_allow(struct notify *notify, const char *target, char *error, size_t size);
/* Is anything allowed? If not: E75 for a U with a socket word, and no feature 20081224. */
bool notify_enabled(const struct notify *notify);

/*
 * The target that a command's socket word means, with a reference for the caller; the same pointer
 * for the same target. The word is the text given to -n; "unix:" and "tcp:" may be left out or put
 * in front in either. %%CC_SELF%% becomes the IPv4 address of `client`, 127.0.0.1 where the command
 * came over a unix socket or IPv6, and the connection is made from the IPv4 address `local`; both
 * may be NULL. NULL: not allowed, or no room.
 */
struct notify_target *notify_find(struct notify *notify, struct text word,
				  const struct sockaddr *client, const struct sockaddr *local);
/*
 * A name that can be stored: notify_recall finds the same target by it in a later run, if it is
 * still allowed there, with a reference for the caller; else NULL.
 */
const char *notify_target_name(const struct notify_target *target);
struct notify_target *notify_recall(struct notify *notify, const char *name);
struct notify_target *notify_target_hold(struct notify_target *target); /* one reference more */
/* One less; NULL is fine. What was sent is still delivered. */
void notify_target_release(struct notify_target *target);

/*
 * Queues tag + LF. The tag is sent as it is: decode it first. Lost when the queue (256 KB a target)
 * is full.
 */
void notify_send(struct notify_target *target, struct text tag);

/*
 * Decodes %XX and + (a blank) into `buf`; returns the length, at most `size`; no NUL is added.
 * `buf` may be the tag's own. A % that two hexadecimal digits do not follow stays as it is.
 */
size_t notify_tag_decode(struct text tag, char *buf, size_t size);

struct notify_count {
	uint64_t sent;			 /* notifications written */
	uint64_t resent;		 /* written again because they had not arrived */
	uint64_t lost;			 /* given up: no connection, too many retries, queue full */
	uint64_t connects;		 /* connections made */
	unsigned int queued;		 /* now */
	unsigned int connected, targets; /* now; targets include those made of a wildcard */
};
struct notify_count notify_count(const struct notify *notify);

#endif
