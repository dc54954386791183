/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The datapath in memory: rows come back as written, and it has the kernel's limits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <datapath/datapath.h>

#define MAX_FLOWS    4
#define MAX_NEXTHOPS 2

static struct xrp_flow flow_of(uint16_t port, uint32_t slot)
{
	struct xrp_flow flow = {.slot = slot};

	flow.self.addr.word[3] = htonl(0x0a000001);
	flow.self.port = htons(port);
	xrp_flow_seal(&flow);
	return flow;
}

static int setup(void **state)
{
	*state = datapath_fake_new(MAX_FLOWS, MAX_NEXTHOPS);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct datapath *dp = *state;

	dp->ops->free(dp);
	return 0;
}

static void test_flow_comes_back(void **state)
{
	struct xrp_flow flow = flow_of(4000, 1), other = flow_of(4002, 2);
	struct datapath *dp = *state;

	assert_null(datapath_fake_flow(dp, &flow.self));
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	assert_int_equal(dp->ops->flow_set(dp, &other), 0);
	flow.slot = 3;
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	assert_int_equal(datapath_fake_count(dp), 2);
	assert_memory_equal(datapath_fake_flow(dp, &flow.self), &flow, sizeof(flow));
	assert_memory_equal(datapath_fake_flow(dp, &other.self), &other, sizeof(other));
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), 0);
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), -ENOENT);
	assert_null(datapath_fake_flow(dp, &flow.self));
	assert_int_equal(datapath_fake_count(dp), 1);
}

static void test_full_map_refuses_new_rows_only(void **state)
{
	struct datapath *dp = *state;
	struct xrp_flow flow;
	uint16_t port;

	for (port = 1; port <= MAX_FLOWS; port++) {
		flow = flow_of(port, port);
		assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	}
	flow = flow_of(port, port);
	assert_int_equal(dp->ops->flow_set(dp, &flow), -ENOSPC);
	flow = flow_of(1, 9);
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
}

static void test_nexthop_and_control_come_back(void **state)
{
	struct xrp_nexthop row = {.version = 7, .ifindex = 3, .version_end = 7};
	struct xrp_control control = {.punt_rate = 50, .pass_after = 9};
	struct datapath *dp = *state;

	assert_int_equal(dp->ops->nexthop_set(dp, 1, &row), 0);
	assert_memory_equal(datapath_fake_nexthop(dp, 1), &row, sizeof(row));
	assert_int_equal(datapath_fake_nexthop(dp, 0)->version, 0);
	assert_int_equal(dp->ops->nexthop_set(dp, MAX_NEXTHOPS, &row), -E2BIG);
	assert_null(datapath_fake_nexthop(dp, MAX_NEXTHOPS));
	assert_int_equal(dp->ops->control_set(dp, &control), 0);
	assert_memory_equal(datapath_fake_control(dp), &control, sizeof(control));
}

static void test_local_addresses(void **state)
{
	const struct xrp_addr addr = {.word = {0, 0, htonl(0xffff), htonl(0xc0000201)}};
	struct datapath *dp = *state;

	assert_int_equal(dp->ops->local_address_set(dp, &addr, false), -ENOENT);
	assert_int_equal(dp->ops->local_address_set(dp, &addr, true), 0);
	assert_int_equal(dp->ops->local_address_set(dp, &addr, true), 0);
	assert_true(datapath_fake_is_local(dp, &addr));
	assert_int_equal(dp->ops->local_address_set(dp, &addr, false), 0);
	assert_false(datapath_fake_is_local(dp, &addr));
}

static void test_journal_comes_back(void **state)
{
	struct xrp_journal_key key = {.id = 1, .kind = XRP_JOURNAL_STREAM};
	struct xrp_journal_value value = {.length = 3};
	struct datapath *dp = *state;

	assert_int_equal(dp->ops->journal_delete(dp, &key), -ENOENT);
	assert_null(datapath_fake_journal(dp, &key));
	for (key.part = 0; key.part < MAX_FLOWS; key.part++)
		assert_int_equal(dp->ops->journal_put(dp, &key, &value), 0);
	assert_int_equal(dp->ops->journal_put(dp, &key, &value), -ENOSPC);
	assert_int_equal(datapath_fake_journal_count(dp), MAX_FLOWS);
	key.part = 1;
	value.length = 4;
	assert_int_equal(dp->ops->journal_put(dp, &key, &value), 0);
	assert_memory_equal(datapath_fake_journal(dp, &key), &value, sizeof(value));
	assert_int_equal(dp->ops->journal_delete(dp, &key), 0);
	assert_null(datapath_fake_journal(dp, &key));
}

static void test_statistics_and_reasons(void **state)
{
	struct xrp_count sum[XRP_REASON_COUNT];
	struct datapath *dp = *state;

	datapath_fake_stats(dp, 2)->packets = 5;
	assert_int_equal(dp->ops->stats(dp, 2)->packets, 5);
	assert_null(dp->ops->stats(dp, MAX_FLOWS));
	datapath_fake_reasons(dp)[XRP_DROP_STRANGER].packets = 8;
	assert_int_equal(dp->ops->reasons(dp, sum), 0);
	assert_int_equal(sum[XRP_DROP_STRANGER].packets, 8);
	assert_int_equal(sum[XRP_RELAY_TX].packets, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_flow_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_map_refuses_new_rows_only, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_nexthop_and_control_come_back, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_local_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(test_journal_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_statistics_and_reasons, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
