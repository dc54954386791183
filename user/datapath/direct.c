/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See direct.h. */
#include <stddef.h>
#include <arpa/inet.h>
#include <base/endpoint.h>
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
