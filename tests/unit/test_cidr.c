/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks as operators write them, lists of them, and how often an address may do something. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <base/cidr.h>
#include <base/endpoint.h>
#include <base/hash.h>
#include <base/rates.h>

#define SECOND 1000000000ULL

static const struct {
	const char *text;
	int err;
	const char *in, *out; /* an address in the network, and one that is not; NULL: none */
} networks[] = {
	{"192.0.2.0/24", 0, "192.0.2.255", "192.0.3.0"},
	{"192.0.2.0/24", 0, "192.0.2.0", "192.0.1.255"},
	{"192.0.2.1", 0, "192.0.2.1", "192.0.2.2"},
	{"192.0.2.1/32", 0, "192.0.2.1", "192.0.2.0"},
	{"10.0.0.0/8", 0, "10.255.255.255", "11.0.0.0"},
	{"172.16.0.0/12", 0, "172.31.255.255", "172.32.0.0"},
	{"192.0.2.128/25", 0, "192.0.2.128", "192.0.2.127"},
	{"192.0.2.2/31", 0, "192.0.2.3", "192.0.2.4"},
	{"128.0.0.0/1", 0, "255.255.255.255", "127.255.255.255"},
	{"0.0.0.0/0", 0, "203.0.113.9", "2001:db8::1"},
	{"0.0.0.0/0", 0, "255.255.255.255", "::"},
	{"::/0", 0, "2001:db8::1", "203.0.113.9"},
	{"2001:db8::/32", 0, "2001:db8:ffff::1", "2001:db9::"},
	{"2001:db8::1", 0, "2001:db8::1", "2001:db8::2"},
	{"2001:db8::/33", 0, "2001:db8:7fff::1", "2001:db8:8000::"},
	{"::1/128", 0, "::1", "::2"},
	{"fe80::/10", 0, "febf::1", "fec0::"},
	{"::", 0, "::", "0.0.0.0"},
	{"192.0.2.0/024", 0, "192.0.2.9", NULL},
	{"192.0.2.1/24", -EDOM, NULL, NULL},
	{"10.0.0.1/0", -EDOM, NULL, NULL},
	{"2001:db8::1/64", -EDOM, NULL, NULL},
	{"192.0.2.0/33", -ERANGE, NULL, NULL},
	{"2001:db8::/129", -ERANGE, NULL, NULL},
	{"2001:db8::/999", -ERANGE, NULL, NULL},
	{"192.0.2.0/", -EINVAL, NULL, NULL},
	{"192.0.2.0/ 24", -EINVAL, NULL, NULL},
	{"192.0.2.0/-1", -EINVAL, NULL, NULL},
	{"192.0.2.0/+1", -EINVAL, NULL, NULL},
	{"192.0.2.0/0x18", -EINVAL, NULL, NULL},
	{"192.0.2.0/255.255.255.0", -EINVAL, NULL, NULL},
	{"192.0.2.0/24/24", -EINVAL, NULL, NULL},
	{"192.0.2.0/4294967296", -EINVAL, NULL, NULL},
	{"192.0.2/24", -EINVAL, NULL, NULL},
	{"/24", -EINVAL, NULL, NULL},
	{"", -EINVAL, NULL, NULL},
	{"any", -EINVAL, NULL, NULL},
	{" 192.0.2.1", -EINVAL, NULL, NULL},
	{"::ffff:192.0.2.0/120", -EINVAL, NULL, NULL},
	{"::ffff:0.0.0.0/0", -EINVAL, NULL, NULL},
	{"[2001:db8::1]", -EINVAL, NULL, NULL},
	{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 0,
	 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff::"},
};

static bool has(const struct cidr *cidr, const char *text)
{
	struct xrp_addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return cidr_has(cidr, &addr);
}

static void reads_networks(void **state)
{
	struct cidr cidr;

	(void)state;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		int err = cidr_parse(networks[i].text, strlen(networks[i].text), &cidr);

		if (err != networks[i].err)
			print_error("%s: %d\n", networks[i].text, err);
		assert_int_equal(err, networks[i].err);
		if (networks[i].in && !has(&cidr, networks[i].in))
			fail_msg("%s lacks %s", networks[i].text, networks[i].in);
		if (networks[i].out && has(&cidr, networks[i].out))
			fail_msg("%s has %s", networks[i].text, networks[i].out);
	}
	assert_int_equal(cidr_parse("10.0.0.1\0/8", 11, &cidr), -EINVAL);
}

