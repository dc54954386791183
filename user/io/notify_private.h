/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the two files of notification, and nobody else: notify.c knows who may be notified,
 * notify_target.c has the connection to one.
 */
#ifndef XRP_IO_NOTIFY_PRIVATE_H
#define XRP_IO_NOTIFY_PRIVATE_H

#include <netinet/in.h>
#include <sys/un.h>
#include <base/log.h>
#include <io/notify.h>

#define NOTIFY_DYNAMIC 1024 /* targets that wildcards have been made into */

struct event;

/* A notification. Those already written are kept for a while: they may come back. */
struct notify_line {
	struct notify_line *next;
	size_t len, done;   /* done: bytes written */
	unsigned int tries; /* that failed */
	char data[];
};

struct notify_address {
	socklen_t len; /* 0: none */
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_un un;
	};
};

enum notify_state { NOTIFY_CLOSED, NOTIFY_CONNECTING, NOTIFY_OPEN };

struct notify_target {
	struct notify_target *next;
	struct notify *notify;
	char name[NOTIFY_NAME];
	struct notify_address remote, local;
	unsigned int refs;
	/* the connection */
	enum notify_state state;
	int fd;
	struct event *reader, *writer; /* of fd */
	struct event *again;	       /* connects later */
	unsigned int attempts;	       /* at a listener whose backlog is full */
	/* the notifications: written, then those from `unsent` on */
	struct notify_line *first, *unsent, *last;
	size_t written_bytes, waiting_bytes;
	unsigned int waiting;
	uint64_t written_at; /* ns, of the last one written */
};

struct notify_wildcard {
	char name[NOTIFY_NAME];
	uint16_t port; /* host order */
};

struct notify {
	struct event_base *loop;
	struct notify_target *fixed, *dynamic; /* lists */
	unsigned int fixed_count, dynamic_count, wildcard_count;
	struct notify_wildcard wildcards[NOTIFY_WILDCARDS];
	struct notify_count count; /* sent, resent, lost, connects */
	struct log_limit log_limit;
};

/* A target without a name and addresses. NULL: no memory. */
struct notify_target *notify_target_new(struct notify *notify);
/* Writes what can be written at once, closes. */
void notify_target_free(struct notify_target *target);
/* Has it nothing to do and nobody who knows it? */
bool notify_target_is_idle(const struct notify_target *target);

#endif
