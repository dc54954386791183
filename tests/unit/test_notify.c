/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom we may notify: what -n and a command call a target. Delivery is in test_notify_delivery.c.
 */
#include "notify_fixture.h"

static void expect_refusal(struct fixture *f, const char *target, int err, const char *says)
{
	assert_int_equal(allow(f, target), err);
	if (!strstr(f->error, says))
		print_error("%s: \"%s\" lacks \"%s\"\n", target, f->error, says);
	assert_non_null(strstr(f->error, says));
	assert_non_null(strstr(f->error, target));
}

static void names(void **state)
{
	struct fixture *f = *state;
	char name[400];

	assert_false(notify_enabled(f->notify));
	assert_int_equal(allow(f, "unix:/run/a.sock"), 0);
	assert_true(notify_enabled(f->notify));
	assert_int_equal(allow(f, "/run/b.sock"), 0);
	assert_int_equal(allow(f, "tcp:127.0.0.1:7733"), 0);
	assert_int_equal(allow(f, "127.0.0.2:7733"), 0);
	assert_int_equal(allow(f, "tcp:%%CC_SELF%%:7733"), 0);
	assert_int_equal(allow(f, "tcp:%%CC_SELF%%:7733"), 0); /* the same again */
	expect_refusal(f, "tcp:127.0.0.1", -EINVAL, "needs a host and a port");
	expect_refusal(f, "tcp::7733", -EINVAL, "needs a host and a port");
	expect_refusal(f, "tcp:127.0.0.1:0", -EINVAL, "needs a host and a port");
	expect_refusal(f, "tcp:127.0.0.1:65536", -EINVAL, "needs a host and a port");
	expect_refusal(f, "tcp:%%CC_SELF%%:", -EINVAL, "needs a host and a port");
	expect_refusal(f, "unix:", -EINVAL, "needs a path");
	expect_refusal(f, "tcp:300.1.1.1:7733", -EADDRNOTAVAIL, "no IPv4 address");
	snprintf(name, sizeof(name), "/%0150d", 0);
	expect_refusal(f, name, -EINVAL, "longer than 107 bytes");
	snprintf(name, sizeof(name), "/%0300d", 0);
	expect_refusal(f, name, -EINVAL, "longer than 256 bytes");
	assert_int_equal(allow(f, "tcp:%%CC_SELF%%:7734"), 0);
	expect_refusal(f, "tcp:%%CC_SELF%%:7735", -ENOSPC, "2 with %%CC_SELF%%");
	for (int i = 4; i < NOTIFY_TARGETS; i++) {
		snprintf(name, sizeof(name), "/run/%d.sock", i);
		assert_int_equal(allow(f, name), 0);
	}
	expect_refusal(f, "/run/more.sock", -ENOSPC, "64 already");
	assert_int_equal(allow(f, "unix:/run/b.sock"), 0);
}

static void words(void **state)
{
	struct fixture *f = *state;
	const char nul[] = "/run/b.sock\0";

	assert_int_equal(allow(f, "unix:/run/a.sock") + allow(f, "/run/b.sock"), 0);
	assert_int_equal(allow(f, "tcp:127.0.0.1:7733") + allow(f, "tcp:%%CC_SELF%%:7734"), 0);
	assert_non_null(find(f, "unix:/run/a.sock"));
	assert_ptr_equal(find(f, "unix:/run/a.sock"), find(f, "/run/a.sock"));
	assert_non_null(find(f, "/run/b.sock"));
	assert_ptr_equal(find(f, "/run/b.sock"), find(f, "unix:/run/b.sock"));
	assert_non_null(find(f, "tcp:127.0.0.1:7733"));
	assert_ptr_equal(find(f, "tcp:127.0.0.1:7733"), find(f, "127.0.0.1:7733"));
	assert_non_null(find(f, "tcp:%%CC_SELF%%:7734"));
	assert_ptr_equal(find(f, "tcp:%%CC_SELF%%:7734"), find(f, "%%CC_SELF%%:7734"));
	assert_string_equal(notify_target_name(find(f, "127.0.0.1:7733")), "tcp:127.0.0.1:7733");
	assert_null(find(f, "unix:/run/c.sock"));
	assert_null(find(f, "/run/a.sock2"));
	assert_null(find(f, "tcp:127.0.0.1:7734")); /* though a wildcard would go there */
	assert_null(find(f, "tcp:%%CC_SELF%%:7733"));
	assert_null(find(f, ""));
	assert_null(notify_find(f->notify, (struct text){NULL, 0}, NULL, NULL));
	assert_null(notify_find(f->notify, (struct text){nul, sizeof(nul)}, NULL, NULL));
}

