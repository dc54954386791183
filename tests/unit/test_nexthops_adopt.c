/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Next hops that find an earlier start's rows in the map. */
#include "nexthops_rig.h"

/* A new start over the map that the last one left. */
static void restart(void)
{
	static const struct nexthops_ops ops = {
		.write = write_row, .changed = count_change, .usable = usable};

	nexthops_free(nh);
	nh = nexthops_new(base, &ops, ROWS);
	assert_non_null(nh);
	writes = 0;
}

static void adopt_map(void)
{
	static const struct xrp_nexthop none;

	for (uint32_t id = 0; id < ROWS; id++)
		if (memcmp(&map[id], &none, sizeof(none)) != 0)
			nexthops_adopt(nh, id, &map[id]);
}

static void earlier_row_is_taken_over_as_it_is(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");
	struct xrp_nexthop left;

	(void)state;
	wait_for(valid(route));
	left = *row(route);
	memset(&map[route_id(route)], 0, sizeof(left));
	left.version = left.version_end = UINT32_MAX - 5;
	map[23] = left;
	restart();
	adopt_map();
	nexthops_adopt(nh, 23, &(struct xrp_nexthop){.version = 0}); /* a flow tells that, too */
	route = get("192.0.2.2", "0.0.0.0");
	assert_int_equal(route_id(route), 23);
	nexthops_adopted(nh);
	assert_int_equal(writes, 0);
	assert_memory_equal(&map[23], &left, sizeof(left));
	run("far ip link set far0 address 02:00:00:00:00:77");
	run("ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:77 dev near0");
	wait_for(row(route)->version == UINT32_MAX - 4); /* the MAC of before is a random one */
	assert_int_equal(row(route)->dmac[5], 0x77);
	nexthops_put(nh, route);
	assert_int_equal(map[23].version, 0);
}

/* Flows of the earlier start are led by it until they are planned anew. */
static void earlier_row_keeps_its_id_until_the_end(void **state)
{
	const struct xrp_nexthop unresolved = {.version = 0}, other = {.version = 9,
								       .ifindex = 4711,
								       .mtu = 1400,
								       .version_end = 9};
	struct route *route[2];
	uint32_t id;

	(void)state;
	for (id = 2; id < ROWS - 1; id++)
		map[id] = other;
	restart();
	adopt_map();
	nexthops_adopt(nh, 1, &unresolved);
	route[0] = get("192.0.2.2", "0.0.0.0");
	route[1] = get("192.0.2.3", "0.0.0.0");
	assert_int_equal(route_id(route[0]), ROWS - 1);
	assert_int_equal(route_id(route[1]), 0);
	assert_string_equal(state_of(route[1]), "no row left in the next-hop map");
	for (id = 2; id < ROWS - 1; id++)
		assert_memory_equal(&map[id], &other, sizeof(other));
	nexthops_adopted(nh);
	for (id = 1; id < ROWS - 1; id++)
		assert_int_equal(map[id].version, 0);
	wait_for(valid(route[1]));
	nexthops_put(nh, route[0]);
	nexthops_put(nh, route[1]);
}

/* Two hops may need the same row (one MAC for two addresses): each gets one of its own. */
static void earlier_row_is_given_once(void **state)
{
	struct route *first = get("192.0.2.2", "0.0.0.0"), *second = get("192.0.2.3", "0.0.0.0");
	uint32_t ids[2] = {route_id(first), route_id(second)};

	(void)state;
	wait_for(valid(first) && valid(second));
	restart();
	adopt_map();
	first = get("192.0.2.2", "0.0.0.0");
	second = get("192.0.2.3", "0.0.0.0");
	assert_int_not_equal(route_id(first), route_id(second));
	assert_true(route_id(first) == ids[0] || route_id(first) == ids[1]);
	assert_true(route_id(second) == ids[0] || route_id(second) == ids[1]);
	nexthops_adopted(nh);
	assert_int_equal(writes, 0);
	nexthops_put(nh, first);
	nexthops_put(nh, second);
}

/* All ids come back in the end; what is none of the map's is left alone. */
static void earlier_rows_that_nobody_needs_are_freed(void **state)
{
	const struct xrp_nexthop torn = {.version = 9, .ifindex = 4711, .version_end = 8};
	char text[32];

	(void)state;
	for (uint32_t id = 1; id < ROWS; id++)
		map[id] = torn;
	adopt_map();
	nexthops_adopt(nh, 0, &torn);
	nexthops_adopt(nh, ROWS, &torn);
	nexthops_adopt(nh, 5, &torn);
	nexthops_adopted(nh);
	nexthops_adopted(nh);
	assert_int_equal(writes, ROWS - 1);
	for (unsigned int i = 1; i < ROWS; i++) {
		snprintf(text, sizeof(text), "192.0.2.%u", 100 + i);
		assert_int_not_equal(route_id(get(text, "0.0.0.0")), 0);
	}
	assert_int_equal(route_id(get("192.0.2.2", "0.0.0.0")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(earlier_row_is_taken_over_as_it_is),
		TEST(earlier_row_keeps_its_id_until_the_end),
		TEST(earlier_row_is_given_once),
		TEST(earlier_rows_that_nobody_needs_are_freed),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
