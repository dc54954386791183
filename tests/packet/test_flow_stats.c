/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the program counts of a flow: packets, times, strangers, the token bucket of the slow path,
 * and RTP. Jitter is compared with one computed in floating point as RFC 3550, A.8 has it, from the
 * times at which the program says it saw the packets.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <cmocka.h>
#include <xdp-rtpproxy/rtp.h>
#include "rig.h"

#define SLOT	    5
#define RATE_8000   34360U /* 8,000 Hz in timestamp units a ns, 0.32 */
#define RATE_90000  386547U
#define MILLISECOND 1000000ULL

static struct rig rig;
static uint32_t generation;

static struct xrp_flow scene(uint32_t flags)
{
	struct xrp_flow flow = rig_call(SLOT, ++generation);
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_OUT);

	rig_nexthop(&rig, 1, &hop);
	rig_control(&rig, 0, 1000, 100);
	flow.flags |= flags;
	rig_flow(&rig, &flow);
	return flow;
}

static struct xrp_flow_stats stats(void)
{
	return rig.stats[SLOT];
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, 4);
}

/* Sends an RTP packet of Alice's; `length` is that of the UDP payload. */
static void rtp_of(uint16_t sequence, uint32_t timestamp, uint32_t ssrc, size_t length)
{
	uint8_t rtp[200] = {0x80, 0x88};
	struct datagram d = {
		.from = ALICE, .to = RELAY_ALICE, .payload = rtp, .payload_length = length};
	struct frame in;
	struct outcome o;

	rtp[2] = (uint8_t)(sequence >> 8);
	rtp[3] = (uint8_t)sequence;
	put32(rtp + 4, timestamp);
	put32(rtp + 8, ssrc);
	frame_make(&in, &d);
	rig_run_fast(&rig, &in, &o);
	assert_int_equal(o.verdict, XDP_REDIRECT);
}

static void rtp(uint16_t sequence)
{
	rtp_of(sequence, sequence * 160U, 0xcafe, 172);
}

static enum xrp_reason sends(enum person who, const void *payload, size_t length)
{
	struct datagram d = {
		.from = who, .to = RELAY_ALICE, .payload = payload, .payload_length = length};
	struct frame in;
	struct outcome o;

	frame_make(&in, &d);
	rig_run(&rig, &in, &o);
	return o.reason;
}

static void assert_rtp(uint64_t packets, uint32_t expected, uint32_t highest)
{
	struct xrp_flow_stats s = stats();

	assert_int_equal(s.rtp_packets, packets);
	assert_int_equal(s.rtp_expected_prior + s.rtp_highest - s.rtp_base + 1, expected);
	assert_int_equal(s.rtp_highest, highest);
}

static uint64_t monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static void test_packets_bytes_and_times(void **state)
{
	uint64_t before = monotonic(), first;

	(void)state;
	scene(0);
	rtp(1);
	first = stats().last_seen;
	rtp_of(2, 320, 0xcafe, 100);
	assert_int_equal(stats().packets, 2);
	assert_int_equal(stats().bytes, 272);
	assert_in_range(first, before, monotonic());
	assert_in_range(stats().last_seen, first, monotonic());
	assert_int_equal(stats().longest_gap, (stats().last_seen - first) >> XRP_GAP_SHIFT);
	assert_int_equal(stats().punted, 0);
}

static void test_longest_gap_is_kept(void **state)
{
	struct xrp_flow_stats s;

	(void)state;
	scene(0);
	rtp(1);
	rig.stats[SLOT].last_seen -= 500 * MILLISECOND;
	rtp(2);
	s = stats();
	assert_in_range(xrp_gap_ns(&s), 499 * MILLISECOND, 600 * MILLISECOND);
	rtp(3);
	s = stats();
	assert_in_range(xrp_gap_ns(&s), 499 * MILLISECOND, 600 * MILLISECOND);
	xrp_gap_note(&s, 9999 * 1000 * MILLISECOND); /* more than the field holds */
	assert_int_equal(s.longest_gap, UINT16_MAX);
}

