/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who the peer of a local endpoint is. Two questions meet here. Whom may we believe? What was
 * signalled, as far as NAT lets it be true; a stranger only where the signalled address cannot be
 * the one that packets come from, and only as long as nobody better has spoken. Whom do we send to?
 * The peer, and a newly signalled address that is believable before it has said a word.
 *
 * The row that learn_admission makes is never narrower than what learn_packet would accept.
 */
#include <errno.h>
#include <string.h>
#include <base/endpoint.h>
#include <core/learn.h>

#define MS	       1000000ULL
#define REBIND_SILENCE (100 * MS)  /* of the old port, before the peer's new one takes over */
#define MOVED_SILENCE  (500 * MS)  /* of the old peer, before a stranger may take over */
#define MOVED_SETTLED  (5000 * MS) /* who is still heard so long after a move, has not moved */
#define REBIND_WINDOW  50	   /* sequence numbers by which a rebound stream may be ahead */
#define CANDIDATE_STEP 3	   /* sequence numbers from a candidate's packet to its next */

void learn_init(struct learn *l, enum learn_policy policy, bool rtcp, bool loopback)
{
	memset(l, 0, sizeof(*l));
	l->policy = policy;
	l->rtcp = rtcp;
	l->loopback = loopback;
}

/* May this be anybody's media endpoint at all? */
static bool is_usable(const struct learn *l, const struct xrp_endpoint *ep)
{
	if (!ep->port)
		return false;
	switch (addr_kind(&ep->addr)) {
	case ADDR_GLOBAL:
	case ADDR_PRIVATE:
	case ADDR_LINK_LOCAL:
		return true;
	case ADDR_LOOPBACK:
		return l->loopback;
	case ADDR_UNSPECIFIED:
	case ADDR_MULTICAST:
	case ADDR_BROADCAST:
		break;
	}
	return false;
}

static bool same_host(const struct xrp_endpoint *a, const struct xrp_endpoint *b)
{
	return xrp_addr_equal(&a->addr, &b->addr);
}

static bool is_signalled(const struct learn *l)
{
	return l->signalled.port != 0;
}

static bool has_peer(const struct learn *l)
{
	return l->peer.port != 0;
}

static bool knows_rtp_host(const struct learn *l)
{
	return !addr_is_unspecified(&l->rtp_host);
}

/* Has somebody been learned, though another address may be expected by now? */
static bool has_spoken(const struct learn *l)
{
	return l->state != LEARN_EXPECTING || l->moved;
}

/* Is the old peer on its way out: kept only until the new one speaks? */
static bool is_leaving(const struct learn *l)
{
	return l->moved && !xrp_endpoint_equal(&l->peer, &l->dest);
}

/* Can packets of the party come from elsewhere than from where it was signalled? */
static bool is_open(const struct learn *l)
{
	if (l->rtcp || l->asymmetric || l->state != LEARN_EXPECTING)
		return false;
	if (l->policy == LEARN_AUTO)
		return !is_signalled(l) || addr_kind(&l->signalled.addr) != ADDR_GLOBAL;
	return l->policy == LEARN_ANY;
}

/* The peer is certain, or as certain as it can be. Its RTP comes, or will come, from there too. */
static void settle(struct learn *l, const struct xrp_endpoint *peer, enum learn_state state)
{
	l->peer = *peer;
	l->dest = *peer;
	l->moved = false;
	l->state = state;
	if (knows_rtp_host(l) && has_peer(l))
		l->rtp_host = l->peer.addr;
	memset(l->candidate, 0, sizeof(l->candidate));
}

/* Waits for `peer` to speak. */
static void await(struct learn *l, const struct xrp_endpoint *peer)
{
	settle(l, peer, LEARN_EXPECTING);
	l->stale = l->heard;
}

/* What the state is once `peer`, whom nobody named, is the peer. */
static enum learn_state state_of_stranger(const struct learn *l, const struct xrp_endpoint *peer)
{
	return is_signalled(l) && !same_host(&l->signalled, peer) ? LEARN_LATCHED : LEARN_LOCKED;
}

/*
 * May we send to the new address before we have heard from it? A private one proves nothing of a
 * party behind NAT. It does where the private address before it turned out to be right: then
 * there is no NAT on the way.
 */
static bool is_believable(const struct learn *l, const struct xrp_endpoint *given)
{
	enum addr_kind kind = addr_kind(&given->addr);

	if (has_peer(l) && same_host(given, &l->peer))
		return true;
	if (l->policy == LEARN_ANY)
		return false;
	if (l->policy != LEARN_AUTO || kind == ADDR_GLOBAL)
		return true;
	return has_peer(l) && same_host(&l->peer, &l->signalled) &&
	       addr_kind(&l->signalled.addr) == kind;
}

