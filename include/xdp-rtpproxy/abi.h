/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the XDP program and the daemon: what stands in the pinned maps.
 *
 * Fixed-width types, network order where the type is __be*, explicit padding, no pointers. Each
 * struct has one writer: the daemon writes xrp_flow, xrp_nexthop and xrp_control and the programs
 * only read them; the XDP program writes xrp_flow_stats and the reason counters and the daemon only
 * reads them. A change of any layout here is a change of XRP_ABI_VERSION.
 */
#ifndef XDP_RTPPROXY_ABI_H
#define XDP_RTPPROXY_ABI_H

#include <linux/types.h>

#define XRP_ABI_VERSION 3

/* An IPv6 address, or an IPv4 one mapped into it (RFC 4291, 2.5.5.2). */
struct xrp_addr {
	__be32 word[4];
};
_Static_assert(sizeof(struct xrp_addr) == 16, "xrp_addr is the first part of a map key");

#define XRP_V4MAPPED_WORD2_HOST 0x0000ffffU /* word[2] of a v4-mapped address, host order */

/* An address and port. Key of `flows`; the unspecified address there means "any local address". */
struct xrp_endpoint {
	struct xrp_addr addr;
	__be16 port;
	__u16 zero; /* padding, always 0: the key is hashed as bytes */
};
_Static_assert(sizeof(struct xrp_endpoint) == 20, "xrp_endpoint is a map key");

enum xrp_flow_flag {
	XRP_FLOW_OPEN = 1 << 0, /* both sides of the call have a port; without it all is dropped */
	XRP_FLOW_PEER = 1 << 1, /* `peer` is set */
	XRP_FLOW_PEER_HOST = 1 << 2, /* the peer may use any port of its address (asymmetric leg) */
	XRP_FLOW_RELAY = 1 << 3,     /* `out_src`, `out_dst` are set: relay what the peer sends */
	XRP_FLOW_RTCP = 1 << 4,	     /* the RTCP endpoint of a leg */
	XRP_FLOW_LEARN_PEER = 1 << 5, /* pass up strangers of the peer's address (a NAT rebinds) */
	XRP_FLOW_LEARN_EXPECT = 1 << 6, /* pass up strangers from the address `expect` */
	XRP_FLOW_LEARN_ANY = 1 << 7,	/* pass up every stranger */
	XRP_FLOW_UP = 1 << 8,	   /* all that is admitted goes up: user space works on the media */
	XRP_FLOW_UP_TYPE = 1 << 9, /* RTP of payload type `up_type` goes up */
	XRP_FLOW_UP_RTCP = 1 << 10, /* RTCP that shares the RTP port goes up (RFC 5761) */
	XRP_FLOW_COPY = 1 << 11,    /* what is relayed is also copied into the ring `copies` */
	XRP_FLOW_LOOP = 1 << 12,    /* not open, because its packets went in a circle */
	XRP_FLOW_LEARN_HANDOVER = 1 << 13, /* pass up every stranger while the peer is silent */
};

/*
 * What is to happen to packets for one local endpoint.
 *
 * `self` is the row's own key, and `self_end` repeats it at the other end: a row of a preallocated
 * hash may be reused for another key while a program reads it, so the program copies the row and
 * then checks both. Two, because the kernel's memcpy writes the new row from the front or, on CPUs
 * without fast short `rep movsb` and depending on the addresses, from the back: one of the two is
 * written before anything that stands between them. Whoever writes a row to the map seals it with
 * xrp_flow_seal.
 */
struct xrp_flow {
	struct xrp_endpoint self;
	struct xrp_endpoint peer;    /* who may send here */
	struct xrp_endpoint out_src; /* the other leg's local endpoint: what we send from */
	struct xrp_endpoint out_dst; /* the other leg's peer: whom we send to */
	struct xrp_addr expect;	     /* the signalled address, where it is not the peer's */
	__u32 slot;		     /* index into flow_stats */
	__u32 generation;      /* of the slot; another one in the slot means: start from zero */
	__u32 nexthop;	       /* index into nexthops; 0 is "not resolved" */
	__u32 ts_per_ns;       /* RTP clock in timestamp units per ns, 0.32 fixed point */
	__u16 flags;	       /* enum xrp_flow_flag */
	__u8 tos;	       /* IPv4 TOS or IPv6 traffic class of what is sent */
	__u8 ttl;	       /* TTL or hop limit of what is sent */
	__u8 up_type;	       /* see XRP_FLOW_UP_TYPE */
	__u8 cap;	       /* index into caps: what the peer may send; 0: anything */
	__u16 self_end;	       /* xrp_flow_end(&self) */
} __attribute__((aligned(8))); /* so that it is copied eight bytes at a time */
_Static_assert(sizeof(struct xrp_flow) == 120, "xrp_flow is a map value");
_Static_assert(__builtin_offsetof(struct xrp_flow, self) == 0, "self is the first field");
_Static_assert(__builtin_offsetof(struct xrp_flow, self_end) == 118, "self_end is the last field");