/* Every prefix has its own first and last address, and not their neighbours. */
static void every_prefix(void **state)
{
	(void)state;
	for (unsigned int bits = 1; bits <= 32; bits++) {
		uint32_t first = 0xc0a81234U & (uint32_t)(0xffffffffULL << (32 - bits));
		uint32_t last = first | (uint32_t)(0xffffffffULL >> bits);
		struct xrp_addr addr = addr_from_v4(htonl(first));
		char text[ADDR_TEXT], line[ADDR_TEXT + 4];
		struct cidr cidr;

		snprintf(line, sizeof(line), "%s/%u", addr_format(&addr, text), bits);
		assert_int_equal(cidr_parse(line, strlen(line), &cidr), 0);
		assert_true(cidr_has(&cidr, &addr));
		addr = addr_from_v4(htonl(last));
		assert_true(cidr_has(&cidr, &addr));
		addr = addr_from_v4(htonl(first - 1));
		assert_false(cidr_has(&cidr, &addr));
		addr = addr_from_v4(htonl(last + 1));
		assert_false(cidr_has(&cidr, &addr));
	}
}

static void lists(void **state)
{
	struct cidr_list list = {0}, other = {0};
	struct xrp_addr addr;
	const char *at;
	size_t len;

	(void)state;
	assert_int_equal(addr_parse("192.0.2.9", &addr), 0);
	assert_false(cidr_list_has(&list, &addr));
	assert_int_equal(cidr_list_add(&list, "10.0.0.0/8,2001:db8::/32", &at, &len), 0);
	assert_int_equal(list.count, 2);
	assert_false(cidr_list_has(&list, &addr));
	assert_int_equal(cidr_list_add(&list, "192.0.2.9", &at, &len), 0);
	assert_true(cidr_list_has(&list, &addr));
	assert_false(cidr_list_equal(&list, &other));
	assert_int_equal(cidr_list_add(&other, "10.0.0.0/8,2001:db8::/32,192.0.2.9/32", &at, &len),
			 0);
	assert_true(cidr_list_equal(&list, &other));
	assert_int_equal(cidr_list_add(&list, "10.0.0.0/8,10.0.0.1/8,::1", &at, &len), -EDOM);
	assert_int_equal(len, strlen("10.0.0.1/8"));
	assert_memory_equal(at, "10.0.0.1/8", len);
	assert_int_equal(cidr_list_add(&list, "10.0.0.0/8,", &at, &len), -EINVAL);
	assert_int_equal(len, 0);
}

static void lists_are_bounded(void **state)
{
	struct cidr_list list = {0};
	const char *at;
	size_t len;

	(void)state;
	for (unsigned int i = 0; i < CIDR_LIST; i++)
		assert_int_equal(cidr_list_add(&list, "192.0.2.1", &at, &len), 0);
	assert_int_equal(cidr_list_add(&list, "192.0.2.2", &at, &len), -ENOSPC);
	assert_int_equal(list.count, CIDR_LIST);
}

static struct xrp_addr numbered(uint32_t n)
{
	return addr_from_v4(htonl(0x0a000000U + n));
}

static void a_bucket_each(void **state)
{
	struct rates *rates = rates_new();
	struct xrp_addr alice = numbered(1), mallory = numbered(2);
	uint64_t now = 5 * SECOND;

	(void)state;
	assert_non_null(rates);
	for (int i = 0; i < 10; i++)
		assert_int_equal(rates_take(rates, &mallory, 10, now), 0);
	assert_int_equal(rates_take(rates, &mallory, 10, now), SECOND / 10);
	assert_int_equal(rates_take(rates, &mallory, 10, now + SECOND / 20), SECOND / 20);
	assert_int_equal(rates_take(rates, &alice, 10, now), 0);
	assert_int_equal(rates_take(rates, &mallory, 10, now + SECOND / 10), 0);
	assert_int_not_equal(rates_take(rates, &mallory, 10, now + SECOND / 10), 0);
	/* A long rest fills the bucket, and no more. */
	for (int i = 0; i < 10; i++)
		assert_int_equal(rates_take(rates, &mallory, 10, now + 60 * SECOND), 0);
	assert_int_not_equal(rates_take(rates, &mallory, 10, now + 60 * SECOND), 0);
	rates_free(rates);
}

/* Who asks all the time is not forgotten for a crowd of others; memory stays what it is. */
static void a_crowd(void **state)
{
	struct rates *rates = rates_new();
	struct xrp_addr mallory = numbered(0), other;
	unsigned int passed = 0;

	(void)state;
	assert_non_null(rates);
	for (uint32_t i = 1; i < 100000; i++) {
		passed += !rates_take(rates, &mallory, 10, SECOND);
		other = numbered(i);
		assert_int_equal(rates_take(rates, &other, 10, SECOND), 0);
	}
	assert_int_equal(passed, 10);
	assert_int_equal(rates_count(rates), RATES_CLIENTS);
	other = numbered(99999);
	for (int i = 1; i < 10; i++)
		assert_int_equal(rates_take(rates, &other, 10, SECOND), 0);
	assert_int_not_equal(rates_take(rates, &other, 10, SECOND), 0);
	rates_free(rates);
}

int main(void)
{
	const uint8_t key[16] = "a key for tests";
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_networks), cmocka_unit_test(every_prefix),
		cmocka_unit_test(lists),	  cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(a_bucket_each),  cmocka_unit_test(a_crowd),
	};

	hash_seed(key);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
