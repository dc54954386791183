/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replies of the rtpproxy protocol, byte for byte. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <proto/rtpproxy.h>

static const struct text no_cookie;
static const struct rtpproxy_config plain;

static void expect_with(const struct rtpproxy_config *config, const struct command *command,
			const struct answer *answer, const char *wanted)
{
	const struct text cookie = text_of("7_1");
	char buf[2048], with_cookie[2048];
	size_t len = rtpproxy_reply(config, &no_cookie, command, answer, buf, sizeof(buf));

	assert_int_equal(len, strlen(wanted));
	assert_memory_equal(buf, wanted, len);
	len = rtpproxy_reply(config, &cookie, command, answer, buf, sizeof(buf));
	snprintf(with_cookie, sizeof(with_cookie), "7_1 %s", wanted);
	assert_int_equal(len, strlen(with_cookie));
	assert_memory_equal(buf, with_cookie, len);
}

static void expect(const struct command *command, const struct answer *answer, const char *wanted)
{
	expect_with(&plain, command, answer, wanted);
}

static void endpoints(void **state)
{
	struct command command = {.verb = COMMAND_UPDATE};
	struct answer answer = {.endpoint = {.port = 10000, .address = "127.0.0.1"}};

	(void)state;
	expect(&command, &answer, "10000 127.0.0.1\n");
	command.verb = COMMAND_LOOKUP;
	strcpy(answer.endpoint.address, "pub.example.net");
	expect(&command, &answer, "10000 pub.example.net\n");
	answer.endpoint.ipv6 = true;
	strcpy(answer.endpoint.address, "::1");
	expect(&command, &answer, "10000 ::1 6\n");
	answer.endpoint.wildcard = true;
	expect(&command, &answer, "10000\n");
	answer.endpoint.port = 65534;
	expect(&command, &answer, "65534\n");
}

static void plain_ones(void **state)
{
	struct command command = {.verb = COMMAND_DELETE};
	const struct answer answer = {.status = ANSWER_OK};

	static const enum command_verb silent[] = {
		COMMAND_DELETE_ALL, COMMAND_PLAY, COMMAND_STOP_PLAY,
		COMMAND_RECORD,	    COMMAND_COPY, COMMAND_STOP_RECORD,
	};

	(void)state;
	expect(&command, &answer, "0\n");
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		command.verb = silent[i];
		expect(&command, &answer, "0\n");
	}
	command.verb = COMMAND_VERSION;
	expect(&command, &answer, "20040107\n");
}

static void info(void **state)
{
	struct command command = {.verb = COMMAND_INFO};
	struct answer answer = {.info = {1, 2, 4, 18446744073709551615ULL, 5, false}};

	(void)state;
	expect(&command, &answer,
	       "sessions created: 1\nactive sessions: 2\nactive streams: 4\n"
	       "packets received: 18446744073709551615\npackets transmitted: 5\n");
	answer.info.load = true;
	expect(&command, &answer,
	       "sessions created: 1\nactive sessions: 2\nactive streams: 4\n"
	       "packets received: 18446744073709551615\npackets transmitted: 5\n"
	       "average load: 0.000000\n");
}

static void values(void **state)
{
	struct command command = {.verb = COMMAND_QUERY};
	struct answer answer = {.values = {.count = 2}};

	(void)state;
	answer.values.value[0] = (struct answer_value){.name = "ttl", .number = 60};
	answer.values.value[1] =
		(struct answer_value){.name = "rtpa_jmax", .is_double = true, .real = 1.5};
	expect(&command, &answer, "60 1.500000\n");
	answer.values.verbose = true;
	expect(&command, &answer, "ttl=60 rtpa_jmax=1.500000\n");
	command.verb = COMMAND_COUNTERS;
	expect(&command, &answer, "ttl=60 rtpa_jmax=1.500000\n");
	answer.values.count = 0;
	expect(&command, &answer, "\n");
}

/* The port that a copy comes from is only told when asked for. */
static void copies(void **state)
{
	struct command command = {.verb = COMMAND_COPY};
	struct answer answer = {.endpoint = {.port = 10004, .address = "127.0.0.1"}};

	(void)state;
	expect(&command, &answer, "0\n");
	command.record.tell_port = true;
	expect(&command, &answer, "10004 127.0.0.1\n");
	answer.endpoint.ipv6 = true;
	strcpy(answer.endpoint.address, "::1");
	expect(&command, &answer, "10004 ::1 6\n");
	answer.endpoint.port = 0;
	expect(&command, &answer, "0\n");
}

