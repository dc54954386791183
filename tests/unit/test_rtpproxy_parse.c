/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the rtpproxy protocol as a table: the bytes, and the command in words or the error
 * code. The codes are those that rtpproxy 3.2 was seen to answer.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <base/endpoint.h>
#include <proto/rtpproxy.h>

#define TEXT(t) (t).at ? (int)(t).len : 1, (t).at ? (t).at : "-"

struct row {
	const char *request; /* without cookie */
	const char *expect;  /* "E1" ..., or the command as say() puts it */
};

static void say_bind(const struct command_update *u, char *buf, size_t size)
{
	char address[ADDR_TEXT];

	if (u->bind == COMMAND_BIND_DEFAULT)
		return;
	if (u->bind == COMMAND_BIND_LABEL) {
		snprintf(buf, size, " label=%.*s", TEXT(u->bind_label));
		return;
	}
	snprintf(buf, size, " %s=%s", u->bind == COMMAND_BIND_LOCAL ? "local" : "remote",
		 addr_format(&u->bind_address, address));
}

static void say_address(const struct command_update *u, char *buf, size_t size)
{
	static const char *const kind[] = {"none", "", "hold", "bad"};

	if (u->address_kind == COMMAND_ADDRESS_GIVEN)
		endpoint_format(&u->address, buf);
	else
		snprintf(buf, size, "%s", kind[u->address_kind]);
}

static void say_update(const struct command *c, char *buf, size_t size)
{
	const struct command_update *u = &c->update;
	char address[ENDPOINT_TEXT], bind[ADDR_TEXT + 16] = "", more[256] = "", ptime[16] = "";

	say_address(u, address, sizeof(address));
	say_bind(u, bind, sizeof(bind));
	if (u->ptime)
		snprintf(ptime, sizeof(ptime), " ptime=%u", u->ptime);
	if (u->codecs.at)
		snprintf(more, sizeof(more), " codecs=%.*s", TEXT(u->codecs));
	if (u->notify_socket.at)
		snprintf(more, sizeof(more), " notify=%.*s,%.*s", TEXT(u->notify_socket),
			 TEXT(u->notify_tag));
	snprintf(buf, size, "%c %.*s %.*s %.*s %s%s%s%s%s%s%s%.2s%s%s%s",
		 c->verb == COMMAND_UPDATE ? 'U' : 'L', TEXT(c->call_id), TEXT(c->from_tag),
		 TEXT(c->to_tag), address, u->asymmetric ? " asymmetric" : "",
		 u->symmetric ? " symmetric" : "", u->weak ? " weak" : "",
		 u->new_port ? " new" : "", u->ipv6 ? " ipv6" : "", u->direction[0] ? " " : "",
		 u->direction, bind, ptime, more);
}

static void say_play(const struct command *c, char *buf, size_t size)
{
	snprintf(buf, size, "P %.*s %.*s %.*s %d %.*s %.*s", TEXT(c->call_id), TEXT(c->from_tag),
		 TEXT(c->to_tag), c->play.count, TEXT(c->play.prompt), TEXT(c->play.codecs));
}

static void say_record(const struct command *c, char *buf, size_t size)
{
	snprintf(buf, size, "%c %.*s %.*s %.*s %.*s%s%s", c->verb == COMMAND_RECORD ? 'R' : 'C',
		 TEXT(c->call_id), TEXT(c->from_tag), TEXT(c->to_tag), TEXT(c->record.target),
		 c->record.single_file ? " single" : "", c->record.tell_port ? " tell" : "");
}

static void say_names(const struct command *c, char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "%s", c->verb == COMMAND_QUERY ? "Q" : "G");

	if (c->verb == COMMAND_QUERY)
		len += (size_t)snprintf(buf + len, size - len, " %.*s %.*s %.*s", TEXT(c->call_id),
					TEXT(c->from_tag), TEXT(c->to_tag));
	if (c->names.verbose)
		len += (size_t)snprintf(buf + len, size - len, " verbose");
	for (unsigned int i = 0; i < c->names.count; i++)
		len += (size_t)snprintf(buf + len, size - len, " %.*s", TEXT(c->names.name[i]));
}

