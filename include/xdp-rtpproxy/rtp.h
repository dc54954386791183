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
#define XRP_RTP_MAX_DROPOUT  3000 /* RFC 3550, A.1: a longer jump forward is a new sequence */
#define XRP_RTP_MAX_MISORDER 100  /* RFC 3550, A.1: a packet older than this likewise */

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

/* Begins a new sequence: what was expected of the old one is kept in the sum. */
static inline __attribute__((always_inline)) void xrp_rtp_restart(struct xrp_flow_stats *s,
								  const struct xrp_rtp *rtp)
{
	if (s->rtp_packets)
		s->rtp_expected_prior += s->rtp_highest - s->rtp_base + 1;
	s->rtp_ssrc = rtp->ssrc;
	s->rtp_base = rtp->sequence;
	s->rtp_highest = rtp->sequence;
	s->ts_per_ns = 0;
}

/*
 * Counts one RTP packet that came at `now` (ns): sequence as in RFC 3550, A.1 (a jump is a restart
 * at once, without the probation of two packets), jitter as in A.8. `ts_per_ns` is the clock of the
 * flow; where it changes, jitter begins anew.
 */
static inline __attribute__((always_inline)) void xrp_rtp_count(struct xrp_flow_stats *s,
								const struct xrp_rtp *rtp,
								__u64 now, __u32 ts_per_ns)
{
	__u32 transit = (__u32)((now * ts_per_ns) >> 32) - rtp->timestamp;
	__u16 step = (__u16)(rtp->sequence - (__u16)s->rtp_highest);

	if (!s->rtp_packets || s->rtp_ssrc != rtp->ssrc)
		xrp_rtp_restart(s, rtp);
	else if (step < XRP_RTP_MAX_DROPOUT)
		s->rtp_highest += step;
	else if (step < (__u16)-XRP_RTP_MAX_MISORDER)
		xrp_rtp_restart(s, rtp);
	s->rtp_packets++;
	if (s->ts_per_ns == ts_per_ns) {
		__s32 d = (__s32)(transit - s->rtp_transit);
		__u32 distance = (__u32)(d < 0 ? -d : d);

		s->rtp_jitter += distance - ((s->rtp_jitter + 8) >> 4);
	} else {
		s->ts_per_ns = ts_per_ns;
		s->rtp_jitter = 0;
	}
	s->rtp_transit = transit;
	s->rtp_timestamp = rtp->timestamp;
	s->rtp_payload_type = rtp->payload_type;
}

#endif
