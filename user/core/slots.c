/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics slots: the free ones stand in a queue in the order in which they were given back, so
 * the one taken next has rested longest. The queue is a doubly linked list of indices, because a
 * restart claims slots from the middle of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <core/slots.h>

struct slot {
	uint32_t next, before; /* in the queue of free ones */
	bool taken;
	uint64_t ready; /* ns: has rested then */
};

struct slots {
	uint32_t count, taken, generation;
	uint64_t rest;
	struct slot slot[]; /* one more than `count`: the queue's head */
};

static void enqueue(struct slots *slots, uint32_t index)
{
	struct slot *head = &slots->slot[slots->count];

	slots->slot[index].before = head->before;
	slots->slot[index].next = slots->count;
	slots->slot[head->before].next = index;
	head->before = index;
}

static void mark_taken(struct slots *slots, uint32_t index)
{
	struct slot *slot = &slots->slot[index];

	slots->slot[slot->before].next = slot->next;
	slots->slot[slot->next].before = slot->before;
	slot->taken = true;
	slots->taken++;
}

struct slots *slots_new(uint32_t count, uint64_t rest, uint32_t generation)
{
	struct slots *slots = calloc(1, sizeof(*slots) + (count + 1ULL) * sizeof(struct slot));

	if (!slots)
		return NULL;
	slots->count = count;
	slots->rest = rest;
	slots->generation = generation;
	slots->slot[count].next = count;
	slots->slot[count].before = count;
	for (uint32_t i = 0; i < count; i++)
		enqueue(slots, i);
	return slots;
}

void slots_free(struct slots *slots)
{
	free(slots);
}

int slots_take(struct slots *slots, uint64_t now, uint32_t *slot, uint32_t *generation)
{
	uint32_t index = slots->slot[slots->count].next;

	if (index == slots->count || slots->slot[index].ready > now)
		return -ENOSPC;
	mark_taken(slots, index);
	if (!slots->generation)
		slots->generation = 1;
	*slot = index;
	*generation = slots->generation++;
	return 0;
}

int slots_claim(struct slots *slots, uint32_t slot, uint32_t generation)
{
	if (slot >= slots->count)
		return -ERANGE;
	if (slots->slot[slot].taken)
		return -EBUSY;
	mark_taken(slots, slot);
	if ((int32_t)(generation - slots->generation) >= 0)
		slots->generation = generation + 1;
	return 0;
}

void slots_give(struct slots *slots, uint32_t slot, uint64_t now)
{
	if (slot >= slots->count || !slots->slot[slot].taken)
		return;
	slots->slot[slot].taken = false;
	slots->slot[slot].ready = now + slots->rest;
	slots->taken--;
	enqueue(slots, slot);
}

bool slots_is_taken(const struct slots *slots, uint32_t slot)
{
	return slot < slots->count && slots->slot[slot].taken;
}

uint32_t slots_taken(const struct slots *slots)
{
	return slots->taken;
}
