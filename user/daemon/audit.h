/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit: do calls, rows, journal, ports, slots and next hops agree? They always should; it is
 * for tests that kill the daemon at any instant, and for who does not believe it.
 */
#ifndef XRP_DAEMON_AUDIT_H
#define XRP_DAEMON_AUDIT_H

#include <jansson.h>

struct relay;

/*
 * Answers {"command":"audit","repair":bool}: how much of what there is, "differences" (a list of
 * {"what","detail"}, AUDIT_TOLD at most), how many "found" and "repaired". It reads every row and
 * record at once: some 100 ms of the event loop for 10,000 calls; the kernel relays on meanwhile.
 * NULL: no memory.
 */
json_t *audit_handle(struct relay *relay, json_t *request);

#define AUDIT_TOLD 100

#endif
