/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Re-packetisation as tables: packets of alice come in, packets go out. A packet that went out is
 * written as SEQUENCE@TIMESTAMP+UNITS, with /TYPE unless it is 0, * for her second SSRC and m for
 * the marker. Every payload byte says which frame it is of, so each packet is checked to the byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/resizer.h>
#include <core/resizer_codec.h>
#include <core/rtppacket.h>

#define MS	 1000000ULL
#define PACKETS	 24
#define CN	 13  /* comfort noise */
#define EVENT	 101 /* telephone-event */
#define SSRC	 0x11223344U
#define HEAD_MAX 1100

enum { MARKER = 1, SID = 2, OTHER_SSRC = 4, PADDED = 8, EXTENDED = 16 };

struct in {
	unsigned int at; /* ms */
	uint8_t type;
	uint16_t sequence;
	uint32_t timestamp;
	unsigned int units; /* 0: the end */
	int flags;
};

struct frame {
	unsigned int bytes, units;
};

static struct frame frame_of(uint8_t type)
{
	switch (type) {
	case 3:
		return (struct frame){33, 160};
	case 4:
		return (struct frame){24, 240};
	case 18:
		return (struct frame){10, 80};
	default:
		return (struct frame){1, 1};
	}
}

/* Byte `j` of the frame that begins at `timestamp`. G.723.1 says its rate in the first byte. */
static uint8_t byte_of(uint8_t type, uint32_t timestamp, unsigned int j)
{
	uint8_t b = (uint8_t)(timestamp / frame_of(type).units * 29 + j);

	return type == 4 && !j ? (uint8_t)(b & 0xfc) : b;
}

static size_t fill(uint8_t *p, const struct in *in)
{
	struct frame f = frame_of(in->type);
	size_t len = 0;

	for (unsigned int t = 0; t < in->units; t += f.units) {
		bool sid = (in->flags & SID) && t + f.units >= in->units;

		for (unsigned int j = 0; j < (sid ? 2 : f.bytes); j++)
			p[len++] = byte_of(in->type, in->timestamp + t, j);
	}
	return len;
}

static size_t make(uint8_t *p, const struct in *in)
{
	size_t len = 12;

	memset(p, 0, len);
	p[0] = 0x80;
	p[1] = (uint8_t)(in->type | (in->flags & MARKER ? 0x80 : 0));
	rtppacket_put16(p + 2, in->sequence);
	rtppacket_put32(p + 4, in->timestamp);
	rtppacket_put32(p + 8, in->flags & OTHER_SSRC ? SSRC + 1 : SSRC);
	if (in->flags & EXTENDED) {
		p[0] |= 0x10;
		memcpy(p + len, "\xbe\xde\0\1abcd", 8);
		len += 8;
	}
	len += fill(p + len, in);
	if (in->flags & PADDED) {
		p[0] |= 0x20;
		memcpy(p + len, "\0\0\0\4", 4);
		len += 4;
	}
	return len;
}

struct went {
	char text[1024];
	size_t len;
	unsigned int packets;
	bool count_only;
};

/* How many units are in a payload; checks all of its bytes. */
static unsigned int check_payload(const struct rtppacket *p)
{
	struct frame f = frame_of(p->payload_type);
	unsigned int units = 0;
	size_t at = 0;

	while (at < p->payload_len) {
		size_t left = p->payload_len - at;

		for (unsigned int j = 0; j < f.bytes && j < left; j++)
			assert_int_equal(p->payload[at + j],
					 byte_of(p->payload_type, p->timestamp + units, j));
		at += left < f.bytes ? left : f.bytes;
		units += f.units;
	}
	return units;
}

static void went_out(void *ctx, const uint8_t *data, size_t len)
{
	struct went *went = ctx;
	struct rtppacket p;
	unsigned int units;

	went->packets++;
	if (went->count_only)
		return;
	if (!rtppacket_parse(data, len, &p)) {
		went->len += (size_t)sprintf(went->text + went->len, "other+%zu ", len);
		return;
	}
	assert_true(went->len < sizeof(went->text) - 64);
	units = check_payload(&p);
	went->len +=
		(size_t)sprintf(went->text + went->len, "%u@%u+%u", p.sequence, p.timestamp, units);
	if (p.payload_type)
		went->len += (size_t)sprintf(went->text + went->len, "/%u", p.payload_type);
	went->len += (size_t)sprintf(went->text + went->len, "%s%s%s ", p.ssrc == SSRC ? "" : "*",
				     p.marker ? "m" : "", data[0] & 0x10 ? "x" : "");
}

