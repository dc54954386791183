/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may send commands and how many, by source addresses that no test host has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <base/endpoint.h>
#include <base/hash.h>
#include <base/log.h>
#include <base/rates.h>
#include <io/control_access.h>

static struct control_hub hub;

static int setup(void **state)
{
	(void)state;
	memset(&hub, 0, sizeof(hub));
	hub.rates = rates_new();
	return hub.rates ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rates_free(hub.rates);
	return 0;
}

static void allow(const char *networks)
{
	const char *at;
	size_t len;

	hub.access.allow.count = 0;
	assert_int_equal(cidr_list_add(&hub.access.allow, networks, &at, &len), 0);
}

static struct sockaddr_storage source(const char *text)
{
	struct sockaddr_storage ss;
	struct xrp_endpoint endpoint;
	struct xrp_addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	endpoint = endpoint_make(&addr, 5060);
	endpoint_to_sockaddr(&endpoint, &ss);
	return ss;
}

static bool admits(const char *text)
{
	struct sockaddr_storage ss = source(text);

	return control_admits(&hub, (const struct sockaddr *)&ss);
}

static bool holds(const char *text)
{
	struct sockaddr_storage ss = source(text);

	return control_hold(&hub, (const struct sockaddr *)&ss) != 0;
}

static int may_bind(const char *text)
{
	struct sockaddr_storage ss = source(text);
	char error[256];
	const struct complaint_text to = {"udp:x", error, sizeof(error)};

	return control_may_bind(&hub, (const struct sockaddr *)&ss, &to);
}

static void loopback_alone_by_default(void **state)
{
	const struct sockaddr un = {.sa_family = AF_UNIX};

	(void)state;
	assert_true(admits("127.0.0.1"));
	assert_true(admits("127.255.0.9"));
	assert_true(admits("::1"));
	assert_true(control_admits(&hub, &un));
	assert_int_equal(hub.drops.refused.count, 0);
	assert_false(admits("192.0.2.1"));
	assert_false(admits("10.0.0.1"));
	assert_false(admits("0.0.0.0"));
	assert_false(admits("2001:db8::1"));
	assert_false(admits("fe80::1"));
	assert_int_equal(hub.drops.refused.count, 5);
}

static void who_is_on_the_list(void **state)
{
	char text[ENDPOINT_TEXT];

	(void)state;
	allow("192.0.2.0/24,2001:db8::/64");
	assert_true(admits("192.0.2.77"));
	assert_true(admits("2001:db8::7"));
	assert_true(admits("127.0.0.1"));
	assert_false(admits("192.0.3.1"));
	assert_false(admits("2001:db8:0:1::1"));
	assert_int_equal(hub.drops.refused.count, 2);
	assert_string_equal(endpoint_format(&hub.drops.refused.last, text),
			    "[2001:db8:0:1::1]:5060");
	/* An IPv4 client of a socket of both families is known by its IPv4 address. */
	assert_true(admits("::ffff:192.0.2.9"));
}

static void what_may_be_bound(void **state)
{
	(void)state;
	assert_int_equal(may_bind("127.0.0.1"), 0);
	assert_int_equal(may_bind("::1"), 0);
	assert_int_equal(may_bind("0.0.0.0"), -EACCES);
	assert_int_equal(may_bind("::"), -EACCES);
	assert_int_equal(may_bind("192.0.2.1"), -EACCES);
	assert_int_equal(may_bind("10.0.0.1"), -EACCES);
	allow("192.0.2.0/24");
	assert_int_equal(may_bind("0.0.0.0"), 0);
	assert_int_equal(may_bind("::"), 0);
}

/* A rate of one a second: the second command is too early, whatever the test host is busy with. */
static void so_many_a_second(void **state)
{
	char text[ENDPOINT_TEXT];

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_false(holds("192.0.2.1"));
	hub.access.rate = 1;
	assert_false(holds("192.0.2.1"));
	assert_true(holds("192.0.2.1"));
	assert_false(holds("192.0.2.2"));
	assert_int_equal(hub.drops.limited.count, 1);
	assert_string_equal(endpoint_format(&hub.drops.limited.last, text), "192.0.2.1:5060");
	for (int i = 0; i < 3; i++)
		assert_false(holds("127.0.0.1") || holds("::1"));
	assert_int_equal(hub.drops.limited.count, 1);
}

int main(void)
{
	const uint8_t key[16] = "a key for tests";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(loopback_alone_by_default, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_on_the_list, setup, teardown),
		cmocka_unit_test_setup_teardown(what_may_be_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(so_many_a_second, setup, teardown),
	};

	hash_seed(key);
	log_setup(false, 0, LOG_CRIT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
