/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's addresses and who holds them: told to one listener as they come and go, and the base
 * of the choice of interfaces to attach to.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include "base/endpoint.h"
#include "io/nexthops_private.h"

/* One interface that holds an address. */
struct holder {
	uint32_t ifindex;
	uint8_t scope;
	unsigned int seen;
	struct holder *next;
};

struct local_address {
	struct xrp_addr addr;
	struct holder *holders; /* never empty */
	UT_hash_handle hh;
};

struct assignment {
	struct xrp_addr addr;
	uint32_t ifindex;
	uint8_t scope;
	bool usable; /* not while duplicate address detection runs or has failed (RFC 4862, 5.4) */
};

static void tell(struct nexthops *nh, const struct xrp_addr *addr, bool present)
{
	if (nh->address_fn)
		nh->address_fn(nh->address_ctx, addr, present);
}

static struct local_address *address_find(struct nexthops *nh, const struct xrp_addr *addr)
{
	struct local_address *address;

	HASH_FIND(hh, nh->addresses, addr, sizeof(*addr), address);
	return address;
}

static struct local_address *address_new(struct nexthops *nh, const struct xrp_addr *addr)
{
	struct local_address *address = calloc(1, sizeof(*address));

	if (!address)
		return NULL;
	address->addr = *addr;
	HASH_ADD(hh, nh->addresses, addr, sizeof(address->addr), address);
	if (address->hh.tbl)
		return address;
	free(address);
	return NULL;
}

/* Returns the pointer to the holder's place in the list, which holds NULL when it is not there. */
static struct holder **holder_find(struct local_address *address, uint32_t ifindex)
{
	struct holder **place = &address->holders;

	while (*place && (*place)->ifindex != ifindex)
		place = &(*place)->next;
	return place;
}

static bool assignment_add(struct nexthops *nh, const struct assignment *a)
{
	struct local_address *address = address_find(nh, &a->addr);
	bool first = !address;
	struct holder **place, *holder;

	if (first)
		address = address_new(nh, &a->addr);
	if (!address)
		return false;
	place = holder_find(address, a->ifindex);
	holder = *place;
	if (holder) {
		holder->seen = nh->dump;
		holder->scope = a->scope;
		return false;
	}
	holder = calloc(1, sizeof(*holder));
	if (!holder) {
		if (first) {
			HASH_DEL(nh->addresses, address);
			free(address);
		}
		return false;
	}
	*holder = (struct holder){.ifindex = a->ifindex, .scope = a->scope, .seen = nh->dump};
	*place = holder;
	if (first)
		tell(nh, &a->addr, true);
	return true;
}

/* Takes the holder at `place` out, and the address when it was the last. */
static void holder_remove(struct nexthops *nh, struct local_address *address, struct holder **place)
{
	struct holder *holder = *place;

	*place = holder->next;
	free(holder);
	if (address->holders)
		return;
	HASH_DEL(nh->addresses, address);
	tell(nh, &address->addr, false);
	free(address);
}

static bool assignment_remove(struct nexthops *nh, const struct assignment *a)
{
	struct local_address *address = address_find(nh, &a->addr);
	struct holder **place = address ? holder_find(address, a->ifindex) : NULL;

	if (!place || !*place)
		return false;
	holder_remove(nh, address, place);
	return true;
}

static int read_assignment(const struct nlmsghdr *message, struct assignment *a)
{
	const struct ifaddrmsg *info = netlink_get_header(message, sizeof(*info));
	const struct nlattr *attr, *local = NULL, *peer = NULL;
	uint32_t flags;

	if (!info)
		return -EINVAL;
	flags = info->ifa_flags;
	mnl_attr_for_each(attr, message, sizeof(*info))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFA_LOCAL:
			local = attr;
			break;
		case IFA_ADDRESS: /* the far end of a point-to-point link where IFA_LOCAL is given
				   */
			peer = attr;
			break;
		case IFA_FLAGS:
			flags = netlink_get_u32(attr);
			break;
		}
	}
	a->ifindex = info->ifa_index;
	a->scope = info->ifa_scope;
	a->usable = !(flags & IFA_F_DADFAILED) &&
		    (!(flags & IFA_F_TENTATIVE) || (flags & IFA_F_OPTIMISTIC));
	local = local ? local : peer;
	return local ? netlink_get_addr(local, info->ifa_family, &a->addr) : -EINVAL;
}

bool address_apply(struct nexthops *nh, const struct nlmsghdr *message)
{
	struct assignment a;

	if (read_assignment(message, &a))
		return false;
	if (message->nlmsg_type == RTM_NEWADDR && a.usable)
		return assignment_add(nh, &a);
	return assignment_remove(nh, &a);
}

static void take_address(const struct nlmsghdr *message, void *ctx)
{
	if (message->nlmsg_type == RTM_NEWADDR)
		address_apply(ctx, message);
}

