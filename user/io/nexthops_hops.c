/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hops and their rows. A hop is a neighbour on an interface; the kernel resolves it and we follow
 * its state by events. The relay's packets pass the kernel's stack by, so nothing there would
 * confirm the neighbour: the kernel is asked to keep it fresh by itself (NTF_EXT_MANAGED, since
 * 5.16), and where it cannot, asked again every few seconds (NTF_USE). Either also resolves it at
 * once.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include "base/endpoint.h"
#include "base/log.h"
#include "io/nexthops_private.h"

/* States in which the kernel itself would send to the address it has. */
#define NUD_USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | NUD_NOARP)
/* Entries that need nobody to keep them. */
#define NUD_FIXED  (NUD_PERMANENT | NUD_NOARP)

/* What a neighbour message says. */
struct neighbour {
	struct hop_key key;
	uint16_t nud;
	bool has_mac, managed, foreign;
	uint8_t mac[6];
};

static struct hop *hop_find(struct nexthops *nh, const struct hop_key *key)
{
	struct hop *hop;

	HASH_FIND(hh, nh->hops, key, sizeof(*key), hop);
	return hop;
}

/* What the map is to hold; all zero while the hop cannot be used. */
static struct xrp_nexthop row_wanted(struct nexthops *nh, const struct hop_row *row)
{
	const struct hop *hop = row->hop;
	const struct netif *netif = netif_find(nh, hop->key.ifindex);
	struct xrp_nexthop want = {0};
	uint32_t mtu;

	if (!netif || !netif->running || !hop->has_mac || !(hop->nud & NUD_USABLE))
		return want;
	mtu = row->mtu && row->mtu < netif->mtu ? row->mtu : netif->mtu;
	want.ifindex = netif->ifindex;
	memcpy(want.dmac, hop->mac, sizeof(want.dmac));
	memcpy(want.smac, netif->mac, sizeof(want.smac));
	want.mtu = (uint16_t)(mtu < UINT16_MAX ? mtu : UINT16_MAX);
	return want;
}

static void write_failed(uint32_t id, int err)
{
	static struct log_limit limit = LOG_LIMIT(5);
	unsigned int suppressed;

	if (log_allow(&limit, &suppressed))
		log_event(LOG_ERR, "nexthop_write", "id=%u error=%s suppressed=%u", id,
			  strerror(-err), suppressed);
}

/* Makes the map hold what the row is to be, if it does not. */
static void row_write(struct nexthops *nh, struct hop_row *row)
{
	struct xrp_nexthop want = row_wanted(nh, row), out = want;
	int err;

	if (row->known && !memcmp(&want, &row->written, sizeof(want)))
		return;
	if (want.ifindex) {
		nh->version += nh->version == UINT32_MAX ? 2 : 1;
		out.version = out.version_end = nh->version;
	}
	err = nh->ops.write(nh->ops.ctx, row->id, &out);
	row->known = !err;
	row->written = want;
	if (err)
		write_failed(row->id, err);
}

static void hop_write(struct nexthops *nh, struct hop *hop)
{
	for (struct hop_row *row = hop->rows; row; row = row->next)
		row_write(nh, row);
}

static void hop_queue(struct nexthops *nh, struct hop *hop)
{
	if (hop->due)
		return;
	hop->due = true;
	DL_APPEND(nh->due, hop);
	events_schedule(nh, false);
}

static void hop_unqueue(struct nexthops *nh, struct hop *hop)
{
	if (hop->due)
		DL_DELETE(nh->due, hop);
	hop->due = false;
}

static bool hop_needs_keeping(struct nexthops *nh, const struct hop *hop)
{
	const struct netif *netif = netif_find(nh, hop->key.ifindex);

	return netif && netif->running && !(hop->nud & NUD_FIXED) && !hop->managed && !hop->foreign;
}

