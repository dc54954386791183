/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics: one stream of packets is dealt out to kernel and slow path, and the sum must be what
 * one counter that saw all of them says. Then the clock: static types, estimates, what spoils them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/rtpstats.h>
#include <xdp-rtpproxy/rtp.h>

#define SECOND	   1000000000ULL
#define MS	   1000000ULL
#define GENERATION 5

static void count(struct xrp_flow_stats *s, uint32_t ssrc, uint16_t sequence, uint64_t now)
{
	struct xrp_rtp rtp = {.ssrc = ssrc, .sequence = sequence, .timestamp = sequence * 160U};

	s->packets++;
	s->bytes += 172;
	s->last_seen = now;
	xrp_rtp_count(s, &rtp, now, rtpstats_ts_per_ns(8000));
}

/* A stretch of packets that one of the two paths sees. */
struct stretch {
	enum { END, KERNEL, SLOW } path;
	uint32_t ssrc;
	uint32_t from, to; /* sequence numbers, counted on over 65535 */
};

static const struct sum_case {
	const char *sentence;
	struct stretch stretch[6];
	uint64_t expected;
	int64_t lost;
	uint32_t ssrc;
	uint16_t highest;
} sum_cases[] = {
	{"nothing", {{END, 0, 0, 0}}, 0, 0, 0, 0},
	{"all in the kernel", {{KERNEL, 7, 10, 19}}, 10, 0, 7, 19},
	{"all in the slow path", {{SLOW, 7, 10, 19}}, 10, 0, 7, 19},
	{"the first in the slow path", {{SLOW, 7, 10, 12}, {KERNEL, 7, 13, 99}}, 90, 0, 7, 99},
	{"lost where the path changes", {{SLOW, 7, 10, 12}, {KERNEL, 7, 15, 99}}, 90, 2, 7, 99},
	{"the last in the slow path", {{KERNEL, 7, 10, 89}, {SLOW, 7, 90, 99}}, 90, 0, 7, 99},
	{"to and fro",
	 {{KERNEL, 7, 10, 50}, {SLOW, 7, 51, 60}, {KERNEL, 7, 61, 99}, {SLOW, 7, 100, 100}},
	 91,
	 0,
	 7,
	 100},
	{"the path changes over the wrap-around",
	 {{SLOW, 7, 65530, 65535}, {KERNEL, 7, 65536, 65600}},
	 71,
	 0,
	 7,
	 64},
	{"both see the wrap-around",
	 {{SLOW, 7, 65530, 65537}, {KERNEL, 7, 65538, 65540}, {SLOW, 7, 65541, 65600}},
	 71,
	 0,
	 7,
	 64},
	{"the kernel's part goes over it, the slow path's stands after it",
	 {{KERNEL, 7, 65000, 66000}, {SLOW, 7, 66001, 66002}},
	 1003,
	 0,
	 7,
	 466},
	{"one cycle and more in the kernel, the slow path in its middle",
	 {{KERNEL, 7, 100, 70000}, {SLOW, 7, 70001, 70001}, {KERNEL, 7, 70002, 140000}},
	 139901,
	 0,
	 7,
	 8928},
	{"a new SSRC in the kernel, the old one in the slow path",
	 {{SLOW, 7, 10, 19}, {KERNEL, 8, 500, 504}},
	 15,
	 0,
	 8,
	 504},
	{"a new SSRC in the slow path", {{KERNEL, 7, 10, 19}, {SLOW, 8, 500, 504}}, 15, 0, 8, 504},
	{"a new SSRC in both",
	 {{SLOW, 7, 1, 5}, {KERNEL, 7, 6, 9}, {SLOW, 8, 50, 51}, {KERNEL, 8, 52, 60}},
	 20,
	 0,
	 8,
	 60},
	{"a packet twice", {{KERNEL, 7, 10, 19}, {KERNEL, 7, 19, 19}}, 10, -1, 7, 19},
};