/* Another address than before is signalled, or the first one. */
static void move(struct learn *l, const struct xrp_endpoint *given)
{
	bool believable = is_believable(l, given);
	bool elsewhere = knows_rtp_host(l) && !xrp_addr_equal(&given->addr, &l->rtp_host);

	l->signalled = *given;
	memset(l->candidate, 0, sizeof(l->candidate));
	if (!has_spoken(l)) {
		if (believable || !elsewhere)
			await(l, given);
		return;
	}
	if (xrp_endpoint_equal(given, &l->peer)) {
		settle(l, given, LEARN_LOCKED);
		return;
	}
	l->state = LEARN_EXPECTING;
	l->moved = true;
	l->dest = believable ? *given : l->peer;
	l->stale = l->heard;
}

bool learn_signal(struct learn *l, const struct xrp_endpoint *signalled, bool asymmetric)
{
	bool other_mode = l->asymmetric != asymmetric;
	bool other = is_usable(l, signalled) && !xrp_endpoint_equal(signalled, &l->signalled);

	l->asymmetric = asymmetric;
	if (other)
		move(l, signalled);
	if (!is_signalled(l) || !(other || other_mode))
		return other_mode;
	l->source = (struct xrp_endpoint){.zero = 0};
	if (asymmetric || !other)
		await(l, &l->signalled);
	return true;
}

/* The endpoint of the next port; none when there is no next port. */
static struct xrp_endpoint next_port(const struct xrp_endpoint *ep)
{
	uint16_t port = endpoint_port(ep);

	if (port == UINT16_MAX)
		return (struct xrp_endpoint){.zero = 0};
	return endpoint_make(&ep->addr, (uint16_t)(port + 1));
}

bool learn_follow(struct learn *l, const struct xrp_endpoint *rtp_peer)
{
	const struct xrp_addr *host =
		l->asymmetric && has_peer(l) ? &l->peer.addr : &rtp_peer->addr;
	struct xrp_endpoint guess = next_port(rtp_peer);
	bool other = !xrp_addr_equal(&l->rtp_host, host);

	if (!is_usable(l, rtp_peer))
		return false;
	l->rtp_host = *host;
	if (l->asymmetric || (has_peer(l) && same_host(&l->peer, rtp_peer)))
		return other;
	if (is_signalled(l) && same_host(&l->signalled, rtp_peer))
		guess = l->signalled;
	await(l, &guess);
	return true;
}

bool learn_confirm(struct learn *l, const struct learn_seen *seen)
{
	if (seen->last_seen > l->heard)
		l->heard = seen->last_seen;
	if (l->state != LEARN_EXPECTING || !has_peer(l) || l->heard <= l->stale)
		return false;
	if (!l->moved) {
		settle(l, &l->peer, LEARN_LOCKED);
		return true;
	}
	if (is_leaving(l) || l->heard - l->stale < MOVED_SETTLED)
		return false;
	settle(l, &l->peer, state_of_stranger(l, &l->peer));
	return true;
}

static bool was_silent(const struct learn_seen *seen, uint64_t now, uint64_t ns)
{
	return now > seen->last_seen && now - seen->last_seen >= ns;
}

static bool is_peer(const struct learn *l, const struct xrp_endpoint *source)
{
	if (!has_peer(l))
		return false;
	return l->asymmetric ? same_host(source, &l->peer) : xrp_endpoint_equal(source, &l->peer);
}

/* A packet of the signalled address: enough to be the peer? */
static bool wins_as_signalled(const struct learn *l, const struct learn_packet *p)
{
	if (!is_signalled(l) || l->state == LEARN_LOCKED || !same_host(&p->source, &l->signalled))
		return false;
	if (p->source.port == l->signalled.port)
		return true;
	return l->policy != LEARN_STRICT && p->media == XRP_MEDIA_RTP;
}

/* The entry of this source, or the one to be used for it: a free one, else the oldest. */
static struct learn_candidate *find_candidate(struct learn *l, const struct xrp_endpoint *source)
{
	struct learn_candidate *best = &l->candidate[0];

	for (int i = 0; i < LEARN_CANDIDATES; i++) {
		struct learn_candidate *c = &l->candidate[i];

		if (c->used && xrp_endpoint_equal(&c->source, source))
			return c;
		if (best->used && (!c->used || c->time < best->time))
			best = c;
	}
	return best;
}

/* Notes the packet. True when it is the next one of a source that was noted before. */
static bool is_second_in_sequence(struct learn *l, const struct learn_packet *p)
{
	struct learn_candidate *c = find_candidate(l, &p->source);
	uint16_t step = (uint16_t)(p->rtp.sequence - c->sequence);
	bool second = c->used && xrp_endpoint_equal(&c->source, &p->source) &&
		      c->ssrc == p->rtp.ssrc && step >= 1 && step <= CANDIDATE_STEP;

	*c = (struct learn_candidate){
		.source = p->source,
		.ssrc = p->rtp.ssrc,
		.sequence = p->rtp.sequence,
		.used = true,
		.time = p->now,
	};
	return second;
}

/* Does the packet go on where the peer's stream was left? */
static bool continues(const struct learn_packet *p, const struct learn_seen *seen)
{
	uint16_t ahead = (uint16_t)(p->rtp.sequence - seen->sequence);

	return seen->rtp && seen->ssrc == p->rtp.ssrc && ahead >= 1 && ahead <= REBIND_WINDOW;
}