static int read_neighbour(const struct nlmsghdr *message, struct neighbour *n)
{
	const struct ndmsg *ndm = netlink_get_header(message, sizeof(*ndm));
	const struct nlattr *attr;
	int err = -EINVAL;

	if (!ndm)
		return err;
	memset(n, 0, sizeof(*n));
	n->key.ifindex = (uint32_t)ndm->ndm_ifindex;
	n->nud = ndm->ndm_state;
	n->foreign = ndm->ndm_flags & NTF_EXT_LEARNED;
	mnl_attr_for_each(attr, message, sizeof(*ndm))
	{
		switch (mnl_attr_get_type(attr)) {
		case NDA_DST:
			err = netlink_get_addr(attr, ndm->ndm_family, &n->key.gateway);
			break;
		case NDA_LLADDR:
			n->has_mac = mnl_attr_get_payload_len(attr) == sizeof(n->mac);
			if (n->has_mac)
				memcpy(n->mac, mnl_attr_get_payload(attr), sizeof(n->mac));
			break;
		case NDA_FLAGS_EXT:
			n->managed = netlink_get_u32(attr) & NTF_EXT_MANAGED;
			break;
		}
	}
	return ndm->ndm_flags & NTF_PROXY ? -EINVAL : err;
}

/* The kernel has no entry for it (any more). */
static void hop_forget(struct nexthops *nh, struct hop *hop)
{
	hop->nud = NUD_NONE;
	hop->has_mac = hop->managed = hop->foreign = hop->ours = false;
	hop_write(nh, hop);
}

void neighbour_apply(struct nexthops *nh, const struct nlmsghdr *message)
{
	struct neighbour n;
	struct hop *hop;
	bool was_managed;

	if (read_neighbour(message, &n))
		return;
	hop = hop_find(nh, &n.key);
	if (!hop)
		return;
	hop->seen = nh->dump;
	was_managed = hop->managed;
	if (message->nlmsg_type == RTM_DELNEIGH) {
		hop_forget(nh, hop);
	} else {
		hop->nud = n.nud;
		if (n.nud & (NUD_FAILED | NUD_USABLE))
			hop->silent = n.nud & NUD_FAILED;
		hop->has_mac = n.has_mac;
		hop->managed = n.managed;
		hop->foreign = n.foreign;
		memcpy(hop->mac, n.mac, sizeof(hop->mac));
		hop_write(nh, hop);
	}
	/* Not at each event: where the kernel cannot manage, each request makes events of its own.
	 */
	if (hop_needs_keeping(nh, hop) && (was_managed || !hop->ours))
		hop_queue(nh, hop);
}

static void take_neighbour(const struct nlmsghdr *message, void *ctx)
{
	if (message->nlmsg_type == RTM_NEWNEIGH)
		neighbour_apply(ctx, message);
}

static struct nlmsghdr *neighbour_request(struct nexthops *nh, const struct hop *hop, uint16_t type,
					  uint16_t flags, uint8_t ntf)
{
	struct nlmsghdr *request = netlink_begin(nh->nl, type, flags);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(request, sizeof(*ndm));

	ndm->ndm_family = (uint8_t)addr_family(&hop->key.gateway);
	ndm->ndm_ifindex = (int)hop->key.ifindex;
	ndm->ndm_flags = ntf;
	netlink_put_addr(request, NDA_DST, &hop->key.gateway);
	return request;
}

/* Reads the kernel's entry, if there is one. */
static void hop_read(struct nexthops *nh, struct hop *hop)
{
	neighbour_request(nh, hop, RTM_GETNEIGH, 0, 0);
	if (netlink_ask(nh->nl, take_neighbour, nh) == -ENOENT)
		hop_forget(nh, hop);
}

/*
 * Asks the kernel to resolve the hop and to keep it. Entries that are permanent are left alone: the
 * request would make them ordinary ones.
 */
static void hop_keep(struct nexthops *nh, struct hop *hop)
{
	struct nlmsghdr *request;
	int err;

	hop_read(nh, hop);
	if (!hop_needs_keeping(nh, hop))
		return;
	request = neighbour_request(nh, hop, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
				    NTF_USE);
	mnl_attr_put_u32(request, NDA_FLAGS_EXT, NTF_EXT_MANAGED);
	err = netlink_ask(nh->nl, NULL, NULL);
	if (err) {
		log_event(LOG_DEBUG, "neighbour_keep", "error=%s", strerror(-err));
		return;
	}
	hop->ours = true;
	hop_read(nh, hop);
}

