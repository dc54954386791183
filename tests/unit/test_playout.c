/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prompts as packets: how they are cut, numbered, repeated, and when each is due. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/playout.h>
#include <core/rtppacket.h>

#define MS    1000000ULL
#define START 5000000000ULL

static uint8_t file[4000];

static struct playout_prompt prompt(uint8_t type, uint16_t ptime, size_t len, int count)
{
	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(i * 7 + (i >> 8));
	return (struct playout_prompt){
		.data = file,
		.len = len,
		.payload_type = type,
		.ptime = ptime,
		.count = count,
		.ssrc = 0xd977727e,
		.timestamp = 0xffffff00,
		.sequence = 65534,
		.start = START,
	};
}

static const struct row {
	const char *sentence;
	uint8_t type;
	uint16_t ptime;
	int count;
	size_t len;
	size_t bytes;		     /* of a packet */
	unsigned int units, packets; /* of a packet; in all */
} rows[] = {
	{"PCMU, 10 ms", 0, 10, 1, 800, 80, 80, 10},
	{"PCMA, 20 ms", 8, 20, 1, 800, 160, 160, 5},
	{"G.722, 20 ms", 9, 20, 1, 800, 160, 160, 5},
	{"15 ms are whole frames of PCMU", 0, 15, 1, 240, 120, 120, 2},
	{"G.729, 10 ms", 18, 10, 1, 100, 10, 80, 10},
	{"G.729, 15 ms are 20", 18, 15, 1, 100, 20, 160, 5},
	{"GSM, 10 ms are 20", 3, 10, 1, 330, 33, 160, 10},
	{"G.723.1, 10 ms are 30", 4, 10, 1, 240, 24, 240, 10},
	{"a rest at the end is left out", 0, 20, 1, 479, 160, 160, 2},
	{"one packet", 0, 20, 1, 160, 160, 160, 1},
	{"three times", 0, 20, 3, 320, 160, 160, 6},
	{"three times, with a rest each time", 0, 20, 3, 479, 160, 160, 6},
	{"the longest", 0, 999, 1, 4000, 7992, 7992, 0},
};

static void check_row(const struct row *row)
{
	struct playout_prompt p = prompt(row->type, row->ptime, row->len, row->count);
	unsigned int round = (unsigned int)(row->len / row->bytes);
	uint8_t buf[PLAYOUT_PACKET];
	struct rtppacket got;
	struct playout playout;

	if (!row->packets) {
		assert_int_equal(playout_start(&playout, &p), -ENODATA);
		return;
	}
	assert_int_equal(playout_start(&playout, &p), 0);
	for (unsigned int i = 0; i < row->packets; i++) {
		uint64_t due = START + (uint64_t)i * row->units * 125000;
		size_t len;

		assert_int_equal(playout_due(&playout), due);
		len = playout_next(&playout, due + 3 * MS, buf, sizeof(buf));
		assert_true(rtppacket_parse(buf, len, &got));
		assert_int_equal(buf[0], 0x80);
		assert_int_equal(got.payload_type, row->type);
		assert_int_equal(got.marker, i == 0);
		assert_int_equal(got.sequence, (uint16_t)(65534 + i));
		assert_int_equal(got.timestamp, 0xffffff00 + i * row->units);
		assert_int_equal(got.ssrc, 0xd977727e);
		assert_int_equal(got.payload_len, row->bytes);
		assert_memory_equal(got.payload, file + i % round * row->bytes, row->bytes);
	}
	assert_true(playout_due(&playout) == UINT64_MAX);
	assert_int_equal(playout_next(&playout, START, buf, sizeof(buf)), 0);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].sentence);
		check_row(&rows[i]);
	}
}

static void test_endless(void **state)
{
	struct playout_prompt p = prompt(8, 20, 500, PLAYOUT_ENDLESS);
	uint8_t buf[PLAYOUT_PACKET];
	struct playout playout;

	(void)state;
	assert_int_equal(playout_start(&playout, &p), 0);
	for (unsigned int i = 0; i < 100000; i++) {
		assert_int_equal(playout_due(&playout), START + i * 20 * MS);
		assert_int_equal(playout_next(&playout, START + i * 20 * MS, buf, sizeof(buf)),
				 172);
		assert_memory_equal(buf + 12, file + i % 3 * 160, 160);
	}
}

/* A little late: the schedule stays, and the next packets are due early. Very late: it moves. */
static void test_behind(void **state)
{
	struct playout_prompt p = prompt(8, 20, 160, PLAYOUT_ENDLESS);
	uint64_t now = START + PLAYOUT_BEHIND;
	uint8_t buf[PLAYOUT_PACKET];
	struct playout playout;

	(void)state;
	assert_int_equal(playout_start(&playout, &p), 0);
	playout_next(&playout, now, buf, sizeof(buf));
	assert_int_equal(playout_due(&playout), START + 20 * MS);
	now += 20 * MS + 1;
	playout_next(&playout, now, buf, sizeof(buf));
	assert_int_equal(playout_due(&playout), now + 20 * MS);
	playout_next(&playout, now + 20 * MS, buf, sizeof(buf));
	assert_int_equal(playout_due(&playout), now + 40 * MS);
}

static void test_errors(void **state)
{
	static const struct {
		uint8_t type;
		uint16_t ptime;
		size_t len;
		int count, error;
	} cases[] = {
		{97, 20, 800, 1, -EPROTONOSUPPORT},
		{13, 20, 800, 1, -EPROTONOSUPPORT},
		{255, 20, 800, 1, -EPROTONOSUPPORT},
		{0, 20, 800, 0, -EINVAL},
		{0, 20, 800, -2, -EINVAL},
		{0, 0, 800, 1, -EINVAL},
		{0, 1000, 800, 1, -EINVAL},
		{0, 20, 159, 1, -ENODATA},
		{0, 20, 0, PLAYOUT_ENDLESS, -ENODATA},
	};
	uint8_t buf[PLAYOUT_PACKET];
	struct playout playout;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct playout_prompt p =
			prompt(cases[i].type, cases[i].ptime, cases[i].len, cases[i].count);

		assert_int_equal(playout_start(&playout, &p), cases[i].error);
		assert_true(playout_due(&playout) == UINT64_MAX);
		assert_int_equal(playout_next(&playout, START, buf, sizeof(buf)), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
