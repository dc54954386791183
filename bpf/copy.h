/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying: a packet that is relayed also goes into a ring buffer, for recording. Nobody is woken
 * for it: a wake-up costs more than all the rest, and the reader looks every few milliseconds. When
 * the ring is full the copy is lost, and counted, never the packet.
 *
 * The verifier wants constant sizes to reserve, so there are two: most speech fits the small one.
 */
#ifndef XRP_BPF_COPY_H
#define XRP_BPF_COPY_H

#include "find.h"

#define COPY_SMALL 256 /* bytes of payload */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} copies SEC(".maps");

static __always_inline void copy_header(struct xrp_copy *copy, const struct packet *p,
					const struct found *found, __u32 length)
{
	union wide_endpoint local;

	wide_v4(&local, p->ip->daddr, p->udp->dest);
	copy->time = bpf_ktime_get_ns();
	copy->local = local.ep;
	copy->source = p->src;
	copy->slot = found->flow.slot;
	copy->generation = found->flow.generation;
	copy->length = length;
	copy->zero = 0;
}

/* Reserves `room` bytes of payload and fills `length` of them. 0, or -1 without a copy. */
static __always_inline int copy_write(struct xdp_md *ctx, const struct packet *p,
				      const struct found *found, __u32 length, const __u32 room)
{
	struct xrp_copy *copy = bpf_ringbuf_reserve(&copies, sizeof(*copy) + room, 0);
	__u32 offset = sizeof(*p->eth) + sizeof(*p->ip) + sizeof(*p->udp);
	int err = 0;

	if (!copy)
		return -1;
	copy_header(copy, p, found, length);
	/* Else the compiler proves the bounds from elsewhere, where the verifier cannot see it. */
	asm volatile("" : "+r"(length));
	if (length > 0 && length <= room)
		err = bpf_xdp_load_bytes(ctx, offset, copy + 1, length);
	if (err)
		bpf_ringbuf_discard(copy, BPF_RB_NO_WAKEUP);
	else
		bpf_ringbuf_submit(copy, BPF_RB_NO_WAKEUP);
	return err;
}

/* The packet must be as it came in; what is special never gets here, so the headers are fixed. */
static __always_inline void copy_packet(struct xdp_md *ctx, const struct packet *p,
					struct found *found)
{
	__u32 length = p->udp_length - sizeof(*p->udp);
	int err = -1;

	if (length <= COPY_SMALL)
		err = copy_write(ctx, p, found, length, COPY_SMALL);
	else if (length <= XRP_COPY_BYTES)
		err = copy_write(ctx, p, found, length, XRP_COPY_BYTES);
	if (err)
		__sync_fetch_and_add(&found->stats->copies_lost, 1);
}

#endif