static void say_verb(const struct command *c, char *buf, size_t size)
{
	switch (c->verb) {
	case COMMAND_UPDATE:
	case COMMAND_LOOKUP:
		say_update(c, buf, size);
		break;
	case COMMAND_DELETE:
		snprintf(buf, size, "D %.*s %.*s %.*s%s", TEXT(c->call_id), TEXT(c->from_tag),
			 TEXT(c->to_tag), c->remove.weak ? " weak" : "");
		break;
	case COMMAND_QUERY:
	case COMMAND_COUNTERS:
		say_names(c, buf, size);
		break;
	case COMMAND_INFO:
		snprintf(buf, size, "I%s", c->info.load ? " load" : "");
		break;
	case COMMAND_DELETE_ALL:
		snprintf(buf, size, "X");
		break;
	case COMMAND_VERSION:
		snprintf(buf, size, "V");
		break;
	case COMMAND_FEATURE:
		snprintf(buf, size, "VF %.*s", TEXT(c->feature.date));
		break;
	case COMMAND_PLAY:
		say_play(c, buf, size);
		break;
	case COMMAND_RECORD:
	case COMMAND_COPY:
		say_record(c, buf, size);
		break;
	case COMMAND_STOP_PLAY:
	case COMMAND_STOP_RECORD:
		snprintf(buf, size, "%c %.*s %.*s %.*s%s", c->verb == COMMAND_STOP_PLAY ? 'S' : 'N',
			 TEXT(c->call_id), TEXT(c->from_tag), TEXT(c->to_tag),
			 c->stop_record.both ? " both" : "");
		break;
	}
}

/* As of an L without call-id and tags. */
static void say_lookup(const struct command_update *lookup, char *buf, size_t size)
{
	const struct command c = {.verb = COMMAND_LOOKUP, .update = *lookup};

	say_update(&c, buf, size);
}

static void say_sub(const struct subcommand *s, char *buf, size_t size)
{
	switch (s->kind) {
	case SUBCOMMAND_DELETE:
		snprintf(buf, size, "D%s", s->weak ? " weak" : "");
		break;
	case SUBCOMMAND_LOOKUP:
		say_lookup(&s->lookup, buf, size);
		break;
	case SUBCOMMAND_TTL:
	case SUBCOMMAND_TOS:
		snprintf(buf, size, "%s %u%s", s->kind == SUBCOMMAND_TTL ? "ttl" : "tos",
			 s->set.value, s->set.reverse ? " reverse" : "");
		break;
	case SUBCOMMAND_COPY:
		snprintf(buf, size, "C %.*s %.*s %.*s", TEXT(s->copy.call_id),
			 TEXT(s->copy.from_tag), TEXT(s->copy.to_tag));
		break;
	case SUBCOMMAND_DTMF:
		snprintf(buf, size, "dtmf %.*s %u%s", TEXT(s->dtmf.tag), s->dtmf.payload_type,
			 s->dtmf.hide ? " hide" : "");
		break;
	}
}

static void say(const struct command *c, char *buf, size_t size)
{
	size_t len;

	say_verb(c, buf, size);
	for (unsigned int i = 0; i < c->sub_count; i++) {
		len = strlen(buf);
		snprintf(buf + len, size - len, " && ");
		say_sub(&c->sub[i], buf + len + 4, size - len - 4);
	}
}

static void parse_and_say(bool bridge, const char *data, size_t len, char *buf, size_t size)
{
	const struct rtpproxy_config config = {.bridge = bridge};
	struct rtpproxy_request request;
	char *exact = malloc(len ? len : 1); /* so that a sanitizer sees a step beyond the end */
	int code;

	assert_non_null(exact);
	memcpy(exact, data, len);
	code = rtpproxy_parse(&config, exact, len, false, &request);
	if (code)
		snprintf(buf, size, "E%d", code == RTPPROXY_E0 ? 0 : code);
	else
		say(&request.command, buf, size);
	free(exact);
}

static void check_rows(bool bridge, const struct row *rows, size_t count)
{
	char said[2048];

	for (size_t i = 0; i < count; i++) {
		parse_and_say(bridge, rows[i].request, strlen(rows[i].request), said, sizeof(said));
		if (strcmp(said, rows[i].expect))
			print_error("request: %s\n", rows[i].request);
		assert_string_equal(said, rows[i].expect);
	}
}
#define CHECK(bridge, rows) check_rows(bridge, rows, sizeof(rows) / sizeof((rows)[0]))

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

