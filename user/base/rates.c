/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See rates.h. A bucket is one number: the time at which it is, or was, full (a virtual schedule).
 * The table keeps its entries in the order in which they were added; one that is used is added
 * anew, so the first is the one to forget.
 */
#include <stdlib.h>
#include <base/hash.h>
#include <base/rates.h>

#define NS_PER_S 1000000000ULL

struct client {
	struct xrp_addr addr; /* key */
	uint64_t full;	      /* ns: when its bucket is */
	UT_hash_handle hh;
};

struct rates {
	struct client *table; /* the quietest first */
	unsigned int used;
	struct client client[RATES_CLIENTS];
};

struct rates *rates_new(void)
{
	return calloc(1, sizeof(struct rates));
}

void rates_free(struct rates *rates)
{
	while (rates && rates->table) { /* the last one out takes the table's own memory with it */
		struct client *first = rates->table;

		HASH_DEL(rates->table, first);
	}
	free(rates);
}

static struct client *client_of(struct rates *rates, const struct xrp_addr *addr)
{
	struct client *c;

	HASH_FIND(hh, rates->table, addr, sizeof(*addr), c);
	if (c && !c->hh.next)
		return c;
	if (c) {
		HASH_DEL(rates->table, c);
	} else if (rates->used < RATES_CLIENTS) {
		c = &rates->client[rates->used++];
		c->full = 0;
	} else {
		c = rates->table;
		HASH_DEL(rates->table, c);
		c->full = 0;
	}
	c->addr = *addr;
	HASH_ADD(hh, rates->table, addr, sizeof(c->addr), c);
	return c;
}

uint64_t rates_take(struct rates *rates, const struct xrp_addr *addr, unsigned int rate,
		    uint64_t now)
{
	struct client *c = client_of(rates, addr);
	uint64_t token = NS_PER_S / rate;
	uint64_t full = (c->full > now ? c->full : now) + token;

	if (full > now + NS_PER_S)
		return full - (now + NS_PER_S);
	c->full = full;
	return 0;
}

unsigned int rates_count(const struct rates *rates)
{
	return rates->used;
}
