/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes: what the kernel answers when asked for the way to a destination, and the row that follows
 * from it. See nexthops_private.h for the tables below.
 */
#include "io/nexthops.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/endpoint.h"
#include "io/nexthops_private.h"

/* The kernel's answer to a question for a route. */
struct answer {
	uint8_t type; /* RTN_*; 0: none came */
	uint32_t ifindex, mtu;
	struct xrp_addr gateway; /* the destination when it is on link */
	struct xrp_addr source;
	bool tunnel; /* the route encapsulates (RTA_ENCAP) */
};

/* RTA_VIA: a gateway of the other family, after its family as 16 bits. */
static void read_via(const struct nlattr *attr, struct xrp_addr *gateway)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	uint16_t len = mnl_attr_get_payload_len(attr);
	__be32 v4;

	if (len < sizeof(*via))
		return;
	if (via->rtvia_family == AF_INET && len >= sizeof(*via) + sizeof(v4)) {
		memcpy(&v4, via->rtvia_addr, sizeof(v4));
		*gateway = addr_from_v4(v4);
	} else if (via->rtvia_family == AF_INET6 && len >= sizeof(*via) + sizeof(*gateway)) {
		memcpy(gateway, via->rtvia_addr, sizeof(*gateway));
	}
}

static void read_metrics(const struct nlattr *metrics, struct answer *answer)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, metrics)
	{
		if (mnl_attr_get_type(attr) == RTAX_MTU)
			answer->mtu = netlink_get_u32(attr);
	}
}

static void take_answer(const struct nlmsghdr *message, void *ctx)
{
	const struct rtmsg *route = netlink_get_header(message, sizeof(*route));
	struct answer *answer = ctx;
	const struct nlattr *attr;

	if (!route)
		return;
	answer->type = route->rtm_type;
	mnl_attr_for_each(attr, message, sizeof(*route))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_OIF:
			answer->ifindex = netlink_get_u32(attr);
			break;
		case RTA_GATEWAY:
			netlink_get_addr(attr, route->rtm_family, &answer->gateway);
			break;
		case RTA_VIA:
			read_via(attr, &answer->gateway);
			break;
		case RTA_PREFSRC:
			netlink_get_addr(attr, route->rtm_family, &answer->source);
			break;
		case RTA_METRICS:
			read_metrics(attr, answer);
			break;
		case RTA_ENCAP_TYPE:
			answer->tunnel = true;
			break;
		}
	}
}

/* Asks the kernel for the route to `dst`, from `src` unless it is unspecified. 0 or -errno. */
static int ask(struct nexthops *nh, const struct xrp_addr *dst, const struct xrp_addr *src,
	       struct answer *answer)
{
	int family = addr_family(dst), err;
	uint8_t bits = family == AF_INET ? 32 : 128;
	bool from = !addr_is_unspecified(src);
	struct nlmsghdr *request = netlink_begin(nh->nl, RTM_GETROUTE, 0);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(request, sizeof(*route));

	memset(answer, 0, sizeof(*answer));
	answer->gateway = *dst;
	answer->source = from ? *src : addr_any(family);
	if (from && addr_family(src) != family)
		return -EAFNOSUPPORT;
	route->rtm_family = (uint8_t)family;
	route->rtm_dst_len = bits;
	netlink_put_addr(request, RTA_DST, dst);
	if (from) {
		route->rtm_src_len = bits;
		netlink_put_addr(request, RTA_SRC, src);
	}
	mnl_attr_put_u8(request, RTA_IP_PROTO, IPPROTO_UDP);
	err = netlink_ask(nh->nl, take_answer, answer);
	if (err)
		return err;
	return answer->type ? 0 : -ENETUNREACH;
}

/* What kind of route the answer makes; err is what asking returned. */
static enum route_kind judge(struct nexthops *nh, const struct answer *answer, int err)
{
	const struct netif *netif = netif_find(nh, answer->ifindex);
	char why[64];

	if (err)
		return ROUTE_ERROR;
	if (answer->type == RTN_LOCAL)
		return ROUTE_LOCAL;
	if (answer->type != RTN_UNICAST)
		return ROUTE_NOT_UNICAST;
	if (answer->tunnel)
		return ROUTE_TUNNEL;
	if (!netif || !netif_usable(nh, netif, why, sizeof(why)))
		return ROUTE_INTERFACE;
	return ROUTE_HOP;
}

/* The MTU of the route as it makes a row of its own: 0 unless it is below the interface's. */
static uint32_t row_mtu(struct nexthops *nh, const struct answer *answer)
{
	const struct netif *netif = netif_find(nh, answer->ifindex);

	return netif && answer->mtu < netif->mtu ? answer->mtu : 0;
}

