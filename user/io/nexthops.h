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

/*
 * write() and usable() may be called within nexthops_get and nexthops_put, and must not call
 * functions of this file; nor must the listener of nexthops_local_addresses. changed() is called
 * from the event loop alone and may.
 */
struct nexthops_ops {
	/* Row `id` of the map is now `row` (version and version_end are this module's to set). */
	int (*write)(void *ctx, uint32_t id, const struct xrp_nexthop *row);
	/* route_id() or route_source() of one or more routes has changed. */
	void (*changed)(void *ctx);
	/*
	 * May packets leave by this interface in XDP (is our program attached there, say)? NULL:
	 * by every interface of a kind that can do it. See also nexthops_refresh.
	 */
	bool (*usable)(void *ctx, uint32_t ifindex);
	void *ctx;
};

/* `rows`: size of the map; id 0 is never given out. NULL with errno set on error. */
struct nexthops *nexthops_new(struct event_base *base, const struct nexthops_ops *ops,
			      uint32_t rows);
/*
 * Of an earlier start: row `id` of the map holds `row`. To be told of all such rows before the
 * first nexthops_get: their ids are given to hops that need just such a row, else left alone until
 * nexthops_adopted, which clears those that no route took and frees their ids. Between the two no
 * flow is led astray: an id that flows use never changes its meaning. That is so of ids whose row
 * is all zero, too, which only the flows tell; a zero row
 * takes nothing back that was told before.
 */
void nexthops_adopt(struct nexthops *nh, uint32_t id, const struct xrp_nexthop *row);
void nexthops_adopted(struct nexthops *nh);
/*
 * Frees the routes that are still held, too. The rows stay as they are: the program goes on
 * relaying by them while no daemon runs.
 */
void nexthops_free(struct nexthops *nh);
/* Asks for all routes anew, soon: to be called when usable() would now answer otherwise. */
void nexthops_refresh(struct nexthops *nh);
/*
 * The route to `dst` when sending from `src` (may be unspecified). Counted: nexthops_put gives it
 * back. Never blocks longer than a few netlink requests; may call write(). A neighbour that is not
 * resolved is resolved by the kernel at once, without a packet to send, and kept fresh for as long
 * as a route needs it. NULL: no memory.
 */
struct route *nexthops_get(struct nexthops *nh, const struct xrp_addr *dst,
			   const struct xrp_addr *src);
void nexthops_put(struct nexthops *nh, struct route *route);
/*
 * The row that reaches it, or 0 when there is none: no route, local, or by an interface that cannot
 * be used (loopback, no Ethernet, VLAN, bond, bridge). While the neighbour is unresolved or the
 * carrier is off, the id stays and the row is all zero, which the program takes for no next hop.
 */
uint32_t route_id(const struct route *route);
/* The source address the kernel would choose, or the unspecified one when there is no route. */
struct xrp_addr route_source(const struct route *route);

struct nexthop_report {
	uint32_t id;
	uint32_t ifindex;
	char interface[16];
	struct xrp_addr gateway; /* or the destination itself when it is on link */
	uint8_t mac[6];
	char state[64]; /* "reachable", "unresolved", "no route", "interface x is a vlan: ..." */
	uint16_t mtu;	/* largest IP packet; 0 when the interface is not known */
};
/* What becomes of packets that the kernel is given to send by a route. */
enum reach {
	REACH_OK,	  /* as far as can be seen they leave */
	REACH_WAITING,	  /* the next hop is asked for: they wait, and may be lost yet */
	REACH_SILENT,	  /* the next hop does not answer: the kernel drops them, without a word */
	REACH_NO_CARRIER, /* the interface is down: likewise */
	REACH_NO_ROUTE,	  /* sending fails; the report's state says why */
};
/*
 * `now`: ns of CLOCK_MONOTONIC. Where no row follows the next hop (its interface is not
 * accelerated) the kernel is asked, about once a second.
 */
enum reach route_reach(struct nexthops *nh, struct route *route, uint64_t now);
void route_report(const struct nexthops *nh, const struct route *route, struct nexthop_report *r);

/*
 * Calls `fn` for each address of the host (loopback included) now, and again for each one that
 * appears or goes until nexthops_free. An address on two interfaces is told once. One listener.
 */
typedef void nexthops_address_fn(void *ctx, const struct xrp_addr *addr, bool present);
void nexthops_local_addresses(struct nexthops *nh, nexthops_address_fn *fn, void *ctx);

/*
 * The interfaces that media on the `listen` addresses comes in and goes out by, for want of a
 * configured list: those that hold the addresses (for the unspecified address all with a
 * global-scope address of its family), those of the default routes, and those of other unicast
 * routes when they hold a global-scope address. Only interfaces that are up and of a kind that
 * route_id() gives rows for. Fills up to `max` names, returns how many.
 */
unsigned int nexthops_default_interfaces(struct nexthops *nh, const struct xrp_addr *listen,
					 unsigned int count, char names[][16], unsigned int max);

/* One-off questions, without any table. */
/* Is this address assigned to an interface of the host (loopback included)? */
bool nexthops_address_is_local(struct nexthops *nh, const struct xrp_addr *addr);
/* The address the kernel would send from towards `remote`. 0, or -ENETUNREACH and the like. */
int nexthops_source_towards(struct nexthops *nh, const struct xrp_addr *remote,
			    struct xrp_addr *source);

#endif
