/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cap on what a peer may have relayed. What it sends beyond is dropped, whoever it is: the
 * source may be spoofed.
 */
#ifndef XRP_BPF_RATE_H
#define XRP_BPF_RATE_H

#include <xdp-rtpproxy/rate.h>
#include "find.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XRP_CAPS);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct xrp_cap);
} caps SEC(".maps");

/* GO_ON when it is within the flow's cap. Not atomic: a stream lives on one receive queue. */
static __always_inline enum xrp_reason rate(const struct packet *p, struct found *found, __u64 now)
{
	__u32 index = found->flow.cap;
	const struct xrp_cap *cap;

	if (!index)
		return XRP_GO_ON;
	cap = bpf_map_lookup_elem(&caps, &index);
	if (!cap || xrp_rate_admit(found->stats, cap, p->udp_length - (__u32)sizeof(*p->udp), now))
		return XRP_GO_ON;
	__sync_fetch_and_add(&found->stats->rate_dropped, 1);
	return XRP_DROP_RATE;
}

#endif
