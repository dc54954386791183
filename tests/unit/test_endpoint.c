/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and endpoints: text to and fro, kinds at their edges, socket addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <base/endpoint.h>

static const struct {
	const char *text, *written; /* NULL: not to be read */
	enum addr_kind kind;
} addrs[] = {
	{"192.0.2.1", "192.0.2.1", ADDR_GLOBAL},
	{"9.255.255.255", "9.255.255.255", ADDR_GLOBAL},
	{"10.0.0.0", "10.0.0.0", ADDR_PRIVATE},
	{"10.255.255.255", "10.255.255.255", ADDR_PRIVATE},
	{"11.0.0.0", "11.0.0.0", ADDR_GLOBAL},
	{"100.63.255.255", "100.63.255.255", ADDR_GLOBAL},
	{"100.64.0.0", "100.64.0.0", ADDR_PRIVATE},
	{"100.127.255.255", "100.127.255.255", ADDR_PRIVATE},
	{"100.128.0.0", "100.128.0.0", ADDR_GLOBAL},
	{"126.255.255.255", "126.255.255.255", ADDR_GLOBAL},
	{"127.0.0.1", "127.0.0.1", ADDR_LOOPBACK},
	{"127.255.255.255", "127.255.255.255", ADDR_LOOPBACK},
	{"128.0.0.0", "128.0.0.0", ADDR_GLOBAL},
	{"169.253.255.255", "169.253.255.255", ADDR_GLOBAL},
	{"169.254.0.0", "169.254.0.0", ADDR_LINK_LOCAL},
	{"169.255.0.0", "169.255.0.0", ADDR_GLOBAL},
	{"172.15.255.255", "172.15.255.255", ADDR_GLOBAL},
	{"172.16.0.0", "172.16.0.0", ADDR_PRIVATE},
	{"172.31.255.255", "172.31.255.255", ADDR_PRIVATE},
	{"172.32.0.0", "172.32.0.0", ADDR_GLOBAL},
	{"192.168.255.255", "192.168.255.255", ADDR_PRIVATE},
	{"192.169.0.0", "192.169.0.0", ADDR_GLOBAL},
	{"0.0.0.0", "0.0.0.0", ADDR_UNSPECIFIED},
	{"0.255.255.255", "0.255.255.255", ADDR_UNSPECIFIED},
	{"1.0.0.0", "1.0.0.0", ADDR_GLOBAL},
	{"223.255.255.255", "223.255.255.255", ADDR_GLOBAL},
	{"224.0.0.0", "224.0.0.0", ADDR_MULTICAST},
	{"239.255.255.255", "239.255.255.255", ADDR_MULTICAST},
	{"240.0.0.0", "240.0.0.0", ADDR_BROADCAST},
	{"255.255.255.255", "255.255.255.255", ADDR_BROADCAST},
	{"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1", ADDR_GLOBAL},
	{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", ADDR_GLOBAL},
	{"::", "::", ADDR_UNSPECIFIED},
	{"::1", "::1", ADDR_LOOPBACK},
	{"::2", "::2", ADDR_GLOBAL},
	{"::ffff:10.1.2.3", "10.1.2.3", ADDR_PRIVATE},
	{"::ffff:0.0.0.0", "0.0.0.0", ADDR_UNSPECIFIED},
	{"fbff::1", "fbff::1", ADDR_GLOBAL},
	{"fc00::1", "fc00::1", ADDR_PRIVATE},
	{"fdff::1", "fdff::1", ADDR_PRIVATE},
	{"fe80::1", "fe80::1", ADDR_LINK_LOCAL},
	{"febf::1", "febf::1", ADDR_LINK_LOCAL},
	{"fec0::1", "fec0::1", ADDR_PRIVATE},
	{"ff02::1", "ff02::1", ADDR_MULTICAST},
	{"", NULL, ADDR_GLOBAL},
	{"1.2.3", NULL, ADDR_GLOBAL},
	{"1.2.3.4.5", NULL, ADDR_GLOBAL},
	{"01.2.3.4", NULL, ADDR_GLOBAL},
	{"1.2.3.256", NULL, ADDR_GLOBAL},
	{"0x7f.1", NULL, ADDR_GLOBAL},
	{" 1.2.3.4", NULL, ADDR_GLOBAL},
	{"1.2.3.4 ", NULL, ADDR_GLOBAL},
	{"[::1]", NULL, ADDR_GLOBAL},
	{"fe80::1%eth0", NULL, ADDR_GLOBAL},
	{"1::2::3", NULL, ADDR_GLOBAL},
	{"localhost", NULL, ADDR_GLOBAL},
};

static void test_addresses(void **state)
{
	struct xrp_addr addr;
	char text[ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		int err = addr_parse(addrs[i].text, &addr);

		print_message("  %s\n", addrs[i].text);
		assert_int_equal(err, addrs[i].written ? 0 : -EINVAL);
		if (err)
			continue;
		assert_string_equal(addr_format(&addr, text), addrs[i].written);
		assert_int_equal(addr_kind(&addr), addrs[i].kind);
		assert_int_equal(addr_family(&addr),
				 strchr(addrs[i].written, ':') ? AF_INET6 : AF_INET);
		assert_int_equal(addr_is_v4(&addr), addr_family(&addr) == AF_INET);
	}
}

static void test_unspecified(void **state)
{
	struct xrp_addr any4 = addr_any(AF_INET), any6 = addr_any(AF_INET6);
	struct xrp_addr one = addr_from_v4(htonl(1));
	struct xrp_endpoint ep = endpoint_make(&one, 1);

	(void)state;
	assert_int_equal(any4.word[2], htonl(0xffff));
	assert_true(addr_is_unspecified(&any4) && addr_is_v4(&any4));
	assert_true(addr_is_unspecified(&any6) && !addr_is_v4(&any6));
	assert_false(addr_is_unspecified(&one));
	assert_int_equal(addr_to_v4(&one), htonl(1));
	assert_true(endpoint_is_set(&ep));
	ep = endpoint_make(&one, 0);
	assert_false(endpoint_is_set(&ep));
	ep = endpoint_make(&any4, 1);
	assert_false(endpoint_is_set(&ep));
	ep = endpoint_make(&any6, 1);
	assert_false(endpoint_is_set(&ep));
}

static void check_endpoint(const char *addr_text, uint16_t port, const char *written, size_t length)
{
	struct sockaddr_storage ss;
	struct xrp_endpoint ep, back;
	char text[ENDPOINT_TEXT];
	struct xrp_addr addr;

	assert_int_equal(addr_parse(addr_text, &addr), 0);
	ep = endpoint_make(&addr, port);
	assert_int_equal(ep.port, htons(port));
	assert_int_equal(ep.zero, 0);
	assert_int_equal(endpoint_port(&ep), port);
	assert_string_equal(endpoint_format(&ep, text), written);
	assert_int_equal(endpoint_to_sockaddr(&ep, &ss), length);
	back = endpoint_from_sockaddr((const struct sockaddr *)&ss);
	assert_memory_equal(&back, &ep, sizeof(ep));
}

static void test_endpoints(void **state)
{
	struct sockaddr sa = {.sa_family = AF_UNIX};
	struct xrp_endpoint ep = endpoint_from_sockaddr(&sa);

	(void)state;
	check_endpoint("192.0.2.1", 4000, "192.0.2.1:4000", sizeof(struct sockaddr_in));
	check_endpoint("2001:db8::1", 65535, "[2001:db8::1]:65535", sizeof(struct sockaddr_in6));
	check_endpoint("1111:2222:3333:4444:5555:6666:7777:8888", 65535,
		       "[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
		       sizeof(struct sockaddr_in6));
	assert_false(endpoint_is_set(&ep));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_unspecified),
		cmocka_unit_test(test_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
