/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that go in a circle: two relays that were pointed at each other, or a party that sends
 * back what another sends back, too. The relay is an endpoint and sets the TTL anew, so nothing on
 * the way ends that. What gives it away is that the same packets come again and again.
 *
 * Not found is a circle with more than a hundred packets in it at a time (its way round takes
 * long): they look like a sender who keeps starting anew. The cap on what a party may send bounds
 * it.
 */
#ifndef XRP_CORE_LOOP_H
#define XRP_CORE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#define LOOP_CUT 10000000000ULL /* ns that a stream is cut; then it is tried again */

/* What one side of a stream has sent so far. */
struct loop_seen {
	uint64_t rtp_packets;
	uint64_t expected; /* different ones, as far as sequence numbers tell */
	uint64_t dropped;  /* above the cap */
	uint32_t ssrc;
};

struct loop {
	struct loop_seen seen[2];
	unsigned int suspect[2], mirrored; /* looks in a row that found it so */
	uint64_t cut_until;		   /* ns; 0: it is not cut */
	uint64_t cuts;			   /* how often it was */
};

/*
 * Looks at both sides of a stream, about once a second. True when, twice in a row, one of them sent
 * a hundred packets or more of which not one in four was new (who sends each packet twice, or three
 * times, is left in peace), or when both send the same SSRC and both are above their cap: an echo
 * test does the one without the other.
 */
bool loop_follow(struct loop *loop, const struct loop_seen seen[2]);

#endif
