/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of the rtpproxy protocol: words, V, U, L, D, Q, I, G, X and their modifiers. */
#include "rtpproxy_say.h"

static void verbs(void **state)
{
	static const struct row rows[] = {
		{"V", "V"},
		{"v", "V"},
		{" V\r\n", "V"},
		{"V 1", "E1"},
		{"Vx", "E2"},
		{"V && V", "E3"},
		{"VF 20040107", "VF 20040107"},
		{"vf abc", "VF abc"},
		{"vF 1", "VF 1"},
		{"VF", "E1"},
		{"VF 1 2", "E1"},
		{"VFx 20040107", "E2"},
		{"VFx", "E1"},
		{"VF 1 && V", "E3"},
		{"X", "X"},
		{"X a", "E1"},
		{"Xa", "E2"},
		{"X && X", "E3"},
		{"I", "I"},
		{"Ib", "I"},
		{"IB", "I"},
		{"Il", "I load"},
		{"Ilb", "I load"},
		{"Ix", "E18"},
		{"I x", "E1"},
		{"I && I", "E3"},
		{"D c f", "D c f -"},
		{"D c f t", "D c f t"},
		{"dW c f t", "D c f t weak"},
		{"D c", "E1"},
		{"D c f t x", "E1"},
		{"Dx c f t", "E8"},
		{"Dwx c f t", "E8"},
		{"D c f t && D", "E3"},
		{"Dx c f t && D", "E3"},
	};

	(void)state;
	CHECK(false, rows);
}

static void query_and_counters(void **state)
{
	static const struct row rows[] = {
		{"Q", "E1"},
		{"Q c", "E1"},
		{"Q c f", "Q c f -"},
		{"Q c f t", "Q c f t"},
		{"Qv c f t ttl", "Q c f t verbose ttl"},
		{"QVv c f t ttl ttl", "Q c f t verbose ttl ttl"},
		{"Qx c f t", "E19"},
		{"Qvx c f t", "E19"},
		{"Q c f t 1 2 3 4 5 6 7 8 9 10 11", "Q c f t 1 2 3 4 5 6 7 8 9 10 11"},
		{"Q c f t 1 2 3 4 5 6 7 8 9 10 11 12", "E1"},
		{"Q c f && D", "Q c f - && D"},
		{"Qx c f && D", "E19"},
		{"G", "G"},
		{"Gv a b", "G verbose a b"},
		{"Gx a", "E9"},
		{"Gvx", "E9"},
		{"G a && G", "E3"},
		{"G 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22",
		 "G 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22"},
		{"G 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23", "E5"},
	};

	(void)state;
	CHECK(false, rows);
}

static void unknown_verbs(void **state)
{
	static const char known[] = "uldpsrcnqigxv";
	char said[64];

	(void)state;
	for (int c = 1; c < 256; c++) {
		const char data[] = {(char)c, 'x', ' ', 'a'};

		if (strchr(" \t\r\n", c) || strchr(known, c | 0x20))
			continue;
		parse_and_say(false, data, sizeof(data), said, sizeof(said));
		assert_string_equal(said, "E0");
	}
}

static void words(void **state)
{
	static const struct row rows[] = {
		{"", "E5"},
		{" \t\r\n", "E5"},
		{"&&", "E5"},
		{"&& V", "E5"},
		{"U c 1.2.3.4 1 f &&", "E5"},
		{"U c 1.2.3.4 1 f && ", "E5"},
		{"U c 1.2.3.4 1 f && && D", "E5"},
		{"V&&", "E2"},
		{"U c 1.2.3.4 1 f &&D", "U c f &&D 1.2.3.4:1"},
		{"Ux c 1.2.3.4 1 f && D", "E35"},
		{"U c 1.2.3.4 1 f && 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23",
		 "E3"},
		{"U c 1.2.3.4 1 f && 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 "
		 "24",
		 "E5"},
		{"U c 1.2.3.4 1 f && D && D && D && D && D && D && D && D && D && D && D && D && "
		 "D && D && D",
		 "U c f - 1.2.3.4:1 && D && D && D && D && D && D && D && D && D && D && D && D && "
		 "D && D && D"},
		{"U c 1.2.3.4 1 f && D && D && D && D && D && D && D && D && D && D && D && D && "
		 "D && D && D && D",
		 "E5"},
		{"Z && ", "E5"},
		{"Z && Z", "E0"},
		{"V\nV\n", "E1"},
		{"\tQ\r\n c \t f", "Q c f -"},
	};

	(void)state;
	CHECK(false, rows);
}

