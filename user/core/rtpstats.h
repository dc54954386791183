/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the media that came to one endpoint: the XDP program counts what it relayed, the
 * slow path counts what it relayed, and here the two become one. Also the RTP clock, which jitter
 * needs and which nobody signals: it is known of static payload types and estimated of others.
 */
#ifndef XRP_CORE_RTPSTATS_H
#define XRP_CORE_RTPSTATS_H

#include <stdbool.h>
#include <stdint.h>
#include <core/learn.h>
#include <xdp-rtpproxy/abi.h>

struct rtpstats_sum {
	uint64_t packets;
	uint64_t bytes;	       /* UDP payload */
	uint64_t last_seen;    /* ns; 0: never */
	uint64_t longest_gap;  /* ns between two packets of the same path */
	uint64_t strangers;    /* packets dropped because of their source */
	uint64_t punted;       /* packets the program passed up */
	uint64_t rate_dropped; /* packets dropped because they were more than the cap */
	uint64_t rtp_packets;  /* the rest is meaningful only where this is not 0 */
	uint64_t expected;     /* RFC 3550, A.3, over all SSRCs */
	int64_t lost;	       /* expected - rtp_packets: below 0 where packets came twice */
	uint32_t ssrc;	       /* the last one */
	uint32_t timestamp;    /* of the last packet */
	uint32_t highest;      /* its highest extended sequence number */
	uint32_t jitter;       /* RFC 3550, A.8, timestamp units; 0 where the clock is not known */
	uint64_t jitter_ns;    /* the same in ns */
	uint8_t payload_type;  /* of the last packet */
};

/* Copies counters that the program may be writing at the same time: no torn words of 8 bytes. */
void rtpstats_snapshot(struct xrp_flow_stats *copy, const struct xrp_flow_stats *mapped);
/*
 * The sum of the program's counters (a snapshot; it is left out unless it has `generation`: it is
 * still the one of an earlier call) and of the slow path's own, counted with xrp_rtp_count. Where
 * both saw the same SSRC it is one stream, and what is expected spans both. Not exact: a path that
 * sees single packets of a stream thousands of sequence numbers apart (a fragment now and then)
 * takes each for a new sequence, and each counts as one packet lost.
 */
struct rtpstats_sum rtpstats_sum(const struct xrp_flow_stats *kernel, uint32_t generation,
				 const struct xrp_flow_stats *slow);
/* What the learner wants to know of the same two: when and what came last. */
struct learn_seen rtpstats_seen(const struct xrp_flow_stats *kernel, uint32_t generation,
				const struct xrp_flow_stats *slow);

/* The clock in timestamp units per ns as 0.32 fixed point, for xrp_flow.ts_per_ns. */
uint32_t rtpstats_ts_per_ns(uint32_t clock_hz);
/* The clock of a static payload type (RFC 3551, 6), Hz; 0: dynamic or not assigned. */
uint32_t rtpstats_clock_of(uint8_t payload_type);

/* The estimate of a stream's clock. All zero to begin with. */
struct rtpstats_clock {
	uint32_t hz; /* the result; 0: not known yet */

	bool begun; /* the rest is the estimator's own: where the present stretch began */
	uint32_t ssrc, timestamp;
	uint64_t time;
	uint32_t other_hz; /* what the last stretch said, where that is not `hz` */
};
/*
 * Tells it of one RTP packet: when it came (ns) and what it said. To be called at sweeps, not for
 * each packet: a stretch of 2 s or more of one SSRC gives an estimate, which is taken when it is
 * within 5 % of a usual clock. A clock known before is given up only when two stretches in a row
 * agree on another. True when `hz` changed.
 */
bool rtpstats_clock_sample(struct rtpstats_clock *clock, uint64_t time, uint32_t timestamp,
			   uint32_t ssrc, uint8_t payload_type);

#endif
