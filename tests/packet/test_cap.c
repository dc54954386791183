/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Caps in the program: what of Alice's is relayed, what is dropped, and that it is counted so. Time
 * is moved by moving the flow's last packet into the past.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>
#include <cmocka.h>
#include <xdp-rtpproxy/rate.h>
#include "rig.h"

#define SLOT	    3
#define CAP	    200
#define MILLISECOND 1000000U

static struct rig rig;
static uint32_t generation;

/* Alice's leg, with this cap on her. */
static void scene(const struct xrp_cap *cap)
{
	struct xrp_flow flow = rig_call(SLOT, ++generation);
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_OUT);

	rig_nexthop(&rig, 1, &hop);
	rig_control(&rig, 0, 1000, 100);
	if (cap) {
		rig_cap(&rig, CAP, cap);
		flow.cap = CAP;
	}
	rig_flow(&rig, &flow);
}

static enum xrp_reason sends(enum person who, size_t length)
{
	static const uint8_t payload[1400];
	struct datagram d = {
		.from = who, .to = RELAY_ALICE, .payload = payload, .payload_length = length};
	struct frame in;
	struct outcome o;

	frame_make(&in, &d);
	rig_run(&rig, &in, &o);
	return o.reason;
}

/* Of `count` packets that come at once, how many are relayed; the others must be above the cap. */
static unsigned int burst(unsigned int count, size_t length)
{
	struct xrp_flow_stats *s = &rig.stats[SLOT];
	unsigned int relayed = 0;
	enum xrp_reason reason;

	for (unsigned int i = 0; i < count; i++) {
		reason = sends(ALICE, length);
		assert_true(reason == XRP_RELAY_REDIRECT || reason == XRP_DROP_RATE);
		relayed += reason == XRP_RELAY_REDIRECT;
		s->last_seen = UINT64_MAX; /* no time passes */
	}
	return relayed;
}

static void time_passes(uint64_t ns)
{
	struct xrp_flow_stats *s = &rig.stats[SLOT];
	uint64_t paid = ns >> XRP_DEBT_SHIFT;

	s->debt = (uint16_t)(s->debt > paid ? s->debt - paid : 0);
}

/* 5 ms a packet, 100 ms ahead: the 21st meets 100 ms of debt yet, less what was rounded. */
static void test_packets_are_capped(void **state)
{
	(void)state;
	scene(&(struct xrp_cap){.packet_ns = 5 * MILLISECOND, .limit = 100 * MILLISECOND});
	assert_int_equal(burst(100, 172), 21);
	assert_int_equal(rig.stats[SLOT].packets, 21);
	assert_int_equal(rig.stats[SLOT].rate_dropped, 79);
	time_passes(50 * MILLISECOND);
	assert_int_equal(burst(100, 172), 10);
}

static void test_bytes_are_capped(void **state)
{
	const struct xrp_cap cap = {
		.packet_ns = 1, .byte_ns = 100000 << XRP_BYTE_SHIFT, .limit = 100 * MILLISECOND};

	(void)state;
	scene(&cap);
	assert_int_equal(burst(50, 100), 11); /* 10 ms each */
	scene(&cap);
	assert_int_equal(burst(50, 1000), 2);
	scene(&cap);
	assert_int_equal(burst(50, 0), 50);
}

static void test_time_pays_off(void **state)
{
	struct xrp_flow_stats *s = &rig.stats[SLOT];

	(void)state;
	scene(&(struct xrp_cap){.packet_ns = 10 * MILLISECOND, .limit = 100 * MILLISECOND});
	for (int i = 0; i < 200; i++) { /* at half the rate that is allowed */
		if (s->last_seen)
			s->last_seen -= 20 * MILLISECOND;
		assert_int_equal(sends(ALICE, 172), XRP_RELAY_REDIRECT);
	}
	assert_true((uint32_t)s->debt << XRP_DEBT_SHIFT <= 10 * MILLISECOND);
	assert_int_equal(s->rate_dropped, 0);
}

static void test_what_is_dropped_is_no_traffic(void **state)
{
	struct xrp_flow_stats before;

	(void)state;
	scene(&(struct xrp_cap){.packet_ns = UINT32_MAX, .limit = 0});
	assert_int_equal(sends(ALICE, 172), XRP_RELAY_REDIRECT);
	before = rig.stats[SLOT];
	assert_int_equal(before.debt, XRP_DEBT_MAX);
	assert_int_equal(sends(ALICE, 172), XRP_DROP_RATE);
	before.rate_dropped++;
	assert_memory_equal(&before, &rig.stats[SLOT], sizeof(before));
}

static void test_strangers_cost_the_peer_nothing(void **state)
{
	(void)state;
	scene(&(struct xrp_cap){.packet_ns = 5 * MILLISECOND, .limit = 100 * MILLISECOND});
	for (int i = 0; i < 100; i++)
		assert_int_equal(sends(MALLORY, 172), XRP_DROP_STRANGER);
	assert_int_equal(burst(30, 172), 21);
}

static void test_no_cap(void **state)
{
	(void)state;
	scene(NULL);
	assert_int_equal(burst(1000, 1400), 1000);
	scene(&(struct xrp_cap){.packet_ns = UINT32_MAX, .limit = UINT32_MAX});
	assert_int_equal(burst(1000, 1400), 1000);
	scene(&(struct xrp_cap){0}); /* not written yet */
	assert_int_equal(burst(1000, 1400), 1000);
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
		cmocka_unit_test(test_packets_are_capped),
		cmocka_unit_test(test_bytes_are_capped),
		cmocka_unit_test(test_time_pays_off),
		cmocka_unit_test(test_what_is_dropped_is_no_traffic),
		cmocka_unit_test(test_strangers_cost_the_peer_nothing),
		cmocka_unit_test(test_no_cap),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
