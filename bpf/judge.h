/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judging: may this packet go on, as far as the call is concerned? The source decides first; even a
 * fragment or a packet with options gets no further than its source allows.
 */
#ifndef XRP_BPF_JUDGE_H
#define XRP_BPF_JUDGE_H

#include "punt.h"

static __always_inline enum xrp_reason judge_stranger(const struct packet *p, struct found *found)
{
	__sync_fetch_and_add(&found->stats->strangers, 1);
	found->stats->stranger = p->src;
	return XRP_DROP_STRANGER;
}

/* GO_ON when it is the peer's and for the other leg's peer, which is known. */
static __always_inline enum xrp_reason judge(const struct packet *p, struct found *found)
{
	if (!(found->flow.flags & XRP_FLOW_OPEN))
		return XRP_DROP_INCOMPLETE;
	switch (xrp_admit(&found->flow, &p->src)) {
	case XRP_ADMIT_STRANGER:
		return judge_stranger(p, found);
	case XRP_ADMIT_LEARN:
		return punt(found->stats, XRP_UP_STRANGER);
	case XRP_ADMIT_PEER:
		break;
	}
	if (!(found->flow.flags & XRP_FLOW_RELAY))
		return punt(found->stats, XRP_UP_NO_DESTINATION);
	if (p->special != XRP_GO_ON)
		return punt(found->stats, p->special);
	return XRP_GO_ON;
}

#endif
