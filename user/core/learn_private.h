/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the learner's parts share: questions about a state. learn.c has the packets and signalling,
 * learn_row.c the row in the kernel, learn_policy.c the policies. */
#ifndef XRP_CORE_LEARN_PRIVATE_H
#define XRP_CORE_LEARN_PRIVATE_H

#include <base/endpoint.h>
#include <core/learn.h>

static inline bool learn_same_host(const struct xrp_endpoint *a, const struct xrp_endpoint *b)
{
	return xrp_addr_equal(&a->addr, &b->addr);
}

static inline bool learn_is_signalled(const struct learn *l)
{
	return l->signalled.port != 0;
}

static inline bool learn_has_peer(const struct learn *l)
{
	return l->peer.port != 0;
}

static inline bool learn_knows_rtp_host(const struct learn *l)
{
	return !addr_is_unspecified(&l->rtp_host);
}

/* Has somebody been learned, though another address may be expected by now? */
static inline bool learn_has_spoken(const struct learn *l)
{
	return l->state != LEARN_EXPECTING || l->moved;
}

/* Is the old peer on its way out: kept only until the new one speaks? */
static inline bool learn_is_leaving(const struct learn *l)
{
	return l->moved && !xrp_endpoint_equal(&l->peer, &l->dest);
}

/* Does the policy trust whoever sends first, as long as nobody better has? */
static inline bool learn_trusts_strangers(const struct learn *l)
{
	if (l->policy == LEARN_AUTO)
		return !learn_is_signalled(l) || addr_kind(&l->signalled.addr) != ADDR_GLOBAL;
	return l->policy == LEARN_ANY;
}

/* Can packets of the party come from elsewhere than from where it was signalled? */
bool learn_is_open(const struct learn *l);
/* May the peer's address come with another port? */
bool learn_may_rebind(const struct learn *l);
/* May the peer's stream go on from another address? */
bool learn_may_hand_over(const struct learn *l);
/* Waits for `peer` to speak; nobody where its port is 0. */
void learn_await(struct learn *l, const struct xrp_endpoint *peer);

#endif
