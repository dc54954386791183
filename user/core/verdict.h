/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verdict: one sentence that says whether what a party sends arrives at the other one, and if
 * not, why and what to do. Pure: facts in, words out.
 */
#ifndef XRP_CORE_VERDICT_H
#define XRP_CORE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <core/call.h>

/* How packets leave, or why they do not. */
enum verdict_way {
	VERDICT_KERNEL,
	VERDICT_SLOW_PATH,
	VERDICT_NO_ROUTE,
	VERDICT_SILENT_HOP,	/* the next hop does not answer */
	VERDICT_UNRESOLVED_HOP, /* ... has not answered yet */
	VERDICT_NO_CARRIER,
	VERDICT_SEND_FAILED, /* the kernel refuses to send */
};

/* Of one direction. */
struct verdict_facts {
	enum leg_side from;	      /* whose packets these are */
	bool heard;		      /* any came */
	uint64_t idle;		      /* ns since the last one */
	uint64_t refused;	      /* packets from others, */
	struct xrp_endpoint stranger; /* and who sent the last one */
	const struct learn *learn;    /* of whose packets these are, */
	const struct learn *to;	      /* and of whom they are for */
	bool bridge;		      /* sides are asymmetric because two networks are bridged */
	bool hold;		      /* who sends is on hold, */
	bool to_hold;		      /* whom it is for is */
	const char *prompt;	      /* that plays to the other one; NULL: none does */
	enum verdict_way way;
	struct xrp_addr hop;   /* the next one */
	const char *interface; /* by which they leave */
	const char *error;     /* why there is no route, or sending failed */
};

#define VERDICT_TEXT 512

/* Writes the sentence to `buf`; returns it. */
const char *verdict_of(const struct verdict_facts *facts, char *buf, size_t size);

#endif