/* Lets the kernel treat the entry as any other again; it stays in its table until it ages. */
static void hop_let_go(struct nexthops *nh, const struct hop *hop)
{
	if (!hop->ours || !hop->managed || (hop->nud & NUD_FIXED))
		return;
	neighbour_request(nh, hop, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_REPLACE, NTF_USE);
	netlink_ask(nh->nl, NULL, NULL);
}

static struct hop *hop_new(struct nexthops *nh, const struct hop_key *key)
{
	struct hop *hop = calloc(1, sizeof(*hop));

	if (!hop)
		return NULL;
	hop->key = *key;
	HASH_ADD(hh, nh->hops, key, sizeof(hop->key), hop);
	if (hop->hh.tbl)
		return hop;
	free(hop);
	return NULL;
}

static void hop_free(struct nexthops *nh, struct hop *hop)
{
	hop_let_go(nh, hop);
	hop_unqueue(nh, hop);
	HASH_DEL(nh->hops, hop);
	free(hop);
}

/* Finds an id for the row. One that an earlier start's flows use for the same stands in the map
 * already. */
static bool row_number(struct nexthops *nh, struct hop_row *row)
{
	struct xrp_nexthop want = row_wanted(nh, row);

	row->id = adopted_take(nh, &want);
	if (row->id) {
		row->known = true;
		row->written = want;
		row->hop->ours |= row->hop->managed; /* since then; by us, to all appearance */
		return true;
	}
	if (!nh->free_count)
		return false;
	row->id = nh->free_ids[nh->free_first];
	nh->free_first = (nh->free_first + 1) % nh->rows;
	nh->free_count--;
	return true;
}

static struct hop_row *row_new(struct nexthops *nh, struct hop *hop, uint32_t mtu)
{
	struct hop_row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	row->hop = hop;
	row->mtu = mtu;
	if (!row_number(nh, row)) {
		free(row);
		return NULL;
	}
	row->next = hop->rows;
	hop->rows = row;
	return row;
}

struct hop_row *hop_take(struct nexthops *nh, const struct hop_key *key, uint32_t mtu)
{
	struct hop *hop = hop_find(nh, key);
	struct hop_row *row = hop ? hop->rows : NULL;
	bool new_hop = !hop;

	while (row && row->mtu != mtu)
		row = row->next;
	if (row) {
		row->refs++;
		return row;
	}
	if (!nh->free_count && !nh->adopted)
		return NULL;
	if (new_hop)
		hop = hop_new(nh, key);
	if (!hop)
		return NULL;
	if (new_hop)
		hop_keep(nh, hop); /* first: which id it gets depends on what it is */
	row = row_new(nh, hop, mtu);
	if (!row) {
		if (new_hop)
			hop_free(nh, hop);
		return NULL;
	}
	row->refs = 1;
	row_write(nh, row);
	return row;
}

void row_clear(struct nexthops *nh, uint32_t id)
{
	const struct xrp_nexthop none = {0};
	int err = nh->ops.write(nh->ops.ctx, id, &none);

	if (err)
		write_failed(id, err);
}

void id_give(struct nexthops *nh, uint32_t id)
{
	nh->free_ids[(nh->free_first + nh->free_count++) % nh->rows] = id;
}

/* Clears the row in the map and frees it, and the hop with the last of its rows. */
static void row_free(struct nexthops *nh, struct hop_row *row)
{
	struct hop *hop = row->hop;
	struct hop_row **place = &hop->rows;

	if (!nh->closing)
		row_clear(nh, row->id);
	while (*place != row)
		place = &(*place)->next;
	*place = row->next;
	id_give(nh, row->id);
	free(row);
	if (!hop->rows)
		hop_free(nh, hop);
}

void hop_give(struct nexthops *nh, struct hop_row *row)
{
	if (!--row->refs)
		row_free(nh, row);
}