static void update_words(void **state)
{
	static const struct row rows[] = {
		{"U", "E1"},
		{"U c 1.2.3.4 5000", "E1"},
		{"U c 1.2.3.4 5000 f", "U c f - 1.2.3.4:5000"},
		{"u c 1.2.3.4 5000 f;1 t;1", "U c f;1 t;1 1.2.3.4:5000"},
		{"U c 1.2.3.4 5000 f s n", "U c f - 1.2.3.4:5000 notify=s,n"},
		{"U c 1.2.3.4 5000 f t s n%20x%aF", "U c f t 1.2.3.4:5000 notify=s,n%20x%aF"},
		{"U c 1.2.3.4 5000 f t s n x", "E1"},
		{"U c 1.2.3.4 5000 f s n%2", "E10"},
		{"U c 1.2.3.4 5000 f s n%", "E10"},
		{"U c 1.2.3.4 5000 f s n%zz", "E10"},
		{"Ux c 1.2.3.4 5000 f s n%zz", "E10"},
		{"L c 1.2.3.4 5000", "E1"},
		{"L c 1.2.3.4 5000 f", "L c f - 1.2.3.4:5000"},
		{"L c 1.2.3.4 5000 f t", "L c f t 1.2.3.4:5000"},
		{"L c 1.2.3.4 5000 f t x", "E1"},
	};

	(void)state;
	CHECK(false, rows);
}

static void addresses(void **state)
{
	static const struct row rows[] = {
		{"U c 0.0.0.0 5000 f", "U c f - hold"},
		{"U c 0.0.0.0 x f", "U c f - bad"},
		{"U c 1.2.3.4 0 f", "U c f - 1.2.3.4:0"},
		{"U c 1.2.3.4 65535 f", "U c f - 1.2.3.4:65535"},
		{"U c 1.2.3.4 70000 f", "U c f - 1.2.3.4:4464"},
		{"U c 1.2.3.4 +5 f", "U c f - 1.2.3.4:5"},
		{"U c 1.2.3.4 + f", "U c f - bad"},
		{"U c 1.2.3.4 -1 f", "U c f - bad"},
		{"U c 1.2.3.4 5x f", "U c f - bad"},
		{"U c 1.2.3.4 abc f", "U c f - bad"},
		{"U c 1.2.3.4 sip f", "U c f - bad"},
		{"U c 1.2.3.4 2147483647 f", "U c f - 1.2.3.4:65535"},
		{"U c 1.2.3.4 2147483648 f", "U c f - bad"},
		{"U c 1.2.3.4 99999999999999999999999 f", "U c f - bad"},
		{"U c 999.1.1.1 5 f", "U c f - bad"},
		{"U c localhost 5 f", "U c f - bad"},
		{"U c x y f", "U c f - none"},
		{"U c ::1 5 f", "U c f - none"},
		{"U c 127.1 5 f", "U c f - none"},
		{"U c 0x7f.1 5 f", "U c f - none"},
		{"U c [::1] 5 f", "U c f - none"},
		{"U c aVeryLongHostName.example.com 5 f", "U c f - none"},
		{"U c [::1]:5 5 f", "U c f - bad"},
		{"U c 010.0.0.1 5 f", "U c f - 8.0.0.1:5"},
		{"U c 0x7f.00.1 5 f", "U c f - 127.0.0.1:5"},
		{"U c 1.2.3.4\v 5 f", "U c f - bad"},
		{"U c 1.2.3.4.5 5 f", "U c f - bad"},
		{"U c 255.255.255.255 1 f", "U c f - 255.255.255.255:1"},
		{"U6 c :: 5 f", "U c f - hold ipv6"},
		{"U6 c ::1 5 f", "U c f - [::1]:5 ipv6"},
		{"U666 c 2001:db8::1 5 f", "U c f - [2001:db8::1]:5 ipv6"},
		{"U6 c [::1] 5 f", "U c f - bad ipv6"},
		{"U6 c 1.2.3.4 5 f", "U c f - bad ipv6"},
		{"U6 c ::ffff:1.2.3.4 5 f", "U c f - bad ipv6"},
		{"U6 c fe80::1%eth0 5 f", "U c f - bad ipv6"},
		{"U6 c x 5 f", "U c f - none ipv6"},
		{"U6 c 0000000000000000000000000000000000000000000001 5 f", "U c f - none ipv6"},
	};

	(void)state;
	CHECK(false, rows);
}

