/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of rows that the XDP program finds by index (struct xrp_direct): mapped memory, so that
 * writing it costs no system call. One writer; the program may read at any moment.
 */
#ifndef XRP_DATAPATH_DIRECT_H
#define XRP_DATAPATH_DIRECT_H

#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

/* Entries that a table for so many flows has: a power of two. */
uint32_t direct_entries(uint32_t max_flows);
/* Gives the sealed row its place, or renews it there. Nothing happens where another row has the
 * place or the row cannot be found by index (IPv6, the unspecified address). */
void direct_set(struct xrp_direct *table, uint32_t mask, const struct xrp_flow *row);
/* Frees the place of the row of that endpoint, if it has it. */
void direct_delete(struct xrp_direct *table, uint32_t mask, const struct xrp_endpoint *self);
/* The row of that endpoint as it stands there. 0; -ENOENT; -EUCLEAN: its writing was broken off. */
int direct_get(struct xrp_direct *table, uint32_t mask, const struct xrp_endpoint *self,
	       struct xrp_flow *row);

/*
 * Repair, for a table that an earlier daemon may have been killed in the middle of writing: tell it
 * every row of `flows` (direct_repair_row), then let it clear what is no row's, then tell it every
 * row again, so that it puts in those that are missing (direct_repair_missing). `wrong` counts the
 * places that were not as they should be. The whole is the caller's to free.
 */
struct direct_repair {
	struct xrp_direct *table;
	uint32_t mask;
	unsigned int wrong;
	uint8_t place[];
};

/* NULL: no memory. */
struct direct_repair *direct_repair_begin(struct xrp_direct *table, uint32_t mask);
void direct_repair_row(struct direct_repair *repair, const struct xrp_flow *row);
void direct_repair_clear(struct direct_repair *repair);
void direct_repair_missing(struct direct_repair *repair, const struct xrp_flow *row);

#endif
