/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rate rule: how much a peer may send. One rule for the XDP program, for the slow path and for
 * the model that tests the program. The source of a packet can be spoofed, and then the cap is all
 * that keeps a flood from the other party; a loop ends by it, too.
 *
 * A leaky bucket that is counted in time: each packet adds its cost to the debt, and time pays it
 * off. A packet that meets more debt than the limit is dropped and costs nothing. So a peer may be
 * ahead by the limit, and in the long run sends what the cap says. The debt of one flow is 16 bits,
 * that it fits into the cache line which each packet touches anyway; rounding favours the peer, by
 * less than 16.4 us a packet.
 */
#ifndef XDP_RTPPROXY_RATE_H
#define XDP_RTPPROXY_RATE_H

#include "abi.h"

#define XRP_DEBT_SHIFT 14      /* ns to the unit of xrp_flow_stats.debt */
#define XRP_DEBT_MAX   0xffffU /* 1.07 s; whatever costs more, costs that */
#define XRP_BYTE_SHIFT 8       /* fraction of xrp_cap.byte_ns */

/*
 * 1 when a packet of `length` bytes of payload at `now` (ns) is within the cap, and its cost is
 * noted; 0 when it is to be dropped. Who admits it sets last_seen afterwards, which says since when
 * the debt has been paid off.
 */
static inline __attribute__((always_inline)) int xrp_rate_admit(struct xrp_flow_stats *s,
								const struct xrp_cap *cap,
								__u32 length, __u64 now)
{
	__u64 debt = (__u64)s->debt << XRP_DEBT_SHIFT;
	__u64 paid = now > s->last_seen ? now - s->last_seen : 0;
	__u64 cost = ((__u64)length * cap->byte_ns) >> XRP_BYTE_SHIFT;

	debt = debt > paid ? debt - paid : 0;
	if (debt > cap->limit)
		return 0;
	debt = (debt + (cost > cap->packet_ns ? cost : cap->packet_ns)) >> XRP_DEBT_SHIFT;
	s->debt = (__u16)(debt > XRP_DEBT_MAX ? XRP_DEBT_MAX : debt);
	return 1;
}

#endif