/* The value of `self_end`; two ports of one address never have the same. */
static inline __attribute__((always_inline)) __u16 xrp_flow_end(const struct xrp_endpoint *self)
{
	__u32 addr =
		self->addr.word[0] ^ self->addr.word[1] ^ self->addr.word[2] ^ self->addr.word[3];

	return (__u16)(addr ^ addr >> 16 ^ self->port);
}

/* Makes a row ready for the map: to be called last, on every row that is written there. */
static inline __attribute__((always_inline)) void xrp_flow_seal(struct xrp_flow *row)
{
	row->self_end = xrp_flow_end(&row->self);
}

/*
 * A second copy of a row of IPv4, found by its index alone: no hash is computed, no bucket and no
 * key are read, and neighbouring ports are neighbours. That is most of what finding a flow costs.
 * It stands at xrp_direct_index of its endpoint; where two rows have the same index, the first one
 * has the place and the other is found in `flows` only, as is any row while it is written here.
 * `flows` is always right on its own: it is written before and deleted from after.
 *
 * The daemon writes it in place: `sequence` is odd meanwhile, and another one after each write.
 */
struct xrp_direct {
	struct xrp_flow flow; /* self.port 0: nobody has the place */
	__u32 sequence;
	__u32 zero;
};
_Static_assert(sizeof(struct xrp_direct) == 128, "xrp_direct is two cache lines");

#define XRP_DIRECT_MIN 65536 /* entries: each port of one address has a place of its own */

/* Where in `direct` the row of an IPv4 address and port (host order) stands; the number of entries
 * is a power of two, `mask` is one less. */
static inline __attribute__((always_inline)) __u32 xrp_direct_index(__u32 addr, __u16 port,
								    __u32 mask)
{
	return (addr * 0x9e3779b1U + port) & mask;
}

/*
 * Counters of one flow: two cache lines. The first has all that a relayed packet of an ordinary
 * stream touches, and nothing else, for with many flows each line costs a miss; hence the 32 bits.
 * All of it concerns packets that the program itself relayed, but `strangers` and `punted`. Times
 * are ns of CLOCK_MONOTONIC. RTP: RFC 3550, 6.4.1 and appendix A.
 */
struct xrp_flow_stats {
	__u64 packets;
	__u64 bytes;	 /* UDP payload */
	__u64 last_seen; /* 0: never */
	__u32 generation;
	__u16 longest_gap; /* between two packets, in units of 1.05 ms: see xrp_gap_ns */
	__u16 debt;	   /* how far the peer is ahead of its cap: see rate.h */
	__u32 rtp_packets;
	__u32 rtp_ssrc;	     /* host order */
	__u32 rtp_highest;   /* highest extended sequence number: cycles << 16 | sequence */
	__u32 rtp_timestamp; /* of the last packet */
	__u32 rtp_transit;   /* arrival minus timestamp of the last packet, timestamp units */
	__u32 rtp_jitter;    /* timestamp units times 16 */
	__u32 ts_per_ns;     /* the clock that jitter and transit were computed with; 0: none yet */
	__u8 rtp_payload_type; /* of the last packet */
	__u8 rtp_jumped; /* the last packet jumped; if it goes on at rtp_expected, restart there */
	__u16 rtp_expected; /* the sequence number that follows such a jump */

	__u64 strangers;	  /* packets dropped because of their source */
	__u64 punted;		  /* packets passed up to the slow path */
	__u64 bucket_full_at;	  /* token bucket of the slow path: when it will be full again */
	__u32 rtp_base;		  /* extended sequence number the current count began with */
	__u32 rtp_expected_prior; /* packets expected of earlier SSRCs and of sequences restarted */
	struct xrp_endpoint stranger; /* source of the last packet dropped for its source */
	__u32 copies_lost;	      /* relayed, but without the copy that the row asks for */
	__u64 rate_dropped;	      /* packets dropped because they were more than the cap */
};
_Static_assert(sizeof(struct xrp_flow_stats) == 128, "xrp_flow_stats is two cache lines");
_Static_assert(__builtin_offsetof(struct xrp_flow_stats, strangers) == 64, "second line");

#define XRP_GAP_SHIFT 20 /* ns to the unit of longest_gap */

