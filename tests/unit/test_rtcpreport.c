/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports byte for byte against packets made by hand from RFC 3550, 6.4 and 6.5; what is heard of
 * alice's reports and what of them goes on to bob; and the interval of A.7.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/rtcpreport.h>

#define SECOND 1000000000ULL
/* 2026-11-21T07:00:00.5Z; in NTP's count 0xeeabbff0.80000000 (1795244400 + 2208988800 s). */
#define WALL   (1795244400ULL * SECOND + SECOND / 2)

#define NOW    (100 * SECOND)
#define ALICE  0xa1a1a1a1U
#define BOB    0xb0b0b0b0U
#define RELAY  0xc2c2c2c2U
#define ALICE4 0xa1, 0xa1, 0xa1, 0xa1
#define BOB4   0xb0, 0xb0, 0xb0, 0xb0
#define RELAY4 0xc2, 0xc2, 0xc2, 0xc2

static const uint8_t sender_report[] = {
	0x81,	200,  0,    12,	  BOB4,		       /* one block; the source that we relay */
	0xee,	0xab, 0xbf, 0xf0, 0x80, 0, 0,	 0,    /* NTP */
	0,	0,    0x10, 0x40,		       /* 4000, and 20 ms on */
	0,	0,    0,    50,	  0,	0, 0x1f, 0x40, /* packets, octets */
	ALICE4, 0x19, 0,    0,	  10,		       /* 10 of 100 lost, 10 in all */
	0,	1,    0,    99,	  0,	0, 0,	 7,    /* highest, jitter */
	0x22,	0x22, 0x33, 0x33, 0,	1, 0x80, 0,    /* LSR; DLSR: 1.5 s */
	0x81,	202,  0,    3,	  BOB4, 1, 5,	 'r',  'e', 'l', 'a', 'y', 0,
};
static const uint8_t empty_report[] = {
	0x80, 201, 0, 1, RELAY4, 0x81, 202, 0, 3, RELAY4, 1, 5, 'r', 'e', 'l', 'a', 'y', 0,
};
static const uint8_t receiver_report[] = {
	0x81, 201,  0,	 7, RELAY4, ALICE4, 0, 0xff, 0xff, 0xfe, /* two packets came twice */
	0,    0,    0,	 9, 0,	    0,	    0, 0,    0,	   0,	 0,   0,   0,	0, 0,
	0,    0x81, 202, 0, 3,	    RELAY4, 1, 5,    'r',  'e',	 'l', 'a', 'y', 0,
};
/* What alice sends: an SR about hers with two blocks, her name, feedback and a BYE. */
static const uint8_t alices[] = {
	0x82, 200, 0,	   18,	 ALICE4, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0,    0,
	0,    1,   0,	   0,	 0,	 2,    0,    0,	   0,	 3,    0xd0, 0xd0, 0xd0, 0xd0, 9,
	9,    9,   9,	   9,	 9,	 9,    9,    9,	   9,	 9,    9,    9,	   9,	 9,    9,
	9,    9,   9,	   9,	 BOB4,	 0x40, 0xff, 0xff, 0xff, 0,    0,    0,	   1,	 0,    0,
	0,    5,   0xbf,   0xf0, 0x40,	 0,    0,    0,	   0x20, 0, /* 250 ms before WALL, of which
								       she kept it 125 ms */
	0x81, 202, 0,	   3,	 ALICE4, 1,    5,    'a',  'l',	 'i',  'c',  'e',  0,	 0x81, 206,
	0,    2,   ALICE4, BOB4, /* a picture, please (RFC 4585, 6.3.1) */
	0xa1, 203, 0,	   2,	 ALICE4, 0,    0,    0,	   4, /* BYE, padded */
};
#define ALICES_REST 24

static struct rtcpreport_facts facts(void)
{
	return (struct rtcpreport_facts){
		.now = NOW,
		.wall = WALL,
		.own_ssrc = RELAY,
		.cname = text_of("relay"),
	};
}

static void check_built(struct rtcpreport *r, const struct rtcpreport_facts *f,
			const uint8_t *wanted, size_t len)
{
	uint8_t buf[RTCPREPORT_SIZE + 64];

	assert_int_equal(rtcpreport_build(r, f, buf, sizeof(buf)), len);
	assert_memory_equal(buf, wanted, len);
}