static const struct row {
	const char *sentence;
	uint16_t ptime;
	struct in in[PACKETS];
	const char *out;
	unsigned int discarded, passed;
} rows[] = {
	{"20 ms to 40 ms",
	 40,
	 {{0, 0, 1, 160, 160, 0},
	  {20, 0, 2, 320, 160, 0},
	  {40, 0, 3, 480, 160, 0},
	  {60, 0, 4, 640, 160, 0},
	  {80, 0, 5, 800, 160, 0},
	  {100, 0, 6, 960, 160, 0},
	  {120, 0, 7, 1120, 160, 0},
	  {140, 0, 8, 1280, 160, 0}},
	 "1@160+320 2@480+320 3@800+320 4@1120+320 ",
	 0,
	 0},
	{"40 ms to 20 ms: the marker goes with the first half",
	 20,
	 {{0, 8, 9, 0, 320, MARKER}, {40, 8, 10, 320, 320, 0}},
	 "9@0+160/8m 10@160+160/8 11@320+160/8 12@480+160/8 ",
	 0,
	 0},
	{"20 ms to 30 ms: packets are cut and joined",
	 30,
	 {{0, 0, 1, 0, 160, 0}, {20, 0, 2, 160, 160, 0}, {40, 0, 3, 320, 160, 0}},
	 "1@0+240 2@240+240 ",
	 0,
	 0},
	{"the length is what is wanted already", 20, {{0, 0, 7, 0, 160, 0}}, "7@0+160 ", 0, 0},
	{"25 ms is rounded up to 30",
	 25,
	 {{0, 0, 1, 0, 160, 0}, {20, 0, 2, 160, 80, 0}},
	 "1@0+240 ",
	 0,
	 0},
	{"G.722: a byte is a unit",
	 20,
	 {{0, 9, 1, 0, 80, 0}, {10, 9, 2, 80, 80, 0}, {20, 9, 3, 160, 320, 0}},
	 "1@0+160/9 2@160+160/9 3@320+160/9 ",
	 0,
	 0},
	{"GSM has frames of 20 ms",
	 30,
	 {{0, 3, 1, 0, 160, 0}, {20, 3, 2, 160, 160, 0}, {40, 3, 3, 320, 480, 0}},
	 "1@0+320/3 2@320+320/3 ",
	 0,
	 0},
	{"G.723.1 has frames of 30 ms",
	 30,
	 {{0, 4, 1, 0, 480, 0}, {60, 4, 2, 480, 720, 0}},
	 "1@0+240/4 2@240+240/4 3@480+240/4 4@720+240/4 5@960+240/4 ",
	 0,
	 0},
	{"G.729, 20 ms to 30 ms",
	 30,
	 {{0, 18, 1, 0, 160, 0}, {20, 18, 2, 160, 160, 0}, {40, 18, 3, 320, 160, 0}},
	 "1@0+240/18 2@240+240/18 ",
	 0,
	 0},
	{"a G.729 SID frame ends a packet, and it goes at once",
	 40,
	 {{0, 18, 1, 0, 160, 0}, {20, 18, 2, 160, 80, SID}, {40, 18, 3, 240, 160, 0}},
	 "1@0+240/18 ",
	 0,
	 0},
	{"... with nothing behind it, too",
	 40,
	 {{0, 18, 1, 0, 160, 0}, {20, 18, 2, 160, 80, SID}},
	 "1@0+240/18 ",
	 0,
	 0},
	{"... and what came before it in its place stays behind it",
	 60,
	 {{0, 18, 1, 0, 160, 0}, {20, 18, 3, 240, 160, 0}, {21, 18, 2, 160, 80, SID}},
	 "1@0+240/18 2@240+160/18 ",
	 0,
	 0},
	{"... also behind other frames of its packet",
	 40,
	 {{0, 18, 1, 0, 240, SID}, {200, 18, 2, 1600, 320, MARKER}},
	 "1@0+240/18 2@1600+320/18m ",
	 0,
	 0},
	{"a gap in time is not joined over",
	 40,
	 {{0, 0, 1, 0, 160, 0}, {40, 0, 3, 320, 160, 0}, {60, 0, 4, 480, 160, 0}},
	 "1@0+160 2@320+320 ",
	 0,
	 0},
	{"another payload type is not joined",
	 40,
	 {{0, 0, 1, 0, 160, 0}, {20, 8, 2, 160, 160, 0}, {40, 8, 3, 320, 160, 0}},
	 "1@0+160 2@160+320/8 ",
	 0,
	 0},
	{"packets that overtook each other are put in order",
	 60,
	 {{0, 0, 1, 0, 160, 0}, {20, 0, 3, 320, 160, 0}, {21, 0, 2, 160, 160, 0}},
	 "1@0+480 ",
	 0,
	 0},
	{"a packet whose time was sent is late",
	 40,
	 {{0, 0, 2, 160, 160, 0},
	  {20, 0, 3, 320, 160, 0},
	  {21, 0, 1, 0, 160, 0},
	  {22, 0, 3, 320, 160, 0},
	  {40, 0, 4, 480, 320, 0}},
	 "2@160+320 3@480+320 ",
	 2,
	 0},
	{"a packet twice in the queue",
	 60,
	 {{0, 0, 1, 0, 160, 0},
	  {1, 0, 1, 0, 160, 0},
	  {20, 0, 2, 160, 160, 0},
	  {40, 0, 3, 320, 160, 0}},
	 "1@0+480 ",
	 1,
	 0},
	{"timestamps that begin anew under the same SSRC are not late",
	 40,
	 {{0, 0, 1, 90000, 320, 0}, {40, 0, 2, 0, 160, 0}, {60, 0, 3, 160, 160, 0}},
	 "1@90000+320 2@0+320 ",
	 0,
	 0},
	{"... nor with sequence numbers that begin anew",
	 40,
	 {{0, 0, 5000, 90000, 320, 0}, {40, 0, 17, 0, 160, 0}, {60, 0, 18, 160, 160, 0}},
	 "5000@90000+320 5001@0+320 ",
	 0,
	 0},
	{"the oldest does not wait for more than twice the length",
	 100,
	 {{0, 0, 1, 0, 160, 0}, {199, 0, 2, 1600, 160, 0}, {200, 0, 3, 1760, 160, 0}},
	 "1@0+160 ",
	 0,
	 0},
	{"... and for 40 ms at least", 10, {{0, 0, 1, 0, 40, 0}, {39, 0, 2, 40, 20, 0}}, "", 0, 0},
	{"... but no longer", 10, {{0, 0, 1, 0, 40, 0}, {40, 0, 2, 40, 20, 0}}, "1@0+60 ", 0, 0},
	{"packets of another SSRC are not joined, even where they would fit",
	 40,
	 {{0, 0, 1, 0, 160, 0}, {20, 0, 2, 160, 160, OTHER_SSRC}, {40, 0, 3, 320, 160, OTHER_SSRC}},
	 "1@0+160 2@160+320* ",
	 0,
	 0},
	{"a new SSRC: what is queued goes, numbers go on, its time is its own",
	 40,
	 {{0, 0, 1, 8000, 320, 0},
	  {40, 0, 2, 8320, 160, 0},
	  {60, 0, 700, 160, 160, OTHER_SSRC},
	  {80, 0, 701, 320, 160, OTHER_SSRC}},
	 "1@8000+320 2@8320+160 3@160+320* ",
	 0,
	 0},
	{"timestamps and numbers wrap around",
	 40,
	 {{0, 0, 65535, 0xffffff60, 160, 0}, {20, 0, 0, 0, 160, 0}, {40, 0, 1, 160, 320, 0}},
	 "65535@4294967136+320 0@160+320 ",
	 0,
	 0},
	{"telephone events pass in their turn, numbered with the rest",
	 40,
	 {{0, 0, 1, 0, 320, 0},
	  {40, 0, 2, 320, 160, 0},
	  {60, EVENT, 3, 480, 4, MARKER},
	  {80, EVENT, 4, 480, 4, 0},
	  {100, 0, 5, 800, 160, 0},
	  {120, 0, 6, 960, 160, 0}},
	 "1@0+320 2@320+160 3@480+4/101m 4@480+4/101 5@800+320 ",
	 0,
	 2},
	{"numbers of merged packets fall behind, those of what passes with them",
	 40,
	 {{0, 0, 1, 0, 160, 0},
	  {20, 0, 2, 160, 160, 0},
	  {40, 0, 3, 320, 160, 0},
	  {60, 0, 4, 480, 160, 0},
	  {80, CN, 5, 640, 1, 0}},
	 "1@0+320 2@320+320 3@640+1/13 ",
	 0,
	 1},
	{"a stream of another type only keeps its own numbers and its order",
	 40,
	 {{0, 96, 5, 0, 700, 0}, {1, 96, 4, 0, 700, 0}, {2, 96, 9, 3000, 700, 0}},
	 "5@0+700/96 4@0+700/96 9@3000+700/96 ",
	 0,
	 3},
	{"padding goes, the first packet's extension stays",
	 40,
	 {{0, 0, 1, 0, 160, EXTENDED | PADDED}, {20, 0, 2, 160, 160, PADDED}},
	 "1@0+320x ",
	 0,
	 0},
	{"999 ms is rounded up to a second",
	 999,
	 {{0, 0, 1, 0, 4000, 0}, {500, 0, 2, 4000, 4001, 0}},
	 "1@0+8000 ",
	 0,
	 0},
};

