/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planning: the row of `flows` that a channel needs, as a pure function of the call. A command, a
 * learned address, a changed next hop: all of them only change what this function says.
 */
#ifndef XRP_CORE_PLAN_H
#define XRP_CORE_PLAN_H

#include <core/call.h>

struct plan_way { /* how to reach where the channel's packets go: the opposite channel's learn.dest
		   */
	uint32_t nexthop;	/* row of `nexthops`; 0: the slow path's */
	struct xrp_addr source; /* to send from, when the opposite leg listens on any address */
};

/* Fills in the row for `ch`, which must have a port. */
void plan_flow(const struct channel *ch, const struct plan_way *way, struct xrp_flow *row);

#endif
