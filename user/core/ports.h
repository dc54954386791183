/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port pairs of one address family: an even port for RTP, the next for RTCP. One table serves all
 * local addresses, as in rtpproxy. A pair that was given back rests before it is taken again, so
 * that late packets of the old call never enter a new one. All operations are O(1) amortised.
 */
#ifndef XRP_CORE_PORTS_H
#define XRP_CORE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

struct ports;

/*
 * A table for the pairs in min..max (reference, 16: min is rounded up to even; an odd max means the
 * last pair is max-1, an even one max-2; the pair 0/1 is never used). `ordered`: ascending from the
 * last one used, with wrap-around (-b); else at random, from `seed`. `rest`: ns that a pair rests.
 * NULL: no memory, or not one pair in the range (errno says which: ENOMEM, ERANGE).
 */
struct ports *ports_new(uint16_t min, uint16_t max, bool ordered, uint64_t rest, uint64_t seed);
void ports_free(struct ports *ports);
/* Takes a pair: the even port, or -EADDRNOTAVAIL when none is free at `now` (ns). */
int ports_take(struct ports *ports, uint64_t now);
/*
 * Takes this very pair, free or not: of a call that outlived a restart. 0, -EBUSY when it is taken
 * already, -ERANGE when it is not in the range (any more): it needs no place here then.
 */
int ports_claim(struct ports *ports, uint16_t even);
/*
 * Notes in `rests`, from now on, until when (ns) each pair that is given back rests, for a later
 * ports_new of the same range or another. `rests` has an element for each two ports, that of port
 * p is p / 2, and stays the caller's. What it says already holds: pairs rest until then, but for
 * times a day or more ahead, which nobody can have meant. To be called once, before any pair is
 * given back.
 */
void ports_share(struct ports *ports, uint64_t *rests, uint64_t now);
/* Gives one back that was taken. It rests from `now` on. One that is not taken is ignored. */
void ports_give(struct ports *ports, uint16_t even, uint64_t now);
/* Is the pair of this even port taken? */
bool ports_is_taken(const struct ports *ports, uint16_t even);
/* Is this port, odd or even, of a pair in the range? */
bool ports_in_range(const struct ports *ports, uint16_t port);
/* Copies are sent from this pair, which is taken, until it is given back. */
void ports_set_copies(struct ports *ports, uint16_t even);
/* Is this port, odd or even, one that copies are sent from? */
bool ports_sends_copies(const struct ports *ports, uint16_t port);
/*
 * Another program holds (or no longer holds) this port, odd or even: its pair is not given out. A
 * pair that is taken by us stays taken. Ports outside the range are ignored.
 */
void ports_foreign(struct ports *ports, uint16_t port, bool held);
/* Is this port, odd or even, one that is given out: in the range, and held by no other program? */
bool ports_are_given(const struct ports *ports, uint16_t port);
/*
 * Pairs in the range, and how many of them are taken, resting (as of the last ports_take), held by
 * others. A pair that is held by others may be taken or resting too.
 */
struct ports_count {
	unsigned int total, taken, resting, foreign;
};
struct ports_count ports_count(const struct ports *ports);

#endif
