/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receiving half of the slow path, and the turn of the event loop that ties both halves
 * together: receive a batch, judge each packet, let the owner write rows, send.
 *
 * Rows are written before the packets are sent: an answer to what we send must find them. Packets
 * stay where they were received; room in front of each takes the header of what is sent.
 */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/endpoint.h"
#include "io/slowpath.h"
#include "io/slowpath_sender.h"
#include "io/slowpath_sockets.h"

#define DATAGRAM_ROOM 65536 /* the longest UDP datagram and its header fit */

enum { V4, V6, FAMILIES };

union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(struct sockaddr_in6))];
};

/* Where a batch is received. */
struct inbox {
	struct mmsghdr messages[SLOWPATH_BATCH];
	struct iovec vectors[SLOWPATH_BATCH];
	struct sockaddr_in6 names[SLOWPATH_BATCH];
	union control controls[SLOWPATH_BATCH];
	uint8_t *room; /* SLOWPATH_BATCH times DATAGRAM_ROOM */
};

struct receiver {
	struct slowpath *sp;
	int fd; /* -1: none of this family */
	struct event *event;
};

struct slowpath {
	struct slowpath_ops ops;
	struct receiver receivers[FAMILIES];
	struct sender *senders[FAMILIES];
	struct slowpath_stats stats;
	struct inbox inbox;
};

static int family_index(int family)
{
	return family == AF_INET ? V4 : V6;
}

static uint64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Where datagram `i` and its future header begin. */
static uint8_t *inbox_datagram(struct inbox *inbox, unsigned int i)
{
	return inbox->room + (size_t)i * DATAGRAM_ROOM;
}

static int inbox_init(struct inbox *inbox)
{
	inbox->room = malloc((size_t)SLOWPATH_BATCH * DATAGRAM_ROOM);
	if (!inbox->room)
		return -ENOMEM;
	for (unsigned int i = 0; i < SLOWPATH_BATCH; i++) {
		inbox->vectors[i].iov_base = inbox_datagram(inbox, i) + SENDER_HEADER;
		inbox->vectors[i].iov_len = DATAGRAM_ROOM - SENDER_HEADER;
		inbox->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &inbox->names[i],
			.msg_iov = &inbox->vectors[i],
			.msg_iovlen = 1,
			.msg_control = inbox->controls[i].room,
		};
	}
	return 0;
}

/* Receives what waits; returns how many datagrams. */
static unsigned int inbox_receive(struct inbox *inbox, int fd)
{
	int n;

	for (unsigned int i = 0; i < SLOWPATH_BATCH; i++) {
		inbox->messages[i].msg_hdr.msg_namelen = sizeof(inbox->names[i]);
		inbox->messages[i].msg_hdr.msg_controllen = sizeof(inbox->controls[i]);
	}
	n = recvmmsg(fd, inbox->messages, SLOWPATH_BATCH, MSG_DONTWAIT, NULL);
	return n > 0 ? (unsigned int)n : 0;
}

/* The endpoint a datagram was sent to. */
static bool original_destination(struct msghdr *message, struct xrp_endpoint *local)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_ORIGDSTADDR) ||
		    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_ORIGDSTADDR)) {
			*local = endpoint_from_sockaddr((const struct sockaddr *)CMSG_DATA(c));
			return true;
		}
	}
	return false;
}

static void enqueue(struct slowpath *sp, const struct slowpath_send *out, uint8_t *datagram,
		    size_t len)
{
	struct sender *sender = sp->senders[family_index(addr_family(&out->dst.addr))];

	int err = sender ? sender_add(sender, out, datagram, len) : -EAFNOSUPPORT;

	if (!err)
		return;
	sp->stats.send_errors++;
	if (sp->ops.failed)
		sp->ops.failed(sp->ops.ctx, out, err);
}

static void judge(struct slowpath *sp, unsigned int i, uint64_t now)
{
	struct msghdr *message = &sp->inbox.messages[i].msg_hdr;
	struct slowpath_send out = {0};
	struct slowpath_packet packet = {
		.source = endpoint_from_sockaddr(message->msg_name),
		.data = sp->inbox.vectors[i].iov_base,
		.len = sp->inbox.messages[i].msg_len,
		.now = now,
	};

	if (!original_destination(message, &packet.local))
		return;
	sp->stats.received++;
	if (message->msg_flags & MSG_TRUNC) {
		sp->stats.truncated++;
		return;
	}
	if (sp->ops.handle(sp->ops.ctx, &packet, &out))
		enqueue(sp, &out, inbox_datagram(&sp->inbox, i), packet.len);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct receiver *receiver = arg;
	struct slowpath *sp = receiver->sp;
	unsigned int n = inbox_receive(&sp->inbox, fd);
	uint64_t now = clock_now();

	(void)what;
	if (!n)
		return;
	for (unsigned int i = 0; i < n; i++)
		judge(sp, i, now);
	sp->ops.batch_done(sp->ops.ctx);
	for (int f = 0; f < FAMILIES; f++)
		if (sp->senders[f])
			sender_flush_telling(sp->senders[f], &sp->stats, &sp->ops);
}

/* The lowest priority of the base: control comes first. */
static int listen_to(struct receiver *receiver, struct event_base *base)
{
	int priorities = event_base_get_npriorities(base);

	receiver->event =
		event_new(base, receiver->fd, EV_READ | EV_PERSIST, on_readable, receiver);
	if (!receiver->event)
		return -ENOMEM;
	if (event_priority_set(receiver->event, priorities - 1) || event_add(receiver->event, NULL))
		return -EINVAL;
	return 0;
}

static int open_family(struct slowpath *sp, struct event_base *base, int family)
{
	int f = family_index(family);
	struct receiver *receiver = &sp->receivers[f];

	receiver->sp = sp;
	receiver->fd = slowpath_receive_socket(family);
	if (receiver->fd < 0) {
		int err = receiver->fd;

		receiver->fd = -1;
		return err;
	}
	sp->senders[f] = sender_new(family);
	if (!sp->senders[f])
		return -errno;
	return listen_to(receiver, base);
}

struct slowpath *slowpath_new(struct event_base *base, const struct slowpath_ops *ops)
{
	struct slowpath *sp = calloc(1, sizeof(*sp));
	int err;

	if (!sp)
		return NULL;
	sp->ops = *ops;
	sp->receivers[V4].fd = -1;
	sp->receivers[V6].fd = -1;
	err = inbox_init(&sp->inbox);
	if (!err)
		err = open_family(sp, base, AF_INET);
	if (!err)
		err = open_family(sp, base, AF_INET6);
	if (err == -EAFNOSUPPORT && sp->senders[V4])
		err = 0;
	if (err) {
		slowpath_free(sp);
		errno = -err;
		return NULL;
	}
	return sp;
}

void slowpath_free(struct slowpath *sp)
{
	if (!sp)
		return;
	for (int f = 0; f < FAMILIES; f++) {
		if (sp->receivers[f].event)
			event_free(sp->receivers[f].event);
		if (sp->receivers[f].fd >= 0)
			close(sp->receivers[f].fd);
		sender_free(sp->senders[f]);
	}
	free(sp->inbox.room);
	free(sp);
}

int slowpath_socket(const struct slowpath *sp, int family)
{
	return sp->receivers[family_index(family)].fd;
}

struct slowpath_stats slowpath_stats(const struct slowpath *sp)
{
	return sp->stats;
}
