/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The relay as plain C over bytes: what the XDP program is to do, said a second time by code that
 * shares nothing with it but the rules of admission and rate. It parses by offset, and where the
 * program updates the UDP checksum, the model computes it over the whole datagram.
 */
#ifndef XRP_TESTS_MODEL_H
#define XRP_TESTS_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>
#include <xdp-rtpproxy/reasons.h>
#include "../../packet/frame.h"

#define MODEL_FLOWS 64
#define MODEL_HOPS  8
#define MODEL_CAPS  8

struct model {
	struct xrp_flow flows[MODEL_FLOWS]; /* the flow's index is its slot */
	struct xrp_nexthop hops[MODEL_HOPS];
	struct xrp_cap caps[MODEL_CAPS];
	struct xrp_flow_stats debts[MODEL_FLOWS]; /* nothing else of them is used */
	struct xrp_addr local;			  /* the address of the host */
	bool wildcard;
	bool drop_unallocated;
	uint16_t port_min, port_max, spared;
	bool tokens;	  /* is there any left for the slow path? */
	bool abandoned;	  /* the time that pass_after tells has come */
	uint32_t ifindex; /* what frames come in by */
	struct model_count {
		uint64_t packets, bytes, strangers, punted, rtp_packets, copies, rate_dropped;
	} counts[MODEL_FLOWS];
};

/* What is to become of `in`; `out` is what it looks like then. */
enum xrp_reason model_run(struct model *model, const struct frame *in, struct frame *out);
/* The XDP_* verdict of a reason. */
uint32_t model_verdict(enum xrp_reason reason);

#endif