static void check_row(const struct row *row)
{
	struct resizer *r = resizer_new(row->ptime);
	struct went went = {.len = 0};
	struct resizer_stats stats;
	uint8_t packet[12 + 8 + 8000];

	assert_non_null(r);
	for (const struct in *in = row->in; in < row->in + PACKETS && in->units; in++) {
		size_t len = make(packet, in);

		resizer_push(r, in->at * MS, packet, len, went_out, &went);
	}
	stats = resizer_stats(r);
	assert_string_equal(went.text, row->out);
	assert_int_equal(stats.discarded, row->discarded);
	assert_int_equal(stats.passed, row->passed);
	assert_int_equal(stats.out + stats.passed, went.packets);
	resizer_free(r);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].sentence);
		check_row(&rows[i]);
	}
}

/* Payloads that are not what their type says go on as they came, and so does what is not RTP. */
static void test_untouched(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} packets[] = {
		{"", 0},
		{"hello", 5},
		{"\x80\x00\x00\x01\0\0\0\0\0\0\0\1", 12},	      /* no payload */
		{"\x80\xc9\x00\x01\0\0\0\0", 8},		      /* RTCP */
		{"\x80\x03\x00\x01\0\0\0\0\0\0\0\1half a frame", 24}, /* GSM */
		{"\x80\x12\x00\x01\0\0\0\0\0\0\0\1half", 16},	      /* G.729 */
		{"\x80\x04\x00\x01\0\0\0\0\0\0\0\1\x03xyz", 16},      /* G.723.1, reserved */
		{"\x80\x04\x00\x01\0\0\0\0\0\0\0\1\x00xyz", 16},      /* ... cut off */
		{"\xa0\x00\x00\x01\0\0\0\0\0\0\0\1\xff", 13},	      /* padding too long */
		{"\x90\x00\x00\x01\0\0\0\0\0\0\0\1\xbe\xde\0\7", 16}, /* extension too long */
	};
	struct resizer *r = resizer_new(20);

	(void)state;
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		uint8_t copy[64];
		struct went went = {.count_only = true};

		memcpy(copy, packets[i].bytes, packets[i].len);
		resizer_push(r, i, copy, packets[i].len, went_out, &went);
		assert_int_equal(went.packets, 1);
		assert_int_equal(resizer_stats(r).passed, i + 1);
	}
	resizer_free(r);
}

