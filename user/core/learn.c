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
#include <core/learn_private.h>

#define MS	       1000000ULL
#define REBIND_SILENCE (100 * MS)  /* of the old port, before the peer's new one takes over */
#define MOVED_SILENCE  (500 * MS)  /* of the old peer, before a stranger may take over */
#define MOVED_SETTLED  (5000 * MS) /* who is still heard so long after a move, has not moved */
#define UNPROVEN_TIME  (5000 * MS) /* that a stranger is sent to without being heard again */
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

bool learn_is_open(const struct learn *l)
{
	if (l->rtcp || l->asymmetric || l->state != LEARN_EXPECTING)
		return false;
	return learn_trusts_strangers(l);
}

/* The peer is certain, or as certain as it can be. Its RTP comes, or will come, from there too. */
static void settle(struct learn *l, const struct xrp_endpoint *peer, enum learn_state state)
{
	l->peer = *peer;
	l->dest = *peer;
	l->moved = false;
	l->unproven = 0;
	l->state = state;
	if (learn_knows_rtp_host(l) && learn_has_peer(l))
		l->rtp_host = l->peer.addr;
	memset(l->candidate, 0, sizeof(l->candidate));
}

void learn_await(struct learn *l, const struct xrp_endpoint *peer)
{
	settle(l, peer, LEARN_EXPECTING);
	l->stale = l->heard;
}

/* What the state is once `peer`, whom nobody named, is the peer. */
static enum learn_state state_of_stranger(const struct learn *l, const struct xrp_endpoint *peer)
{
	return learn_is_signalled(l) && !learn_same_host(&l->signalled, peer) ? LEARN_LATCHED
									      : LEARN_LOCKED;
}

/*
 * May we send to the new address before we have heard from it? A private one proves nothing of a
 * party behind NAT. It does where the private address before it turned out to be right: then
 * there is no NAT on the way.
 */
static bool is_believable(const struct learn *l, const struct xrp_endpoint *given)
{
	enum addr_kind kind = addr_kind(&given->addr);

	if (learn_has_peer(l) && learn_same_host(given, &l->peer))
		return true;
	if (l->policy == LEARN_ANY)
		return false;
	if (l->policy != LEARN_AUTO || kind == ADDR_GLOBAL)
		return true;
	return learn_has_peer(l) && learn_same_host(&l->peer, &l->signalled) &&
	       addr_kind(&l->signalled.addr) == kind;
}

