/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets to the media range that belong to no call: where the operator wants it, they end here, so
 * that a scan costs nothing and is not told by ICMP which ports are in use. Ports of the range that
 * other programs hold are spared, and so is what only passes through this host.
 */
#ifndef XRP_BPF_UNALLOCATED_H
#define XRP_BPF_UNALLOCATED_H

#include "find.h"
#include "heed.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XRP_SPARED_WORDS);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, __u64);
} spared SEC(".maps");

static __always_inline int unallocated_is_spared(__u16 port)
{
	__u32 word = port / 64;
	const __u64 *bits = bpf_map_lookup_elem(&spared, &word);

	return !bits || *bits >> port % 64 & 1;
}

/* What becomes of a packet that no flow was found for. */
static __always_inline enum xrp_reason unallocated(const struct packet *p)
{
	const struct xrp_control *c = control_get();
	__u16 port = bpf_ntohs(p->udp->dest);
	union wide_endpoint key;
	__u64 now;

	if (!c || !(c->switches & XRP_SWITCH_DROP_UNALLOCATED) || port < c->port_min ||
	    port > c->port_max || unallocated_is_spared(port))
		return XRP_PASS_NOT_OURS;
	wide_v4(&key, p->ip->daddr, 0);
	if (!bpf_map_lookup_elem(&local_addresses, &key.ep.addr))
		return XRP_PASS_NOT_OURS;
	return heed(&now) == XRP_GO_ON ? XRP_DROP_UNALLOCATED : XRP_PASS_NOT_OURS;
}

#endif