/* d: done, without a text; t: with one; f: failed */
static void add_results(struct answer *answer, const char *kinds)
{
	for (answer->sub_count = 0; kinds[answer->sub_count]; answer->sub_count++) {
		struct answer_sub *sub = &answer->sub[answer->sub_count];

		sub->kind = kinds[answer->sub_count] == 'd'   ? ANSWER_SUB_DONE
			    : kinds[answer->sub_count] == 't' ? ANSWER_SUB_TEXT
							      : ANSWER_SUB_FAILED;
		sub->endpoint = (struct answer_endpoint){.port = 10002, .address = "127.0.0.1"};
	}
}

static void results(void **state)
{
	static const struct {
		const char *kinds, *told;
	} rows[] = {
		{"", ""},
		{"d", ""},
		{"dd", ""},
		{"f", " && -1"},
		{"df", " && 0 && -1"},
		{"ddf", " && 0 && 0 && -1"},
		{"t", " && 10002 127.0.0.1"},
		{"td", " && 10002 127.0.0.1"},
		{"dt", " && 0 && 10002 127.0.0.1"},
		{"tdf", " && 10002 127.0.0.1 && 0 && -1"},
		{"dtdt", " && 0 && 10002 127.0.0.1 && 0 && 10002 127.0.0.1"},
		{"ddddddddddddddf", " && 0 && 0 && 0 && 0 && 0 && 0 && 0 && 0 && 0 && 0 && 0 && 0"
				    " && 0 && 0 && -1"},
	};
	struct command command = {.verb = COMMAND_QUERY};
	struct answer query = {.values = {.count = 1, .value = {{.name = "ttl", .number = 60}}}};
	struct answer update = {.endpoint = {.port = 10000, .address = "127.0.0.1"}};
	char wanted[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		command.verb = COMMAND_UPDATE;
		add_results(&update, rows[i].kinds);
		snprintf(wanted, sizeof(wanted), "10000 127.0.0.1%s\n", rows[i].told);
		expect(&command, &update, wanted);
		command.verb = COMMAND_LOOKUP;
		expect(&command, &update, wanted);
		command.verb = COMMAND_QUERY;
		add_results(&query, rows[i].kinds);
		snprintf(wanted, sizeof(wanted), "60%s\n", rows[i].told);
		expect(&command, &query, wanted);
	}
	command.verb = COMMAND_LOOKUP;
	update.sub[0].endpoint.wildcard = true;
	update.sub[0].kind = ANSWER_SUB_TEXT;
	update.sub_count = 1;
	expect(&command, &update, "10000 127.0.0.1 && 10002\n");
	update.status = ANSWER_NOT_FOUND;
	expect(&command, &update, "0\n");
	update.status = ANSWER_NO_PORT;
	expect(&command, &update, "E71\n");
}

/* What finds no room is told as failed, and nothing follows. */
static void results_too_long(void **state)
{
	const struct command command = {.verb = COMMAND_UPDATE};
	struct answer answer = {.endpoint = {.port = 10000, .address = "127.0.0.1"}};
	char buf[64];
	size_t len;

	(void)state;
	add_results(&answer, "tttt");
	len = rtpproxy_reply(&plain, &no_cookie, &command, &answer, buf, sizeof(buf));
	assert_int_equal(len, 15 + 19 + 19 + 6 + 1);
	assert_memory_equal(buf + 15 + 19 + 19, " && -1\n", 7);
	len = rtpproxy_reply(&plain, &no_cookie, &command, &answer, buf, 22);
	assert_int_equal(len, 22);
	assert_memory_equal(buf, "10000 127.0.0.1 && -1\n", 22);
	len = rtpproxy_reply(&plain, &no_cookie, &command, &answer, buf, 21);
	assert_int_equal(len, 4);
	assert_memory_equal(buf, "E25\n", 4);
}

