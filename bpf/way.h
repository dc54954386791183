/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out: the neighbour that the packet is to be sent to, and whether it fits through. */
#ifndef XRP_BPF_WAY_H
#define XRP_BPF_WAY_H

#include "punt.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct xrp_nexthop);
} nexthops SEC(".maps");

/* Copies the row; 0 when there is none or it was not whole. The order of reading: see the header.
 */
static __always_inline int way_read(__u32 id, struct xrp_nexthop *hop)
{
	const volatile struct xrp_nexthop *row = bpf_map_lookup_elem(&nexthops, &id);
	__u32 version, version_end;

	if (!row || !id)
		return 0;
	version = row->version;
	version_end = row->version_end;
	compiler_barrier();
	*hop = *(const struct xrp_nexthop *)row;
	compiler_barrier();
	return version && version == version_end && row->version == version &&
	       row->version_end == version;
}

static __always_inline int way_is_v4(const struct xrp_endpoint *ep)
{
	return ep->addr.word[2] == bpf_htonl(XRP_V4MAPPED_WORD2_HOST);
}

/* GO_ON with `hop` filled, or why the packet cannot leave from here. */
static __always_inline enum xrp_reason way_out(const struct packet *p, struct found *found,
					       struct xrp_nexthop *hop)
{
	const struct xrp_flow *flow = &found->flow;

	if (!way_is_v4(&flow->out_src) || !way_is_v4(&flow->out_dst))
		return punt(found->stats, XRP_UP_OTHER_FAMILY);
	if (!flow->out_src.addr.word[3] || !way_read(flow->nexthop, hop) || hop->vlan)
		return punt(found->stats, XRP_UP_NO_NEXTHOP);
	if (p->ip_length > hop->mtu)
		return punt(found->stats, XRP_UP_TOO_BIG);
	return XRP_GO_ON;
}

#endif
