/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Port pairs. The free ones stand twice: in an array without order, from which one is drawn at
 * random at once, and in a bitmap, in which the next one in order is found a word at a time. Those
 * that rest stand in a ring in the order in which they were given back, so only its front needs to
 * be looked at. Those that rested before a restart may do so for another time, so they have a ring
 * of their own. A pair is free when it is not taken, does not rest and is held by nobody else.
 */
#include <errno.h>
#include <stdlib.h>
#include <core/ports.h>

#define WORD_BITS 64
#define NO_PLACE  UINT16_MAX
#define REST_MOST (24 * 3600ULL * 1000000000) /* ns: what is further ahead is no rest */

struct pair {
	uint16_t place;	 /* in free[], or NO_PLACE */
	uint8_t foreign; /* 1: others hold the even port, 2: the odd one */
	bool taken, resting;
	bool copies; /* are sent from it */
};

struct resting {
	uint64_t until; /* ns */
	uint16_t pair;
};

/* The first that has rested is in front. */
struct ring {
	unsigned int front, count;
	struct resting *entry;
};

struct ports {
	unsigned int first, total; /* the first even port; pairs */
	bool ordered;
	uint64_t rest, random;
	unsigned int next; /* ordered: the pair to look at first */
	unsigned int free_count, taken_count, foreign_count;
	struct pair *pair;
	uint16_t *free;
	uint64_t *free_bits;
	struct ring given, inherited;
	uint64_t *rests; /* shared with later tables; or NULL */
};

static bool is_free(const struct pair *pair)
{
	return !pair->taken && !pair->resting && !pair->foreign;
}

/* Makes array and bitmap agree with what the pair is now. */
static void refresh(struct ports *ports, unsigned int index)
{
	struct pair *pair = &ports->pair[index];
	uint64_t bit = 1ULL << (index % WORD_BITS);

	if (is_free(pair) == (pair->place != NO_PLACE))
		return;
	ports->free_bits[index / WORD_BITS] ^= bit;
	if (pair->place == NO_PLACE) {
		pair->place = (uint16_t)ports->free_count;
		ports->free[ports->free_count++] = (uint16_t)index;
	} else {
		uint16_t last = ports->free[--ports->free_count];

		ports->free[pair->place] = last;
		ports->pair[last].place = pair->place;
		pair->place = NO_PLACE;
	}
}

static bool allocate(struct ports *ports)
{
	size_t words = (ports->total + WORD_BITS - 1) / WORD_BITS;

	ports->pair = calloc(ports->total, sizeof(*ports->pair));
	ports->free = calloc(ports->total, sizeof(*ports->free));
	ports->given.entry = calloc(ports->total, sizeof(*ports->given.entry));
	ports->inherited.entry = calloc(ports->total, sizeof(*ports->inherited.entry));
	ports->free_bits = calloc(words, sizeof(*ports->free_bits));
	return ports->pair && ports->free && ports->given.entry && ports->inherited.entry &&
	       ports->free_bits;
}

struct ports *ports_new(uint16_t min, uint16_t max, bool ordered, uint64_t rest, uint64_t seed)
{
	unsigned int first = min < 2 ? 2 : (min + 1U) & ~1U;
	unsigned int end = max % 2 ? max + 1U : max; /* after the last pair */
	struct ports *ports;

	if (end <= first) {
		errno = ERANGE;
		return NULL;
	}
	ports = calloc(1, sizeof(*ports));
	if (!ports)
		return NULL;
	*ports = (struct ports){.first = first, .total = (end - first) / 2};
	ports->ordered = ordered;
	ports->rest = rest;
	ports->random = seed;
	if (!allocate(ports)) {
		ports_free(ports);
		errno = ENOMEM;
		return NULL;
	}
	for (unsigned int i = 0; i < ports->total; i++) {
		ports->pair[i].place = NO_PLACE;
		refresh(ports, i);
	}
	return ports;
}

void ports_free(struct ports *ports)
{
	if (!ports)
		return;
	free(ports->pair);
	free(ports->free);
	free(ports->given.entry);
	free(ports->inherited.entry);
	free(ports->free_bits);
	free(ports);
}