static void check_sum(const struct sum_case *c)
{
	struct xrp_flow_stats kernel = {.generation = GENERATION}, slow = {.generation = 0};
	uint64_t now = SECOND, packets = 0;
	struct learn_seen seen;
	struct rtpstats_sum sum;

	for (const struct stretch *s = c->stretch; s->path != END; s++) {
		for (uint32_t i = s->from; i <= s->to; i++, packets++)
			count(s->path == KERNEL ? &kernel : &slow, s->ssrc, (uint16_t)i,
			      now += 20 * MS);
	}
	sum = rtpstats_sum(&kernel, GENERATION, &slow);
	assert_int_equal(sum.packets, packets);
	assert_int_equal(sum.bytes, packets * 172);
	assert_int_equal(sum.rtp_packets, packets);
	assert_int_equal(sum.last_seen, packets ? now : 0);
	assert_int_equal(sum.expected, c->expected);
	assert_int_equal(sum.lost, c->lost);
	assert_int_equal(sum.ssrc, c->ssrc);
	assert_int_equal((uint16_t)sum.highest, c->highest);
	seen = rtpstats_seen(&kernel, GENERATION, &slow);
	assert_int_equal(seen.last_seen, packets ? now : 0);
	assert_int_equal(seen.rtp, packets != 0);
	assert_int_equal(seen.ssrc, c->ssrc);
	assert_int_equal(seen.sequence, c->highest);
}

static void test_sum(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sum_cases) / sizeof(sum_cases[0]); i++) {
		print_message("  %s\n", sum_cases[i].sentence);
		check_sum(&sum_cases[i]);
	}
}

static void test_another_generation_counts_nothing(void **state)
{
	struct xrp_flow_stats kernel = {.generation = GENERATION - 1, .strangers = 3};
	struct xrp_flow_stats slow = {.strangers = 2, .longest_gap = 9};
	struct rtpstats_sum sum;

	(void)state;
	count(&kernel, 7, 10, SECOND);
	sum = rtpstats_sum(&kernel, GENERATION, &slow);
	assert_int_equal(sum.packets, 0);
	assert_int_equal(sum.strangers, 2);
	assert_int_equal(rtpstats_seen(&kernel, GENERATION, &slow).last_seen, 0);
	sum = rtpstats_sum(&kernel, GENERATION - 1, &slow);
	assert_int_equal(sum.packets, 1);
	assert_int_equal(sum.strangers, 5);
	assert_int_equal(sum.longest_gap, 9 << XRP_GAP_SHIFT);
}

/* Packets that come 10 ms early and 10 ms late in turn: the jitter goes towards 20 ms. */
static void jitter(struct xrp_flow_stats *s, unsigned int packets, uint32_t ts_per_ns)
{
	for (unsigned int i = 0; i < packets; i++) {
		struct xrp_rtp rtp = {.ssrc = 7, .sequence = (uint16_t)i, .timestamp = i * 160};
		uint64_t now = SECOND + i * 20 * MS + (i % 2 ? 20 * MS : 0);

		xrp_rtp_count(s, &rtp, now, ts_per_ns);
	}
}

static void test_jitter(void **state)
{
	struct xrp_flow_stats kernel = {.generation = GENERATION}, slow = {.generation = 0};
	struct rtpstats_sum sum;

	(void)state;
	jitter(&slow, 2, rtpstats_ts_per_ns(8000));
	jitter(&kernel, 500, rtpstats_ts_per_ns(8000));
	sum = rtpstats_sum(&kernel, GENERATION, &slow);
	assert_in_range(sum.jitter, 155, 165);
	assert_in_range(sum.jitter_ns, 19400000, 20600000);
	/* without a clock there is none, and the other side's is better than that */
	memset(&kernel, 0, sizeof(kernel));
	kernel.generation = GENERATION;
	jitter(&kernel, 500, 0);
	sum = rtpstats_sum(&kernel, GENERATION, &(struct xrp_flow_stats){.packets = 0});
	assert_int_equal(sum.jitter, 0);
	assert_int_equal(sum.jitter_ns, 0);
	jitter(&slow, 100, rtpstats_ts_per_ns(8000));
	assert_in_range(rtpstats_sum(&kernel, GENERATION, &slow).jitter, 150, 165);
}

static void test_snapshot_copies_all(void **state)
{
	struct xrp_flow_stats from, to;

	(void)state;
	for (size_t i = 0; i < sizeof(from); i++)
		((uint8_t *)&from)[i] = (uint8_t)(i + 1);
	rtpstats_snapshot(&to, &from);
	assert_memory_equal(&to, &from, sizeof(to));
}

