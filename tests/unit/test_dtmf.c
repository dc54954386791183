/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telephone events as tables: packets come in (also lost, late and twice), and each digit is told
 * once. What is told is written as DIGIT,VOLUME,DURATION, with ? where no end was seen.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/dtmf.h>
#include <core/rtppacket.h>

#define MS	1000000ULL
#define PACKETS 16
#define TYPE	101

enum { END = 0x80, VOLUME = 10 };

struct in {
	uint32_t timestamp;   /* 0: the end of the row */
	uint8_t event, flags; /* END, or volume */
	uint16_t duration;
	uint32_t ssrc;
};

static const struct row {
	const char *sentence;
	struct in in[PACKETS];
	const char *told;
} rows[] = {
	{"a digit: told at the first of three ends",
	 {{8000, 5, 10, 160, 1},
	  {8000, 5, 10, 320, 1},
	  {8000, 5, 10 | END, 480, 1},
	  {8000, 5, 10 | END, 480, 1},
	  {8000, 5, 10 | END, 480, 1}},
	 "5,10,480 "},
	{"all sixteen",
	 {{100, 0, END, 1, 1},
	  {200, 1, END, 1, 1},
	  {300, 2, END, 1, 1},
	  {400, 3, END, 1, 1},
	  {500, 4, END, 1, 1},
	  {600, 5, END, 1, 1},
	  {700, 6, END, 1, 1},
	  {800, 7, END, 1, 1},
	  {900, 8, END, 1, 1},
	  {1000, 9, END, 1, 1},
	  {1100, 10, END, 1, 1},
	  {1200, 11, END, 1, 1},
	  {1300, 12, END, 1, 1},
	  {1400, 13, END, 1, 1},
	  {1500, 14, END, 1, 1},
	  {1600, 15, END | 63, 65535, 1}},
	 "0,0,1 1,0,1 2,0,1 3,0,1 4,0,1 5,0,1 6,0,1 7,0,1 8,0,1 9,0,1 *,0,1 #,0,1 A,0,1 B,0,1 C,0,1 "
	 "D,63,65535 "},
	{"flash and tones are no digits", {{100, 16, END, 1, 1}, {200, 255, END, 1, 1}}, ""},
	{"only an end came", {{8000, 1, 7 | END, 800, 1}}, "1,7,800 "},
	{"the same digit twice",
	 {{8000, 1, 7, 160, 1},
	  {8000, 1, 7 | END, 800, 1},
	  {9600, 1, 7, 160, 1},
	  {9600, 1, 7 | END, 640, 1}},
	 "1,7,800 1,7,640 "},
	{"the ends were lost: told when the next begins",
	 {{8000, 1, 7, 160, 1},
	  {8000, 1, 7, 320, 1},
	  {9600, 2, 7, 160, 1},
	  {9600, 2, 7 | END, 320, 1}},
	 "1,7,320? 2,7,320 "},
	{"... both at once, where the next is but an end",
	 {{8000, 1, 7, 160, 1}, {9600, 2, 7 | END, 320, 1}},
	 "1,7,160? 2,7,320 "},
	{"an end that comes after that is a repetition",
	 {{8000, 1, 7, 160, 1},
	  {9600, 2, 7, 160, 1},
	  {8000, 1, 7 | END, 320, 1},
	  {9600, 2, 7 | END, 320, 1}},
	 "1,7,160? 2,7,320 "},
	{"packets of one event overtake each other: the longest duration counts",
	 {{8000, 1, 7, 480, 1},
	  {8000, 1, 7, 320, 1},
	  {8000, 1, 8 | END, 470, 1},
	  {8000, 1, 7, 160, 1}},
	 "1,8,480 "},
	{"another digit under the same timestamp is not believed",
	 {{8000, 1, 7, 160, 1}, {8000, 2, 7 | END, 999, 1}, {8000, 1, 7 | END, 320, 1}},
	 "1,7,320 "},
	{"a late packet of the event before the last",
	 {{8000, 1, END, 160, 1},
	  {9000, 2, END, 160, 1},
	  {10000, 3, END, 160, 1},
	  {8000, 1, END, 160, 1},
	  {9000, 2, 0, 80, 1}},
	 "1,0,160 2,0,160 3,0,160 "},
	{"the same timestamp of another source is another event",
	 {{8000, 1, END, 160, 1}, {8000, 1, END, 160, 2}},
	 "1,0,160 1,0,160 "},
	{"an event in three segments is one",
	 {{1000, 1, 7, 65000, 1},
	  {1000, 1, 7, 65535, 1},
	  {66535, 1, 7, 160, 1},
	  {1000, 1, 7 | END, 65535, 1},
	  {66535, 1, 7, 65535, 1},
	  {132070, 1, 7, 160, 1},
	  {132070, 1, 7 | END, 320, 1},
	  {66535, 1, 7, 65535, 1}},
	 "1,7,131390 "},
	{"... unless it is another digit",
	 {{1000, 1, 7, 65535, 1}, {66535, 2, 7 | END, 160, 1}},
	 "1,7,65535? 2,7,160 "},
	{"timestamps wrap around between segments",
	 {{0xffff0002, 1, 7, 65535, 1}, {1, 1, 7 | END, 160, 1}},
	 "1,7,65695 "},
};

