/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a stream that was read from a record can be. Each item may be well-formed and all of them
 * together nonsense: what the rest of the daemon takes for granted of a stream is asked here.
 */
#ifndef XRP_CORE_JOURNAL_CHECK_H
#define XRP_CORE_JOURNAL_CHECK_H

#include <core/call.h>

/* Pairs of ports that one stream can have: of its legs, and of its legs' copies. */
#define JOURNAL_PAIRS 4

/* The even endpoint of each pair that the stream has; returns how many. */
unsigned int journal_pairs(const struct stream *stream, struct xrp_endpoint pair[JOURNAL_PAIRS]);
/* Can it be? `stream` is as it was read: its legs are not in calls yet. */
bool journal_check(const struct stream *stream);

#endif
