/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The duplicate cache: who is answered from it, for how long, and how much it keeps. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <proto/dupcache.h>

#define SECOND 1000000000ULL

static const uint8_t key[16] = {1, 2, 3};

/* A client; the padding of its address holds junk, as a kernel may leave it. */
static struct sockaddr_in client(uint32_t address, uint16_t port, char junk)
{
	struct sockaddr_in sin;

	memset(&sin, junk, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(address);
	sin.sin_port = htons(port);
	return sin;
}

static void store(struct dupcache *cache, const struct sockaddr_in *from, const char *cookie,
		  const char *reply, uint64_t now)
{
	dupcache_store(cache, (const struct sockaddr *)from, sizeof(*from), text_of(cookie),
		       text_of(reply), now);
}

static struct text find(struct dupcache *cache, const struct sockaddr_in *from, const char *cookie,
			uint64_t now)
{
	return dupcache_find(cache, (const struct sockaddr *)from, sizeof(*from), text_of(cookie),
			     now);
}

static void expect(struct text got, const char *wanted)
{
	if (!wanted) {
		assert_null(got.at);
		return;
	}
	assert_non_null(got.at);
	assert_true(text_equal(got, text_of(wanted)));
}

static void same_client_same_cookie(void **state)
{
	struct dupcache *cache = dupcache_new(key, 1 << 20);
	struct sockaddr_in alice = client(0x0a000001, 5060, 'a');
	struct sockaddr_in alice_again = client(0x0a000001, 5060, 'b');
	struct sockaddr_in other_port = client(0x0a000001, 5061, 'a');
	struct sockaddr_in mallory = client(0x0a000002, 5060, 'a');

	(void)state;
	expect(find(cache, &alice, "1", 0), NULL);
	store(cache, &alice, "1", "1 E0\n", 0);
	expect(find(cache, &alice, "1", 1), "1 E0\n");
	expect(find(cache, &alice_again, "1", 1), "1 E0\n");
	expect(find(cache, &alice, "2", 1), NULL);
	expect(find(cache, &alice, "", 1), NULL);
	expect(find(cache, &other_port, "1", 1), NULL);
	expect(find(cache, &mallory, "1", 1), NULL);
	store(cache, &alice, "1", "again", 2);
	expect(find(cache, &alice, "1", 3), "again");
	assert_int_equal(dupcache_count(cache), 1);
	dupcache_free(cache);
}

static void ipv6_clients(void **state)
{
	struct dupcache *cache = dupcache_new(key, 1 << 20);
	struct sockaddr_in6 alice = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	struct sockaddr_in6 bob = alice;

	(void)state;
	alice.sin6_port = bob.sin6_port = htons(5060);
	bob.sin6_addr.s6_addr[0] = 0x20;
	alice.sin6_flowinfo = 7;
	dupcache_store(cache, (struct sockaddr *)&alice, sizeof(alice), text_of("1"), text_of("r"),
		       0);
	alice.sin6_flowinfo = 8;
	expect(dupcache_find(cache, (struct sockaddr *)&alice, sizeof(alice), text_of("1"), 0),
	       "r");
	expect(dupcache_find(cache, (struct sockaddr *)&bob, sizeof(bob), text_of("1"), 0), NULL);
	dupcache_free(cache);
}

static void without_a_cookie(void **state)
{
	struct dupcache *cache = dupcache_new(key, 1 << 20);
	struct sockaddr_in alice = client(1, 1, 0);
	const struct sockaddr *from = (const struct sockaddr *)&alice;
	const struct text none = {NULL, 0};

	(void)state;
	dupcache_store(cache, from, sizeof(alice), none, text_of("E5\n"), 0);
	expect(dupcache_find(cache, from, sizeof(alice), none, 0), NULL);
	assert_int_equal(dupcache_count(cache), 0);
	dupcache_free(cache);
}

static void life(void **state)
{
	struct dupcache *cache = dupcache_new(key, 1 << 20);
	struct sockaddr_in alice = client(1, 1, 0);

	(void)state;
	store(cache, &alice, "1", "r", SECOND);
	expect(find(cache, &alice, "1", 36 * SECOND), "r");
	expect(find(cache, &alice, "1", 36 * SECOND + 1), NULL);
	assert_int_equal(dupcache_count(cache), 0);
	dupcache_free(cache);
}

/* Old replies go a few at a time, but faster than new ones come; none that is old is found. */
static void purged_in_steps(void **state)
{
	struct dupcache *cache = dupcache_new(key, 1 << 20);
	struct sockaddr_in alice = client(1, 1, 0);
	char cookie[16];

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(cookie, sizeof(cookie), "%u", i);
		store(cache, &alice, cookie, "r", i);
	}
	assert_int_equal(dupcache_count(cache), 100);
	expect(find(cache, &alice, "99", 60 * SECOND), NULL);
	assert_in_range(dupcache_count(cache), 50, 99);
	for (unsigned int i = 0; i < 20; i++) {
		snprintf(cookie, sizeof(cookie), "new%u", i);
		store(cache, &alice, cookie, "r", 60 * SECOND + i);
	}
	assert_int_equal(dupcache_count(cache), 20);
	dupcache_free(cache);
}

static void bounded(void **state)
{
	struct dupcache *cache = dupcache_new(key, 20000);
	struct sockaddr_in alice = client(1, 1, 0);
	char cookie[16], huge[20000];

	(void)state;
	for (unsigned int i = 0; i < 10000; i++) {
		snprintf(cookie, sizeof(cookie), "%u", i);
		store(cache, &alice, cookie, "10000 127.0.0.1\n", i);
	}
	assert_in_range(dupcache_count(cache), 100, 250);
	expect(find(cache, &alice, "9999", 10000), "10000 127.0.0.1\n");
	expect(find(cache, &alice, "9000", 10000), NULL);
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	store(cache, &alice, "huge", huge, 10001); /* and nothing is thrown out for it */
	expect(find(cache, &alice, "huge", 10001), NULL);
	expect(find(cache, &alice, "9999", 10001), "10000 127.0.0.1\n");
	dupcache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_client_same_cookie), cmocka_unit_test(ipv6_clients),
		cmocka_unit_test(without_a_cookie),	   cmocka_unit_test(life),
		cmocka_unit_test(purged_in_steps),	   cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
