/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics slots: indices into the array flow_stats. A slot rests after use like a port does, and
 * each taking has another generation, which tells the program to start its counters from zero.
 */
#ifndef XRP_CORE_SLOTS_H
#define XRP_CORE_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

struct slots;

/* `count` slots; `rest` in ns; generations go up from `generation` (never 0). NULL: no memory. */
struct slots *slots_new(uint32_t count, uint64_t rest, uint32_t generation);
void slots_free(struct slots *slots);
/* Takes the slot that has been free for longest. 0, or -ENOSPC when none is free at `now` (ns). */
int slots_take(struct slots *slots, uint64_t now, uint32_t *slot, uint32_t *generation);
/*
 * Takes this very slot with its generation: of a flow that outlived a restart. Later generations
 * are higher. 0, -EBUSY when it is taken already, -ERANGE when there is no such slot.
 */
int slots_claim(struct slots *slots, uint32_t slot, uint32_t generation);
/* Gives one back; it rests from `now` (ns) on. One that is not taken is ignored. */
void slots_give(struct slots *slots, uint32_t slot, uint64_t now);
bool slots_is_taken(const struct slots *slots, uint32_t slot);
uint32_t slots_taken(const struct slots *slots);

#endif
