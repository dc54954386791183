/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting: the statistics of a flow for what was relayed, and the reason of every packet. What
 * several CPUs could add to at once is added atomically; the rest (times, RTP) is of one stream,
 * which lives on one receive queue.
 */
#ifndef XRP_BPF_COUNT_H
#define XRP_BPF_COUNT_H

#include <xdp-rtpproxy/rtp.h>
#include "find.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XRP_REASON_COUNT);
	__type(key, __u32);
	__type(value, struct xrp_count);
} reasons SEC(".maps");

static __always_inline void count_rtp(const struct packet *p, struct found *found, __u32 length,
				      __u64 now)
{
	const __u32 *payload = (const __u32 *)(p->udp + 1);
	__u32 head[XRP_RTP_HEADER / 4];
	struct xrp_rtp rtp;

	if (length < XRP_RTP_HEADER || (void *)payload + XRP_RTP_HEADER > p->end)
		return;
	head[0] = payload[0]; /* three loads instead of twelve */
	head[1] = payload[1];
	head[2] = payload[2];
	if (xrp_media_of((const __u8 *)head, length, &rtp) == XRP_MEDIA_RTP)
		xrp_rtp_count(found->stats, &rtp, now, found->flow.ts_per_ns);
}

/* Counts a packet that is relayed. */
static __always_inline void count_flow(const struct packet *p, struct found *found, __u64 now)
{
	struct xrp_flow_stats *s = found->stats;
	__u32 length = p->udp_length - sizeof(*p->udp);

	__sync_fetch_and_add(&s->packets, 1);
	__sync_fetch_and_add(&s->bytes, length);
	if (s->last_seen && now > s->last_seen)
		xrp_gap_note(s, now - s->last_seen);
	s->last_seen = now;
	if (!(found->flow.flags & XRP_FLOW_RTCP))
		count_rtp(p, found, length, now);
}

/* Counts a packet of any kind by its reason; `bytes` is the whole frame. */
static __always_inline void count_reason(enum xrp_reason reason, __u64 bytes)
{
	__u32 index = reason;
	struct xrp_count *c = bpf_map_lookup_elem(&reasons, &index);

	if (!c)
		return;
	c->packets++;
	c->bytes += bytes;
}

#endif
