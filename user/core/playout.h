/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A prompt as RTP packets, each at its time. Pure: bytes of the prompt, random numbers and times
 * are given. The n-th packet is due at start + n * ptime, so errors of the caller's timer do not
 * add up.
 */
#ifndef XRP_CORE_PLAYOUT_H
#define XRP_CORE_PLAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define PLAYOUT_PTIME_MAX 999	       /* ms */
#define PLAYOUT_PACKET	  8300	       /* bytes, room for any packet */
#define PLAYOUT_BEHIND	  200000000ULL /* ns; so late, the schedule moves instead of a burst */
#define PLAYOUT_ENDLESS	  (-1)

struct playout_prompt {
	const uint8_t *data; /* raw payload; must stay as long as the playout */
	size_t len;
	uint8_t payload_type; /* 0, 3, 4, 8, 9 or 18 */
	uint16_t ptime;	      /* ms, 1 to PLAYOUT_PTIME_MAX; rounded up to whole frames */
	int count;	      /* how many times; PLAYOUT_ENDLESS */
	uint32_t ssrc, timestamp;
	uint16_t sequence; /* the first; all three at random */
	uint64_t start;	   /* ns: when the first packet is due */
};

/* One that plays. The module's own. */
struct playout {
	struct playout_prompt prompt;
	size_t offset;	  /* of the next packet's payload */
	size_t bytes;	  /* payload of a packet */
	uint32_t samples; /* its timestamp units */
	uint64_t sent;	  /* packets */
};

/*
 * 0, -EPROTONOSUPPORT for a payload type that cannot be cut, -EINVAL for a count of 0 or below -1
 * or a ptime out of range, -ENODATA for a prompt shorter than one packet. After an error nothing is
 * due.
 */
int playout_start(struct playout *playout, const struct playout_prompt *prompt);
/* When the next packet is due, ns; UINT64_MAX: none is left. */
uint64_t playout_due(const struct playout *playout);
/*
 * Writes the next packet, due or not, and returns its length; 0: none is left. `size` is
 * PLAYOUT_PACKET. To be called while playout_due() <= now. Of a file that is played again the next
 * round follows without a break; a rest shorter than a packet is left out each time.
 */
size_t playout_next(struct playout *playout, uint64_t now, uint8_t *buf, size_t size);

#endif