/* Asks for the route and takes the row that it needs. The row it had is the caller's to give. */
static void route_resolve(struct nexthops *nh, struct route *route)
{
	struct answer answer;
	struct hop_key key = {0};
	int err = ask(nh, &route->key.dst, &route->key.src, &answer);

	route->kind = judge(nh, &answer, err);
	route->error = err;
	route->ifindex = answer.ifindex;
	route->gateway = answer.gateway;
	route->source = err ? addr_any(addr_family(&route->key.dst)) : answer.source;
	route->row = NULL;
	if (route->kind != ROUTE_HOP)
		return;
	key.gateway = answer.gateway;
	key.ifindex = answer.ifindex;
	route->row = hop_take(nh, &key, row_mtu(nh, &answer));
	if (!route->row)
		route->kind = ROUTE_FULL;
}

static void route_again(struct nexthops *nh, struct route *route)
{
	struct hop_row *old = route->row;
	struct xrp_addr source = route->source;

	route_resolve(nh, route);
	if (route->row != old || !xrp_addr_equal(&route->source, &source))
		nh->changed = true;
	if (!old)
		return;
	if (route->row == old)
		hop_give(nh, old); /* taken twice */
	else
		hop_give_later(nh, old);
}

bool routes_walk(struct nexthops *nh, unsigned int most)
{
	struct route *route;

	while (most-- && (route = nh->cursor)) {
		nh->cursor = route->hh.next;
		route_again(nh, route);
	}
	return nh->cursor;
}

struct route *nexthops_get(struct nexthops *nh, const struct xrp_addr *dst,
			   const struct xrp_addr *src)
{
	struct route_key key = {.dst = *dst, .src = *src};
	struct route *route;

	HASH_FIND(hh, nh->routes, &key, sizeof(key), route);
	if (route) {
		route->refs++;
		return route;
	}
	route = calloc(1, sizeof(*route));
	if (!route)
		return NULL;
	route->key = key;
	route->refs = 1;
	HASH_ADD(hh, nh->routes, key, sizeof(route->key), route);
	if (!route->hh.tbl) {
		free(route);
		return NULL;
	}
	route_resolve(nh, route);
	return route;
}

static void route_free(struct nexthops *nh, struct route *route)
{
	if (nh->cursor == route)
		nh->cursor = route->hh.next;
	if (route->row)
		hop_give(nh, route->row);
	HASH_DEL(nh->routes, route);
	free(route);
}

void nexthops_put(struct nexthops *nh, struct route *route)
{
	if (route && !--route->refs)
		route_free(nh, route);
}

uint32_t route_id(const struct route *route)
{
	return route->row ? route->row->id : 0;
}

struct xrp_addr route_source(const struct route *route)
{
	return route->source;
}

static const char *error_text(int err)
{
	switch (err) {
	case -ENETUNREACH:
	case -ESRCH:
		return "no route";
	case -EHOSTUNREACH:
		return "unreachable";
	case -EACCES:
		return "prohibited";
	case -EINVAL:
		return "blackhole";
	default:
		return strerror(-err);
	}
}

static void report_state(const struct nexthops *nh, const struct route *route,
			 struct nexthop_report *r)
{
	struct nexthops *table = (struct nexthops *)nh; /* uthash finds in what is not const */
	const struct netif *netif = netif_find(table, route->ifindex);
	const char *text = "";

	switch (route->kind) {
	case ROUTE_HOP:
		text = hop_state(table, route->row->hop);
		break;
	case ROUTE_ERROR:
		text = error_text(route->error);
		if (!addr_is_unspecified(&route->key.src) && !address_held(table, &route->key.src))
			text = "the source is not local";
		break;
	case ROUTE_LOCAL:
		text = "local";
		break;
	case ROUTE_NOT_UNICAST:
		text = "not unicast";
		break;
	case ROUTE_TUNNEL:
		text = "the route encapsulates: slow path";
		break;
	case ROUTE_FULL:
		text = "no row left in the next-hop map";
		break;
	case ROUTE_INTERFACE:
		if (!netif)
			text = "interface is gone";
		else if (netif_usable(table, netif, r->state, sizeof(r->state)))
			text = "about to be asked for again";
		else
			return;
	}
	snprintf(r->state, sizeof(r->state), "%s", text);
}

