/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classes of what a party may send: what each lets through, and which is chosen when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <cmocka.h>
#include <core/rate.h>
#include <xdp-rtpproxy/rate.h>

#define SECOND 1000000000ULL
#define MS     1000000ULL

/* How many of the packets, one each `gap` ns for ten seconds, a class lets through. */
static unsigned int admitted(const struct rate_config *config, enum rate_class class,
			     uint32_t length, uint64_t gap)
{
	struct xrp_flow_stats s = {0};
	struct xrp_cap caps[RATE_CLASSES];
	unsigned int n = 0;

	rate_caps(config, caps);
	for (uint64_t now = SECOND; now < 11 * SECOND; now += gap) {
		if (!xrp_rate_admit(&s, &caps[class], length, now))
			continue;
		s.last_seen = now;
		n++;
	}
	return n;
}

/* Everything that codecs send goes through, packet by packet. */
static void test_speech_is_never_hurt(void **state)
{
	static const struct {
		enum rate_class class;
		uint32_t length; /* with RTP header and SRTP's tag */
		uint64_t gap;
	} streams[] = {
		{RATE_AUDIO_64, 182, 20 * MS}, {RATE_AUDIO_64, 102, 10 * MS},
		{RATE_AUDIO_64, 62, 5 * MS},   {RATE_AUDIO_64, 502, 60 * MS},
		{RATE_AUDIO_32, 102, 20 * MS}, {RATE_AUDIO_16, 42, 20 * MS},
		{RATE_AUDIO_16, 32, 10 * MS},  {RATE_AUDIO_16, 46, 30 * MS},
		{RATE_RTCP, 300, 1000 * MS},   {RATE_OTHER, 320, 20 * MS},
		{RATE_WIDE, 1200, MS / 3},     {RATE_WIDE, 62, 10 * MS},
	};
	const struct rate_config config = {.mode = RATE_AUTO};

	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		assert_int_equal(
			admitted(&config, streams[i].class, streams[i].length, streams[i].gap),
			(10 * SECOND + streams[i].gap - 1) / streams[i].gap);
}

/* A hundred thousand a second for ten seconds, of which half a second may be ahead. */
static void test_a_flood_is_cut_to_the_codec_twice(void **state)
{
	const struct rate_config config = {.mode = RATE_AUTO};

	(void)state;
	assert_in_range(admitted(&config, RATE_AUDIO_64, 0, 10000), 2000, 2110);
	/* 20 ms of G.711 are 8 kbyte/s: twice that, and room for what SRTP adds to short packets */
	assert_in_range(admitted(&config, RATE_AUDIO_64, 172, 10000), 1000, 1330);
	assert_in_range(admitted(&config, RATE_AUDIO_16, 32, 10000), 2000, 2110);
	assert_in_range(admitted(&config, RATE_RTCP, 100, 10000), 1000, 1060);
	assert_in_range(admitted(&config, RATE_OTHER, 100, 10000), 10000, 10800);
	assert_in_range(admitted(&config, RATE_WIDE, 100, 10000), 100000, 125000);
	assert_in_range(admitted(&config, RATE_WIDE, 1250, 10000), 50000, 57000);
}

static void test_options(void **state)
{
	struct rate_config c;

	(void)state;
	assert_int_equal(rate_parse("auto", &c), 0);
	assert_int_equal(c.mode, RATE_AUTO);
	assert_int_equal(rate_parse("off", &c), 0);
	assert_int_equal(admitted(&c, RATE_AUDIO_16, 1400, 10000), 1000000);
	assert_int_equal(rate_parse("50", &c), 0);
	assert_in_range(admitted(&c, RATE_AUDIO_64, 1400, 10000), 500, 530);
	assert_in_range(admitted(&c, RATE_WIDE, 1400, 10000), 500, 530);
	assert_in_range(admitted(&c, RATE_RTCP, 100, 10000), 1000, 1060);
	assert_int_equal(rate_parse("5000,80", &c), 0);
	assert_in_range(admitted(&c, RATE_WIDE, 1000, 10000), 100, 110);
	for (const char *const *bad =
		     (const char *const[]){"", "9", "10000001", "50,", "50,7", "50,100000001",
					   "50,80,", "50 ", " 50", "-50", "50,-80", "Auto", "offf",
					   "99999999999999999999", NULL};
	     *bad; bad++)
		assert_int_equal(rate_parse(*bad, &c), -EINVAL);
}

