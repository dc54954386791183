/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XDP program loaded for a test, with small maps and in a network namespace of its own. A frame
 * goes in by BPF_PROG_TEST_RUN; it seems to come in by the loopback interface, number 1.
 */
#ifndef XRP_TESTS_RIG_H
#define XRP_TESTS_RIG_H

#include <stdbool.h>
#include <xdp-rtpproxy/abi.h>
#include <xdp-rtpproxy/reasons.h>
#include "frame.h"

#define RIG_IFINDEX_IN	1 /* what frames come in by */
#define RIG_IFINDEX_OUT 7 /* another one; none needs to exist */
#define RIG_SLOTS	256
#define RIG_COPIES	(64U << 10) /* bytes of the ring of copies */
#define RIG_DIRECT	64	    /* so few that flows share a place */

struct ring_buffer;

struct rig {
	struct relay_bpf *skel;
	struct ring_buffer *copies;
	/* The last copy that rig_copies met, and how many in all. */
	struct xrp_copy copy;
	uint8_t copy_payload[XRP_COPY_BYTES];
	uint64_t copied;
	int program;
	struct xrp_flow_stats *stats; /* RIG_SLOTS of them, the program's own memory */
	struct xrp_direct *table;     /* RIG_DIRECT rows that are found by index */
	bool direct;		      /* rig_flow writes there, too */
	uint64_t pass_after;	      /* what rig_control writes as such, */
	uint16_t port_min, port_max;  /* likewise */
	uint64_t runs;		      /* packets that went in */
};

/* What became of a frame. */
struct outcome {
	uint32_t verdict; /* XDP_* */
	enum xrp_reason reason;
	struct frame out;
};

/* Loads it with that constant of the program's; 0, or -errno. */
int rig_open(struct rig *rig, bool tx_by_redirect);
void rig_close(struct rig *rig);
/* These end the test when they fail. rig_flow seals the row and writes it under row->self, with
 * `direct` also where it is found by index; rig_flow_at writes what it is told, and not there. */
void rig_flow(struct rig *rig, struct xrp_flow *row);
void rig_flow_at(struct rig *rig, const struct xrp_endpoint *key, const struct xrp_flow *row);
void rig_flow_delete(struct rig *rig, const struct xrp_endpoint *key);
void rig_nexthop(struct rig *rig, uint32_t id, const struct xrp_nexthop *row);
void rig_cap(struct rig *rig, uint8_t id, const struct xrp_cap *cap);
void rig_control(struct rig *rig, uint32_t switches, uint32_t rate, uint32_t burst);
void rig_spare(struct rig *rig, uint16_t port, bool spared);
void rig_local(struct rig *rig, const struct xrp_addr *addr, bool present);
/* A reason's counters, summed over the CPUs. */
struct xrp_count rig_count(struct rig *rig, enum xrp_reason reason);
/* Empties the ring of copies; returns how many there were. */
unsigned int rig_copies(struct rig *rig);
/* Packets of all reasons. */
uint64_t rig_total(struct rig *rig);
/* Runs one frame. The outcome's reason is not looked up. */
void rig_run_fast(struct rig *rig, const struct frame *in, struct outcome *outcome);
/* Runs one frame and asks which one reason counted it. */
void rig_run(struct rig *rig, const struct frame *in, struct outcome *outcome);
/* Runs one frame `repeat` times; ns each. */
uint32_t rig_time(struct rig *rig, const struct frame *in, uint32_t repeat);

const char *rig_reason_name(enum xrp_reason reason);
/* An ordinary row: Alice's leg, which relays to Bob through next hop 1 and counts in `slot`. */
struct xrp_flow rig_call(uint32_t slot, uint32_t generation);
/* An ordinary next hop to Bob. */
struct xrp_nexthop rig_way(uint32_t ifindex);

#endif
