/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Learning who the peer of one local endpoint is. Pure: state and packet in, decision out; time is
 * an argument. docs/learning.md has the policies, the states and the limits as tables.
 */
#ifndef XRP_CORE_LEARN_H
#define XRP_CORE_LEARN_H

#include <stdbool.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>
#include <xdp-rtpproxy/rtp.h>

#define LEARN_CANDIDATES 4

enum learn_policy {
	LEARN_STRICT, /* only the exact signalled address and port */
	LEARN_HOST,   /* the signalled IP address; the first valid packet decides the port */
	LEARN_AUTO,   /* HOST when the signalled address is globally routable, else ANY */
	LEARN_ANY,    /* the first valid source, from anywhere */
};

enum learn_state {
	LEARN_EXPECTING, /* no packet from a peer yet (or none since the address was changed) */
	LEARN_LATCHED,	 /* the peer is a stranger: the signalled address may still displace it */
	LEARN_LOCKED,	 /* the peer is who was signalled, or nobody better can come */
};

/* A source that has sent one valid packet: the second in sequence makes it the peer. */
struct learn_candidate {
	struct xrp_endpoint source;
	uint32_t ssrc;
	uint16_t sequence;
	bool used;
	uint64_t time; /* ns */
};

struct learn {
	enum learn_policy policy;
	enum learn_state state;
	bool rtcp;	 /* an RTCP endpoint: learns from the RTP peer's address only */
	bool asymmetric; /* the party sends from other ports than it receives on: compare the
			    address, send to what was signalled, learn nothing */
	bool moved;	 /* signalled anew: the old peer is kept until the new one speaks */
	bool loopback;	 /* the leg listens on a loopback address: loopback peers are right */
	bool handover;	 /* the stream may go on from another IP address (not strict, not RTCP) */
	struct xrp_endpoint signalled; /* port 0 and address 0 when there is none */
	struct xrp_endpoint peer;      /* who may send; likewise */
	struct xrp_endpoint dest;      /* whom to send to; likewise */
	struct xrp_endpoint source;    /* asymmetric: where the party's last packet that came
					  this way was from; likewise */
	struct xrp_addr rtp_host; /* RTCP only: the RTP peer's address once there is one, else :: */
	struct learn_candidate candidate[LEARN_CANDIDATES];
	uint64_t unproven; /* ns: when a stranger became the peer, who was not heard since; 0 */
	uint64_t heard;	   /* ns: when the peer was last heard, as far as the learner was told */
	uint64_t stale; /* ns: what was heard until then says nothing of the present expectation */
};

/* What is known of the current peer's media, from the statistics of kernel and slow path. */
struct learn_seen {
	uint64_t last_seen; /* ns; 0: nothing came yet */
	bool rtp;	    /* ssrc and sequence are valid */
	uint32_t ssrc;
	uint16_t sequence; /* the highest */
};

/* A packet for this endpoint. */
struct learn_packet {
	struct xrp_endpoint source;
	enum xrp_media media;
	struct xrp_rtp rtp; /* when media is XRP_MEDIA_RTP */
	bool own;	    /* the source is one of the relay's own endpoints */
	uint64_t now;	    /* ns */
};

enum learn_verdict {
	LEARN_ACCEPT, /* from the peer: relay it */
	LEARN_REFUSE, /* drop it and count it */
};

struct learn_decision {
	enum learn_verdict verdict;
	bool changed; /* peer, dest or state changed: the rows must be planned anew */
};

/* Starts a learner that expects nobody yet. */
void learn_init(struct learn *l, enum learn_policy policy, bool rtcp, bool loopback);
/*
 * A command names the party's address (RTCP: RTP port + 1, by the caller). An unusable one
 * (multicast, broadcast, unspecified, loopback for a leg that is not on it) counts as not given,
 * but `asymmetric` is taken over. The same address again changes nothing; another one moves the
 * expectation. True when something changed. Call learn_confirm first, with what the statistics
 * say, so that a peer that has just spoken is not mistaken for one that never did.
 */
bool learn_signal(struct learn *l, const struct xrp_endpoint *signalled, bool asymmetric);
/*
 * RTCP only: the RTP endpoint's peer is now `rtp_peer`. An RTCP peer of another address gives way
 * to the signalled endpoint, or else to the port after `rtp_peer`'s. Port 0: it has none any more,
 * and the signalled one is expected. True when something changed.
 * Call it whenever the RTP learner's peer has changed; learn_confirm first, as above.
 */
bool learn_follow(struct learn *l, const struct xrp_endpoint *rtp_peer);
/*
 * At each sweep, behind learn_confirm: a stranger who became the peer and was heard no more,
 * neither by RTP nor by RTCP (when that was heard last), may never have sent at all: sources are
 * forged. After five seconds he is not sent to any more until he is heard again. True when that
 * begins.
 */
bool learn_lapse(struct learn *l, uint64_t rtcp_heard, uint64_t now);
/* Is there a peer that is not sent to, because nobody knows whether he is there? */
static inline bool learn_is_withheld(const struct learn *l)
{
	return l->unproven && l->peer.port && !l->dest.port;
}
/*
 * Another policy from now on. A peer that it would not have allowed is one no longer: the endpoint
 * expects the signalled one again (RTCP: the RTP peer's; nobody where nothing was signalled). Call
 * learn_confirm first, as above. True when something changed.
 */
bool learn_set_policy(struct learn *l, enum learn_policy policy);
/* Whether a handover is followed from now on. True when that changed. */
bool learn_set_handover(struct learn *l, bool handover);
/*
 * The peer of the row has spoken in the kernel, where the learner does not see it: what was
 * expected is confirmed. To be called with what the statistics say before learn_packet and at each
 * sweep. True when the state changed ("destination confirmed").
 */
bool learn_confirm(struct learn *l, const struct learn_seen *seen);
/* A packet that the slow path received. */
struct learn_decision learn_packet(struct learn *l, const struct learn_packet *p,
				   const struct learn_seen *seen);
/* Fills in peer, expect and the PEER and LEARN flags of the endpoint's own row (other flags kept).
 */
void learn_admission(const struct learn *l, struct xrp_flow *row);
/* "strict" ... to the policy. 0 or -EINVAL. */
int learn_policy_parse(const char *text, enum learn_policy *policy);
const char *learn_policy_name(enum learn_policy policy);
const char *learn_state_name(enum learn_state state);

#endif