/* A slot that was another call's: nothing of that one may show in this one. */
static void test_new_generation_starts_from_zero(void **state)
{
	(void)state;
	memset(&rig.stats[SLOT], 0xff, sizeof(rig.stats[SLOT]));
	scene(0);
	rtp(7);
	assert_int_equal(stats().generation, generation);
	assert_int_equal(stats().packets, 1);
	assert_int_equal(stats().bytes, 172);
	assert_int_equal(stats().longest_gap, 0);
	assert_int_equal(stats().strangers, 0);
	assert_int_equal(stats().bucket_full_at, 0);
	assert_rtp(1, 1, 7);
	rtp(8);
	assert_int_equal(stats().packets, 2);
}

static void test_dropped_and_passed_up_are_not_traffic(void **state)
{
	(void)state;
	scene(XRP_FLOW_LEARN_EXPECT);
	assert_int_equal(sends(MALLORY, NULL, 20), XRP_DROP_STRANGER);
	assert_int_equal(stats().packets, 0);
	assert_int_equal(stats().last_seen, 0);
}

static void test_strangers(void **state)
{
	struct xrp_endpoint mallory = person_endpoint(MALLORY), bob = person_endpoint(BOB);
	struct xrp_flow_stats s;

	(void)state;
	scene(0);
	assert_int_equal(sends(MALLORY, NULL, 20), XRP_DROP_STRANGER);
	s = stats();
	assert_memory_equal(&s.stranger, &mallory, sizeof(mallory));
	assert_int_equal(sends(BOB, NULL, 20), XRP_DROP_STRANGER);
	s = stats();
	assert_memory_equal(&s.stranger, &bob, sizeof(bob));
	assert_int_equal(s.strangers, 2);
}

static void test_bucket_runs_empty(void **state)
{
	int i;

	(void)state;
	scene(XRP_FLOW_LEARN_ANY);
	rig_control(&rig, 0, 1, 5);
	for (i = 0; i < 5; i++)
		assert_int_equal(sends(MALLORY, NULL, 20), XRP_UP_STRANGER);
	assert_int_equal(sends(MALLORY, NULL, 20), XRP_DROP_FLOOD);
	assert_int_equal(sends(ALICE, NULL, 20), XRP_RELAY_REDIRECT); /* who needs no token */
	assert_int_equal(stats().punted, 5);
}

static void test_bucket_fills_again(void **state)
{
	int i, up;

	(void)state;
	scene(XRP_FLOW_LEARN_ANY);
	rig_control(&rig, 0, 1, 5);
	for (i = 0; i < 6; i++)
		sends(MALLORY, NULL, 20);
	rig.stats[SLOT].bucket_full_at -= 2000 * MILLISECOND; /* as if two seconds passed */
	for (i = 0, up = 0; i < 6; i++)
		up += sends(MALLORY, NULL, 20) == XRP_UP_STRANGER;
	assert_int_equal(up, 2);
	rig.stats[SLOT].bucket_full_at = 1; /* long ago: still no more than it holds */
	for (i = 0, up = 0; i < 9; i++)
		up += sends(MALLORY, NULL, 20) == XRP_UP_STRANGER;
	assert_int_equal(up, 5);
}

static void test_bucket_without_rate_lets_nothing_up(void **state)
{
	(void)state;
	scene(XRP_FLOW_LEARN_ANY);
	rig_control(&rig, 0, 0, 5);
	assert_int_equal(sends(MALLORY, NULL, 20), XRP_DROP_FLOOD);
	rig_control(&rig, 0, 5, 0);
	assert_int_equal(sends(MALLORY, NULL, 20), XRP_DROP_FLOOD);
}

static void test_rtp_in_order(void **state)
{
	uint16_t sequence;

	(void)state;
	scene(0);
	for (sequence = 100; sequence < 110; sequence++)
		rtp(sequence);
	assert_rtp(10, 10, 109);
	assert_int_equal(stats().rtp_ssrc, 0xcafe);
	assert_int_equal(stats().rtp_payload_type, 8);
	assert_int_equal(stats().rtp_timestamp, 109 * 160);
}

static void test_rtp_loss(void **state)
{
	(void)state;
	scene(0);
	rtp(1);
	rtp(2);
	rtp(6);
	assert_rtp(3, 6, 6);
}

static void test_rtp_reordered_and_duplicated(void **state)
{
	(void)state;
	scene(0);
	rtp(10);
	rtp(12);
	rtp(11);
	rtp(13);
	assert_rtp(4, 4, 13);
	rtp(13);
	assert_rtp(5, 4, 13);
}