static void playing(void **state)
{
	static const struct row rows[] = {
		{"P", "E1"},
		{"P c", "E1"},
		{"P c p 0", "E1"},
		{"P c p 0 f", "P c f - 1 p 0"},
		{"P c /a/b 8,0 f t", "P c f t 1 /a/b 8,0"},
		{"P1 c p session ft;1 ", "P c ft;1 - 1 p session"}, /* Kamailio's, without to-tag */
		{"p3 c p 0 f t", "P c f t 3 p 0"},
		{"P+3 c p 0 f t", "P c f t 3 p 0"},
		{"P0 c p 0 f t", "P c f t 0 p 0"},
		{"P-0 c p 0 f t", "P c f t 0 p 0"},
		{"P-1 c p 0 f t", "P c f t -1 p 0"},
		{"P-7 c p 0 f t", "P c f t -1 p 0"},
		{"P2147483647 c p 0 f t", "P c f t 2147483647 p 0"},
		{"P99999999999999999999999 c p 0 f t", "P c f t 2147483647 p 0"},
		{"P-99999999999999999999999 c p 0 f t", "P c f t -1 p 0"},
		{"Px c p 0 f t", "E17"},
		{"P3x c p 0 f t", "E17"},
		{"P- c p 0 f t", "E17"},
		{"P+ c p 0 f t", "E17"},
		{"P--1 c p 0 f t", "E17"},
		{"P c p 0 f t x", "E1"},
		{"P c p 0 f t && D", "E3"},
		{"Px c p 0 f t && D", "E3"},
		{"S", "E1"},
		{"S c", "E1"},
		{"S c f", "S c f -"},
		{"s c f t", "S c f t"},
		{"Sx c f t", "E2"},
		{"S c f t x", "E1"},
		{"S c f t && D", "E3"},
	};

	(void)state;
	CHECK(false, rows);
}

static void recording(void **state)
{
	static const struct row rows[] = {
		{"R", "E1"},
		{"R c", "E1"},
		{"R c f", "R c f - -"},
		{"r c f t", "R c f t -"},
		{"Rs c f t", "R c f t - single"},
		{"RSs c f t", "R c f t - single"},
		{"Rx c f t", "E7"},
		{"Rp c f t", "E6"},
		{"Rsp c f t", "E6"},
		{"Rxp c f t", "E7"},
		{"Rpx c f t", "E6"},
		{"R c f t x", "E1"},
		{"R c f t && D", "E3"},
		{"C", "E1"},
		{"C c", "E1"},
		{"C c x", "E1"},
		{"C c x f", "C c f - x"},
		{"c c udp:127.0.0.1:9000 f t", "C c f t udp:127.0.0.1:9000"},
		{"Cs c x f t", "C c f t x single"},
		{"Cp c x f t", "C c f t x tell"},
		{"CPS c x f t", "C c f t x single tell"},
		{"Cx c x f t", "E7"},
		{"C c x f t x", "E1"},
		{"C c x f t && D", "E3"},
		{"N", "E1"},
		{"N c", "E1"},
		{"N c f", "N c f -"},
		{"Na c f t", "N c f t both"},
		{"nA c f t", "N c f t both"},
		{"Nx c f t", "E7"},
		{"Nxa c f t", "E7"},
		{"Nax c f t", "E6"},
		{"Naa c f t", "E6"},
		{"N c f t x", "E1"},
		{"N c f t && D", "E3"},
	};

	(void)state;
	CHECK(false, rows);
}

#define BOTH "U c 1.2.3.4 5 f t && "
#define DONE "U c f t 1.2.3.4:5 && "