/* Another address than before is signalled, or the first one. */
static void move(struct learn *l, const struct xrp_endpoint *given)
{
	bool believable = is_believable(l, given);
	bool elsewhere = learn_knows_rtp_host(l) && !xrp_addr_equal(&given->addr, &l->rtp_host);

	l->signalled = *given;
	memset(l->candidate, 0, sizeof(l->candidate));
	if (!learn_has_spoken(l)) {
		if (believable || !elsewhere)
			learn_await(l, given);
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
	if (!learn_is_signalled(l) || !(other || other_mode))
		return other_mode;
	l->source = (struct xrp_endpoint){.zero = 0};
	if (asymmetric || !other)
		learn_await(l, &l->signalled);
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
		l->asymmetric && learn_has_peer(l) ? &l->peer.addr : &rtp_peer->addr;
	struct xrp_endpoint guess = next_port(rtp_peer);
	bool other = !xrp_addr_equal(&l->rtp_host, host);

	if (!rtp_peer->port && learn_knows_rtp_host(l)) {
		l->rtp_host = (struct xrp_addr){{0}};
		learn_await(l, &l->signalled);
		return true;
	}
	if (!is_usable(l, rtp_peer))
		return false;
	l->rtp_host = *host;
	if (l->asymmetric || (learn_has_peer(l) && learn_same_host(&l->peer, rtp_peer)))
		return other;
	if (learn_is_signalled(l) && learn_same_host(&l->signalled, rtp_peer))
		guess = l->signalled;
	learn_await(l, &guess);
	return true;
}

/* The stranger has been heard again: he is there, and may be sent to. True when he was not. */
static bool prove(struct learn *l)
{
	bool withheld = learn_is_withheld(l);

	l->unproven = 0;
	if (withheld)
		l->dest = l->peer;
	return withheld;
}

bool learn_lapse(struct learn *l, uint64_t rtcp_heard, uint64_t now)
{
	if (!l->unproven || l->moved || learn_is_withheld(l) || (now < l->unproven + UNPROVEN_TIME))
		return false;
	if (l->heard > l->unproven || rtcp_heard > l->unproven) {
		l->unproven = 0;
		return false;
	}
	l->dest = (struct xrp_endpoint){.zero = 0};
	return true;
}

bool learn_confirm(struct learn *l, const struct learn_seen *seen)
{
	if (seen->last_seen > l->heard)
		l->heard = seen->last_seen;
	if (l->unproven && l->heard > l->unproven)
		return prove(l);
	if (l->state != LEARN_EXPECTING || !learn_has_peer(l) || l->heard <= l->stale)
		return false;
	if (!l->moved) {
		settle(l, &l->peer, LEARN_LOCKED);
		return true;
	}
	if (learn_is_leaving(l) || l->heard - l->stale < MOVED_SETTLED)
		return false;
	settle(l, &l->peer, state_of_stranger(l, &l->peer));
	return true;
}

static bool is_peer(const struct learn *l, const struct xrp_endpoint *source)
{
	if (!learn_has_peer(l))
		return false;
	return l->asymmetric ? learn_same_host(source, &l->peer)
			     : xrp_endpoint_equal(source, &l->peer);
}

/* A packet of the signalled address: enough to be the peer? */
static bool wins_as_signalled(const struct learn *l, const struct learn_packet *p)
{
	if (!learn_is_signalled(l) || l->state == LEARN_LOCKED ||
	    !learn_same_host(&p->source, &l->signalled))
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

bool learn_may_rebind(const struct learn *l)
{
	return l->policy != LEARN_STRICT && learn_has_peer(l) && !learn_is_leaving(l);
}

bool learn_may_hand_over(const struct learn *l)
{
	return l->handover && !l->rtcp && !l->asymmetric && learn_has_spoken(l) &&
	       learn_may_rebind(l);
}

static bool was_silent(const struct learn_seen *seen, uint64_t now, uint64_t ns)
{
	return now > seen->last_seen && now - seen->last_seen >= ns;
}

/* Why a source that is not the peer might be the party: what the peer's silence must be then, ns.
 * UINT64_MAX: there is no reason. */
static uint64_t silence_wanted(const struct learn *l, const struct learn_packet *p,
			       const struct learn_seen *seen)
{
	bool goes_on = continues(p, seen);

	if (learn_is_open(l) && !l->moved)
		return 0;
	if (goes_on && learn_may_rebind(l) && learn_same_host(&p->source, &l->peer))
		return REBIND_SILENCE;
	if (learn_is_open(l))
		return MOVED_SILENCE;
	return goes_on && learn_may_hand_over(l) ? XRP_HANDOVER_SILENCE : UINT64_MAX;
}

/* RTP of somebody who is not the peer: what can make a peer of him. Moves the state if so. */
static bool learn_rtp(struct learn *l, const struct learn_packet *p, const struct learn_seen *seen)
{
	bool elsewhere = !learn_has_peer(l) || !learn_same_host(&p->source, &l->peer);
	uint64_t silence;

	if (wins_as_signalled(l, p)) {
		settle(l, &p->source, LEARN_LOCKED);
		return true;
	}
	if (p->media != XRP_MEDIA_RTP)
		return false;
	silence = silence_wanted(l, p, seen);
	if (silence == UINT64_MAX || !is_second_in_sequence(l, p))
		return false;
	if (silence && !was_silent(seen, p->now, silence))
		return false;
	settle(l, &p->source, state_of_stranger(l, &p->source));
	if (elsewhere)
		l->unproven = p->now;
	return true;
}

/* The same for an RTCP endpoint: one packet is enough, as only known addresses are heard. */
static bool wins_as_rtcp(const struct learn *l, const struct learn_packet *p,
			 const struct learn_seen *seen)
{
	if (l->state == LEARN_EXPECTING && (l->moved || !learn_knows_rtp_host(l)) &&
	    xrp_endpoint_equal(&p->source, &l->signalled))
		return true;
	if (l->policy == LEARN_STRICT || p->media != XRP_MEDIA_RTCP)
		return false;
	if (l->moved && learn_same_host(&p->source, &l->signalled))
		return true;
	if (learn_is_leaving(l) || !learn_knows_rtp_host(l) ||
	    !xrp_addr_equal(&p->source.addr, &l->rtp_host))
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
		if (l->unproven)
			return prove(l);
		if (l->asymmetric)
			l->source = p->source;
		if (learn_has_spoken(l))
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