/* Packets of one unit each, with gaps: nothing but the bound of the queue lets them out. */
static void test_bounded(void **state)
{
	struct resizer *r = resizer_new(RESIZER_PTIME_MAX);
	struct went went = {.count_only = true};
	uint8_t packet[64];

	(void)state;
	for (unsigned int i = 0; i < 4 * RESIZER_QUEUE; i++) {
		struct in in = {0, 0, (uint16_t)i, i * 2, 1, 0};

		resizer_push(r, 0, packet, make(packet, &in), went_out, &went);
		assert_true(resizer_stats(r).queued < RESIZER_QUEUE);
	}
	assert_int_equal(went.packets, 3 * RESIZER_QUEUE + 1);
	resizer_flush(r, went_out, &went);
	assert_int_equal(resizer_stats(r).queued, 0);
	assert_int_equal(went.packets, 4 * RESIZER_QUEUE);
	resizer_free(r);
}

/* What a pause leaves over goes when it has waited twice the length, though nothing comes. */
static void test_left_over(void **state)
{
	struct resizer *r = resizer_new(40);
	struct went went = {.len = 0};
	uint8_t packet[400];

	(void)state;
	assert_true(resizer_due(r) == UINT64_MAX);
	for (unsigned int i = 0; i < 3; i++) {
		struct in in = {i * 20, 0, (uint16_t)(i + 1), i * 160, 160, 0};

		resizer_push(r, in.at * MS, packet, make(packet, &in), went_out, &went);
	}
	assert_int_equal(resizer_due(r), 120 * MS);
	resizer_expire(r, 120 * MS - 1, went_out, &went);
	assert_string_equal(went.text, "1@0+320 ");
	resizer_expire(r, 120 * MS, went_out, &went);
	assert_string_equal(went.text, "1@0+320 2@320+160 ");
	assert_true(resizer_due(r) == UINT64_MAX);
	resizer_expire(r, 1000 * MS, went_out, &went);
	assert_int_equal(went.packets, 2);
	resizer_free(r);
}

