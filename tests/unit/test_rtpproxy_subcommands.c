/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of the rtpproxy protocol: P, S, R, C, N, and what stands behind &&. */
#include "rtpproxy_say.h"

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
		{BOTH "S learn=strict", DONE "learn 0"},
		{BOTH "Sr learn=any", DONE "learn 3 reverse"},
		{BOTH "S learn=auto && S learn=host", DONE "learn 2 && learn 1"},
		{BOTH "S handover=1", DONE "handover 1"},
		{BOTH "Sr handover=0", DONE "handover 0 reverse"},
		{BOTH "S learn=", "E3"},
		{BOTH "S learn=Any", "E3"},
		{BOTH "S learn=anyone", "E3"},
		{BOTH "S handover=2", "E3"},
		{BOTH "S handover=", "E3"},
		{BOTH "S handover=yes", "E3"},
		{BOTH "Sx learn=any", "E3"},
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

static void module_subcommands(void **state)
{
	static const struct row rows[] = {
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(playing),
		cmocka_unit_test(recording),
		cmocka_unit_test(subcommands),
		cmocka_unit_test(module_subcommands),
		cmocka_unit_test(where_subcommands_may_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
