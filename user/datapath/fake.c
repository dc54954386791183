/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The datapath without a kernel: rows in memory. Tests of the layers above write through it and
 * read back what would stand in the maps.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <datapath/datapath.h>

#define FAKE_MAX_LOCAL 1024

struct fake_flow {
	struct xrp_flow row; /* key: row.self */
	UT_hash_handle hh;
};

struct fake_local {
	struct xrp_addr addr;
	UT_hash_handle hh;
};

struct fake_journal {
	struct xrp_journal_key key;
	struct xrp_journal_value value;
	UT_hash_handle hh;
};

struct fake {
	struct datapath base;
	uint32_t max_flows, max_nexthops;
	struct fake_flow *flows;
	struct fake_local *locals;
	struct fake_journal *journal;
	struct xrp_nexthop *nexthops;
	struct xrp_flow_stats *stats;
	struct xrp_control control;
	struct xrp_cap caps[XRP_CAPS];
	uint64_t spared[XRP_SPARED_WORDS];
	struct xrp_count reasons[XRP_REASON_COUNT];
};

static struct fake *fake_of(struct datapath *dp)
{
	return (struct fake *)dp;
}

static struct fake_flow *fake_find(struct datapath *dp, const struct xrp_endpoint *self)
{
	struct fake_flow *flow;

	HASH_FIND(hh, fake_of(dp)->flows, self, sizeof(*self), flow);
	return flow;
}

static void fake_write(struct fake_flow *flow, const struct xrp_flow *row)
{
	flow->row = *row;
	xrp_flow_seal(&flow->row);
}

static int fake_flow_set(struct datapath *dp, const struct xrp_flow *row)
{
	struct fake_flow *flow = fake_find(dp, &row->self);

	if (flow) {
		fake_write(flow, row);
		return 0;
	}
	if (HASH_COUNT(fake_of(dp)->flows) >= fake_of(dp)->max_flows)
		return -ENOSPC;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return -ENOMEM;
	fake_write(flow, row);
	HASH_ADD(hh, fake_of(dp)->flows, row.self, sizeof(flow->row.self), flow);
	return 0;
}

static int fake_flow_delete(struct datapath *dp, const struct xrp_endpoint *self)
{
	struct fake_flow *flow = fake_find(dp, self);

	if (!flow)
		return -ENOENT;
	HASH_DEL(fake_of(dp)->flows, flow);
	free(flow);
	return 0;
}

static int fake_nexthop_set(struct datapath *dp, uint32_t id, const struct xrp_nexthop *row)
{
	if (id >= fake_of(dp)->max_nexthops)
		return -E2BIG;
	fake_of(dp)->nexthops[id] = *row;
	return 0;
}

static int fake_control_set(struct datapath *dp, const struct xrp_control *control)
{
	fake_of(dp)->control = *control;
	return 0;
}

static int fake_caps_set(struct datapath *dp, const struct xrp_cap *caps, unsigned int count)
{
	if (count > XRP_CAPS)
		return -E2BIG;
	memcpy(fake_of(dp)->caps, caps, count * sizeof(*caps));
	return 0;
}

static int fake_port_spare(struct datapath *dp, uint16_t port, bool spared)
{
	uint64_t *word = &fake_of(dp)->spared[port / 64], bit = 1ULL << port % 64;

	*word = spared ? *word | bit : *word & ~bit;
	return 0;
}

static int fake_local_add(struct fake *fake, const struct xrp_addr *addr)
{
	struct fake_local *local;

	if (HASH_COUNT(fake->locals) >= FAKE_MAX_LOCAL)
		return -ENOSPC;
	local = calloc(1, sizeof(*local));
	if (!local)
		return -ENOMEM;
	local->addr = *addr;
	HASH_ADD(hh, fake->locals, addr, sizeof(local->addr), local);
	return 0;
}

static int fake_local_address_set(struct datapath *dp, const struct xrp_addr *addr, bool present)
{
	struct fake *fake = fake_of(dp);
	struct fake_local *local;

	HASH_FIND(hh, fake->locals, addr, sizeof(*addr), local);
	if (present)
		return local ? 0 : fake_local_add(fake, addr);
	if (!local)
		return -ENOENT;
	HASH_DEL(fake->locals, local);
	free(local);
	return 0;
}

static const struct xrp_flow_stats *fake_stats(struct datapath *dp, uint32_t slot)
{
	return datapath_fake_stats(dp, slot);
}

static int fake_reasons(struct datapath *dp, struct xrp_count sum[XRP_REASON_COUNT])
{
	memcpy(sum, fake_of(dp)->reasons, sizeof(fake_of(dp)->reasons));
	return 0;
}

static struct fake_journal *fake_journal_find(struct datapath *dp,
					      const struct xrp_journal_key *key)
{
	struct fake_journal *element;

	HASH_FIND(hh, fake_of(dp)->journal, key, sizeof(*key), element);
	return element;
}