#define REST " c 1.2.3.4 5 f"
#define SAID "U c f - 1.2.3.4:5"

static void modifiers(void **state)
{
	static const struct row rows[] = {
		{"Ua" REST, SAID " asymmetric"},
		{"UA" REST, SAID " asymmetric"},
		{"Uas" REST, SAID " symmetric"},
		{"Usa" REST, SAID " asymmetric"},
		{"UwN" REST, SAID " weak new"},
		{"Ue" REST, "E11"},
		{"Ui" REST, "E12"},
		{"Uz20" REST, SAID " ptime=20"},
		{"UZ1" REST, SAID " ptime=1"},
		{"Uz999" REST, SAID " ptime=999"},
		{"Uz+20" REST, SAID " ptime=20"},
		{"Uz020z30" REST, SAID " ptime=30"},
		{"Uz" REST, "E13"},
		{"Uz0" REST, "E13"},
		{"Uz1000" REST, "E13"},
		{"Uz99999999999999999999" REST, "E13"},
		{"Uz-5" REST, "E13"},
		{"Uc0,8,101" REST, SAID " codecs=0,8,101"},
		{"UC," REST, SAID " codecs=,"},
		{"Uc" REST, "E14"},
		{"Uc0c8" REST, "E14"},
		{"Uc0,8z20" REST, SAID " ptime=20 codecs=0,8"},
		{"Ul" REST, "E15"},
		{"Ulx" REST, "E15"},
		{"Ul[]" REST, "E15"},
		{"Ul[::1" REST, "E15"},
		{"Ul[::ffff:1.2.3.4]" REST, "E15"},
		{"Ul{}" REST, "E15"},
		{"Ul{x" REST, "E15"},
		{"Ul{x}" REST, SAID " label=x"},
		{"UL{a-B 9}" REST, "E15"},
		{"Ul{a.B}w" REST, SAID " weak label=a.B"},
		{"Ul{a}l{b}" REST, SAID " label=b"},
		{"Ul{a}l1.1.1.1" REST, SAID " local=1.1.1.1"},
		{"Ul1.1.1.1l{a}" REST, SAID " label=a"},
		{"Ul10." REST, "E31"},
		{"Ul999.9.9.9" REST, "E31"},
		{"Ul[:]" REST, "E31"},
		{"Ul[::ffff:7f00:1]" REST, "E31"},
		{"Ul1.1.1.1" REST, SAID " local=1.1.1.1"},
		{"UL0.0.0.0" REST, SAID " local=0.0.0.0"},
		{"Ul[::1]a" REST, SAID " asymmetric local=::1"},
		{"Ul1.1.1.1l2.2.2.2" REST, SAID " local=2.2.2.2"},
		{"Ur" REST, "E16"},
		{"Urabc" REST, "E16"},
		{"Ur[x]" REST, "E16"},
		{"Ur10." REST, "E32"},
		{"Ur2.2.2.2w" REST, SAID " weak remote=2.2.2.2"},
		{"UR[::1]" REST, SAID " remote=::1"},
		{"Ut30" REST, "E35"},
		{"Uab" REST, "E35"},
		{"U1" REST, "E35"},
		{"U+" REST, "E35"},
		{"Uz20x" REST, "E35"},
	};

	(void)state;
	CHECK(false, rows);
}