static size_t make(uint8_t *p, const struct in *in, uint8_t type)
{
	memset(p, 0, 16);
	p[0] = 0x80;
	p[1] = type;
	rtppacket_put32(p + 4, in->timestamp);
	rtppacket_put32(p + 8, in->ssrc);
	p[12] = in->event;
	p[13] = in->flags;
	rtppacket_put16(p + 14, in->duration);
	return 16;
}

static size_t write_event(char *at, const struct dtmf_event *e)
{
	return (size_t)sprintf(at, "%c,%u,%u%s ", e->digit, e->volume, e->duration,
			       e->ended ? "" : "?");
}

static void check_row(const struct row *row)
{
	struct dtmf dtmf;
	struct dtmf_event out[DTMF_EVENTS];
	char told[512] = "";
	size_t len = 0;
	uint64_t now = 0;

	dtmf_init(&dtmf, TYPE);
	for (const struct in *in = row->in; in < row->in + PACKETS && in->timestamp; in++) {
		uint8_t packet[16];
		unsigned int n =
			dtmf_push(&dtmf, now += 20 * MS, packet, make(packet, in, TYPE), out);

		assert_true(n <= DTMF_EVENTS);
		for (unsigned int i = 0; i < n; i++)
			len += write_event(told + len, &out[i]);
	}
	assert_string_equal(told, row->told);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].sentence);
		check_row(&rows[i]);
	}
}

/* What is no event packet, or one too short, changes nothing; what "h" hides is the type alone. */
static void test_others(void **state)
{
	const struct in in = {8000, 5, END | VOLUME, 160, 1};
	struct dtmf_event out[DTMF_EVENTS];
	struct dtmf dtmf;
	uint8_t p[16];

	(void)state;
	dtmf_init(&dtmf, TYPE);
	assert_int_equal(dtmf_push(&dtmf, 1, p, make(p, &in, 0), out), 0);
	assert_false(dtmf_is_event(&dtmf, p, 16));
	make(p, &in, TYPE);
	for (size_t len = 0; len < 16; len++)
		assert_int_equal(dtmf_push(&dtmf, 1, p, len, out), 0);
	assert_true(dtmf_is_event(&dtmf, p, 15));
	assert_false(dtmf_is_event(&dtmf, p, 11));
	p[1] |= 0x80; /* the marker is none of the type */
	assert_true(dtmf_is_event(&dtmf, p, 16));
	assert_int_equal(dtmf_push(&dtmf, 1, p, 16, out), 1);
}

/* Behind CSRC and extension, before padding. */
static void test_payload_is_found(void **state)
{
	static const uint8_t p[] = {0xb1, TYPE, 0,    1,    0,	  0,	0,    9, 0, 0,	  0,
				    1,	  0xaa, 0xaa, 0xaa, 0xaa, 0xbe, 0xde, 0, 1, 0xbb, 0xbb,
				    0xbb, 0xbb, 11,   0x8a, 1,	  0x40, 0,    0, 0, 4};
	struct dtmf_event out[DTMF_EVENTS];
	struct dtmf dtmf;

	(void)state;
	dtmf_init(&dtmf, TYPE);
	assert_int_equal(dtmf_push(&dtmf, 1, p, sizeof(p), out), 1);
	assert_int_equal(out[0].digit, '#');
	assert_int_equal(out[0].volume, 10);
	assert_int_equal(out[0].duration, 320);
}

static void test_expiry(void **state)
{
	const struct in in = {8000, 5, VOLUME, 160, 1}, end = {8000, 5, VOLUME | END, 160, 1};
	struct dtmf_event out[DTMF_EVENTS];
	struct dtmf dtmf;
	uint8_t p[16];

	(void)state;
	dtmf_init(&dtmf, TYPE);
	assert_false(dtmf_expire(&dtmf, 5 * DTMF_SILENCE, out));
	dtmf_push(&dtmf, DTMF_SILENCE, p, make(p, &in, TYPE), out);
	assert_false(dtmf_expire(&dtmf, 2 * DTMF_SILENCE - 1, out));
	assert_true(dtmf_expire(&dtmf, 2 * DTMF_SILENCE, out));
	assert_int_equal(out[0].digit, '5');
	assert_false(out[0].ended);
	assert_false(dtmf_expire(&dtmf, 9 * DTMF_SILENCE, out));
	assert_int_equal(dtmf_push(&dtmf, 10 * DTMF_SILENCE, p, make(p, &end, TYPE), out), 0);
}

static void test_notification(void **state)
{
	const struct dtmf_event event = {'*', 10, true, 131390};
	static const char text[] = "Dd3a.17 * 10 131390 1\n";
	char buf[64];

	(void)state;
	assert_int_equal(dtmf_notification(buf, sizeof(buf), text_of("Dd3a.17"), &event, 1),
			 sizeof(text) - 1);
	assert_string_equal(buf, text);
	assert_int_equal(dtmf_notification(buf, sizeof(text), text_of("Dd3a.17"), &event, 0),
			 sizeof(text) - 1);
	assert_int_equal(buf[sizeof(text) - 3], '0');
	assert_int_equal(dtmf_notification(buf, sizeof(text) - 1, text_of("Dd3a.17"), &event, 1),
			 -ENOSPC);
	assert_int_equal(dtmf_notification(buf, 4, text_of("Dd3a.17"), &event, 1), -ENOSPC);
	assert_int_equal(dtmf_notification(buf, sizeof(buf), (struct text){NULL, 0}, &event, 1),
			 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_payload_is_found),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_notification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
