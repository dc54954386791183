/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's interfaces: what a row needs of them, and whether the program can send by them. */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "io/nexthops_private.h"

/*
 * Kinds whose driver sends what XDP redirects to them and whose frames leave as they are. Others
 * would need a tag (vlan), a choice of port (bond, bridge) or drop the redirect (macvlan).
 */
static const char *const usable_kinds[] = {"", "veth", "tun"};

struct netif *netif_find(struct nexthops *nh, uint32_t ifindex)
{
	struct netif *netif;

	HASH_FIND(hh, nh->netifs, &ifindex, sizeof(ifindex), netif);
	return netif;
}

static void read_kind(const struct nlattr *info, struct netif *netif)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			netlink_get_text(attr, netif->kind, sizeof(netif->kind));
	}
}

/* Reads a link message into `netif`, which is all zero. */
static void read_link(const struct nlmsghdr *message, struct netif *netif)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	const struct nlattr *attr;

	netif->ifindex = (uint32_t)info->ifi_index;
	netif->ethernet = info->ifi_type == ARPHRD_ETHER;
	netif->loopback = info->ifi_flags & IFF_LOOPBACK;
	netif->up = info->ifi_flags & IFF_UP;
	netif->running = netif->up && (info->ifi_flags & IFF_RUNNING);
	mnl_attr_for_each(attr, message, sizeof(*info))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			netlink_get_text(attr, netif->name, sizeof(netif->name));
			break;
		case IFLA_MTU:
			netif->mtu = netlink_get_u32(attr);
			break;
		case IFLA_ADDRESS:
			if (mnl_attr_get_payload_len(attr) == sizeof(netif->mac))
				memcpy(netif->mac, mnl_attr_get_payload(attr), sizeof(netif->mac));
			break;
		case IFLA_LINKINFO:
			read_kind(attr, netif);
			break;
		}
	}
}

static bool netif_same(const struct netif *a, const struct netif *b)
{
	return a->mtu == b->mtu && !strcmp(a->name, b->name) && !strcmp(a->kind, b->kind) &&
	       !memcmp(a->mac, b->mac, sizeof(a->mac)) && a->ethernet == b->ethernet &&
	       a->loopback == b->loopback && a->up == b->up && a->running == b->running;
}

static void netif_remove(struct nexthops *nh, struct netif *netif)
{
	uint32_t ifindex = netif->ifindex;

	HASH_DEL(nh->netifs, netif);
	free(netif);
	addresses_drop(nh, ifindex);
	hops_of_netif(nh, ifindex);
}

/* Puts what was read into the table; was it new? */
static bool netif_update(struct nexthops *nh, const struct netif *fresh)
{
	struct netif *netif = netif_find(nh, fresh->ifindex);
	UT_hash_handle hh;

	if (!netif) {
		netif = calloc(1, sizeof(*netif));
		if (!netif)
			return false;
		netif->ifindex = fresh->ifindex;
		HASH_ADD(hh, nh->netifs, ifindex, sizeof(netif->ifindex), netif);
		if (!netif->hh.tbl) {
			free(netif);
			return false;
		}
	} else if (netif_same(netif, fresh)) {
		netif->seen = nh->dump;
		return false;
	}
	hh = netif->hh;
	*netif = *fresh;
	netif->hh = hh;
	netif->seen = nh->dump;
	hops_of_netif(nh, netif->ifindex);
	return true;
}

bool netif_apply(struct nexthops *nh, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = netlink_get_header(message, sizeof(*info));
	struct netif *netif, fresh = {0};

	if (!info || info->ifi_family == AF_BRIDGE)
		return false; /* a port joined or left a bridge; the interface itself is told, too
			       */
	if (message->nlmsg_type == RTM_NEWLINK) {
		read_link(message, &fresh);
		return netif_update(nh, &fresh);
	}
	netif = netif_find(nh, (uint32_t)info->ifi_index);
	if (!netif)
		return false;
	netif_remove(nh, netif);
	return true;
}

static void take_link(const struct nlmsghdr *message, void *ctx)
{
	if (message->nlmsg_type == RTM_NEWLINK)
		netif_apply(ctx, message);
}

int netifs_read(struct nexthops *nh)
{
	struct nlmsghdr *request = netlink_begin(nh->nl, RTM_GETLINK, NLM_F_DUMP);
	struct netif *netif, *tmp;
	int err;

	mnl_nlmsg_put_extra_header(request, sizeof(struct ifinfomsg));
	nh->dump++;
	err = netlink_ask(nh->nl, take_link, nh);
	if (err)
		return err;
	HASH_ITER (hh, nh->netifs, netif, tmp) {
		if (netif->seen != nh->dump)
			netif_remove(nh, netif);
	}
	return 0;
}

void netifs_free(struct nexthops *nh)
{
	struct netif *netif, *tmp;

	HASH_ITER (hh, nh->netifs, netif, tmp) {
		HASH_DEL(nh->netifs, netif);
		free(netif);
	}
}

bool netif_can_send(const struct netif *netif, char *why, size_t size)
{
	bool known = false;

	for (size_t i = 0; i < sizeof(usable_kinds) / sizeof(*usable_kinds); i++)
		known |= !strcmp(netif->kind, usable_kinds[i]);
	if (netif->loopback)
		snprintf(why, size, "loopback: slow path");
	else if (!known)
		snprintf(why, size, "interface %s is a %s: slow path", netif->name, netif->kind);
	else if (!netif->ethernet)
		snprintf(why, size, "interface %s is no Ethernet: slow path", netif->name);
	else
		return true;
	return false;
}

bool netif_usable(struct nexthops *nh, const struct netif *netif, char *why, size_t size)
{
	if (!netif_can_send(netif, why, size))
		return false;
	if (!nh->ops.usable || nh->ops.usable(nh->ops.ctx, netif->ifindex))
		return true;
	snprintf(why, size, "interface %s is not accelerated", netif->name);
	return false;
}
