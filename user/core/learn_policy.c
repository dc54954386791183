/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies: their names, and what becomes of a peer when another one is chosen during a call. */
#include <errno.h>
#include <string.h>
#include <core/learn_private.h>

/* Could the peer have been learned by this policy? Of RTCP: at the RTP peer's address it could. */
static bool allows_peer(const struct learn *l)
{
	if (learn_is_signalled(l) && xrp_endpoint_equal(&l->peer, &l->signalled))
		return true;
	if (l->policy == LEARN_STRICT)
		return false;
	if (l->rtcp && learn_knows_rtp_host(l))
		return xrp_addr_equal(&l->peer.addr, &l->rtp_host);
	if (learn_is_signalled(l) && learn_same_host(&l->peer, &l->signalled))
		return true;
	return learn_trusts_strangers(l);
}

bool learn_set_policy(struct learn *l, enum learn_policy policy)
{
	if (l->policy == policy)
		return false;
	l->policy = policy;
	memset(l->candidate, 0, sizeof(l->candidate));
	if (learn_has_spoken(l) && learn_has_peer(l) && !l->asymmetric && !allows_peer(l))
		learn_await(l, &l->signalled);
	return true;
}

bool learn_set_handover(struct learn *l, bool handover)
{
	bool changed = l->handover != handover;

	l->handover = handover;
	return changed;
}

static const char *const policy_names[] = {
	[LEARN_STRICT] = "strict",
	[LEARN_HOST] = "host",
	[LEARN_AUTO] = "auto",
	[LEARN_ANY] = "any",
};

static const char *const state_names[] = {
	[LEARN_EXPECTING] = "expecting",
	[LEARN_LATCHED] = "latched",
	[LEARN_LOCKED] = "locked",
};

int learn_policy_parse(const char *text, enum learn_policy *policy)
{
	for (size_t i = 0; i < sizeof(policy_names) / sizeof(policy_names[0]); i++) {
		if (!strcmp(text, policy_names[i])) {
			*policy = (enum learn_policy)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *learn_policy_name(enum learn_policy policy)
{
	return policy_names[policy];
}

const char *learn_state_name(enum learn_state state)
{
	return state_names[state];
}
