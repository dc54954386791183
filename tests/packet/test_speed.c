/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the program costs a packet, by BPF_PROG_TEST_RUN. The flow is an identity: what goes out is
 * what came in, so that the same frame can be run again and again. The figures are printed; the
 * test fails only when one is so far off that something must be wrong with the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "rig.h"

#define REPEAT	1000000U
#define ROUNDS	3
#define FAR_OFF 2000 /* ns */

static struct rig rig;

/* The best of some rounds: what disturbs can only make it slower. */
static void report(const char *what, const struct frame *frame)
{
	uint32_t ns, best = UINT32_MAX;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ns = rig_time(&rig, frame, REPEAT);
		best = ns < best ? ns : best;
	}
	printf("  %-40s %4u ns\n", what, best);
	assert_true(best < FAR_OFF);
}

/* The ring must have room, so it is emptied after as many as it holds. */
static void report_copied(const char *what, const struct frame *frame)
{
	const uint32_t some = 150;
	uint32_t ns, best = UINT32_MAX;

	for (int i = 0; i < 1000; i++) {
		rig_copies(&rig);
		ns = rig_time(&rig, frame, some);
		best = ns < best ? ns : best;
	}
	assert_int_equal(rig_copies(&rig), some);
	printf("  %-40s %4u ns\n", what, best);
	assert_true(best < FAR_OFF);
}

/* Alice, as seen by a relay that sends her packets back where they came from, unchanged. */
static struct xrp_flow identity(uint32_t flags)
{
	struct xrp_flow flow = rig_call(1, 1);

	flow.out_src = flow.peer;
	flow.out_dst = flow.self;
	flow.tos = 0;
	flow.flags |= flags;
	return flow;
}

static void identity_way(void)
{
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_IN);

	memcpy(hop.dmac, person_mac(RELAY_ALICE), sizeof(hop.dmac));
	memcpy(hop.smac, person_mac(ALICE), sizeof(hop.smac));
	rig_nexthop(&rig, 1, &hop);
}

static void test_speed(void **state)
{
	uint8_t rtp[172] = {0x80, 0x08, 0x12, 0x34};
	struct datagram d = {.from = ALICE,
			     .to = RELAY_ALICE,
			     .ttl = 64,
			     .payload = rtp,
			     .payload_length = sizeof(rtp)};
	struct xrp_flow flow = identity(0);
	struct frame frame;
	struct outcome o;

	(void)state;
	rig_control(&rig, 0, 1000, 100);
	identity_way();
	rig_flow(&rig, &flow);
	frame_make(&frame, &d);
	rig_run(&rig, &frame, &o);
	assert_int_equal(o.reason, XRP_RELAY_TX);
	assert_memory_equal(o.out.bytes, frame.bytes, frame.length);
	report("RTP relayed, the row found by hash", &frame);
	rig.direct = true;
	rig_flow(&rig, &flow);
	report("RTP relayed", &frame);
	flow.cap = 1;
	rig_cap(&rig, 1, &(struct xrp_cap){.packet_ns = 1, .byte_ns = 1, .limit = UINT32_MAX});
	rig_flow(&rig, &flow);
	report("RTP relayed, within a cap", &frame);
	flow = identity(XRP_FLOW_COPY);
	rig_flow(&rig, &flow);
	report_copied("RTP relayed and copied", &frame);
	flow = identity(XRP_FLOW_RTCP);
	rig_flow(&rig, &flow);
	report("relayed, nothing counted of RTP", &frame);
	d.from = MALLORY;
	frame_make(&frame, &d);
	report("Mallory's dropped", &frame);
	d.to_port = 9;
	frame_make(&frame, &d);
	report("not ours", &frame);
	d.protocol = 6;
	frame_make(&frame, &d);
	report("not UDP", &frame);
	assert_int_equal(rig_total(&rig), rig.runs);
}

static int open_all(void **state)
{
	(void)state;
	return rig_open(&rig, false);
}

static int close_all(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