static struct rate rate;
static struct rate_seen seen;
static uint64_t now;

/* A second later: so many packets came, of this payload type, and so many were dropped. */
static bool second(uint64_t packets, int payload_type, uint64_t dropped)
{
	now += SECOND;
	seen.packets += packets;
	if (payload_type >= 0) {
		seen.rtp_packets += packets;
		seen.payload_type = (uint8_t)payload_type;
	}
	seen.dropped += dropped;
	return rate_follow(&rate, false, &seen, SECOND, now);
}

static void begin(enum rate_class class)
{
	rate = (struct rate){.cap = class};
	seen = (struct rate_seen){0};
	now = 60 * SECOND; /* the last command is long ago */
}

static void test_the_class_follows_the_codec(void **state)
{
	(void)state;
	begin(RATE_WIDE);
	assert_false(second(0, 0, 0)); /* nothing came */
	assert_true(second(50, 8, 0));
	assert_int_equal(rate.cap, RATE_AUDIO_64);
	assert_false(second(50, 13, 0));  /* comfort noise */
	assert_false(second(50, 101, 0)); /* a digit */
	assert_false(second(50, 8, 0));
	assert_true(second(50, 18, 0));
	assert_int_equal(rate.cap, RATE_AUDIO_16);
	assert_false(second(50, 0, 0));
	assert_true(second(50, 0, 0)); /* twice in a row: another codec */
	assert_int_equal(rate.cap, RATE_AUDIO_64);
	assert_false(second(300, 96, 0));
	assert_true(second(300, 96, 0));
	assert_int_equal(rate.cap, RATE_WIDE);
	assert_true(second(40, -1, 0)); /* not RTP */
	assert_int_equal(rate.cap, RATE_OTHER);
	assert_false(second(1000, 96, 200));
	assert_true(second(1000, 96, 200)); /* DTLS is over, video begins */
	assert_int_equal(rate.cap, RATE_WIDE);
}

static void test_a_flood_does_not_choose_its_cap(void **state)
{
	(void)state;
	begin(RATE_AUDIO_64);
	for (int i = 0; i < 10; i++)
		assert_false(second(200, 96, 99800));
	assert_true(second(200, 96, 0)); /* without excess: it is another codec after all */
	assert_int_equal(rate.cap, RATE_WIDE);
}

static void test_after_a_command_it_may_be_another_codec(void **state)
{
	(void)state;
	begin(RATE_AUDIO_64);
	now = 2 * SECOND;
	assert_false(second(200, 96, 500));
	assert_true(second(200, 96, 500));
	assert_int_equal(rate.cap, RATE_WIDE);
}

static void test_rtcp_and_old_records(void **state)
{
	(void)state;
	begin(RATE_NONE);
	assert_true(second(0, 0, 0));
	assert_int_equal(rate.cap, RATE_WIDE);
	begin(RATE_NONE);
	assert_true(rate_follow(&rate, true, &seen, 0, now));
	assert_int_equal(rate.cap, RATE_RTCP);
	seen.packets = 50;
	assert_false(rate_follow(&rate, true, &seen, 0, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_speech_is_never_hurt),
		cmocka_unit_test(test_a_flood_is_cut_to_the_codec_twice),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_the_class_follows_the_codec),
		cmocka_unit_test(test_a_flood_does_not_choose_its_cap),
		cmocka_unit_test(test_after_a_command_it_may_be_another_codec),
		cmocka_unit_test(test_rtcp_and_old_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
