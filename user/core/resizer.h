/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Re-packetisation (modifier z): what a party sends in packets of one length goes on in packets of
 * another. Payload types 0, 3, 4, 8, 9 and 18, whose frames can be told apart without decoding;
 * everything else goes on as it came, in order.
 *
 * Packets wait in a queue, sorted by timestamp. They are put together when they last for the target
 * or when the first of them has waited for twice the target (40 ms at least). The caller, who has
 * the clock, sees to it that nobody waits longer in a pause: resizer_due and resizer_expire. A
 * packet of a type that is not resized, a G.729 packet that ends a talkspurt (SID frame) and a new
 * SSRC let out at once all that is queued.
 *
 * Sequence numbers are given anew, on from the first packet's, also over a new SSRC, and from then
 * on to RTP packets of other types, too: receivers see one unbroken sequence. A stream of nothing
 * but other types (video) goes on untouched. Timestamps stay. Memory is bounded: RESIZER_QUEUE
 * packets, of which all but one last no longer than the target together.
 */
#ifndef XRP_CORE_RESIZER_H
#define XRP_CORE_RESIZER_H

#include <stddef.h>
#include <stdint.h>

#define RESIZER_QUEUE	  128 /* packets that may wait; more let the oldest out */
#define RESIZER_PTIME_MAX 999 /* ms */

struct resizer;

struct resizer_stats {
	uint64_t in;	     /* packets taken into the queue */
	uint64_t out;	     /* packets made of them */
	uint64_t discarded;  /* late ones and duplicates */
	uint64_t passed;     /* others, gone on */
	unsigned int queued; /* packets that wait now; freed, they are discarded, too */
};

/* Gets every packet that is to be sent; `data` is valid during the call only. */
typedef void (*resizer_emit)(void *ctx, const uint8_t *data, size_t len);

/* For packets of `ptime` ms, 1 to RESIZER_PTIME_MAX. NULL: no memory. */
struct resizer *resizer_new(uint16_t ptime);
/* What is queued is discarded. */
void resizer_free(struct resizer *resizer);
/* Another target from now on; what is queued stays. */
void resizer_set_ptime(struct resizer *resizer, uint16_t ptime);
/*
 * Takes a packet (UDP payload) that came at `now` (ns) and emits all that is due, often nothing,
 * at times several. RTP of another type is emitted after all that was queued before it; what is not
 * RTP at once and untouched.
 */
void resizer_push(struct resizer *resizer, uint64_t now, const uint8_t *data, size_t len,
		  resizer_emit emit, void *ctx);
/* When what waits is to leave even if nothing more comes (ns); UINT64_MAX: nothing waits. */
uint64_t resizer_due(const struct resizer *resizer);
/* Emits what has waited for too long at `now` (ns), in packets as long as there is content for. */
void resizer_expire(struct resizer *resizer, uint64_t now, resizer_emit emit, void *ctx);
/* Emits all that is queued: to be called before the resizer is taken away in mid-call. */
void resizer_flush(struct resizer *resizer, resizer_emit emit, void *ctx);
struct resizer_stats resizer_stats(const struct resizer *resizer);

#endif