static void every_other_letter_is_unknown(void **state)
{
	char request[64], said[256];

	(void)state;
	for (int c = 1; c < 256; c++) {
		if (strchr(" \t\r\naAsSeEiI6lLrRzZcCwWnN", c))
			continue;
		snprintf(request, sizeof(request), "L%c c 1.2.3.4 5 f t", c);
		parse_and_say(true, request, strlen(request), said, sizeof(said));
		assert_string_equal(said, "E35");
	}
}

static void directions(void **state)
{
	static const struct row rows[] = {
		{"Ue" REST, SAID " e"},		{"Uie" REST, SAID " ie"}, {"UEI" REST, SAID " ei"},
		{"Uii" REST, SAID " ii"},	{"Ueie" REST, "E11"},	  {"Ueei" REST, "E12"},
		{"Uiwe" REST, SAID " weak ie"},
	};

	(void)state;
	CHECK(true, rows);
}

static void expect_cookie(const char *data, size_t len, int code, const char *cookie)
{
	const struct rtpproxy_config config = {.bridge = false};
	struct rtpproxy_request request;

	assert_int_equal(rtpproxy_parse(&config, data, len, true, &request), code);
	if (!cookie) {
		assert_null(request.cookie.at);
		return;
	}
	assert_non_null(request.cookie.at);
	assert_true(text_equal(request.cookie, text_of(cookie)));
}

static void cookies(void **state)
{
	(void)state;
	expect_cookie("", 0, 5, NULL);
	expect_cookie("\n", 1, 5, NULL);
	expect_cookie("lone", 4, 5, "lone");
	expect_cookie("V", 1, 5, "V");
	expect_cookie("12_3 V", 6, 0, "12_3");
	expect_cookie("  ck\tV \r\n", 9, 0, "ck");
	expect_cookie("a Z", 3, RTPPROXY_E0, "a");
	expect_cookie("&& V", 4, 0, "&&");
}

/* One of 1000 bytes is the longest that a reply has room for. */
static void long_cookies(void **state)
{
	char data[1003], cookie[1001];

	(void)state;
	memset(cookie, 'c', 1000);
	cookie[1000] = '\0';
	snprintf(data, sizeof(data), "%s V", cookie);
	expect_cookie(data, 1002, 0, cookie);
	memset(data, 'c', 1001);
	expect_cookie(data, 1001, 5, NULL);
	memcpy(data + 1001, " V", 2);
	expect_cookie(data, 1003, 5, NULL);
}

static void nul_bytes(void **state)
{
	(void)state;
	expect_cookie("n V\0", 4, 5, "n");
	expect_cookie("n V\0\n", 5, 5, "n");
	expect_cookie("n VF 2004\0"
		      "0107",
		      14, 5, "n");
	expect_cookie("n \0", 3, 5, "n");
}

/* What is beyond 8191 bytes is not looked at. */
static void long_requests(void **state)
{
	char *big = malloc(9000), said[64];

	(void)state;
	assert_non_null(big);
	memset(big, 'A', 9000);
	parse_and_say(false, big, 9000, said, sizeof(said));
	assert_string_equal(said, "E0");
	memcpy(big, "D ", 2);
	memcpy(big + 8189, " f t x y z", 10);
	parse_and_say(false, big, 9000, said, sizeof(said));
	assert_memory_equal(said, "D AAAA", 6);
	big[8189] = 'A'; /* now the from-tag is beyond */
	parse_and_say(false, big, 9000, said, sizeof(said));
	assert_string_equal(said, "E1");
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verbs),	 cmocka_unit_test(query_and_counters),
		cmocka_unit_test(unknown_verbs), cmocka_unit_test(words),
		cmocka_unit_test(update_words),	 cmocka_unit_test(addresses),
		cmocka_unit_test(modifiers),	 cmocka_unit_test(every_other_letter_is_unknown),
		cmocka_unit_test(directions),	 cmocka_unit_test(cookies),
		cmocka_unit_test(long_cookies),	 cmocka_unit_test(nul_bytes),
		cmocka_unit_test(long_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