static void tags(void **state)
{
	static const struct {
		const char *tag, *wanted;
	} rows[] = {
		{"12345.67", "12345.67"},
		{"tag%20one", "tag one"},
		{"t4+plus", "t4 plus"},
		{"%0a", "\n"},
		{"%2B%2b", "++"},
		{"bad%2", "bad%2"},
		{"bad%zz", "bad%zz"},
		{"%", "%"},
		{"", ""},
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = notify_tag_decode(text_of(rows[i].tag), buf, sizeof(buf));

		assert_int_equal(len, strlen(rows[i].wanted));
		assert_memory_equal(buf, rows[i].wanted, len);
	}
	assert_int_equal(notify_tag_decode(text_of("a%20b"), buf, 2), 2);
	assert_memory_equal(buf, "a ", 2);
}

/* A later run finds the targets of calls that were taken over. */
static void recall(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in client = v4("127.0.0.9"), local = v4("127.0.0.5"), any = v4("0.0.0.0");
	struct text word = text_of("tcp:%%CC_SELF%%:7733");
	struct notify_target *fixed, *bound, *unbound;
	struct notify *later = notify_new(f->base);
	struct notify_target *t;

	assert_int_equal(allow(f, "/run/a.sock") + allow(f, word.at), 0);
	fixed = find(f, "/run/a.sock");
	bound = notify_find(f->notify, word, (struct sockaddr *)&client, (struct sockaddr *)&local);
	unbound = notify_find(f->notify, word, (struct sockaddr *)&client, (struct sockaddr *)&any);
	assert_ptr_not_equal(bound, unbound);
	assert_string_equal(notify_target_name(bound), "tcp:%%CC_SELF%%:7733 127.0.0.9 127.0.0.5");
	assert_ptr_equal(notify_recall(f->notify, notify_target_name(fixed)), fixed);
	assert_ptr_equal(notify_recall(f->notify, notify_target_name(bound)), bound);
	assert_ptr_equal(notify_recall(f->notify, notify_target_name(unbound)), unbound);
	assert_null(notify_recall(later, notify_target_name(fixed))); /* no longer allowed */
	assert_null(notify_recall(later, notify_target_name(bound)));
	assert_int_equal(notify_allow(later, word.at, f->error, sizeof(f->error)), 0);
	t = notify_recall(later, notify_target_name(bound));
	assert_non_null(t);
	assert_string_equal(notify_target_name(t), notify_target_name(bound));
	assert_null(notify_recall(later, "tcp:%%CC_SELF%%:7733 nowhere -"));
	assert_null(notify_recall(later, "tcp:%%CC_SELF%%:7733 "));
	notify_free(later);
}

/* Addresses of many clients do not use up memory: those of no call make room. */
static void many_clients(void **state)
{
	struct fixture *f = *state;
	struct text word = text_of("tcp:%%CC_SELF%%:7733");
	struct notify_target *kept = NULL;

	assert_int_equal(allow(f, word.at), 0);
	for (uint32_t i = 0; i < 3000; i++) {
		struct sockaddr_in client = {.sin_family = AF_INET,
					     .sin_addr.s_addr = htonl(0x0a000001 + i)};
		struct notify_target *t =
			notify_find(f->notify, word, (struct sockaddr *)&client, NULL);

		assert_non_null(t);
		if (i == 0)
			kept = t;
		else
			notify_target_release(t);
	}
	assert_in_range(notify_count(f->notify).targets, 1, 1024);
	assert_ptr_equal(notify_recall(f->notify, "tcp:%%CC_SELF%%:7733 10.0.0.1 -"), kept);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names), TEST(words), TEST(tags), TEST(recall), TEST(many_clients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
