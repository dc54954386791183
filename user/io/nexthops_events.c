/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of links, neighbours, addresses, routes and rules. Interfaces, addresses
 * and neighbours are followed event by event, and rows are written at once. Routes are not followed
 * but asked for anew, all of them, in a walk of small steps between which the event loop goes on: a
 * burst of events is one walk, and walks are spaced so that they take a fifth of the time at most.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/log.h"
#include "io/nexthops_private.h"

#define EVENTS_READS  64	 /* messages' worth of buffers read a turn of the loop */
#define EVENTS_RCVBUF (4 << 20)	 /* bytes: room for a burst while the daemon is busy */
#define WALK_STEP     64	 /* routes asked for a turn: about half a millisecond */
#define WALK_DELAY    5000000ULL /* ns from an event to the walk: the burst is to be over */
#define WALK_SPACING  4		 /* a walk begins after this many times as long as the last took */
#define KEEP_INTERVAL 20	 /* s between NTF_USE where the kernel manages no neighbours */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static void work_after(struct nexthops *nh, uint64_t ns)
{
	struct timeval tv = {.tv_sec = (time_t)(ns / 1000000000ULL),
			     .tv_usec = (suseconds_t)(ns % 1000000000ULL / 1000)};

	evtimer_add(nh->work_event, &tv);
}

void events_schedule(struct nexthops *nh, bool routes)
{
	nh->stale |= routes;
	if (!nh->walking && !evtimer_pending(nh->work_event, NULL))
		work_after(nh, WALK_DELAY);
}

/* Begins a walk if one is wanted and the time has come; otherwise sets the timer for it. */
static void walk_begin(struct nexthops *nh)
{
	uint64_t now = now_ns();
	uint64_t due = nh->walk_ended + WALK_SPACING * (nh->walk_ended - nh->walk_began);

	if (!nh->stale || nh->walking)
		return;
	if (now < due) {
		work_after(nh, due - now);
		return;
	}
	nh->stale = false;
	nh->walking = true;
	nh->changed = false;
	nh->cursor = nh->routes;
	nh->walk_began = now;
}

static void walk_end(struct nexthops *nh)
{
	nh->walking = false;
	nh->walk_ended = now_ns();
	if (nh->changed)
		nh->ops.changed(nh->ops.ctx);
	hops_leave(nh);
	if (nh->stale)
		walk_begin(nh);
}

static void work(evutil_socket_t fd, short what, void *arg)
{
	struct nexthops *nh = arg;
	(void)fd;
	(void)what;
	hops_work(nh, WALK_STEP);
	walk_begin(nh);
	if (nh->walking && !routes_walk(nh, WALK_STEP))
		walk_end(nh);
	if (nh->walking || nh->due)
		work_after(nh, 0);
}

static void keep(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	hops_keep(arg);
}

/* Reads everything anew: at the start, and when events were lost. */
static int events_resync(struct nexthops *nh)
{
	int err;

	for (int i = 0; i < 3; i++) {
		err = netifs_read(nh);
		if (!err)
			err = addresses_read(nh);
		if (!err)
			err = neighbours_read(nh);
		if (err != -EINTR)
			break;
	}
	events_schedule(nh, true);
	return err;
}

static int event_message(const struct nlmsghdr *message, void *arg)
{
	struct nexthops *nh = arg;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (netif_apply(nh, message))
			events_schedule(nh, true);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (address_apply(nh, message))
			events_schedule(nh, true);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		neighbour_apply(nh, message);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		events_schedule(nh, true);
		break;
	}
	return MNL_CB_OK;
}

static void events_lost(struct nexthops *nh)
{
	int err = events_resync(nh);

	log_event(err ? LOG_ERR : LOG_NOTICE, "netlink_events_lost", "resync=%s",
		  err ? strerror(-err) : "ok");
}

static void events_read(evutil_socket_t fd, short what, void *arg)
{
	struct nexthops *nh = arg;

	(void)fd;
	(void)what;
	for (int i = 0; i < EVENTS_READS; i++) {
		ssize_t got = mnl_socket_recvfrom(nh->events, nh->events_buffer, NETLINK_BUFFER);

		if (got > 0) {
			mnl_cb_run(nh->events_buffer, (size_t)got, 0, 0, event_message, nh);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == ENOBUFS || errno == ENOSPC)) {
			events_lost(nh);
			continue;
		}
		break;
	}
}

static int events_join(struct nexthops *nh)
{
	static const int groups[] = {
		RTNLGRP_LINK,	    RTNLGRP_NEIGH,     RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE, RTNLGRP_NEXTHOP,
	};
	int fd = mnl_socket_get_fd(nh->events), size = EVENTS_RCVBUF;

	if (mnl_socket_bind(nh->events, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (mnl_socket_setsockopt(nh->events, NETLINK_ADD_MEMBERSHIP, (void *)&groups[i],
					  sizeof(groups[i])) < 0)
			return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return 0;
}

int events_open(struct nexthops *nh, struct event_base *base)
{
	const struct timeval interval = {.tv_sec = KEEP_INTERVAL};
	int err;

	nh->events_buffer = malloc(NETLINK_BUFFER);
	nh->events = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!nh->events_buffer || !nh->events)
		return nh->events_buffer ? -errno : -ENOMEM;
	err = events_join(nh);
	if (err)
		return err;
	nh->events_event = event_new(base, mnl_socket_get_fd(nh->events), EV_READ | EV_PERSIST,
				     events_read, nh);
	nh->work_event = evtimer_new(base, work, nh);
	nh->keep_event = event_new(base, -1, EV_PERSIST, keep, nh);
	if (!nh->events_event || !nh->work_event || !nh->keep_event)
		return -ENOMEM;
	if (event_add(nh->events_event, NULL) || event_add(nh->keep_event, &interval))
		return -ENOMEM;
	return events_resync(nh);
}

void events_close(struct nexthops *nh)
{
	if (nh->events_event)
		event_free(nh->events_event);
	if (nh->work_event)
		event_free(nh->work_event);
	if (nh->keep_event)
		event_free(nh->keep_event);
	if (nh->events)
		mnl_socket_close(nh->events);
	free(nh->events_buffer);
}
