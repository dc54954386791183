/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables behind nexthops.h, shared by the files nexthops*.c alone.
 *
 *   route (destination, source) -> row (id in the map; a hop at one MTU) -> hop (interface, gateway
 *   and its MAC) -> netif (interface)
 *
 * nexthops.c asks for routes and walks them after events; nexthops_hops.c has hops and rows;
 * nexthops_adopt.c the rows of an earlier start; nexthops_netifs.c interfaces; nexthops_addresses.c
 * the host's addresses; nexthops_events.c reads events and says when the others are to work.
 */
#ifndef XRP_IO_NEXTHOPS_PRIVATE_H
#define XRP_IO_NEXTHOPS_PRIVATE_H

#define HASH_NONFATAL_OOM 1
#include <base/hash.h>
#include <event2/event.h>
#include <net/if.h>
#include <utlist.h>
#include "io/netlink.h"
#include "io/nexthops.h"

struct netif {
	uint32_t ifindex;
	uint32_t mtu;
	char name[IFNAMSIZ];
	char kind[IFNAMSIZ]; /* "vlan", "veth"; "" for hardware */
	uint8_t mac[6];
	bool ethernet, loopback;
	bool up;	   /* administratively */
	bool running;	   /* up, and there is a carrier */
	unsigned int seen; /* number of the last dump that had it */
	UT_hash_handle hh;
};

struct hop_key {
	struct xrp_addr gateway; /* or the destination when it is on link */
	uint32_t ifindex;
};

struct hop {
	struct hop_key key;
	uint16_t nud; /* NUD_*: the kernel's neighbour state; 0: it has no entry */
	bool has_mac;
	bool managed; /* the kernel keeps it fresh, at our request or another's */
	bool ours;    /* at ours: to be taken back */
	bool foreign; /* a control plane's entry (NTF_EXT_LEARNED): hands off */
	bool due;     /* on the list of those to be kept fresh */
	bool silent;  /* it did not answer when it was asked last, and nor has it since */
	uint8_t mac[6];
	unsigned int seen;
	struct hop_row *rows;
	struct hop *prev, *next; /* in that list */
	UT_hash_handle hh;
};

/* A row of the map. Rows of one hop differ by the MTU of the routes that lead over it. */
struct hop_row {
	struct hop *hop;
	uint32_t id;
	uint32_t mtu; /* of the route; 0: the interface's */
	uint32_t refs;
	uint32_t leaving; /* refs of routes that moved on, given up once changed() was told */
	bool known;	  /* `written` is what the map holds */
	struct xrp_nexthop written; /* without the versions */
	struct hop_row *next;
	struct hop_row *next_leaving;
};

enum route_kind {
	ROUTE_HOP,	   /* there is a row */
	ROUTE_ERROR,	   /* the kernel has none: `error` */
	ROUTE_LOCAL,	   /* to the host itself */
	ROUTE_NOT_UNICAST, /* broadcast, multicast, blackhole */
	ROUTE_TUNNEL,	   /* the route encapsulates */
	ROUTE_INTERFACE,   /* the interface cannot be used */
	ROUTE_FULL,	   /* no row left */
};

struct route_key {
	struct xrp_addr dst, src;
};

struct route {
	struct route_key key;
	enum route_kind kind;
	int error;
	uint32_t refs;
	uint32_t ifindex;
	struct xrp_addr gateway, source;
	struct hop_row *row;
	struct {		      /* what the kernel said of a next hop without a row */
		uint64_t at, waiting; /* ns: when it said so; since when it waits for an answer */
		enum reach reach;
	} look;
	UT_hash_handle hh;
};

/* What an earlier start's map has at an id. */
struct adopted {
	bool held; /* flows may still use the id, and no hop has taken it */
	struct xrp_nexthop row;
};

struct nexthops {
	struct nexthops_ops ops;
	struct netlink *nl;
	struct netif *netifs;
	struct hop *hops;
	struct route *routes;
	struct local_address *addresses;
	nexthops_address_fn *address_fn;
	void *address_ctx;

	uint32_t *free_ids; /* ring: the id free for longest is used first */
	uint32_t rows, free_first, free_count;
	struct adopted *adopted; /* an element an id, until nexthops_adopted; then NULL */
	uint32_t version;	 /* of the last row written */
	struct hop_row *leaving;
	struct hop *due; /* list: to be kept fresh */

