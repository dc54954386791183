/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sending half of the slow path: UDP datagrams of one address family, from any local endpoint,
 * collected and sent in one go and in order.
 */
#ifndef XRP_IO_SLOWPATH_SENDER_H
#define XRP_IO_SLOWPATH_SENDER_H

#include <stddef.h>
#include <stdint.h>

#include "io/slowpath.h"

#define SENDER_HEADER 8 /* bytes of a UDP header */

struct sender;

/* NULL with errno set. */
struct sender *sender_new(int family);
void sender_free(struct sender *sender);
/*
 * Adds the datagram of `len` payload bytes that stand at `datagram` + SENDER_HEADER; the header is
 * written in front of them. The bytes must stay there until sender_flush. 0, -EAFNOSUPPORT (source
 * or destination is of another family), -EMSGSIZE, or -ENOBUFS (SLOWPATH_BATCH are waiting).
 */
int sender_add(struct sender *sender, const struct slowpath_send *out, uint8_t *datagram,
	       size_t len);
/* Sends what was added. What the kernel refuses is counted in `stats` and skipped. */
void sender_flush(struct sender *sender, struct slowpath_stats *stats);
/* The same; each one refused is told, too. */
void sender_flush_telling(struct sender *sender, struct slowpath_stats *stats,
			  const struct slowpath_ops *ops);

#endif