static void subcommands(void **state)
{
	static const struct row rows[] = {
		{BOTH "D", DONE "D"},
		{BOTH "d", DONE "D"},
		{BOTH "Dw", DONE "D weak"},
		{BOTH "DW", DONE "D weak"},
		{BOTH "Dx", "E3"},
		{BOTH "D c", "E3"},
		{BOTH "S ttl=5", DONE "ttl 5"},
		{BOTH "sR ttl=2147483647", DONE "ttl 2147483647 reverse"},
		{BOTH "S tos=300", DONE "tos 300"},
		{BOTH "Sr tos=46", DONE "tos 46 reverse"},
		{BOTH "S ttl=0", "E3"},
		{BOTH "S ttl=2147483648", "E3"},
		{BOTH "S ttl=99999999999999999999999", "E3"},
		{BOTH "S ttl=x", "E3"},
		{BOTH "S ttl=5x", "E3"},
		{BOTH "S ttl=", "E3"},
		{BOTH "S tos=-1", "E3"},
		{BOTH "S foo=1", "E3"},
		{BOTH "S TTL=1", "E3"},
		{BOTH "S tt", "E3"},
		{BOTH "S", "E3"},
		{BOTH "S ttl=5 x", "E3"},
		{BOTH "Sx ttl=5", "E3"},
		{BOTH "L 1.1.1.1 6000", DONE "L - - - 1.1.1.1:6000"},
		{BOTH "lAz20c8 1.1.1.1 6000",
		 DONE "L - - - 1.1.1.1:6000 asymmetric ptime=20 codecs=8"},
		{BOTH "L6 ::1 6000", DONE "L - - - [::1]:6000 ipv6"},
		{BOTH "Ll{lab} 0.0.0.0 0", DONE "L - - - hold label=lab"},
		{BOTH "L x y", DONE "L - - - none"},
		{BOTH "L 1.1.1.1", "E3"},
		{BOTH "L 1.1.1.1 6000 x", "E3"},
		{BOTH "L 1.1.1.1 notaport", "E3"},
		{BOTH "Lx 1.1.1.1 6000", "E3"},
		{BOTH "Le 1.1.1.1 6000", "E3"},
		{BOTH "C c2 f2 t2", DONE "C c2 f2 t2"},
		{BOTH "c c2 f2 t2", DONE "C c2 f2 t2"},
		{BOTH "C c2 f2", "E3"},
		{BOTH "C c2 f2 t2 x", "E3"},
		{BOTH "Cx c2 f2 t2", "E3"},
		{BOTH "M3:1 Dd1.2", DONE "dtmf Dd1.2 101"},
		{BOTH "m3:1 a%20b 96", DONE "dtmf a%20b 96"},
		{BOTH "M3:1 a pt=97 hH", DONE "dtmf a 97 hide"},
		{BOTH "M3:1 a 0 h", DONE "dtmf a 0 hide"},
		{BOTH "M3:1", "E3"},
		{BOTH "M3:1 a%2", "E3"},
		{BOTH "M3:1 a 128", "E3"},
		{BOTH "M3:1 a h", "E3"},
		{BOTH "M3:1 a 101 x", "E3"},
		{BOTH "M3:1 a 101 h x", "E3"},
		{BOTH "M3:2 a", "E3"},
		{BOTH "M3 a", "E3"},
		{BOTH "M1:1", "E3"},
		{BOTH "M", "E3"},
		{BOTH "M0:1 x", "E3"},
		{BOTH "V", "E3"},
		{BOTH "x y z", "E3"},
		{BOTH "S ttl=5 && C c2 f2 t2 && D", DONE "ttl 5 && C c2 f2 t2 && D"},
		{BOTH "S ttl=5 && x", "E3"},
		{"Ux c 1.2.3.4 5 f t && x", "E35"},
		{"U c 1.2.3.4 x f t && x", "E37"},
		{"U c 1.2.3.4 x f t && D", "U c f t bad && D"},
	};

	(void)state;
	CHECK(false, rows);
}

/* L and C need both parties, and so a U with a to-tag. */
static void where_subcommands_may_stand(void **state)
{
	static const struct row rows[] = {
		{"U c 1.2.3.4 5 f && D", "U c f - 1.2.3.4:5 && D"},
		{"U c 1.2.3.4 5 f && S ttl=1", "U c f - 1.2.3.4:5 && ttl 1"},
		{"U c 1.2.3.4 5 f && M3:1 a", "U c f - 1.2.3.4:5 && dtmf a 101"},
		{"U c 1.2.3.4 5 f && L 1.1.1.1 6", "E3"},
		{"U c 1.2.3.4 5 f && C a b c", "E3"},
		{"U c 1.2.3.4 5 f s n && L 1.1.1.1 6", "E3"},
		{"U c 1.2.3.4 5 f t s n && L 1.1.1.1 6",
		 "U c f t 1.2.3.4:5 notify=s,n && L - - - 1.1.1.1:6"},
		{"L c 1.2.3.4 5 f t && D", "L c f t 1.2.3.4:5 && D"},
		{"L c 1.2.3.4 5 f t && Sr ttl=1", "L c f t 1.2.3.4:5 && ttl 1 reverse"},
		{"L c 1.2.3.4 5 f t && L 1.1.1.1 6", "E3"},
		{"L c 1.2.3.4 5 f t && C a b c", "E3"},
		{"Q c f t && D && D", "Q c f t && D && D"},
		{"Q c f t ttl && M3:1 a", "Q c f t ttl && dtmf a 101"},
		{"Q c f t && C a b c", "E3"},
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
		cmocka_unit_test(verbs),
		cmocka_unit_test(query_and_counters),
		cmocka_unit_test(unknown_verbs),
		cmocka_unit_test(words),
		cmocka_unit_test(update_words),
		cmocka_unit_test(addresses),
		cmocka_unit_test(modifiers),
		cmocka_unit_test(every_other_letter_is_unknown),
		cmocka_unit_test(directions),
		cmocka_unit_test(cookies),
		cmocka_unit_test(long_cookies),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(long_requests),
		cmocka_unit_test(playing),
		cmocka_unit_test(recording),
		cmocka_unit_test(subcommands),
		cmocka_unit_test(where_subcommands_may_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
