/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel needs to know of a learner: the row is never narrower than what learn_packet
 * would accept, and no wider than a flag allows. */
#include <core/learn_private.h>

/* The address besides the peer's from which somebody may yet become the peer; NULL: none. */
static const struct xrp_addr *expected_addr(const struct learn *l)
{
	if (l->moved || (l->state == LEARN_LATCHED && learn_is_signalled(l)))
		return &l->signalled.addr;
	if (l->rtcp && l->policy != LEARN_STRICT && learn_knows_rtp_host(l) &&
	    !xrp_addr_equal(&l->peer.addr, &l->rtp_host))
		return &l->rtp_host;
	return NULL;
}

static bool may_change_port(const struct learn *l)
{
	if (l->rtcp && (!learn_knows_rtp_host(l) || !xrp_addr_equal(&l->peer.addr, &l->rtp_host)))
		return false;
	return learn_may_rebind(l);
}

void learn_admission(const struct learn *l, struct xrp_flow *row)
{
	const struct xrp_addr *expect = l->asymmetric ? NULL : expected_addr(l);
	unsigned int flags = 0;

	row->peer = l->peer;
	row->expect = expect ? *expect : (struct xrp_addr){{0}};
	if (learn_has_peer(l))
		flags |= XRP_FLOW_PEER;
	if (learn_has_peer(l) && l->asymmetric)
		flags |= XRP_FLOW_PEER_HOST;
	if (!l->asymmetric && may_change_port(l))
		flags |= XRP_FLOW_LEARN_PEER;
	if (expect)
		flags |= XRP_FLOW_LEARN_EXPECT;
	if (learn_is_open(l))
		flags |= XRP_FLOW_LEARN_ANY;
	if (learn_may_hand_over(l))
		flags |= XRP_FLOW_LEARN_HANDOVER;
	row->flags &=
		(__u16) ~(XRP_FLOW_PEER | XRP_FLOW_PEER_HOST | XRP_FLOW_LEARN_PEER |
			  XRP_FLOW_LEARN_EXPECT | XRP_FLOW_LEARN_ANY | XRP_FLOW_LEARN_HANDOVER);
	row->flags |= (__u16)flags;
}
