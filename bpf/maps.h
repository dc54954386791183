/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The maps that both programs use; the loader gives both the same ones. The daemon writes them, so
 * they are read-only here (one writer each). max_entries 1 means that the loader sets the size.
 */
#ifndef XRP_BPF_MAPS_H
#define XRP_BPF_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <xdp-rtpproxy/abi.h>

/* Keeps the compiler from moving loads and stores across it. */
#define compiler_barrier() asm volatile("" ::: "memory")

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, struct xrp_endpoint);
	__type(value, struct xrp_flow);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct xrp_control);
} control SEC(".maps");

/* The one element of `control`; NULL cannot happen, but the verifier wants it asked. */
static __always_inline const struct xrp_control *control_get(void)
{
	__u32 only = 0;

	return bpf_map_lookup_elem(&control, &only);
}

static __always_inline int control_has(enum xrp_switch which)
{
	const struct xrp_control *c = control_get();

	return c && (c->switches & which);
}

#endif