void hop_give_later(struct nexthops *nh, struct hop_row *row)
{
	if (row->leaving++)
		return;
	row->next_leaving = nh->leaving;
	nh->leaving = row;
}

void hops_leave(struct nexthops *nh)
{
	struct hop_row *row;

	while ((row = nh->leaving)) {
		nh->leaving = row->next_leaving;
		row->refs -= row->leaving;
		row->leaving = 0;
		if (!row->refs)
			row_free(nh, row);
	}
}

int neighbours_read(struct nexthops *nh)
{
	struct nlmsghdr *request = netlink_begin(nh->nl, RTM_GETNEIGH, NLM_F_DUMP);
	struct hop *hop, *tmp;
	int err;

	mnl_nlmsg_put_extra_header(request, sizeof(struct ndmsg));
	nh->dump++;
	err = netlink_ask(nh->nl, take_neighbour, nh);
	if (err)
		return err;
	HASH_ITER (hh, nh->hops, hop, tmp) {
		if (hop->seen == nh->dump)
			continue;
		hop_forget(nh, hop);
		hop_queue(nh, hop);
	}
	return 0;
}

void hops_of_netif(struct nexthops *nh, uint32_t ifindex)
{
	struct hop *hop, *tmp;

	HASH_ITER (hh, nh->hops, hop, tmp) {
		if (hop->key.ifindex != ifindex)
			continue;
		hop_write(nh, hop);
		if (hop_needs_keeping(nh, hop))
			hop_queue(nh, hop);
	}
}

void hops_keep(struct nexthops *nh)
{
	struct hop *hop, *tmp;

	HASH_ITER (hh, nh->hops, hop, tmp) {
		hop_write(nh, hop);
		if (hop_needs_keeping(nh, hop))
			hop_queue(nh, hop);
	}
}

void hops_work(struct nexthops *nh, unsigned int most)
{
	struct hop *hop;

	while (most-- && (hop = nh->due)) {
		hop_unqueue(nh, hop);
		if (hop_needs_keeping(nh, hop))
			hop_keep(nh, hop);
	}
}

const char *hop_state(struct nexthops *nh, const struct hop *hop)
{
	static const struct {
		uint16_t nud;
		const char *name;
	} states[] = {
		{NUD_REACHABLE, "reachable"}, {NUD_STALE, "stale"},   {NUD_DELAY, "delay"},
		{NUD_PROBE, "probe"},	      {NUD_FAILED, "failed"}, {NUD_PERMANENT, "permanent"},
		{NUD_NOARP, "no arp"},
	};
	const struct netif *netif = netif_find(nh, hop->key.ifindex);

	if (!netif)
		return "interface is gone";
	if (!netif->running)
		return netif->up ? "no carrier" : "interface is down";
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (hop->nud & states[i].nud)
			return states[i].name;
	return hop->silent ? "failed" : "unresolved";
}

enum reach hop_reach(struct nexthops *nh, const struct hop *hop)
{
	const struct netif *netif = netif_find(nh, hop->key.ifindex);

	if (!netif || !netif->running)
		return REACH_NO_CARRIER;
	if (hop->nud & NUD_USABLE)
		return REACH_OK;
	return hop->silent ? REACH_SILENT : REACH_WAITING;
}

static void take_nud(const struct nlmsghdr *message, void *ctx)
{
	struct neighbour n;

	if (message->nlmsg_type == RTM_NEWNEIGH && !read_neighbour(message, &n))
		*(uint16_t *)ctx = n.nud;
}

enum reach neighbour_reach(struct nexthops *nh, const struct hop_key *key)
{
	const struct hop hop = {.key = *key};
	uint16_t nud = NUD_NONE;

	neighbour_request(nh, &hop, RTM_GETNEIGH, 0, 0);
	netlink_ask(nh->nl, take_nud, &nud);
	if (nud & NUD_INCOMPLETE)
		return REACH_WAITING;
	return nud & NUD_FAILED ? REACH_SILENT : REACH_OK;
}
