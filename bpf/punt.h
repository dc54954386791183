/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passing up on behalf of a flow, within bounds: a flood on one port must not starve the daemon's
 * control sockets or the other calls. The token bucket is one number, the time when it will be full
 * again (the generic cell rate algorithm, ITU-T I.371): a compare-and-swap keeps it exact with any
 * number of CPUs.
 */
#ifndef XRP_BPF_PUNT_H
#define XRP_BPF_PUNT_H

#include "find.h"

#define NS_PER_SECOND 1000000000ULL

/* Takes a token. 0 when there is none; a race with another CPU that is lost counts as none. */
static __always_inline int punt_token(__u64 *full_at, const struct xrp_control *c, __u64 now)
{
	__u64 old = *full_at;
	__u64 start = old > now ? old : now;
	__u64 cost;

	if (!c || !c->punt_rate)
		return 0;
	cost = NS_PER_SECOND / c->punt_rate;
	if (start + cost - now > cost * c->punt_burst)
		return 0;
	return __sync_val_compare_and_swap(full_at, old, start + cost) == old;
}

/* The reason `why` when the flow may still pass a packet up, DROP_FLOOD when not. Not inlined: it
 * is asked for in many places, and on no relayed packet's way. */
static __noinline enum xrp_reason punt(struct xrp_flow_stats *s, enum xrp_reason why)
{
	if (!punt_token(&s->bucket_full_at, control_get(), bpf_ktime_get_ns()))
		return XRP_DROP_FLOOD;
	__sync_fetch_and_add(&s->punted, 1);
	return why;
}

#endif
