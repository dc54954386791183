/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding the flow of a packet by its local endpoint, the destination. The row is copied out and
 * then checked to be whole, so that the later steps need not ask again.
 */
#ifndef XRP_BPF_FIND_H
#define XRP_BPF_FIND_H

#include <xdp-rtpproxy/admit.h>
#include "maps.h"
#include "packet.h"

#define XRP_MAX_LOCAL_ADDRESSES 1024

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, XRP_MAX_LOCAL_ADDRESSES);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct xrp_addr);
	__type(value, __u32);
} local_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xrp_flow_stats);
} flow_stats SEC(".maps");

/* What was found: a copy of the row, and its statistics. */
struct found {
	struct xrp_flow flow;
	struct xrp_flow_stats *stats;
};

/* A flow of the unspecified address, where there are such and the packet is for this host. Turns
 * `key` into that flow's. */
static __always_inline const struct xrp_flow *find_wildcard(struct xrp_endpoint *key)
{
	if (!control_has(XRP_SWITCH_WILDCARD) || !bpf_map_lookup_elem(&local_addresses, &key->addr))
		return NULL;
	key->addr.word[3] = 0;
	return bpf_map_lookup_elem(&flows, key);
}

/* A slot that is another flow's (an older generation) starts from zero; one CPU does that. */
static __always_inline void stats_begin(struct xrp_flow_stats *s, __u32 generation)
{
	__u32 old = s->generation;

	if (old == generation ||
	    __sync_val_compare_and_swap(&s->generation, old, generation) != old)
		return;
	*s = (struct xrp_flow_stats){.generation = generation};
}

/* GO_ON with `found` filled, PASS_NOT_OURS, or UP_REUSED when the row was not whole. */
static __always_inline enum xrp_reason find(const struct packet *p, struct found *found)
{
	struct xrp_endpoint key = p->dst;
	const struct xrp_flow *row = bpf_map_lookup_elem(&flows, &key);

	if (!row)
		row = find_wildcard(&key);
	if (!row)
		return XRP_PASS_NOT_OURS;
	found->flow = *row;
	compiler_barrier();
	if (!xrp_endpoint_equal(&row->self, &key) || row->self_end != xrp_flow_end(&key))
		return XRP_UP_REUSED;
	found->stats = bpf_map_lookup_elem(&flow_stats, &found->flow.slot);
	if (!found->stats) /* no whole row names a slot that does not exist */
		return XRP_UP_REUSED;
	stats_begin(found->stats, found->flow.generation);
	return XRP_GO_ON;
}

#endif