static void features(void **state)
{
	static const char *const have[] = {
		"20040107", "20050322", "20060704", "20071116", "20071218", "20080403",
		"20081102", "20090810", "20140323", "20140617", "20141004", "20150330",
		"20150420", "20150617", "20191015", "20200226", "20230205", "20230314",
		"20230424", "20250523", "20251015", "20260306", "20260308", "20260309",
	};
	/* In order: modifier t, one of 2.2 only, unknown ones, and no date at all. */
	static const char *const lack[] = {"20170313",	"20210524", "20991231", "12345678",
					   "20040107x", "2004010",  "0",	"abc"};
	const struct rtpproxy_config notifies = {.notify = true};
	struct command command = {.verb = COMMAND_FEATURE};
	const struct answer answer = {.status = ANSWER_OK};

	(void)state;
	for (size_t i = 0; i < sizeof(have) / sizeof(have[0]); i++) {
		command.feature.date = text_of(have[i]);
		expect(&command, &answer, "1\n");
	}
	for (size_t i = 0; i < sizeof(lack) / sizeof(lack[0]); i++) {
		command.feature.date = text_of(lack[i]);
		expect_with(&notifies, &command, &answer, "0\n");
	}
	command.feature.date = text_of("20081224");
	expect(&command, &answer, "0\n");
	expect_with(&notifies, &command, &answer, "1\n");
}

static void features_in_turn(void **state)
{
	const struct rtpproxy_config notifies = {.notify = true};
	const char *what, *date, *before = "";
	unsigned int i;

	(void)state;
	for (i = 0; (date = rtpproxy_feature_at(i, &what)); i++) {
		assert_true(rtpproxy_feature(&notifies, text_of(date)));
		assert_true(strcmp(before, date) < 0);
		assert_true(strlen(what) > 10);
		before = date;
	}
	assert_int_equal(i, 25);
}

