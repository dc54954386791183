/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recognising RTP and RTCP, and what the relay counts of RTP. Recognition is for statistics and
 * for learning only: what is relayed is never judged by it.
 */
#ifndef XDP_RTPPROXY_RTP_H
#define XDP_RTPPROXY_RTP_H

#include <linux/types.h>
#include "abi.h"

#define XRP_RTP_HEADER	     12
#define XRP_RTP_MAX_DROPOUT  3000 /* RFC 3550, A.1: so far forward is a jump */
#define XRP_RTP_MAX_MISORDER 100  /* RFC 3550, A.1: so far back likewise */

enum xrp_media { XRP_MEDIA_OTHER, XRP_MEDIA_RTP, XRP_MEDIA_RTCP };

/* An RTP header, all in host order. */
struct xrp_rtp {
	__u32 timestamp;
	__u32 ssrc;
	__u16 sequence;
	__u8 payload_type;
	__u8 zero;
};

static inline __attribute__((always_inline)) __u32 xrp_get32(const __u8 *p)
{
	return (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3];
}

/*
 * Says what the UDP payload is whose first XRP_RTP_HEADER bytes are at `head` and which is `len`
 * bytes long in all, and fills `rtp` when it is RTP. RTP against RTCP: RFC 5761, 4; RTP against
 * STUN, DTLS and TURN: RFC 7983, 7. A shorter payload is not to be asked about: it is OTHER.
 */
static inline __attribute__((always_inline)) enum xrp_media xrp_media_of(const __u8 *head,
									 __u32 len,
									 struct xrp_rtp *rtp)
{
	__u32 need = XRP_RTP_HEADER + 4 * (head[0] & 0x0f) + ((head[0] & 0x10) ? 4 : 0);

	if (head[0] >> 6 != 2)
		return XRP_MEDIA_OTHER;
	if (head[1] >= 192 && head[1] <= 223)
		return XRP_MEDIA_RTCP;
	if (len < need)
		return XRP_MEDIA_OTHER;
	rtp->payload_type = head[1] & 0x7f;
	rtp->sequence = (__u16)(head[2] << 8 | head[3]);
	rtp->timestamp = xrp_get32(head + 4);
	rtp->ssrc = xrp_get32(head + 8);
	rtp->zero = 0;
	return XRP_MEDIA_RTP;
}

/* Begins a new sequence at `base`: what was expected of the old one is kept in the sum. */
static inline __attribute__((always_inline)) void xrp_rtp_restart(struct xrp_flow_stats *s,
								  const struct xrp_rtp *rtp,
								  __u16 base)
{
	if (s->rtp_packets)
		s->rtp_expected_prior += s->rtp_highest - s->rtp_base + 1;
	s->rtp_ssrc = rtp->ssrc;
	s->rtp_base = base;
	s->rtp_highest = base + (__u16)(rtp->sequence - base);
	s->rtp_jumped = 0;
	s->ts_per_ns = 0;
}

/*
 * Follows the sequence as RFC 3550, A.1: after a jump (too far forward or back) nothing moves until
 * a second packet goes on from there; then the sequence begins anew with the first of the two. A
 * packet that merely comes very late thus costs nothing.
 */
static inline __attribute__((always_inline)) void xrp_rtp_follow(struct xrp_flow_stats *s,
								 const struct xrp_rtp *rtp)
{
	__u16 step = (__u16)(rtp->sequence - (__u16)s->rtp_highest);

	if (!s->rtp_packets || s->rtp_ssrc != rtp->ssrc) {
		xrp_rtp_restart(s, rtp, rtp->sequence);
	} else if (step < XRP_RTP_MAX_DROPOUT) {
		s->rtp_highest += step;
		s->rtp_jumped = 0;
	} else if (step <= (__u16)-XRP_RTP_MAX_MISORDER) {
		if (s->rtp_jumped && s->rtp_expected == rtp->sequence)
			xrp_rtp_restart(s, rtp, (__u16)(rtp->sequence - 1));
		else
			s->rtp_jumped = 1;
		s->rtp_expected = (__u16)(rtp->sequence + 1);
	}
}

/*
 * Follows the interarrival jitter as RFC 3550, A.8. With an unknown clock (0) there is none, and
 * with another clock or a new sequence it begins anew.
 */
static inline __attribute__((always_inline)) void xrp_rtp_jitter(struct xrp_flow_stats *s,
								 const struct xrp_rtp *rtp,
								 __u64 now, __u32 ts_per_ns)
{
	/* The product may overflow: bits 32 to 63 of it are right all the same. */
	__u32 transit = (__u32)((now * ts_per_ns) >> 32) - rtp->timestamp;
	__u32 moved = transit - s->rtp_transit;
	__u32 distance = (__s32)moved < 0 ? -moved : moved;

	if (ts_per_ns && s->ts_per_ns == ts_per_ns)
		s->rtp_jitter += distance - ((s->rtp_jitter + 8) >> 4);
	else
		s->rtp_jitter = 0;
	s->ts_per_ns = ts_per_ns;
	s->rtp_transit = transit;
}

/*
 * Counts one RTP packet that came at `now` (ns); `ts_per_ns` is the clock of the flow. Not atomic:
 * a stream lives on one receive queue. Lost packets are rtp_expected_prior + rtp_highest - rtp_base
 * + 1 - rtp_packets, below 0 where packets were duplicated.
 */
static inline __attribute__((always_inline)) void xrp_rtp_count(struct xrp_flow_stats *s,
								const struct xrp_rtp *rtp,
								__u64 now, __u32 ts_per_ns)
{
	xrp_rtp_follow(s, rtp);
	xrp_rtp_jitter(s, rtp, now, ts_per_ns);
	s->rtp_packets++;
	s->rtp_timestamp = rtp->timestamp;
	s->rtp_payload_type = rtp->payload_type;
}

#endif