static void test_rtp_sequence_wraps_around(void **state)
{
	(void)state;
	scene(0);
	rtp(65534);
	rtp(65535);
	rtp(1); /* 0 comes late */
	rtp(0);
	rtp(2);
	assert_rtp(5, 5, 0x10002);
}

static void test_rtp_new_ssrc(void **state)
{
	(void)state;
	scene(0);
	rtp(1);
	rtp(3); /* one lost */
	rtp_of(5000, 1, 0xbeef, 172);
	rtp_of(5001, 161, 0xbeef, 172);
	assert_rtp(4, 5, 5001);
	assert_int_equal(stats().rtp_ssrc, 0xbeef);
}

static void test_rtp_jump_and_on_from_there(void **state)
{
	(void)state;
	scene(0);
	rtp(1);
	rtp(2);
	rtp(30000);
	rtp(30001);
	rtp(30002);
	assert_rtp(5, 5, 30002);
}

static void test_rtp_jump_back(void **state)
{
	(void)state;
	scene(0);
	rtp(40000);
	rtp(40001);
	rtp(20000);
	rtp(20001);
	assert_rtp(4, 4, 20001);
}

static void test_rtp_very_late_packet_costs_nothing(void **state)
{
	uint16_t sequence;

	(void)state;
	scene(0);
	for (sequence = 1000; sequence < 1200; sequence++)
		if (sequence != 1010)
			rtp(sequence);
	rtp(1010);
	rtp(1200);
	assert_rtp(201, 201, 1200);
}

static void test_rtp_limits_of_a_jump(void **state)
{
	(void)state;
	scene(0);
	rtp(1000);
	rtp(1000 + XRP_RTP_MAX_DROPOUT - 1);
	assert_rtp(2, XRP_RTP_MAX_DROPOUT, 1000 + XRP_RTP_MAX_DROPOUT - 1);
	rtp(1000 + 2 * XRP_RTP_MAX_DROPOUT - 1);
	assert_rtp(3, XRP_RTP_MAX_DROPOUT, 1000 + XRP_RTP_MAX_DROPOUT - 1);
	assert_int_equal(stats().rtp_jumped, 1);
	rtp(4000); /* back in order */
	assert_int_equal(stats().rtp_jumped, 0);
	rtp(4000 - XRP_RTP_MAX_MISORDER + 1);
	assert_int_equal(stats().rtp_jumped, 0);
	rtp(4000 - XRP_RTP_MAX_MISORDER);
	assert_int_equal(stats().rtp_jumped, 1);
}

static void test_what_is_no_rtp(void **state)
{
	static const uint8_t rtcp[20] = {0x80, 192}, last_rtcp[20] = {0x80, 223}, stun[20] = {0, 1},
			     dtls[20] = {0x16, 0xfe};
	static const uint8_t cut_csrcs[14] = {0x8f, 8};

	(void)state;
	scene(0);
	sends(ALICE, rtcp, sizeof(rtcp));
	sends(ALICE, last_rtcp, sizeof(last_rtcp));
	sends(ALICE, stun, sizeof(stun));
	sends(ALICE, dtls, sizeof(dtls));
	sends(ALICE, cut_csrcs, sizeof(cut_csrcs));
	rtp_of(1, 1, 1, XRP_RTP_HEADER - 1);
	assert_int_equal(stats().packets, 6);
	assert_int_equal(stats().rtp_packets, 0);
	rtp_of(1, 1, 1, XRP_RTP_HEADER);
	assert_int_equal(stats().rtp_packets, 1);
}

static void test_no_rtp_on_an_rtcp_flow(void **state)
{
	(void)state;
	scene(XRP_FLOW_RTCP);
	rtp(1);
	assert_int_equal(stats().packets, 1);
	assert_int_equal(stats().rtp_packets, 0);
}

/* RFC 3550, A.8, with arrival times in timestamp units as real numbers. */
struct reference_jitter {
	double transit, jitter;
	int begun;
};

static void reference_count(struct reference_jitter *r, double arrival, uint32_t timestamp)
{
	double transit = arrival - timestamp;

	if (r->begun)
		r->jitter += (fabs(transit - r->transit) - r->jitter) / 16;
	r->transit = transit;
	r->begun = 1;
}

