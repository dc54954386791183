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

/* Of any size that is a power of two: the loader says which, in direct_mask. Read-only for this
 * program in fact; by its flags it cannot be, for the daemon writes it through mapped memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct xrp_direct);
} direct SEC(".maps");

const volatile __u32 direct_mask;

/*
 * An endpoint in the widest words it can be written and read in. The key must be: the lookup reads
 * it in wider words than the fields have, and a load that spans two fresh stores makes the CPU
 * wait.
 */
union wide_endpoint {
	struct xrp_endpoint ep;
	struct {
		__be64 head, tail;
		__be32 port_zero;
	};
};
_Static_assert(__builtin_offsetof(union wide_endpoint, port_zero) == 16, "port and padding");

static __always_inline void wide_v4(union wide_endpoint *key, __be32 addr, __be16 port)
{
	key->head = 0;
	key->tail = bpf_cpu_to_be64((__u64)XRP_V4MAPPED_WORD2_HOST << 32 | bpf_ntohl(addr));
	key->port_zero = bpf_htonl((__u32)bpf_ntohs(port) << 16);
}

static __always_inline int wide_equal(const union wide_endpoint *a, const union wide_endpoint *b)
{
	return !((a->head ^ b->head) | (a->tail ^ b->tail) | (a->port_zero ^ b->port_zero));
}

/* What was found: a copy of the row, and its statistics. */
struct found {
	struct xrp_flow flow;
	struct xrp_flow_stats *stats;
};

/* A flow of the unspecified address, where there are such and the packet is for this host. Turns
 * `key` into that flow's. */
static __always_inline const struct xrp_flow *find_wildcard(union wide_endpoint *key)
{
	if (!control_has(XRP_SWITCH_WILDCARD) ||
	    !bpf_map_lookup_elem(&local_addresses, &key->ep.addr))
		return NULL;
	key->ep.addr.word[3] = 0;
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

/* 1 with the row copied to `flow`, 0 when it is not to be had here. */
static __always_inline int find_direct(const struct packet *p, const union wide_endpoint *key,
				       struct xrp_flow *flow)
{
	__u32 index =
		xrp_direct_index(bpf_ntohl(p->ip->daddr), bpf_ntohs(p->udp->dest), direct_mask);
	const struct xrp_direct *row = bpf_map_lookup_elem(&direct, &index);
	const volatile __u32 *sequence;
	__u32 before;

	if (!row)
		return 0;
	sequence = &row->sequence;
	before = *sequence;
	compiler_barrier();
	if (before & 1 || !wide_equal((const union wide_endpoint *)&row->flow.self, key))
		return 0;
	*flow = row->flow;
	compiler_barrier();
	return *sequence == before;
}

/* GO_ON with the row copied to `flow`, PASS_NOT_OURS, or UP_REUSED when the row was not whole. */
static __always_inline enum xrp_reason find_hashed(union wide_endpoint *key, struct xrp_flow *flow)
{
	const struct xrp_flow *row = bpf_map_lookup_elem(&flows, key);

	if (!row)
		row = find_wildcard(key);
	if (!row)
		return XRP_PASS_NOT_OURS;
	*flow = *row;
	compiler_barrier();
	if (!wide_equal((const union wide_endpoint *)row, key) ||
	    row->self_end != xrp_flow_end(&key->ep))
		return XRP_UP_REUSED;
	return XRP_GO_ON;
}

/* GO_ON with `found` filled, or why not: see find_hashed. */
static __always_inline enum xrp_reason find(const struct packet *p, struct found *found)
{
	enum xrp_reason reason = XRP_GO_ON;
	union wide_endpoint key;

	wide_v4(&key, p->ip->daddr, p->udp->dest);
	if (!find_direct(p, &key, &found->flow))
		reason = find_hashed(&key, &found->flow);
	if (reason != XRP_GO_ON)
		return reason;
	found->stats = bpf_map_lookup_elem(&flow_stats, &found->flow.slot);
	if (!found->stats) /* no whole row names a slot that does not exist */
		return XRP_UP_REUSED;
	stats_begin(found->stats, found->flow.generation);
	return XRP_GO_ON;
}

#endif
