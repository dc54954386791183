/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The synchroniser: makes the rows of the map equal to what the calls need. A command, a learned
 * address and a changed route all end here; nobody else writes rows.
 */
#ifndef XRP_DAEMON_SYNC_H
#define XRP_DAEMON_SYNC_H

#include <stdbool.h>
#include <core/call.h>

struct relay;

/*
 * Takes away the rows of what ended or moved, writes those of what is dirty. 0, or -errno when a
 * row could not be written: its stream stays dirty.
 */
int sync_run(struct relay *relay);
/* The row that the channel is to have now, by the route that it has; self_end is 0. For audits. */
void sync_planned(const struct channel *ch, struct xrp_flow *row);
/*
 * Goes on with all streams from calls.resync on (routes have changed), `count` of them, so that a
 * route change under many calls holds up nothing else. True while there are more.
 */
bool sync_some(struct relay *relay, unsigned int count);

#endif