void route_report(const struct nexthops *nh, const struct route *route, struct nexthop_report *r)
{
	const struct netif *netif = netif_find((struct nexthops *)nh, route->ifindex);
	const struct hop_row *row = route->row;

	memset(r, 0, sizeof(*r));
	r->id = route_id(route);
	r->ifindex = route->ifindex;
	r->gateway = route->gateway;
	if (netif) {
		snprintf(r->interface, sizeof(r->interface), "%s", netif->name);
		r->mtu = (uint16_t)(netif->mtu < UINT16_MAX ? netif->mtu : UINT16_MAX);
	}
	if (row && row->hop->has_mac)
		memcpy(r->mac, row->hop->mac, sizeof(r->mac));
	if (row && row->mtu)
		r->mtu = (uint16_t)row->mtu;
	report_state(nh, route, r);
}

#define LOOK_INTERVAL 1000000000ULL /* ns between questions for a next hop without a row */
#define LOOK_PATIENCE 3500000000ULL /* ns: the kernel asks three times, a second apart */

/*
 * While packets go there the kernel begins to ask again as soon as it has given up, so one that is
 * being asked for all the time is a silent one, too.
 */
static enum reach look(struct nexthops *nh, struct route *route, uint64_t now)
{
	const struct hop_key key = {.gateway = route->gateway, .ifindex = route->ifindex};
	enum reach reach;

	if (route->look.at && now - route->look.at < LOOK_INTERVAL)
		return route->look.reach;
	route->look.at = now;
	reach = neighbour_reach(nh, &key);
	if (reach == REACH_OK) {
		route->look.waiting = 0;
	} else if (!route->look.waiting) {
		route->look.waiting = now;
	} else if (now - route->look.waiting > LOOK_PATIENCE) {
		reach = REACH_SILENT;
	}
	route->look.reach = reach;
	return reach;
}

enum reach route_reach(struct nexthops *nh, struct route *route, uint64_t now)
{
	const struct netif *netif;

	switch (route->kind) {
	case ROUTE_ERROR:
		return REACH_NO_ROUTE;
	case ROUTE_HOP:
		return hop_reach(nh, route->row->hop);
	case ROUTE_INTERFACE:
	case ROUTE_FULL:
		break;
	default:
		return REACH_OK;
	}
	netif = netif_find(nh, route->ifindex);
	if (!netif || netif->loopback || !netif->ethernet)
		return REACH_OK;
	return netif->running ? look(nh, route, now) : REACH_NO_CARRIER;
}

bool nexthops_address_is_local(struct nexthops *nh, const struct xrp_addr *addr)
{
	struct xrp_addr any = addr_any(addr_family(addr));
	struct answer answer;

	if (addr_is_unspecified(addr))
		return false;
	return !ask(nh, addr, &any, &answer) && answer.type == RTN_LOCAL;
}

int nexthops_source_towards(struct nexthops *nh, const struct xrp_addr *remote,
			    struct xrp_addr *source)
{
	struct xrp_addr any = addr_any(addr_family(remote));
	struct answer answer;
	int err = ask(nh, remote, &any, &answer);

	if (!err && addr_is_unspecified(&answer.source))
		err = -EADDRNOTAVAIL;
	if (!err)
		*source = answer.source;
	return err;
}

void nexthops_refresh(struct nexthops *nh)
{
	events_schedule(nh, true);
}

static int rows_init(struct nexthops *nh, uint32_t rows)
{
	if (rows < 2)
		return -EINVAL;
	nh->free_ids = calloc(rows, sizeof(*nh->free_ids));
	nh->adopted = calloc(rows, sizeof(*nh->adopted));
	if (!nh->free_ids || !nh->adopted)
		return -ENOMEM;
	nh->rows = rows;
	nh->free_count = rows - 1;
	for (uint32_t i = 0; i < nh->free_count; i++)
		nh->free_ids[i] = i + 1;
	return 0;
}

struct nexthops *nexthops_new(struct event_base *base, const struct nexthops_ops *ops,
			      uint32_t rows)
{
	struct nexthops *nh = calloc(1, sizeof(*nh));
	int err;

	if (!nh)
		return NULL;
	nh->ops = *ops;
	/* Not from 0: a row left by an earlier process must not have the version of a new one. */
	nh->version = (uint32_t)time(NULL) << 8;
	nh->nl = netlink_new(NETLINK_ROUTE);
	err = nh->nl ? rows_init(nh, rows) : -errno;
	if (!err)
		err = events_open(nh, base);
	if (!err)
		return nh;
	nexthops_free(nh);
	errno = -err;
	return NULL;
}

void nexthops_free(struct nexthops *nh)
{
	struct route *route, *tmp;

	if (!nh)
		return;
	nh->closing = true;
	HASH_ITER (hh, nh->routes, route, tmp) {
		route_free(nh, route);
	}
	hops_leave(nh);
	events_close(nh);
	addresses_free(nh);
	netifs_free(nh);
	netlink_free(nh->nl);
	free(nh->free_ids);
	free(nh->adopted);
	free(nh);
}