	bool closing;	   /* the map is to stay as it is */
	unsigned int dump; /* number of the last dump: what has another is gone */
	struct mnl_socket *events;
	char *events_buffer;
	struct event *events_event, *work_event, *keep_event;
	bool stale;			 /* routes are to be asked for */
	bool walking;			 /* and that is under way: */
	struct route *cursor;		 /* the next one to ask for */
	bool changed;			 /* a route has changed in this walk */
	uint64_t walk_began, walk_ended; /* ns */
};

/* nexthops_netifs.c */
struct netif *netif_find(struct nexthops *nh, uint32_t ifindex);
/* Takes an RTM_NEWLINK or RTM_DELLINK; was there anything new in it? */
bool netif_apply(struct nexthops *nh, const struct nlmsghdr *message);
/* Reads all interfaces and drops those that are gone. 0 or -errno. */
int netifs_read(struct nexthops *nh);
void netifs_free(struct nexthops *nh);
/* Is it of a kind that XDP can send by? Otherwise `why` gets one sentence. */
bool netif_can_send(const struct netif *netif, char *why, size_t size);
/* And has the daemon nothing against it? */
bool netif_usable(struct nexthops *nh, const struct netif *netif, char *why, size_t size);

/* nexthops_addresses.c; likewise for RTM_NEWADDR, RTM_DELADDR */
bool address_apply(struct nexthops *nh, const struct nlmsghdr *message);
int addresses_read(struct nexthops *nh);
bool address_held(struct nexthops *nh, const struct xrp_addr *addr);
/* Drops those of a deleted interface. */
void addresses_drop(struct nexthops *nh, uint32_t ifindex);
void addresses_free(struct nexthops *nh);

/* nexthops_hops.c */
/* Counts and returns the row for (interface, gateway, MTU); NULL: no id or no memory left. */
struct hop_row *hop_take(struct nexthops *nh, const struct hop_key *key, uint32_t mtu);
void hop_give(struct nexthops *nh, struct hop_row *row);
/* As hop_give, but the id stays taken until hops_leave: flows may still use it. */
void hop_give_later(struct nexthops *nh, struct hop_row *row);
void hops_leave(struct nexthops *nh);
/* Takes an RTM_NEWNEIGH or RTM_DELNEIGH. */
void neighbour_apply(struct nexthops *nh, const struct nlmsghdr *message);
int neighbours_read(struct nexthops *nh);
/* The interface is new, changed or gone: writes the rows over it. */
void hops_of_netif(struct nexthops *nh, uint32_t ifindex);
/* Queues all that nobody keeps fresh, and writes again the rows that could not be written. */
void hops_keep(struct nexthops *nh);
/* Works on up to `most` of the queue. */
void hops_work(struct nexthops *nh, unsigned int most);
const char *hop_state(struct nexthops *nh, const struct hop *hop);
enum reach hop_reach(struct nexthops *nh, const struct hop *hop);
/* The kernel's entry as REACH_OK (also when there is none), WAITING or SILENT. */
enum reach neighbour_reach(struct nexthops *nh, const struct hop_key *key);

/* Writes zeros; a failure is logged. */
void row_clear(struct nexthops *nh, uint32_t id);
/* Gives an id that no flow uses back. */
void id_give(struct nexthops *nh, uint32_t id);

/* nexthops_adopt.c */
/* An id that flows of an earlier start use for just such a row (but for the versions), which is the
 * caller's from now on; 0: there is none. */
uint32_t adopted_take(struct nexthops *nh, const struct xrp_nexthop *want);

/* nexthops_events.c */
/* Opens and joins the event socket, starts the timers. 0 or -errno. */
int events_open(struct nexthops *nh, struct event_base *base);
void events_close(struct nexthops *nh);
/* Has the queue of hops and, with `routes`, all routes looked at soon. */
void events_schedule(struct nexthops *nh, bool routes);

/* nexthops.c */
/* Asks for up to `most` routes, from the cursor on; is there more? */
bool routes_walk(struct nexthops *nh, unsigned int most);

#endif