/* May the peer's address come with another port? */
static bool may_rebind(const struct learn *l)
{
	return l->policy != LEARN_STRICT && has_peer(l) && !is_leaving(l);
}

/* RTP of somebody who is not the peer: what can make a peer of him. Moves the state if so. */
static bool learn_rtp(struct learn *l, const struct learn_packet *p, const struct learn_seen *seen)
{
	bool rebound, stranger;

	if (wins_as_signalled(l, p)) {
		settle(l, &p->source, LEARN_LOCKED);
		return true;
	}
	if (p->media != XRP_MEDIA_RTP)
		return false;
	rebound = may_rebind(l) && same_host(&p->source, &l->peer) && continues(p, seen);
	stranger = is_open(l);
	if (!(rebound || stranger) || !is_second_in_sequence(l, p))
		return false;
	if (!(rebound && was_silent(seen, p->now, REBIND_SILENCE)) &&
	    !(stranger && (!l->moved || was_silent(seen, p->now, MOVED_SILENCE))))
		return false;
	settle(l, &p->source, state_of_stranger(l, &p->source));
	return true;
}

/* The same for an RTCP endpoint: one packet is enough, as only known addresses are heard. */
static bool wins_as_rtcp(const struct learn *l, const struct learn_packet *p,
			 const struct learn_seen *seen)
{
	if (l->state == LEARN_EXPECTING && (l->moved || !knows_rtp_host(l)) &&
	    xrp_endpoint_equal(&p->source, &l->signalled))
		return true;
	if (l->policy == LEARN_STRICT || p->media != XRP_MEDIA_RTCP)
		return false;
	if (l->moved && same_host(&p->source, &l->signalled))
		return true;
	if (is_leaving(l) || !knows_rtp_host(l) || !xrp_addr_equal(&p->source.addr, &l->rtp_host))
		return false;
	return l->state == LEARN_EXPECTING || was_silent(seen, p->now, REBIND_SILENCE);
}

static bool learn_rtcp(struct learn *l, const struct learn_packet *p, const struct learn_seen *seen)
{
	if (!wins_as_rtcp(l, p, seen))
		return false;
	settle(l, &p->source, LEARN_LOCKED);
	return true;
}

/* Judges a packet of a possible source; true when something changed. */
static bool judge(struct learn *l, const struct learn_packet *p, const struct learn_seen *seen,
		  enum learn_verdict *verdict)
{
	*verdict = LEARN_REFUSE;
	if (is_peer(l, &p->source)) {
		*verdict = LEARN_ACCEPT;
		if (l->asymmetric)
			l->source = p->source;
		if (has_spoken(l))
			return false;
		settle(l, &l->peer, LEARN_LOCKED);
		return true;
	}
	if (l->asymmetric || !(l->rtcp ? learn_rtcp(l, p, seen) : learn_rtp(l, p, seen)))
		return false;
	*verdict = LEARN_ACCEPT;
	return true;
}

struct learn_decision learn_packet(struct learn *l, const struct learn_packet *p,
				   const struct learn_seen *seen)
{
	struct learn_decision d = {.verdict = LEARN_REFUSE, .changed = learn_confirm(l, seen)};

	if (p->own || !is_usable(l, &p->source))
		return d;
	d.changed |= judge(l, p, seen, &d.verdict);
	if (d.verdict == LEARN_ACCEPT)
		l->heard = p->now;
	return d;
}

/* The address besides the peer's from which somebody may yet become the peer; NULL: none. */
static const struct xrp_addr *expected_addr(const struct learn *l)
{
	if (l->moved || (l->state == LEARN_LATCHED && is_signalled(l)))
		return &l->signalled.addr;
	if (l->rtcp && l->policy != LEARN_STRICT && knows_rtp_host(l) &&
	    !xrp_addr_equal(&l->peer.addr, &l->rtp_host))
		return &l->rtp_host;
	return NULL;
}

static bool may_change_port(const struct learn *l)
{
	if (l->rtcp && (!knows_rtp_host(l) || !xrp_addr_equal(&l->peer.addr, &l->rtp_host)))
		return false;
	return may_rebind(l);
}

void learn_admission(const struct learn *l, struct xrp_flow *row)
{
	const struct xrp_addr *expect = l->asymmetric ? NULL : expected_addr(l);
	unsigned int flags = 0;

	row->peer = l->peer;
	row->expect = expect ? *expect : (struct xrp_addr){{0}};
	if (has_peer(l))
		flags |= XRP_FLOW_PEER;
	if (has_peer(l) && l->asymmetric)
		flags |= XRP_FLOW_PEER_HOST;
	if (!l->asymmetric && may_change_port(l))
		flags |= XRP_FLOW_LEARN_PEER;
	if (expect)
		flags |= XRP_FLOW_LEARN_EXPECT;
	if (is_open(l))
		flags |= XRP_FLOW_LEARN_ANY;
	row->flags &= (__u16) ~(XRP_FLOW_PEER | XRP_FLOW_PEER_HOST | XRP_FLOW_LEARN_PEER |
				XRP_FLOW_LEARN_EXPECT | XRP_FLOW_LEARN_ANY);
	row->flags |= (__u16)flags;
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
