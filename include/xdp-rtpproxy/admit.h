/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The admit rule: what a packet's source means to the flow it was sent to. One rule for the XDP
 * program, for the slow path and for the model that tests the program.
 */
#ifndef XDP_RTPPROXY_ADMIT_H
#define XDP_RTPPROXY_ADMIT_H

#include "abi.h"

/* How long a peer must have been silent before its stream may go on from another address, ns. */
#define XRP_HANDOVER_SILENCE 500000000ULL

enum xrp_admit {
	XRP_ADMIT_PEER,	    /* the peer: relay */
	XRP_ADMIT_LEARN,    /* may yet become the peer: the daemon decides */
	XRP_ADMIT_HANDOVER, /* likewise, once the peer is silent; a stranger before */
	XRP_ADMIT_STRANGER, /* nobody we know: drop */
};

static inline __attribute__((always_inline)) int xrp_addr_equal(const struct xrp_addr *a,
								const struct xrp_addr *b)
{
	return !((a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) | (a->word[2] ^ b->word[2]) |
		 (a->word[3] ^ b->word[3]));
}

static inline __attribute__((always_inline)) int xrp_endpoint_equal(const struct xrp_endpoint *a,
								    const struct xrp_endpoint *b)
{
	return xrp_addr_equal(&a->addr, &b->addr) && a->port == b->port;
}

/* Returns what the source `src` is to `flow`. */
static inline __attribute__((always_inline)) enum xrp_admit xrp_admit(
	const struct xrp_flow *flow, const struct xrp_endpoint *src)
{
	if (flow->flags & XRP_FLOW_PEER) {
		int same_host = xrp_addr_equal(&flow->peer.addr, &src->addr);

		if (same_host &&
		    (flow->peer.port == src->port || (flow->flags & XRP_FLOW_PEER_HOST)))
			return XRP_ADMIT_PEER;
		if (same_host && (flow->flags & XRP_FLOW_LEARN_PEER))
			return XRP_ADMIT_LEARN;
	}
	if (flow->flags & XRP_FLOW_LEARN_ANY)
		return XRP_ADMIT_LEARN;
	if ((flow->flags & XRP_FLOW_LEARN_EXPECT) && xrp_addr_equal(&flow->expect, &src->addr))
		return XRP_ADMIT_LEARN;
	return flow->flags & XRP_FLOW_LEARN_HANDOVER ? XRP_ADMIT_HANDOVER : XRP_ADMIT_STRANGER;
}

/* Is a peer that was heard last at `last_seen` (0: never) silent at `now`, as a handover wants it?
 */
static inline __attribute__((always_inline)) int xrp_is_silent(__u64 last_seen, __u64 now)
{
	return now > last_seen && now - last_seen >= XRP_HANDOVER_SILENCE;
}

#endif