static void hear(struct rtcpreport *r, uint64_t now)
{
	struct rtcpreport_heard heard;
	uint8_t rest[sizeof(alices)];

	assert_int_equal(rtcpreport_receive(r, alices, sizeof(alices), now, WALL, rest,
					    sizeof(rest), &heard),
			 0);
}

static struct rtcpreport_facts both_ways(void)
{
	struct rtcpreport_facts f = facts();

	f.sent.packets = 50;
	f.sent.octets = 8000;
	f.sent.ssrc = BOB;
	f.sent.timestamp = 4000;
	f.sent.time = NOW - SECOND / 50;
	f.sent.clock_hz = 8000;
	f.received.packets = 90;
	f.received.expected = 100;
	f.received.ssrc = ALICE;
	f.received.highest = 0x10063;
	f.received.jitter = 7;
	return f;
}

static void test_sender_report(void **state)
{
	struct rtcpreport r = {0};
	struct rtcpreport_facts f = both_ways();

	(void)state;
	hear(&r, NOW - 3 * SECOND / 2);
	check_built(&r, &f, sender_report, sizeof(sender_report));
}

static void test_empty_report(void **state)
{
	struct rtcpreport r = {0};
	struct rtcpreport_facts f = facts();

	(void)state;
	check_built(&r, &f, empty_report, sizeof(empty_report));
}

static void test_receiver_report(void **state)
{
	struct rtcpreport r = {0};
	struct rtcpreport_facts f = facts();

	(void)state;
	f.received.packets = 12;
	f.received.expected = 10;
	f.received.ssrc = ALICE;
	f.received.highest = 9;
	check_built(&r, &f, receiver_report, sizeof(receiver_report));
}

static void test_rest_goes_last(void **state)
{
	struct rtcpreport r = {0};
	struct rtcpreport_facts f = facts();
	uint8_t wanted[sizeof(empty_report) + ALICES_REST], buf[sizeof(wanted)];

	(void)state;
	f.rest = (struct text){(const char *)alices + sizeof(alices) - ALICES_REST, ALICES_REST};
	memcpy(wanted, empty_report, sizeof(empty_report));
	memcpy(wanted + sizeof(empty_report), f.rest.at, ALICES_REST);
	check_built(&r, &f, wanted, sizeof(wanted));
	assert_int_equal(rtcpreport_build(&r, &f, buf, 4), -ENOSPC);
}

/* One report after another: the fields that are of the time between two, and new sources. */
static const struct step {
	const char *sentence;
	uint64_t packets, octets, sent_ssrc; /* sent, ever since */
	uint64_t received, expected, received_ssrc;
	int type; /* wanted: 200 or 201 */
	uint32_t sent_packets, sent_octets;
	int blocks, fraction;
	int32_t lost;
} steps[] = {
	{"the first", 100, 16000, BOB, 50, 50, ALICE, 200, 100, 16000, 1, 0, 0},
	{"half of it lost", 200, 32000, BOB, 60, 70, ALICE, 200, 200, 32000, 1, 128, 10},
	{"nothing lost since", 300, 48000, BOB, 70, 80, ALICE, 200, 300, 48000, 1, 0, 10},
	{"nothing came", 400, 64000, BOB, 70, 80, ALICE, 200, 400, 64000, 0, 0, 0},
	{"nearly all lost", 500, 80000, BOB, 71, 1080, ALICE, 200, 500, 80000, 1, 255, 1009},
	{"late ones made up for it", 500, 80000, BOB, 90, 1080, ALICE, 200, 500, 80000, 1, 0, 990},
	{"nothing sent in two intervals", 500, 80000, BOB, 91, 1081, ALICE, 201, 0, 0, 1, 0, 990},
	{"another source comes, another goes", 510, 81600, ALICE, 95, 1099, BOB, 200, 10, 1600, 1,
	 0, 0},
	{"they count from there", 520, 83200, ALICE, 99, 1107, BOB, 200, 20, 3200, 1, 128, 4},
	{"more lost than there is room for", 530, 84800, ALICE, 100, 1ULL << 33, BOB, 200, 30, 4800,
	 1, 255, 0x7fffff},
	{"more came twice than there is room for", 540, 86400, ALICE, 1ULL << 34, 1ULL << 33, BOB,
	 200, 40, 6400, 1, 0, -0x800000},
};

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void check_step(struct rtcpreport *r, const struct step *s)
{
	struct rtcpreport_facts f = facts();
	uint8_t p[RTCPREPORT_SIZE];
	const uint8_t *block = p + (s->type == 200 ? 28 : 8);

	f.sent.packets = s->packets;
	f.sent.octets = s->octets;
	f.sent.ssrc = (uint32_t)s->sent_ssrc;
	f.received.packets = s->received;
	f.received.expected = s->expected;
	f.received.ssrc = (uint32_t)s->received_ssrc;
	assert_true(rtcpreport_build(r, &f, p, sizeof(p)) > 0);
	assert_int_equal(p[1], s->type);
	assert_int_equal(p[0], 0x80 | s->blocks);
	assert_int_equal(get32(p + 4), s->type == 200 ? s->sent_ssrc : RELAY);
	if (s->type == 200) {
		assert_int_equal(get32(p + 20), s->sent_packets);
		assert_int_equal(get32(p + 24), s->sent_octets);
	}
	if (!s->blocks)
		return;
	assert_int_equal(get32(block), s->received_ssrc);
	assert_int_equal(block[4], s->fraction);
	assert_int_equal((int32_t)(get32(block + 4) << 8) >> 8, s->lost);
}

