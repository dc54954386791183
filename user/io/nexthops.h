/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Next hops: which interface and which MAC addresses a destination is reached by, asked from the
 * kernel over rtnetlink and kept right through link, address, route, rule and neighbour events.
 *
 * Two levels. A *route* is a destination (with the source we send from); it is shared and counted.
 * A route points to a *next hop*: interface, gateway and its MAC, one row of the map `nexthops`,
 * shared by all routes over that gateway. So a gateway's new MAC is one row written; a changed
 * route is told through `changed`, once for a batch of events, and the flows are planned anew.
 */
#ifndef XRP_IO_NEXTHOPS_H
#define XRP_IO_NEXTHOPS_H

#include <stdbool.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

struct event_base;
struct nexthops;
struct route;

struct nexthops_ops {
	/* Row `id` of the map is now `row` (version and version_end are this module's to set). */
	int (*write)(void *ctx, uint32_t id, const struct xrp_nexthop *row);
	/* route_id() of one or more routes has changed. */
	void (*changed)(void *ctx);
	void *ctx;
};

/* `rows`: size of the map; id 0 is never given out. NULL with errno set on error. */
struct nexthops *nexthops_new(struct event_base *base, const struct nexthops_ops *ops,
			      uint32_t rows);
void nexthops_free(struct nexthops *nh);
/*
 * The route to `dst` when sending from `src` (may be unspecified). Counted: nexthops_put gives it
 * back. Never blocks longer than a netlink request; an unresolved neighbour is resolved by the
 * kernel when the slow path sends, and noticed by its event. NULL: no memory.
 */
struct route *nexthops_get(struct nexthops *nh, const struct xrp_addr *dst,
			   const struct xrp_addr *src);
void nexthops_put(struct nexthops *nh, struct route *route);
/* The row that reaches it, or 0 while unresolved, unreachable, local or through an interface that
 * cannot be used (loopback, no Ethernet). */
uint32_t route_id(const struct route *route);
/* The source address the kernel would choose, or the unspecified one when there is no route. */
struct xrp_addr route_source(const struct route *route);

struct nexthop_report {
	uint32_t id;
	uint32_t ifindex;
	char interface[16];
	struct xrp_addr gateway; /* or the destination itself when it is on link */
	uint8_t mac[6];
	char state[16]; /* "reachable", "stale", "unresolved", "no route", "local", ... */
	uint16_t mtu;
};
void route_report(const struct nexthops *nh, const struct route *route, struct nexthop_report *r);

/* One-off questions, without any table. */
/* Is this address assigned to an interface of the host (loopback included)? */
bool nexthops_address_is_local(struct nexthops *nh, const struct xrp_addr *addr);
/* The address the kernel would send from towards `remote`. 0, or -ENETUNREACH and the like. */
int nexthops_source_towards(struct nexthops *nh, const struct xrp_addr *remote,
			    struct xrp_addr *source);

#endif