static void errors(void **state)
{
	static const struct {
		enum command_verb verb;
		enum answer_status status;
		bool new_port;
		const char *reply;
	} rows[] = {
		{COMMAND_LOOKUP, ANSWER_NOT_FOUND, false, "0\n"},
		{COMMAND_LOOKUP, ANSWER_NOT_FOUND, true, "0\n"},
		{COMMAND_DELETE, ANSWER_NOT_FOUND, false, "E50\n"},
		{COMMAND_QUERY, ANSWER_NOT_FOUND, false, "E50\n"},
		{COMMAND_UPDATE, ANSWER_NO_PORT_NEW, false, "E72\n"},
		{COMMAND_UPDATE, ANSWER_NO_PORT, false, "E71\n"},
		{COMMAND_LOOKUP, ANSWER_NO_PORT, false, "E71\n"},
		{COMMAND_UPDATE, ANSWER_NO_FAMILY, false, "E36\n"},
		{COMMAND_UPDATE, ANSWER_BAD_ADDRESS, false, "E37\n"},
		{COMMAND_LOOKUP, ANSWER_BAD_ADDRESS, false, "E37\n"},
		{COMMAND_UPDATE, ANSWER_NO_ROUTE, false, "E32\n"},
		{COMMAND_UPDATE, ANSWER_NOTIFY_OFF, false, "E75\n"},
		{COMMAND_QUERY, ANSWER_UNKNOWN_NAME, false, "E62\n"},
		{COMMAND_COUNTERS, ANSWER_UNKNOWN_NAME, false, "E68\n"},
		{COMMAND_UPDATE, ANSWER_SHUTTING_DOWN, false, "E99\n"},
		{COMMAND_UPDATE, ANSWER_NO_MEMORY, false, "E81\n"},
		{COMMAND_UPDATE, ANSWER_BAD_LABEL, false, "E31\n"},
		{COMMAND_PLAY, ANSWER_NOT_FOUND, false, "E50\n"},
		{COMMAND_PLAY, ANSWER_NO_PROMPT, false, "E60\n"},
		{COMMAND_UPDATE, ANSWER_BAD_SUBCOMMAND, false, "E3\n"},
		{COMMAND_PLAY, ANSWER_NO_CODECS, false, "E35\n"},
		{COMMAND_RECORD, ANSWER_NOT_RECORDED, false, "E50\n"},
		{COMMAND_STOP_RECORD, ANSWER_NOT_RECORDED, false, "E50\n"},
		{COMMAND_COPY, ANSWER_NOT_FOUND, false, "E50\n"},
		{COMMAND_COPY, ANSWER_COPY_FAILED, false, "E65\n"},
		{COMMAND_UPDATE, ANSWER_OVERLOADED, false, "E98\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct command command = {.verb = rows[i].verb};
		const struct answer answer = {.status = rows[i].status};

		if (command.verb == COMMAND_UPDATE || command.verb == COMMAND_LOOKUP)
			command.update.new_port = rows[i].new_port;
		expect(&command, &answer, rows[i].reply);
	}
}

/* E7 to E10 make OpenSIPS try another relay. */
static void overload_has_a_code_of_choice(void **state)
{
	const struct rtpproxy_config config = {.refuse_code = 7};
	const struct command command = {.verb = COMMAND_UPDATE};
	struct answer answer = {.status = ANSWER_OVERLOADED};

	(void)state;
	expect_with(&config, &command, &answer, "E7\n");
	answer.status = ANSWER_NO_PORT_NEW;
	expect_with(&config, &command, &answer, "E72\n");
}

static void refusals(void **state)
{
	const struct text cookie = text_of("c");
	char buf[16];

	(void)state;
	assert_int_equal(rtpproxy_refuse(&no_cookie, 5, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "E5\n", 3);
	assert_int_equal(rtpproxy_refuse(&cookie, RTPPROXY_E0, buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "c E0\n", 5);
	assert_int_equal(rtpproxy_refuse(&cookie, RTPPROXY_E0, buf, 5), 5);
	assert_int_equal(rtpproxy_refuse(&cookie, RTPPROXY_E0, buf, 4), 0);
	assert_int_equal(rtpproxy_refuse(&cookie, RTPPROXY_E0, NULL, 0), 0);
}

/* Fills an answer with `count` long figures. */
static void fill(struct answer *answer, unsigned int count)
{
	memset(answer, 0, sizeof(*answer));
	answer->values.count = count;
	answer->values.verbose = true;
	for (unsigned int i = 0; i < count; i++)
		answer->values.value[i] = (struct answer_value){.name = "npkts_resizer_discard",
								.number = UINT64_MAX};
}

static void too_big(void **state)
{
	struct command command = {.verb = COMMAND_COUNTERS};
	char long_name[101], buf[2048], cookie_bytes[1000];
	struct text cookie = {cookie_bytes, sizeof(cookie_bytes)};
	struct answer answer;
	size_t len;

	(void)state;
	memset(cookie_bytes, 'c', sizeof(cookie_bytes));
	fill(&answer, 22); /* 22 * 43: the largest that G can ask for */
	assert_int_equal(rtpproxy_reply(&plain, &no_cookie, &command, &answer, buf, sizeof(buf)),
			 946);
	len = rtpproxy_reply(&plain, &cookie, &command, &answer, buf, sizeof(buf));
	assert_int_equal(len, 1005);
	assert_memory_equal(buf + 1000, " E25\n", 5);
	command.verb = COMMAND_QUERY;
	len = rtpproxy_reply(&plain, &cookie, &command, &answer, buf, sizeof(buf));
	assert_int_equal(len, 1005);
	assert_memory_equal(buf + 1000, " E26\n", 5);
	memset(long_name, 'x', 100);
	long_name[100] = '\0';
	answer.values.value[0].name = long_name;
	len = rtpproxy_reply(&plain, &no_cookie, &command, &answer, buf, sizeof(buf));
	assert_int_equal(len, 4);
	assert_memory_equal(buf, "E26\n", 4);
}

/* The longest cookie and the longest endpoint find room. */
static void longest_endpoint(void **state)
{
	struct command command = {.verb = COMMAND_UPDATE};
	struct answer answer = {.endpoint = {.port = 65534, .ipv6 = true}};
	char buf[2048], cookie_bytes[RTPPROXY_COOKIE_MAX];
	const struct text cookie = {cookie_bytes, sizeof(cookie_bytes)};

	(void)state;
	memset(cookie_bytes, 'c', sizeof(cookie_bytes));
	memset(answer.endpoint.address, 'a', sizeof(answer.endpoint.address) - 1);
	assert_int_equal(rtpproxy_reply(&plain, &cookie, &command, &answer, buf, sizeof(buf)),
			 1000 + 1 + 5 + 1 + 255 + 3);
	assert_int_equal(rtpproxy_reply(&plain, &cookie, &command, &answer, buf, 1020), 1005);
	assert_memory_equal(buf + 1000, " E25\n", 5);
	assert_int_equal(rtpproxy_reply(&plain, &cookie, &command, &answer, buf, 1004), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endpoints),
		cmocka_unit_test(plain_ones),
		cmocka_unit_test(info),
		cmocka_unit_test(values),
		cmocka_unit_test(features),
		cmocka_unit_test(features_in_turn),
		cmocka_unit_test(errors),
		cmocka_unit_test(refusals),
		cmocka_unit_test(too_big),
		cmocka_unit_test(longest_endpoint),
		cmocka_unit_test(copies),
		cmocka_unit_test(results),
		cmocka_unit_test(results_too_long),
		cmocka_unit_test(overload_has_a_code_of_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