static void test_steps(void **state)
{
	struct rtcpreport r = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		print_message("%s\n", steps[i].sentence);
		check_step(&r, &steps[i]);
	}
}

/* Names of every length: the item ends with a NUL, the packet with a word. */
static void test_names(void **state)
{
	char name[300];
	uint8_t buf[RTCPREPORT_SIZE];

	(void)state;
	memset(name, 'n', sizeof(name));
	for (size_t len = 0; len < sizeof(name); len++) {
		struct rtcpreport r = {0};
		struct rtcpreport_facts f = both_ways();
		size_t kept = len > RTCPREPORT_CNAME ? RTCPREPORT_CNAME : len;
		int got;

		f.cname = (struct text){len ? name : NULL, len};
		got = rtcpreport_build(&r, &f, buf, sizeof(buf));
		assert_true(got > 0 && got % 4 == 0);
		assert_int_equal(got, 52 + 4 * (buf[54] << 8 | buf[55]) + 4);
		assert_int_equal(buf[61], kept);
		assert_int_equal(buf[got - 1], 0);
		assert_true((size_t)got >= 62 + kept + 1 && (size_t)got <= 62 + kept + 4);
	}
}

static void test_timestamps(void **state)
{
	static const struct {
		uint32_t clock_hz, wanted;
		uint64_t ago;
	} cases[] = {
		{0, 4000, SECOND},
		{8000, 4000, 0},
		{8000, 4001, 125000},
		{90000, 4000 + 3000, 33333334},
		{48000, 4000U + 4147200000U, 86400 * SECOND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rtcpreport r = {0};
		struct rtcpreport_facts f = both_ways();
		uint8_t buf[RTCPREPORT_SIZE];

		f.now = 2 * 86400 * SECOND;
		f.sent.clock_hz = cases[i].clock_hz;
		f.sent.time = f.now - cases[i].ago;
		assert_true(rtcpreport_build(&r, &f, buf, sizeof(buf)) > 0);
		assert_int_equal(get32(buf + 16), cases[i].wanted);
	}
}

static void test_hearing(void **state)
{
	struct rtcpreport r = {.sending = true, .sent_ssrc = BOB};
	struct rtcpreport_heard heard;
	uint8_t rest[sizeof(alices)];

	(void)state;
	assert_int_equal(rtcpreport_receive(&r, alices, sizeof(alices), NOW, WALL, rest,
					    sizeof(rest), &heard),
			 0);
	assert_true(heard.sr && heard.sdes && heard.bye);
	assert_false(heard.rr);
	assert_int_equal(heard.rest_len, ALICES_REST);
	assert_memory_equal(rest, alices + sizeof(alices) - ALICES_REST, ALICES_REST);
	assert_true(r.far_known);
	assert_int_equal(r.far_fraction, 0x40);
	assert_int_equal(r.far_lost, -1);
	assert_int_equal(r.far_jitter, 5);
	assert_int_equal(r.far_rtt, SECOND / 8);
	r = (struct rtcpreport){.sending = true, .sent_ssrc = RELAY};
	hear(&r, NOW);
	assert_false(r.far_known);
}

/* The LSR is of the source that the block is about, or none. */
static void test_other_sources_report(void **state)
{
	struct rtcpreport r = {0};
	struct rtcpreport_facts f = both_ways();
	uint8_t buf[RTCPREPORT_SIZE];

	(void)state;
	hear(&r, NOW);
	f.received.ssrc = ALICE + 1;
	assert_true(rtcpreport_build(&r, &f, buf, sizeof(buf)) > 0);
	assert_int_equal(get32(buf + 28 + 16), 0);
	assert_int_equal(get32(buf + 28 + 20), 0);
}

/* Not valid: nothing may be remembered of it. */
static void test_invalid(void **state)
{
	static const struct {
		const char *sentence;
		const char *bytes;
		size_t len;
	} cases[] = {
		{"nothing", "", 0},
		{"cut off", "\x80\xc9\0\1\0\0\0", 7},
		{"another version", "\x40\xc9\0\1\0\0\0\0", 8},
		{"a name first", "\x81\xca\0\1\0\0\0\0", 8},
		{"longer than it is", "\x80\xc9\0\2\0\0\0\0", 8},
		{"shorter than it is", "\x80\xc9\0\1\0\0\0\0\0\0\0\0", 12},
		{"three bytes left", "\x80\xc9\0\1\0\0\0\0\x80\xca\0", 11},
		{"no room for its block", "\x81\xc9\0\1\0\0\0\0", 8},
		{"no room for the sender's part", "\x80\xc8\0\1\0\0\0\0", 8},
		{"padding before the last", "\xa0\xc9\0\1\0\0\0\4\x80\xca\0\0", 12},
		{"another version behind", "\x80\xc9\0\1\0\0\0\0\x40\xca\0\0", 12},
		{"a second report that is short",
		 "\x80\xc9\0\1\0\0\0\0\x81\xc8\0\6\0\0\0\0\0\0\0\0\0\0\0\0\0"
		 "\0\0\0\0\0\0\0\0\0\0\0",
		 36},
	};
	const struct rtcpreport none = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rtcpreport r = {0};
		struct rtcpreport_heard heard;
		uint8_t rest[64], copy[64];

		print_message("%s\n", cases[i].sentence);
		memcpy(copy, cases[i].bytes, cases[i].len);
		assert_int_equal(rtcpreport_receive(&r, copy, cases[i].len, NOW, WALL, rest,
						    sizeof(rest), &heard),
				 -EBADMSG);
		assert_memory_equal(&r, &none, sizeof(r));
	}
}