static int fake_journal_put(struct datapath *dp, const struct xrp_journal_key *key,
			    const struct xrp_journal_value *value)
{
	struct fake_journal *element = fake_journal_find(dp, key);

	if (!element) {
		if (HASH_COUNT(fake_of(dp)->journal) >= fake_of(dp)->max_flows)
			return -ENOSPC;
		element = calloc(1, sizeof(*element));
		if (!element)
			return -ENOMEM;
		element->key = *key;
		HASH_ADD(hh, fake_of(dp)->journal, key, sizeof(element->key), element);
	}
	element->value = *value;
	return 0;
}

static int fake_journal_delete(struct datapath *dp, const struct xrp_journal_key *key)
{
	struct fake_journal *element = fake_journal_find(dp, key);

	if (!element)
		return -ENOENT;
	HASH_DEL(fake_of(dp)->journal, element);
	free(element);
	return 0;
}

static void fake_free(struct datapath *dp)
{
	struct fake_journal *element, *next_element;
	struct fake *fake = fake_of(dp);
	struct fake_local *local, *next_local;
	struct fake_flow *flow, *next_flow;

	HASH_ITER (hh, fake->flows, flow, next_flow) {
		HASH_DEL(fake->flows, flow);
		free(flow);
	}
	HASH_ITER (hh, fake->locals, local, next_local) {
		HASH_DEL(fake->locals, local);
		free(local);
	}
	HASH_ITER (hh, fake->journal, element, next_element) {
		HASH_DEL(fake->journal, element);
		free(element);
	}
	free(fake->nexthops);
	free(fake->stats);
	free(fake);
}

static const struct datapath_ops datapath_fake = {
	.flow_set = fake_flow_set,
	.flow_delete = fake_flow_delete,
	.nexthop_set = fake_nexthop_set,
	.control_set = fake_control_set,
	.caps_set = fake_caps_set,
	.port_spare = fake_port_spare,
	.local_address_set = fake_local_address_set,
	.stats = fake_stats,
	.reasons = fake_reasons,
	.journal_put = fake_journal_put,
	.journal_delete = fake_journal_delete,
	.free = fake_free,
};

struct datapath *datapath_fake_new(uint32_t max_flows, uint32_t max_nexthops)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		return NULL;
	fake->base.ops = &datapath_fake;
	fake->max_flows = max_flows;
	fake->max_nexthops = max_nexthops;
	fake->stats = calloc(max_flows, sizeof(*fake->stats));
	fake->nexthops = calloc(max_nexthops, sizeof(*fake->nexthops));
	if (!fake->stats || !fake->nexthops) {
		fake_free(&fake->base);
		return NULL;
	}
	return &fake->base;
}

const struct xrp_flow *datapath_fake_flow(struct datapath *dp, const struct xrp_endpoint *self)
{
	const struct fake_flow *flow = fake_find(dp, self);

	return flow ? &flow->row : NULL;
}

const struct xrp_nexthop *datapath_fake_nexthop(struct datapath *dp, uint32_t id)
{
	return id < fake_of(dp)->max_nexthops ? &fake_of(dp)->nexthops[id] : NULL;
}

const struct xrp_control *datapath_fake_control(struct datapath *dp)
{
	return &fake_of(dp)->control;
}

const struct xrp_cap *datapath_fake_cap(struct datapath *dp, uint8_t cap)
{
	return &fake_of(dp)->caps[cap];
}

bool datapath_fake_is_spared(struct datapath *dp, uint16_t port)
{
	return fake_of(dp)->spared[port / 64] >> port % 64 & 1;
}

const struct xrp_journal_value *datapath_fake_journal(struct datapath *dp,
						      const struct xrp_journal_key *key)
{
	const struct fake_journal *element = fake_journal_find(dp, key);

	return element ? &element->value : NULL;
}

unsigned int datapath_fake_journal_count(struct datapath *dp)
{
	return HASH_COUNT(fake_of(dp)->journal);
}

bool datapath_fake_is_local(struct datapath *dp, const struct xrp_addr *addr)
{
	struct fake_local *local;

	HASH_FIND(hh, fake_of(dp)->locals, addr, sizeof(*addr), local);
	return local != NULL;
}

struct xrp_flow_stats *datapath_fake_stats(struct datapath *dp, uint32_t slot)
{
	return slot < fake_of(dp)->max_flows ? &fake_of(dp)->stats[slot] : NULL;
}

struct xrp_count *datapath_fake_reasons(struct datapath *dp)
{
	return fake_of(dp)->reasons;
}

unsigned int datapath_fake_count(struct datapath *dp)
{
	return HASH_COUNT(fake_of(dp)->flows);
}
