/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What audit.c and audit_journal.c share. */
#ifndef XRP_DAEMON_AUDIT_PRIVATE_H
#define XRP_DAEMON_AUDIT_PRIVATE_H

#include <daemon/audit.h>
#include <daemon/relay.h>

struct audit {
	struct relay *relay;
	bool repair;
	uint32_t max_slots;
	uint64_t *pair_used, *slot_used, *hop_used; /* bits */
	json_t *differences;
	unsigned int found, repaired;
	unsigned int rows, records, ports, slots, nexthops;
};

/* Notes a difference; true when the caller is to repair it. */
bool audit_differs(struct audit *a, const char *what, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The journal against the calls. 0 or -errno. */
int audit_journal(struct audit *a);

#endif
