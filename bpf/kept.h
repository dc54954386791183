/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps that no program uses: what the daemon keeps here outlives it, like the calls themselves.
 * They stand in this object so that they are made, found again and pinned as all the others.
 */
#ifndef XRP_BPF_KEPT_H
#define XRP_BPF_KEPT_H

#include <xdp-rtpproxy/journal.h>
#include "maps.h"

/* Not preallocated: it has room for the longest record of every stream, which few need. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct xrp_journal_key);
	__type(value, struct xrp_journal_value);
} journal SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, XRP_PORT_RESTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} port_rests SEC(".maps");

#endif
