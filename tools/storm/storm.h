/* SPDX-License-Identifier: GPL-2.0-only */
/* What the storm's programs in the kernel and in user space share. */
#ifndef XRP_STORM_STORM_H
#define XRP_STORM_STORM_H

#include <linux/types.h>

#define STORM_FRAME 214		/* G.711, 20 ms: Ethernet, IPv4, UDP, RTP, 160 bytes */
#define STORM_SSRC  0x51000000U /* of flow 0; that of flow n is n more */
#define STORM_FLOWS 65536

/* One direction of a call: what is sent, and what came of it. */
struct storm_flow {
	__be32 saddr, daddr;
	__be16 sport, dport;
	__u32 out; /* ifindex it is sent by */
	__u8 dmac[6];
	__u16 idle;	/* it is passed over */
	__u32 sent;	/* packets, also the RTP sequence number of the next */
	__u32 received; /* packets */
	__u32 jumps;	/* of the sequence, in what was received */
	__u32 next;	/* the sequence number that should come now */
	__u64 last;	/* ns: when the last one came, */
	__u64 gap;	/* and the longest time between two */
};

#endif