static void test_interval(void **state)
{
	static const struct {
		const char *sentence;
		struct rtcpreport_session session;
		uint64_t shortest, longest; /* ms */
	} cases[] = {
		{"a call: 5 s, halved to one and a half, compensated",
		 {2, 2, true, false, 400, 120},
		 2052,
		 6156},
		{"the first: half of that", {2, 2, true, true, 400, 120}, 1026, 3078},
		{"nobody sends", {2, 0, false, false, 0, 120}, 2052, 6156},
		{"members share what there is",
		 {1000, 1000, true, false, 400, 120},
		 123124,
		 369373},
		{"few senders have a quarter", {1000, 10, true, false, 400, 120}, 4924, 14775},
		{"... and the others the rest", {1000, 10, false, false, 400, 120}, 162524, 487573},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("%s\n", cases[i].sentence);
		assert_in_range(rtcpreport_interval(&cases[i].session, 0) / 1000000,
				cases[i].shortest - 2, cases[i].shortest + 2);
		assert_in_range(rtcpreport_interval(&cases[i].session, UINT32_MAX) / 1000000,
				cases[i].longest - 12, cases[i].longest + 2);
	}
}

static void test_ntp(void **state)
{
	(void)state;
	assert_int_equal(rtcpreport_ntp(WALL), 0xeeabbff080000000ULL);
	assert_int_equal(rtcpreport_ntp(0), 2208988800ULL << 32);
	assert_int_equal(rtcpreport_ntp(SECOND - 1) & UINT32_MAX, 0xfffffffb);
	assert_int_equal(rtcpreport_ntp(2085978496 * SECOND) >> 32, 0); /* 7 February 2036 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sender_report),
		cmocka_unit_test(test_empty_report),
		cmocka_unit_test(test_receiver_report),
		cmocka_unit_test(test_rest_goes_last),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_hearing),
		cmocka_unit_test(test_other_sources_report),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_ntp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