static void test_jitter_in_the_program(void **state)
{
	struct reference_jitter r = {0};
	uint64_t first = 0;
	uint16_t i;

	(void)state;
	scene(0);
	for (i = 0; i < 200; i++) {
		rtp_of(i, i % 7 * 160U, 0xcafe, 172);
		first = first ? first : stats().last_seen;
		reference_count(&r, (double)(stats().last_seen - first) * 8000 / 1e9, i % 7 * 160U);
	}
	assert_true(r.jitter > 100);
	assert_true(fabs(stats().rtp_jitter / 16.0 - r.jitter) < 2);
}

/* The same with times of an ordinary call, with a clock whose product with the time overflows. */
static void jitter_of(uint32_t rate, double hertz, uint32_t step)
{
	struct xrp_flow_stats s = {0};
	struct reference_jitter r = {0};
	struct xrp_rtp packet = {.ssrc = 1, .timestamp = 0xfffffff0U};
	uint64_t start = 200ULL * 86400 * 1000 * MILLISECOND, now;
	uint32_t timestamp = 0;
	int i;

	srand(3550);
	for (i = 0; i < 1000; i++) {
		now = start + i * 20 * MILLISECOND + (uint64_t)(rand() % 5000) * 1000;
		xrp_rtp_count(&s, &packet, now, rate);
		reference_count(&r, (double)(now - start) * hertz / 1e9, timestamp);
		packet.sequence++;
		packet.timestamp += step;
		timestamp += step;
	}
	assert_true(r.jitter > hertz / 1000);
	assert_true(fabs(s.rtp_jitter / 16.0 - r.jitter) < r.jitter / 50);
}

static void test_jitter_of_calls(void **state)
{
	(void)state;
	jitter_of(RATE_8000, 8000, 160);
	jitter_of(RATE_90000, 90000, 1800);
}

static void test_jitter_begins_anew(void **state)
{
	struct xrp_flow flow = scene(0);

	(void)state;
	rtp_of(1, 0, 0xcafe, 172);
	rtp_of(2, 160000, 0xcafe, 172);
	assert_in_range(stats().rtp_jitter, 150000, 160000);
	rtp_of(3, 0, 0xbeef, 172); /* another source */
	assert_int_equal(stats().rtp_jitter, 0);
	rtp_of(4, 160000, 0xbeef, 172);
	assert_int_not_equal(stats().rtp_jitter, 0);
	flow.ts_per_ns = RATE_90000; /* another codec */
	rig_flow(&rig, &flow);
	rtp_of(5, 160160, 0xbeef, 172);
	assert_int_equal(stats().rtp_jitter, 0);
}

static void test_no_jitter_without_a_clock(void **state)
{
	struct xrp_flow flow = scene(0);

	(void)state;
	flow.ts_per_ns = 0;
	rig_flow(&rig, &flow);
	rtp(1);
	rtp(2);
	rtp(500);
	assert_int_equal(stats().rtp_jitter, 0);
	assert_int_equal(stats().rtp_packets, 3);
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
		cmocka_unit_test(test_packets_bytes_and_times),
		cmocka_unit_test(test_longest_gap_is_kept),
		cmocka_unit_test(test_new_generation_starts_from_zero),
		cmocka_unit_test(test_dropped_and_passed_up_are_not_traffic),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_bucket_runs_empty),
		cmocka_unit_test(test_bucket_fills_again),
		cmocka_unit_test(test_bucket_without_rate_lets_nothing_up),
		cmocka_unit_test(test_rtp_in_order),
		cmocka_unit_test(test_rtp_loss),
		cmocka_unit_test(test_rtp_reordered_and_duplicated),
		cmocka_unit_test(test_rtp_sequence_wraps_around),
		cmocka_unit_test(test_rtp_new_ssrc),
		cmocka_unit_test(test_rtp_jump_and_on_from_there),
		cmocka_unit_test(test_rtp_jump_back),
		cmocka_unit_test(test_rtp_very_late_packet_costs_nothing),
		cmocka_unit_test(test_rtp_limits_of_a_jump),
		cmocka_unit_test(test_what_is_no_rtp),
		cmocka_unit_test(test_no_rtp_on_an_rtcp_flow),
		cmocka_unit_test(test_jitter_in_the_program),
		cmocka_unit_test(test_jitter_of_calls),
		cmocka_unit_test(test_jitter_begins_anew),
		cmocka_unit_test(test_no_jitter_without_a_clock),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