/* A header that is too long to keep goes on; the largest that is kept comes out whole. */
static void test_long_headers(void **state)
{
	struct resizer *r = resizer_new(20);
	struct went went = {.len = 0};
	uint8_t packet[HEAD_MAX + 160];
	struct in in = {0, 0, 1, 0, 160, 0};

	(void)state;
	for (unsigned int words = 64; words <= 65; words++) {
		make(packet, &in);
		memset(packet + 12, 0, 60 + 4 + 4 * words);
		packet[0] = 0x9f;
		packet[12 + 60 + 3] = (uint8_t)words;
		fill(packet + 12 + 60 + 4 + 4 * words, &in);
		resizer_push(r, 0, packet, 12 + 60 + 4 + 4 * words + 160, went_out, &went);
		in.timestamp += 160;
		in.sequence++;
	}
	assert_string_equal(went.text, "1@0+160x 2@160+160x ");
	assert_int_equal(resizer_stats(r).out, 1);
	assert_int_equal(resizer_stats(r).passed, 1);
	resizer_free(r);
}

/* G.723.1 frames of both rates and a SID frame in one packet (RFC 3551, 4.5.3). */
static void test_g723_frames(void **state)
{
	static const uint8_t payload[24 + 20 + 4] = {[20] = 0, [0] = 1, [44] = 2};
	struct rtppacket p = {
		.payload = payload, .payload_len = sizeof(payload), .payload_type = 4};
	static const unsigned int cuts[][3] = {/* wanted; units and bytes got */
					       {1, 240, 20},   {240, 240, 20}, {241, 480, 44},
					       {480, 480, 44}, {481, 720, 48}, {9999, 720, 48}};
	struct resizer_codec_content content;
	uint32_t got;

	(void)state;
	assert_true(resizer_codec_content(&p, &content));
	assert_int_equal(content.samples, 720);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		assert_int_equal(
			resizer_codec_cut(4, payload, sizeof(payload), 720, cuts[i][0], &got),
			cuts[i][2]);
		assert_int_equal(got, cuts[i][1]);
	}
	p.payload_len--;
	assert_false(resizer_codec_content(&p, &content));
}

static void test_new_length(void **state)
{
	struct resizer *r = resizer_new(40);
	struct went went = {.len = 0};
	uint8_t packet[400];
	struct in in = {0, 0, 1, 0, 160, 0};

	(void)state;
	resizer_push(r, 0, packet, make(packet, &in), went_out, &went);
	resizer_set_ptime(r, 10);
	in = (struct in){20, 0, 2, 160, 160, 0};
	resizer_push(r, 20 * MS, packet, make(packet, &in), went_out, &went);
	assert_string_equal(went.text, "1@0+80 2@80+80 3@160+80 4@240+80 ");
	resizer_free(r);
	resizer_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	   cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_bounded),	   cmocka_unit_test(test_long_headers),
		cmocka_unit_test(test_new_length), cmocka_unit_test(test_g723_frames),
		cmocka_unit_test(test_left_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