/* Removes what is held by `ifindex` (0: by any) and was not in dump `seen`. */
static void addresses_sweep(struct nexthops *nh, uint32_t ifindex, unsigned int seen)
{
	struct local_address *address, *tmp;

	HASH_ITER (hh, nh->addresses, address, tmp) {
		struct holder **place = &address->holders;

		while (*place) {
			bool last = !(*place)->next && place == &address->holders;

			if ((ifindex && (*place)->ifindex != ifindex) || (*place)->seen == seen) {
				place = &(*place)->next;
				continue;
			}
			holder_remove(nh, address, place);
			if (last)
				break;
		}
	}
}

int addresses_read(struct nexthops *nh)
{
	struct nlmsghdr *request = netlink_begin(nh->nl, RTM_GETADDR, NLM_F_DUMP);
	int err;

	mnl_nlmsg_put_extra_header(request, sizeof(struct ifaddrmsg));
	nh->dump++;
	err = netlink_ask(nh->nl, take_address, nh);
	if (!err)
		addresses_sweep(nh, 0, nh->dump);
	return err;
}

void addresses_drop(struct nexthops *nh, uint32_t ifindex)
{
	addresses_sweep(nh, ifindex, nh->dump + 1);
}

void addresses_free(struct nexthops *nh)
{
	nh->address_fn = NULL;
	addresses_sweep(nh, 0, nh->dump + 1);
}

void nexthops_local_addresses(struct nexthops *nh, nexthops_address_fn *fn, void *ctx)
{
	struct local_address *address, *tmp;

	nh->address_fn = fn;
	nh->address_ctx = ctx;
	HASH_ITER (hh, nh->addresses, address, tmp) {
		tell(nh, &address->addr, true);
	}
}

bool address_held(struct nexthops *nh, const struct xrp_addr *addr)
{
	return address_find(nh, addr);
}

/* The set of interfaces being chosen. */
struct choice {
	struct nexthops *nh;
	char (*names)[16];
	unsigned int count, max;
};

static void choose(struct choice *choice, uint32_t ifindex)
{
	struct netif *netif = netif_find(choice->nh, ifindex);
	char why[64];

	if (!netif || !netif->up || choice->count == choice->max)
		return;
	for (unsigned int i = 0; i < choice->count; i++)
		if (!strcmp(choice->names[i], netif->name))
			return;
	if (netif_can_send(netif, why, sizeof(why)))
		memcpy(choice->names[choice->count++], netif->name, IFNAMSIZ);
}

/* Chooses who holds a global-scope address of `family`, of any for AF_UNSPEC, out of `only` or
 * out of all for 0. */
static void choose_global(struct choice *choice, int family, uint32_t only)
{
	struct local_address *address, *tmp;

	HASH_ITER (hh, choice->nh->addresses, address, tmp) {
		if (family != AF_UNSPEC && addr_family(&address->addr) != family)
			continue;
		for (const struct holder *h = address->holders; h; h = h->next)
			if (h->scope == RT_SCOPE_UNIVERSE && (!only || h->ifindex == only))
				choose(choice, h->ifindex);
	}
}

static void choose_listen(struct choice *choice, const struct xrp_addr *listen)
{
	struct local_address *address;

	if (addr_is_unspecified(listen)) {
		choose_global(choice, addr_family(listen), 0);
		return;
	}
	address = address_find(choice->nh, listen);
	for (const struct holder *h = address ? address->holders : NULL; h; h = h->next)
		choose(choice, h->ifindex);
}

static void choose_by_route(struct choice *choice, const struct rtmsg *route, uint32_t ifindex)
{
	if (route->rtm_dst_len)
		choose_global(choice, AF_UNSPEC, ifindex);
	else
		choose(choice, ifindex);
}

static void take_route(const struct nlmsghdr *message, void *ctx)
{
	const struct rtmsg *route = netlink_get_header(message, sizeof(*route));
	const struct nlattr *attr;

	if (!route || message->nlmsg_type != RTM_NEWROUTE || route->rtm_type != RTN_UNICAST ||
	    (route->rtm_flags & RTM_F_CLONED))
		return;
	mnl_attr_for_each(attr, message, sizeof(*route))
	{
		const struct rtnexthop *hop = mnl_attr_get_payload(attr);
		int left = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == RTA_OIF)
			choose_by_route(ctx, route, netlink_get_u32(attr));
		if (mnl_attr_get_type(attr) != RTA_MULTIPATH)
			continue;
		for (; left >= (int)sizeof(*hop) && RTNH_OK(hop, left);
		     left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
			choose_by_route(ctx, route, (uint32_t)hop->rtnh_ifindex);
	}
}

unsigned int nexthops_default_interfaces(struct nexthops *nh, const struct xrp_addr *listen,
					 unsigned int count, char names[][16], unsigned int max)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	struct choice choice = {.nh = nh, .names = names, .max = max};

	for (unsigned int i = 0; i < count; i++)
		choose_listen(&choice, &listen[i]);
	for (unsigned int i = 0; i < 2; i++) {
		struct nlmsghdr *request = netlink_begin(nh->nl, RTM_GETROUTE, NLM_F_DUMP);
		struct rtmsg *route = mnl_nlmsg_put_extra_header(request, sizeof(*route));

		route->rtm_family = families[i];
		netlink_ask(nh->nl, take_route, &choice);
	}
	return choice.count;
}