static void test_ts_per_ns(void **state)
{
	static const uint32_t clocks[] = {8000, 16000, 44100, 48000, 90000};

	(void)state;
	assert_int_equal(rtpstats_ts_per_ns(0), 0);
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		uint64_t units = (100 * SECOND * rtpstats_ts_per_ns(clocks[i])) >> 32;

		assert_in_range(units, clocks[i] * 100ULL - clocks[i] / 100,
				clocks[i] * 100ULL + clocks[i] / 100);
	}
}

static void test_static_clocks(void **state)
{
	(void)state;
	assert_int_equal(rtpstats_clock_of(0), 8000);
	assert_int_equal(rtpstats_clock_of(8), 8000);
	assert_int_equal(rtpstats_clock_of(9), 8000); /* G.722: 8000 by an old error, kept */
	assert_int_equal(rtpstats_clock_of(6), 16000);
	assert_int_equal(rtpstats_clock_of(11), 44100);
	assert_int_equal(rtpstats_clock_of(34), 90000);
	assert_int_equal(rtpstats_clock_of(1), 0);
	assert_int_equal(rtpstats_clock_of(96), 0);
	assert_int_equal(rtpstats_clock_of(127), 0);
}

/* A sample a second, `hz` units apart, from `timestamp` on; true when the last one changed it. */
static bool feed(struct rtpstats_clock *clock, uint64_t *now, uint32_t timestamp, uint32_t hz,
		 unsigned int seconds)
{
	bool changed = false;

	for (unsigned int i = 0; i <= seconds; i++) {
		*now += SECOND;
		changed = rtpstats_clock_sample(clock, *now, timestamp + i * hz, 7, 96);
	}
	return changed;
}

static void test_estimates(void **state)
{
	static const struct {
		uint32_t rate, hz;
	} rows[] = {
		{8000, 8000},	{11025, 11025}, {12000, 12000}, {16000, 16000}, {22050, 22050},
		{24000, 24000}, {32000, 32000}, {44100, 44100}, {48000, 48000}, {90000, 90000},
		{48900, 48000}, {47100, 48000}, {45900, 44100}, {8390, 8000},	{8410, 0},
		{7610, 8000},	{7590, 0},	{1000, 0},	{200000, 0},	{0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rtpstats_clock clock = {.hz = 0};
		uint64_t now = SECOND;

		feed(&clock, &now, 4294960000U, rows[i].rate, 1);
		assert_int_equal(clock.hz, 0);
		now = SECOND;
		clock.begun = false;
		assert_int_equal(feed(&clock, &now, 4294960000U, rows[i].rate, 2), rows[i].hz != 0);
		assert_int_equal(clock.hz, rows[i].hz);
	}
}

static void test_what_spoils_an_estimate(void **state)
{
	struct rtpstats_clock clock = {.hz = 0};
	uint64_t now = SECOND;

	(void)state;
	feed(&clock, &now, 0, 48000, 2);
	assert_int_equal(clock.hz, 48000);
	/* another SSRC begins a new stretch */
	assert_false(rtpstats_clock_sample(&clock, now + 3 * SECOND, 8000 * 3, 8, 96));
	assert_int_equal(clock.hz, 48000);
	/* a jump of the timestamps is no clock */
	clock.begun = false;
	feed(&clock, &now, 0, 48000, 1);
	assert_false(rtpstats_clock_sample(&clock, now + 2 * SECOND, 0x80000000, 7, 96));
	/* a pause without timestamps looks like half the clock once, but not twice in a row */
	clock.begun = false;
	feed(&clock, &now, 0, 24000, 2);
	assert_int_equal(clock.hz, 48000);
	clock.begun = false;
	feed(&clock, &now, 0, 48000, 2);
	clock.begun = false;
	feed(&clock, &now, 0, 24000, 2);
	assert_int_equal(clock.hz, 48000);
	assert_true(feed(&clock, &now, 48000 + 24000, 24000, 1));
	assert_int_equal(clock.hz, 24000);
	/* a static type is certain at once */
	assert_true(rtpstats_clock_sample(&clock, now, 0, 7, 0));
	assert_int_equal(clock.hz, 8000);
	assert_false(rtpstats_clock_sample(&clock, now, 160, 7, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_another_generation_counts_nothing),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_snapshot_copies_all),
		cmocka_unit_test(test_ts_per_ns),
		cmocka_unit_test(test_static_clocks),
		cmocka_unit_test(test_estimates),
		cmocka_unit_test(test_what_spoils_an_estimate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
