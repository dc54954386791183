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

#endif
