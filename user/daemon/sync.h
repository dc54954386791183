/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The synchroniser: makes the rows of the map equal to what the calls need. A command, a learned
 * address and a changed route all end here; nobody else writes rows.
 */
#ifndef XRP_DAEMON_SYNC_H
#define XRP_DAEMON_SYNC_H

struct relay;

/* Takes away the rows of what ended or moved, writes those of what is dirty. */
void sync_run(struct relay *relay);
/* The same for every stream there is: routes have changed. */
void sync_all(struct relay *relay);

#endif
