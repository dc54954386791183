/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: the calls as the next daemon will find them, in the journal's map. It is written
 * within the command that changes a call, before the call's rows and before the answer; a call that
 * ended leaves it after its rows. docs/architecture.md says what a kill in between leads to.
 *
 * With --no-pin nothing outlives the daemon, and nothing is stored.
 */
#ifndef XRP_DAEMON_STORE_H
#define XRP_DAEMON_STORE_H

#include <core/engine.h>
#include <core/journal_parts.h>

struct relay;

/* The journal's map, as the parts of records are written to it. */
struct journal_ops store_ops(struct relay *relay);
/* Writes the stream's record where it is another than the one that is there. A failure is logged:
 * the call goes on, but would not outlive the daemon; the sweep has it tried again. */
void store_put(struct relay *relay, struct stream *stream);
void store_delete(struct relay *relay, struct stream *stream);
/* The totals, and that the daemon is alive; for each second. */
void store_totals(struct relay *relay);
/* All of it, before the daemon leaves: what was counted since the last change, too. */
void store_all(struct relay *relay);

#endif