/* splitmix64: good enough that a call's port says nothing of the next one's to a bystander. */
static uint64_t next_random(struct ports *ports)
{
	uint64_t z = ports->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static unsigned int pick_random(struct ports *ports)
{
	uint64_t scaled = (next_random(ports) >> 32) * ports->free_count;

	return ports->free[scaled >> 32];
}

/* The first free pair from `next` on, with wrap-around; there is one. */
static unsigned int pick_ordered(const struct ports *ports)
{
	unsigned int words = (ports->total + WORD_BITS - 1) / WORD_BITS;
	unsigned int at = ports->next / WORD_BITS;
	uint64_t word = ports->free_bits[at] & (~0ULL << (ports->next % WORD_BITS));

	while (!word) {
		at = at + 1 < words ? at + 1 : 0;
		word = ports->free_bits[at];
	}
	return at * WORD_BITS + (unsigned int)__builtin_ctzll(word);
}

static void wake_rested(struct ports *ports, struct ring *ring, uint64_t now)
{
	while (ring->count && ring->entry[ring->front].until <= now) {
		unsigned int index = ring->entry[ring->front].pair;

		ring->front = (ring->front + 1) % ports->total;
		ring->count--;
		ports->pair[index].resting = false;
		refresh(ports, index);
	}
}

int ports_take(struct ports *ports, uint64_t now)
{
	unsigned int index;

	wake_rested(ports, &ports->inherited, now);
	wake_rested(ports, &ports->given, now);
	if (!ports->free_count)
		return -EADDRNOTAVAIL;
	index = ports->ordered ? pick_ordered(ports) : pick_random(ports);
	ports->next = (index + 1) % ports->total;
	ports->pair[index].taken = true;
	ports->taken_count++;
	refresh(ports, index);
	return (int)(ports->first + 2 * index);
}

/* The pair that a port is of, or -ERANGE. */
static int pair_of(const struct ports *ports, uint16_t port)
{
	if (port < ports->first || port >= ports->first + 2 * ports->total)
		return -ERANGE;
	return (int)((port - ports->first) / 2);
}

/* Takes a pair out of the ring, wherever it stands: rare, so it may cost the ring's length. */
static void leave_ring(const struct ports *ports, struct ring *ring, unsigned int index)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < ring->count; i++) {
		struct resting entry = ring->entry[(ring->front + i) % ports->total];

		if (entry.pair != index)
			ring->entry[(ring->front + kept++) % ports->total] = entry;
	}
	ring->count = kept;
}

static void stop_resting(struct ports *ports, unsigned int index)
{
	leave_ring(ports, &ports->inherited, index);
	leave_ring(ports, &ports->given, index);
	ports->pair[index].resting = false;
}

int ports_claim(struct ports *ports, uint16_t even)
{
	int index = pair_of(ports, even);

	if (index < 0 || even % 2)
		return -ERANGE;
	if (ports->pair[index].taken)
		return -EBUSY;
	if (ports->pair[index].resting)
		stop_resting(ports, (unsigned int)index);
	ports->pair[index].taken = true;
	ports->taken_count++;
	refresh(ports, (unsigned int)index);
	return 0;
}

static int compare_rests(const void *a, const void *b)
{
	const struct resting *x = a, *y = b;

	return (x->until > y->until) - (x->until < y->until);
}

void ports_share(struct ports *ports, uint64_t *rests, uint64_t now)
{
	struct ring *ring = &ports->inherited;

	ports->rests = rests;
	for (unsigned int i = 0; i < ports->total; i++) {
		uint64_t until = rests[ports->first / 2 + i];

		if (until <= now || until - now >= REST_MOST || ports->pair[i].taken)
			continue;
		ring->entry[ring->count++] = (struct resting){until, (uint16_t)i};
		ports->pair[i].resting = true;
		refresh(ports, i);
	}
	qsort(ring->entry, ring->count, sizeof(*ring->entry), compare_rests);
}

void ports_give(struct ports *ports, uint16_t even, uint64_t now)
{
	struct resting entry = {.until = now + ports->rest};
	int index = pair_of(ports, even);
	struct ring *ring = &ports->given;

	if (index < 0 || even % 2 || !ports->pair[index].taken)
		return;
	ports->pair[index].taken = false;
	ports->pair[index].copies = false;
	ports->pair[index].resting = true;
	ports->taken_count--;
	entry.pair = (uint16_t)index;
	ring->entry[(ring->front + ring->count++) % ports->total] = entry;
	if (ports->rests)
		ports->rests[even / 2] = entry.until;
}

bool ports_is_taken(const struct ports *ports, uint16_t even)
{
	int index = pair_of(ports, even);

	return index >= 0 && ports->pair[index].taken;
}

bool ports_in_range(const struct ports *ports, uint16_t port)
{
	return pair_of(ports, port) >= 0;
}

void ports_set_copies(struct ports *ports, uint16_t even)
{
	int index = pair_of(ports, even);

	if (index >= 0)
		ports->pair[index].copies = ports->pair[index].taken;
}

bool ports_sends_copies(const struct ports *ports, uint16_t port)
{
	int index = pair_of(ports, port);

	return index >= 0 && ports->pair[index].copies;
}

void ports_foreign(struct ports *ports, uint16_t port, bool held)
{
	uint8_t bit = port % 2 ? 2 : 1;
	int index = pair_of(ports, port);
	struct pair *pair;
	bool was;

	if (index < 0)
		return;
	pair = &ports->pair[index];
	was = pair->foreign;
	pair->foreign = (uint8_t)(held ? pair->foreign | bit : pair->foreign & ~bit);
	if (was && !pair->foreign)
		ports->foreign_count--;
	else if (!was && pair->foreign)
		ports->foreign_count++;
	refresh(ports, (unsigned int)index);
}

bool ports_are_given(const struct ports *ports, uint16_t port)
{
	int index = pair_of(ports, port);

	return index >= 0 && !(ports->pair[index].foreign & (port % 2 ? 2 : 1));
}

struct ports_count ports_count(const struct ports *ports)
{
	return (struct ports_count){
		.total = ports->total,
		.taken = ports->taken_count,
		.resting = ports->given.count + ports->inherited.count,
		.foreign = ports->foreign_count,
	};
}
