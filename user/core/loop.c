/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See loop.h. */
#include <core/loop.h>

#define LOOP_LEAST 100 /* packets between two looks: fewer harm nobody */
#define LOOP_SHARE 4   /* one in so many is new, or it is a circle */
#define LOOP_LOOKS 2   /* that must agree */

/* Of expected a new sequence can take back what a guess had added: that is no new packet. */
static bool is_again(const struct loop_seen *before, const struct loop_seen *now)
{
	uint64_t packets = now->rtp_packets - before->rtp_packets;
	uint64_t fresh = now->expected > before->expected ? now->expected - before->expected : 0;

	return packets >= LOOP_LEAST && fresh * LOOP_SHARE < packets;
}

static bool is_mirrored(const struct loop *loop, const struct loop_seen seen[2])
{
	for (int i = 0; i < 2; i++) {
		if (seen[i].rtp_packets == loop->seen[i].rtp_packets ||
		    seen[i].dropped == loop->seen[i].dropped)
			return false;
	}
	return seen[0].ssrc == seen[1].ssrc;
}

bool loop_follow(struct loop *loop, const struct loop_seen seen[2])
{
	bool found;

	loop->mirrored = is_mirrored(loop, seen) ? loop->mirrored + 1 : 0;
	found = loop->mirrored >= LOOP_LOOKS;
	for (int i = 0; i < 2; i++) {
		loop->suspect[i] = is_again(&loop->seen[i], &seen[i]) ? loop->suspect[i] + 1 : 0;
		found |= loop->suspect[i] >= LOOP_LOOKS;
		loop->seen[i] = seen[i];
	}
	if (found)
		loop->suspect[0] = loop->suspect[1] = loop->mirrored = 0;
	return found;
}
