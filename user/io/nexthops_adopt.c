/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows that an earlier start left in the map. Its flows name them by their ids, and are relayed by
 * them while this start is still asking for routes. So until all flows are planned anew an id keeps
 * its meaning: a hop that needs just such a row takes it over, others get ids that no flow uses.
 */
#include <stdlib.h>
#include <string.h>
#include "io/nexthops_private.h"

/* Takes the id out of those that are free. */
static void unfree(struct nexthops *nh, uint32_t id)
{
	uint32_t left = 0;

	for (uint32_t i = 0; i < nh->free_count; i++) {
		uint32_t at = nh->free_ids[(nh->free_first + i) % nh->rows];

		if (at != id)
			nh->free_ids[(nh->free_first + left++) % nh->rows] = at;
	}
	nh->free_count = left;
}

void nexthops_adopt(struct nexthops *nh, uint32_t id, const struct xrp_nexthop *row)
{
	if (!id || id >= nh->rows || !nh->adopted)
		return;
	if (!nh->adopted[id].held)
		unfree(nh, id);
	else if (!row->version)
		return; /* known better already */
	nh->adopted[id].held = true;
	nh->adopted[id].row = *row;
	if (row->version > nh->version)
		nh->version = row->version;
}

static bool is_same(const struct xrp_nexthop *row, const struct xrp_nexthop *want)
{
	return row->version && row->version == row->version_end && row->ifindex == want->ifindex &&
	       !memcmp(row->dmac, want->dmac, sizeof(row->dmac)) &&
	       !memcmp(row->smac, want->smac, sizeof(row->smac)) && row->mtu == want->mtu &&
	       row->vlan == want->vlan;
}

uint32_t adopted_take(struct nexthops *nh, const struct xrp_nexthop *want)
{
	if (!nh->adopted || !want->ifindex)
		return 0;
	for (uint32_t id = 1; id < nh->rows; id++) {
		if (!nh->adopted[id].held || !is_same(&nh->adopted[id].row, want))
			continue;
		nh->adopted[id].held = false;
		return id;
	}
	return 0;
}

void nexthops_adopted(struct nexthops *nh)
{
	bool full = !nh->free_count;

	if (!nh->adopted)
		return;
	for (uint32_t id = 1; id < nh->rows; id++) {
		if (!nh->adopted[id].held)
			continue;
		row_clear(nh, id);
		id_give(nh, id);
	}
	free(nh->adopted);
	nh->adopted = NULL;
	if (full && nh->free_count)
		events_schedule(nh, true); /* routes may have got no id */
}
