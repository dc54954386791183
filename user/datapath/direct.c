/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See direct.h. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <base/endpoint.h>
#include <base/fault.h>
#include <datapath/direct.h>
#include <xdp-rtpproxy/admit.h>

uint32_t direct_entries(uint32_t max_flows)
{
	uint32_t entries = XRP_DIRECT_MIN;

	while (entries < max_flows && entries < 1U << 31)
		entries *= 2;
	return entries;
}

/* NULL where the endpoint cannot have one. */
static struct xrp_direct *place_of(struct xrp_direct *table, uint32_t mask,
				   const struct xrp_endpoint *self)
{
	uint32_t addr = ntohl(self->addr.word[3]);

	if (!addr_is_v4(&self->addr) || !addr)
		return NULL;
	return &table[xrp_direct_index(addr, ntohs(self->port), mask)];
}

/* The stores in between may be seen in any order, but none before the odd number or after the even
 * one. */
static void write_row(struct xrp_direct *d, const struct xrp_flow *row)
{
	typedef uint64_t __attribute__((may_alias)) word;
	uint32_t odd = d->sequence | 1;
	const word *from = (const word *)row;
	word *to = (word *)&d->flow;

	__atomic_store_n(&d->sequence, odd, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	fault_point("direct.odd");
	for (size_t i = 0; i < sizeof(*row) / sizeof(*to); i++)
		__atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
	__atomic_store_n(&d->sequence, odd + 1, __ATOMIC_RELEASE);
}

void direct_set(struct xrp_direct *table, uint32_t mask, const struct xrp_flow *row)
{
	struct xrp_direct *d = place_of(table, mask, &row->self);

	if (d && (!d->flow.self.port || xrp_endpoint_equal(&d->flow.self, &row->self)))
		write_row(d, row);
}

void direct_delete(struct xrp_direct *table, uint32_t mask, const struct xrp_endpoint *self)
{
	const struct xrp_flow none = {.flags = 0};
	struct xrp_direct *d = place_of(table, mask, self);

	if (d && xrp_endpoint_equal(&d->flow.self, self))
		write_row(d, &none);
}

int direct_get(struct xrp_direct *table, uint32_t mask, const struct xrp_endpoint *self,
	       struct xrp_flow *row)
{
	const struct xrp_direct *d = place_of(table, mask, self);

	if (!d || !xrp_endpoint_equal(&d->flow.self, self))
		return -ENOENT;
	*row = d->flow;
	return d->sequence & 1 ? -EUCLEAN : 0;
}

/* What is known of a place while the table is repaired. */
enum { PLACE_DOUBTFUL, PLACE_RIGHT, PLACE_CLEARED };

struct direct_repair *direct_repair_begin(struct xrp_direct *table, uint32_t mask)
{
	struct direct_repair *repair = calloc(1, sizeof(*repair) + mask + 1ULL);

	if (!repair)
		return NULL;
	repair->table = table;
	repair->mask = mask;
	return repair;
}

void direct_repair_row(struct direct_repair *repair, const struct xrp_flow *row)
{
	struct xrp_direct *d = place_of(repair->table, repair->mask, &row->self);

	if (!d || !xrp_endpoint_equal(&d->flow.self, &row->self))
		return;
	repair->place[d - repair->table] = PLACE_RIGHT;
	if (!(d->sequence & 1) && !memcmp(&d->flow, row, sizeof(*row)))
		return;
	write_row(d, row);
	repair->wrong++;
}

void direct_repair_clear(struct direct_repair *repair)
{
	const struct xrp_flow none = {.flags = 0};

	for (uint32_t i = 0; i <= repair->mask; i++) {
		struct xrp_direct *d = &repair->table[i];

		if (repair->place[i] != PLACE_DOUBTFUL ||
		    (!d->flow.self.port && !(d->sequence & 1)))
			continue;
		write_row(d, &none);
		repair->place[i] = PLACE_CLEARED;
		repair->wrong++;
	}
}

void direct_repair_missing(struct direct_repair *repair, const struct xrp_flow *row)
{
	struct xrp_direct *d = place_of(repair->table, repair->mask, &row->self);
	uint8_t *place;

	if (!d)
		return;
	place = &repair->place[d - repair->table];
	if (*place == PLACE_RIGHT)
		return;
	write_row(d, row);
	repair->wrong += *place == PLACE_DOUBTFUL;
	*place = PLACE_RIGHT;
}