/* Notes a gap of `ns` between two packets in `longest_gap`; from 68 s on it stays there. */
static inline __attribute__((always_inline)) void xrp_gap_note(struct xrp_flow_stats *s, __u64 ns)
{
	__u64 gap = ns >> XRP_GAP_SHIFT;

	if (gap > s->longest_gap)
		s->longest_gap = gap > 0xffffU ? 0xffffU : (__u16)gap;
}

/* The longest gap between two packets, ns; up to 1.05 ms less than it was. */
static inline __attribute__((always_inline)) __u64 xrp_gap_ns(const struct xrp_flow_stats *s)
{
	return (__u64)s->longest_gap << XRP_GAP_SHIFT;
}

/*
 * What the peer of a flow may send: an element of `caps`, which a row names by its index. A packet
 * costs time, the larger of the two, and debts are paid by time that passes; see rate.h.
 */
struct xrp_cap {
	__u32 packet_ns; /* ns a packet */
	__u32 byte_ns;	 /* ns a byte of UDP payload, 24.8 fixed point */
	__u32 limit;	 /* ns of debt up to which a packet is admitted */
	__u32 zero;
};
_Static_assert(sizeof(struct xrp_cap) == 16, "xrp_cap is a map value");

#define XRP_CAPS 256 /* elements: a row's `cap` can be any of them */

/*
 * How to reach a neighbour. The array element is copied, not exchanged, when the daemon writes it,
 * from the front or from the back (see xrp_flow): a reader takes both versions before and after
 * the rest and believes the row when all four agree and are not 0. Every write has another version.
 */
struct xrp_nexthop {
	__u32 version;
	__u32 ifindex;
	__u8 dmac[6];
	__u8 smac[6];
	__u16 mtu;  /* largest IP packet, bytes, host order */
	__u16 vlan; /* 802.1Q TCI to push, host order; 0: none. The program passes others up yet */
	__u32 version_end;
};
_Static_assert(sizeof(struct xrp_nexthop) == 28, "xrp_nexthop is a map value");

enum xrp_switch {
	XRP_SWITCH_WILDCARD = 1 << 0, /* flows of the unspecified address exist: look them up too */
	/* What comes to a local address and a port from port_min to port_max, and belongs to no
	 * flow, is dropped, unless the port is one of `spared`. */
	XRP_SWITCH_DROP_UNALLOCATED = 1 << 1,
};

/* Run-time switches, the one element of `control`. */
struct xrp_control {
	__u32 switches;		  /* enum xrp_switch */
	__u32 punt_rate;	  /* packets a second that one flow may pass up; 0: none at all */
	__u32 punt_burst;	  /* packets it may pass up at once; 0: none at all */
	__u16 port_min, port_max; /* the media range, host order */
	/* ns of CLOCK_MONOTONIC; from then on all packets pass: no daemon has come back for so long
	 * that calls are taken for dead. A daemon moves it on every second. 0: never. */
	__u64 pass_after;
};
_Static_assert(sizeof(struct xrp_control) == 24, "xrp_control is a map value");

#define XRP_SPARED_WORDS                                                                           \
	1024 /* of `spared`: a bit a port, that of port p is p % 64 of word p / 64 */

/*
 * `port_rests`: until when (ns of CLOCK_MONOTONIC) a pair of ports rests after its last call, so
 * that it does so across a restart, too. One element a pair and family, at xrp_port_rest_index.
 */
#define XRP_PORT_RESTS 65536

static inline __attribute__((always_inline)) __u32 xrp_port_rest_index(int is_v6, __u16 port)
{
	return (is_v6 ? 32768U : 0U) + port / 2;
}

/* One reason's counters, a CPU. */
struct xrp_count {
	__u64 packets;
	__u64 bytes; /* whole frames */
};
_Static_assert(sizeof(struct xrp_count) == 16, "xrp_count is a map value");

#define XRP_COPY_BYTES 2048 /* of UDP payload; a longer one is relayed, but not copied */

/*
 * A packet that was relayed, in the ring `copies`: this header, then the payload as it was
 * received. What the ring holds may be longer, the rest is undefined.
 */
struct xrp_copy {
	__u64 time;		    /* ns of CLOCK_MONOTONIC when it came in */
	struct xrp_endpoint local;  /* what it was sent to; never the unspecified address */
	struct xrp_endpoint source; /* who sent it */
	__u32 slot;		    /* of its flow */
	__u32 generation;
	__u32 length; /* of the payload, bytes */
	__u32 zero;
};
_Static_assert(sizeof(struct xrp_copy) == 64, "the payload follows");

#endif
