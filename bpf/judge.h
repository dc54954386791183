/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judging: may this packet go on, as far as the call is concerned? The source decides first; even a
 * fragment or a packet with options gets no further than its source allows.
 */
#ifndef XRP_BPF_JUDGE_H
#define XRP_BPF_JUDGE_H

#include <xdp-rtpproxy/rtp.h>
#include "punt.h"

static __always_inline enum xrp_reason judge_stranger(const struct packet *p, struct found *found)
{
	__sync_fetch_and_add(&found->stats->strangers, 1);
	found->stats->stranger = p->src;
	return XRP_DROP_STRANGER;
}

/* Is it of the kind that user space wants to see: events of a payload type, RTCP on the RTP port? A
 * payload shorter than an RTP header is of neither kind. */
static __always_inline int judge_wanted(const struct packet *p, const struct xrp_flow *flow)
{
	const __u32 *payload = (const __u32 *)(p->udp + 1);
	__u32 length = p->udp_length - sizeof(*p->udp);
	__u32 head[XRP_RTP_HEADER / 4];
	struct xrp_rtp rtp;

	if (length < XRP_RTP_HEADER || (void *)payload + XRP_RTP_HEADER > p->end)
		return 0;
	head[0] = payload[0];
	head[1] = payload[1];
	head[2] = payload[2];
	switch (xrp_media_of((const __u8 *)head, length, &rtp)) {
	case XRP_MEDIA_RTP:
		return (flow->flags & XRP_FLOW_UP_TYPE) && rtp.payload_type == flow->up_type;
	case XRP_MEDIA_RTCP:
		return flow->flags & XRP_FLOW_UP_RTCP;
	default:
		return 0;
	}
}

/* GO_ON when it is the peer's and for the other leg's peer, which is known. */
static __always_inline enum xrp_reason judge(const struct packet *p, struct found *found, __u64 now)
{
	if (!(found->flow.flags & XRP_FLOW_OPEN))
		return found->flow.flags & XRP_FLOW_LOOP ? XRP_DROP_LOOP : XRP_DROP_INCOMPLETE;
	switch (xrp_admit(&found->flow, &p->src)) {
	case XRP_ADMIT_STRANGER:
		return judge_stranger(p, found);
	case XRP_ADMIT_HANDOVER:
		if (!xrp_is_silent(found->stats->last_seen, now))
			return judge_stranger(p, found);
		return punt(found->stats, XRP_UP_STRANGER);
	case XRP_ADMIT_LEARN:
		return punt(found->stats, XRP_UP_STRANGER);
	case XRP_ADMIT_PEER:
		break;
	}
	if (found->flow.flags & XRP_FLOW_UP)
		return punt(found->stats, XRP_UP_PROCESSED);
	if (!(found->flow.flags & XRP_FLOW_RELAY))
		return punt(found->stats, XRP_UP_NO_DESTINATION);
	if (p->special != XRP_GO_ON)
		return punt(found->stats, p->special);
	if ((found->flow.flags & (XRP_FLOW_UP_TYPE | XRP_FLOW_UP_RTCP)) &&
	    judge_wanted(p, &found->flow))
		return punt(found->stats, XRP_UP_PROCESSED);
	return XRP_GO_ON;
}

#endif
