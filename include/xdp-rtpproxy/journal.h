/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal as it stands in the pinned map of that name: a record a stream, from which the next
 * daemon makes the stream anew. The program never sees it.
 *
 * This layout is not part of the ABI version and never changes, so that every later daemon can read
 * what any earlier one wrote: what a record holds is type-length-value (core/journal.h), and other
 * sorts of records get other kinds. A record longer than one element goes on in others. Its head,
 * part 0, names their `turn` and is written after them, so at any instant the head leads to one
 * whole record: the kernel exchanges an element at once. Numbers are in host order.
 */
#ifndef XDP_RTPPROXY_JOURNAL_H
#define XDP_RTPPROXY_JOURNAL_H

#include <linux/types.h>

enum xrp_journal_kind {
	XRP_JOURNAL_STREAM = 1,		/* id: the stream's */
	XRP_JOURNAL_TOTALS = 2,		/* id 0: counters since the very first start */
	XRP_JOURNAL_DAMAGED = 1U << 31, /* added to the kind of a record that was set aside */
};

struct xrp_journal_key {
	__u64 id;
	__u32 kind; /* enum xrp_journal_kind */
	__u32 part; /* 0: the head; else turn << 16 | number, from 1 on */
};
_Static_assert(sizeof(struct xrp_journal_key) == 16, "xrp_journal_key is a map key");

#define XRP_JOURNAL_DATA 928 /* with the kernel's own 64 bytes an element takes 1 KiB */

struct xrp_journal_value {
	__u32 length; /* of the whole record, bytes; the same in each part */
	__u32 crc;    /* CRC-32 (zlib's) of the whole record, likewise */
	__u16 turn;   /* of the other parts; each writing of a record has another one */
	__u16 zero[3];
	__u8 data[XRP_JOURNAL_DATA]; /* unused bytes at the end are 0 */
};
_Static_assert(sizeof(struct xrp_journal_value) == 944, "xrp_journal_value is a map value");

#endif
