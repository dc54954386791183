/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP program: forwards the media of established calls, and leaves to the stack what is not
 * ours and to the daemon's slow path what it cannot or may not forward itself. Each step answers
 * with a reason to end here, or goes on.
 */
#include "parse.h"
#include "find.h"
#include "heed.h"
#include "unallocated.h"
#include "judge.h"
#include "way.h"
#include "rate.h"
#include "copy.h"
#include "rewrite.h"
#include "count.h"
#include "kept.h"

/*
 * A veth does not wake its far end for XDP_TX unless an XDP program is attached there; a redirect
 * to the same interface does with GRO, too. The loader sets it when one of the interfaces is a
 * veth.
 */
const volatile __u8 tx_by_redirect;

static __always_inline enum xrp_reason relay(struct xdp_md *ctx, __u32 *ifindex)
{
	struct packet packet;
	struct found found;
	struct xrp_nexthop hop;
	enum xrp_reason reason;
	__u64 now = 0;

	reason = parse(ctx, &packet);
	if (reason == XRP_GO_ON)
		reason = find(&packet, &found);
	if (reason == XRP_PASS_NOT_OURS)
		reason = unallocated(&packet);
	if (reason == XRP_GO_ON)
		reason = heed(&now);
	if (reason == XRP_GO_ON)
		reason = judge(&packet, &found, now);
	if (reason == XRP_GO_ON)
		reason = way_out(&packet, &found, &hop);
	if (reason == XRP_GO_ON)
		reason = rate(&packet, &found, now);
	if (reason != XRP_GO_ON)
		return reason;
	if (found.flow.flags & XRP_FLOW_COPY)
		copy_packet(ctx, &packet, &found);
	rewrite(&packet, &found.flow, &hop);
	count_flow(&packet, &found, now);
	rewrite_trim(ctx, &packet);
	*ifindex = hop.ifindex;
	return hop.ifindex == ctx->ingress_ifindex ? XRP_RELAY_TX : XRP_RELAY_REDIRECT;
}

/* The one door out: counts each packet once and turns its reason into the action. */
SEC("xdp")
int xrp_relay(struct xdp_md *ctx)
{
	__u64 bytes = ctx->data_end - ctx->data;
	__u32 ifindex = 0;
	enum xrp_reason reason = relay(ctx, &ifindex);

	count_reason(reason, bytes);
	if (reason == XRP_RELAY_TX && !tx_by_redirect)
		return XDP_TX;
	if (reason <= XRP_RELAY_REDIRECT)
		return bpf_redirect(ifindex, 0);
	return reason >= XRP_DROP_INCOMPLETE ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
