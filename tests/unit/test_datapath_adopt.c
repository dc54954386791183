/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a start finds that an earlier one of the same version left, and what it makes of it. */
#include "datapath_rig.h"

#define MANY 40000

/* What is taken over. */

static int take_nexthop(void *ctx, uint32_t id, const struct xrp_nexthop *row)
{
	assert_int_equal(row->mtu, 1400 + id);
	*(uint32_t *)ctx += id;
	return 0;
}

static void test_everything_is_there_again(void **state)
{
	const struct xrp_nexthop hop = {.version = 7, .ifindex = 3, .mtu = 1402, .version_end = 7};
	struct datapath *dp = start_pinned("xa0", NULL);
	uint32_t ids = 0;

	(void)state;
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_NEW);
	assert_int_equal(datapath_kernel_found(dp)->max_flows, MAX_FLOWS);
	assert_int_equal(datapath_kernel_found(dp)->max_slots, MAX_SLOTS);
	assert_int_equal(datapath_kernel_found(dp)->abi, XRP_ABI_VERSION);
	set_flow(dp, 1);
	set_flow(dp, 2);
	write_record(dp, 77);
	assert_int_equal(dp->ops->nexthop_set(dp, 2, &hop), 0);
	datapath_kernel_port_rests(dp)[XRP_PORT_RESTS - 1] = 99;
	stop(dp);
	dp = load_with((struct datapath_config){0}, "xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_ADOPTED);
	assert_int_equal(datapath_kernel_found(dp)->abi, XRP_ABI_VERSION);
	assert_int_equal(flow_count(dp), 2);
	assert_int_equal(records(dp), 77);
	assert_int_equal(datapath_kernel_nexthops(dp, take_nexthop, &ids), 0);
	assert_int_equal(ids, 2);
	assert_int_equal(datapath_kernel_port_rests(dp)[XRP_PORT_RESTS - 1], 99);
	assert_int_equal(datapath_kernel_attach(dp, error, sizeof(error)), 0);
	stop(dp);
}

/* Another program, in the same links. */
static void test_program_is_exchanged_in_its_links(void **state)
{
	const struct datapath_interface *interfaces;
	uint32_t xa0, steer, program;
	struct datapath *dp;

	(void)state;
	stop(start_pinned("xa0", "xa1"));
	xa0 = link_id(LINKS "xdp-xa0");
	steer = link_id(LINKS "steer");
	program = program_on("xa0");
	dp = start_pinned("xa0", "xa1");
	assert_int_equal(link_id(LINKS "xdp-xa0"), xa0);
	assert_int_equal(link_id(LINKS "steer"), steer);
	assert_int_not_equal(program_on("xa0"), program);
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(interfaces[0].mode, DATAPATH_NATIVE);
	assert_string_equal(interfaces[0].why, "");
	assert_true(interfaces[0].egress);
	assert_false(datapath_kernel_refresh(dp));
	stop(dp);
	assert_int_equal(steering_programs(), 1);
	assert_int_not_equal(program_on("xa0"), 0);
}

static void test_mode_stays_as_it_is(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp;
	uint32_t link;

	(void)state;
	stop(start_pinned("xbridge", NULL));
	link = link_id(LINKS "xdp-xbridge");
	dp = start_pinned("xbridge", NULL);
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(interfaces[0].mode, DATAPATH_GENERIC);
	assert_string_equal(interfaces[0].why, "generic since an earlier start");
	assert_int_equal(link_id(LINKS "xdp-xbridge"), link);
	stop(dp);
}

/* Whatever this start wishes for: resizing would end the calls. */
static void test_sizes_are_kept(void **state)
{
	const struct datapath_config more = {.max_flows = 100, .max_slots = 200};
	const struct datapath_config less = {.max_flows = 3, .max_slots = 4};
	struct datapath *dp;

	(void)state;
	stop(start_pinned("xa0", NULL));
	dp = start_with(more, "xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->max_flows, MAX_FLOWS);
	assert_int_equal(datapath_kernel_found(dp)->max_slots, MAX_SLOTS);
	assert_null(dp->ops->stats(dp, MAX_SLOTS));
	stop(dp);
	dp = start_with(less, "xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->max_flows, MAX_FLOWS);
	assert_non_null(dp->ops->stats(dp, MAX_SLOTS - 1));
	for (uint16_t port = 1; port <= MAX_FLOWS; port++)
		set_flow(dp, port);
	stop(dp);
}

static struct xrp_control control_in_force(void)
{
	struct xrp_control control;
	uint32_t only = 0;
	int map = bpf_obj_get(MAPS "control");

	assert_true(map >= 0);
	assert_int_equal(bpf_map_lookup_elem(map, &only, &control), 0);
	close(map);
	return control;
}

/* The earlier start's program goes on by it until it is exchanged. */
static void test_control_holds_until_attaching(void **state)
{
	const struct datapath_config config = {.control = {.punt_rate = 9}};
	struct xrp_control control = {.punt_rate = 10};
	struct datapath *dp;

	(void)state;
	stop(start_pinned("xa0", NULL));
	dp = load_with(config, "xa0", NULL);
	assert_int_equal(control_in_force().punt_rate, 50);
	assert_int_equal(dp->ops->control_set(dp, &control), 0);
	assert_int_equal(control_in_force().punt_rate, 50);
	assert_int_equal(datapath_kernel_attach(dp, error, sizeof(error)), 0);
	assert_int_equal(control_in_force().punt_rate, 10);
	control.punt_rate = 11;
	assert_int_equal(dp->ops->control_set(dp, &control), 0);
	assert_int_equal(control_in_force().punt_rate, 11);
	stop(dp);
}

/* Addresses that the host lost while no daemon ran. */
static void test_local_addresses_are_those_told_now(void **state)
{
	const struct xrp_addr lost = {.word = {0, 0, htonl(0xffff), htonl(0xc0000201)}};
	const struct xrp_addr kept = {.word = {0, 0, htonl(0xffff), htonl(0xc0000202)}};
	struct datapath *dp = start_pinned("xa0", NULL);

	(void)state;
	assert_int_equal(dp->ops->local_address_set(dp, &lost, true), 0);
	assert_int_equal(dp->ops->local_address_set(dp, &kept, true), 0);
	stop(dp);
	dp = load_with((struct datapath_config){0}, "xa0", NULL);
	assert_int_equal(dp->ops->local_address_set(dp, &kept, true), 0);
	assert_int_equal(datapath_kernel_attach(dp, error, sizeof(error)), 0);
	assert_int_equal(dp->ops->local_address_set(dp, &lost, false), -ENOENT);
	assert_int_equal(dp->ops->local_address_set(dp, &kept, false), 0);
	stop(dp);
}

/* What is not as it should be. */

static void test_other_map_is_named(void **state)
{
	int map;

	(void)state;
	stop(start_pinned("xa0", NULL));
	assert_int_equal(unlink(MAPS "flows"), 0);
	map = bpf_map_create(BPF_MAP_TYPE_HASH, "flows", 4, 8, 3, NULL);
	assert_int_equal(bpf_obj_pin(map, MAPS "flows"), 0);
	close(map);
	assert_null(start_pinned("xa0", NULL));
	assert_ptr_equal(strstr(error, MAPS "flows is not as"), error);
	assert_non_null(strstr(error, "--detach"));
	assert_int_not_equal(program_on("xa0"), 0);
}

static void test_missing_map_is_made_anew(void **state)
{
	struct datapath *dp = start_pinned("xa0", NULL);

	(void)state;
	set_flow(dp, 1);
	stop(dp);
	assert_int_equal(unlink(MAPS "reasons"), 0);
	assert_int_equal(unlink(MAPS "direct"), 0);
	dp = start_pinned("xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_ADOPTED);
	assert_int_equal(flow_count(dp), 1);
	assert_true(exists(MAPS "reasons"));
	assert_true(exists(MAPS "direct"));
	assert_int_equal(datapath_kernel_repair_direct(dp), 1);
	stop(dp);
}

/* Without the journal nothing is known of the calls; the links still go over without a gap. */
static void test_directory_without_its_mark_is_begun_anew(void **state)
{
	struct datapath *dp = start_pinned("xa0", NULL);
	uint32_t link = link_id(LINKS "xdp-xa0");

	(void)state;
	set_flow(dp, 1);
	stop(dp);
	assert_int_equal(unlink(MAPS "journal"), 0);
	dp = start_pinned("xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_NEW);
	assert_int_equal(flow_count(dp), 0);
	assert_true(exists(MAPS "journal"));
	assert_int_equal(link_id(LINKS "xdp-xa0"), link);
	stop(dp);
	dp = load_with((struct datapath_config){0}, "xa0", NULL);
	assert_int_equal(flow_count(dp), 0);
	stop(dp);
}

/* After an earlier daemon became another user; root needs nobody's leave. */
static void test_links_of_another_user(void **state)
{
	struct datapath *dp = start_pinned("xa0", "xb0");
	uint32_t link = link_id(LINKS "xdp-xa0");

	(void)state;
	assert_int_equal(datapath_kernel_give(dp, 65534, 65534), 0);
	stop(dp);
	dp = start_pinned("xa0", NULL);
	assert_int_equal(link_id(LINKS "xdp-xa0"), link);
	assert_false(exists(LINKS "xdp-xb0"));
	assert_int_equal(datapath_kernel_give(dp, 65534, 65534), 0);
	stop(dp);
}

/* Walking and reading. */

static int delete_odd(void *ctx, const struct xrp_flow *row)
{
	struct datapath *dp = ctx;

	return ntohs(row->self.port) % 2 ? dp->ops->flow_delete(dp, &row->self) : 0;
}

static int stop_at_third(void *ctx, const struct xrp_flow *row)
{
	(void)row;
	return ++*(int *)ctx == 3 ? -EXDEV : 0;
}

static int just_count(void *ctx, const struct xrp_flow *row)
{
	*(unsigned int *)ctx += row->generation;
	return 0;
}

static void test_walk_of_many(void **state)
{
	const struct datapath_config config = {.max_flows = MANY, .no_pin = true};
	struct datapath *dp = start_with(config, NULL, NULL);
	struct timespec before, after;
	unsigned int count = 0;
	int third = 0;

	(void)state;
	for (uint16_t port = 1; port <= MANY; port++)
		set_flow(dp, port);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(datapath_kernel_flows(dp, just_count, &count), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	print_message("  %u rows in %.1f ms\n", MANY,
		      (double)(after.tv_sec - before.tv_sec) * 1e3 +
			      (double)(after.tv_nsec - before.tv_nsec) / 1e6);
	assert_int_equal(count, MANY);
	assert_int_equal(datapath_kernel_flows(dp, stop_at_third, &third), -EXDEV);
	assert_int_equal(third, 3);
	assert_int_equal(datapath_kernel_flows(dp, delete_odd, dp), 0);
	assert_int_equal(flow_count(dp), MANY / 2);
	stop(dp);
}

/* The place of a port's row in the pinned table. */
static struct xrp_direct *place_of(struct xrp_direct *table, uint16_t port)
{
	return &table[xrp_direct_index(INADDR_LOOPBACK, port, XRP_DIRECT_MIN - 1)];
}

static struct xrp_direct *open_direct(void)
{
	int map = bpf_obj_get(MAPS "direct");
	struct xrp_direct *table = mmap(NULL, XRP_DIRECT_MIN * sizeof(*table),
					PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	assert_ptr_not_equal(table, MAP_FAILED);
	close(map);
	return table;
}

static void test_row_by_both_ways(void **state)
{
	struct datapath *dp = start_pinned("xa0", NULL);
	struct xrp_flow one = flow_of(1), two = flow_of(2), row;
	struct xrp_direct *table = open_direct();

	(void)state;
	set_flow(dp, 1);
	assert_int_equal(datapath_kernel_flow(dp, &one.self, &row), 0);
	assert_memory_equal(&row, &one, sizeof(row));
	assert_int_equal(datapath_kernel_flow(dp, &two.self, &row), -ENOENT);
	place_of(table, 1)->flow.slot = 7;
	assert_int_equal(datapath_kernel_flow(dp, &one.self, &row), -EUCLEAN);
	assert_memory_equal(&row, &one, sizeof(row));
	place_of(table, 1)->flow.slot = 0;
	place_of(table, 1)->sequence |= 1;
	assert_int_equal(datapath_kernel_flow(dp, &one.self, &row), -EUCLEAN);
	memset(place_of(table, 1), 0, sizeof(*table));
	assert_int_equal(datapath_kernel_flow(dp, &one.self, &row), 0);
	munmap(table, XRP_DIRECT_MIN * sizeof(*table));
	stop(dp);
}

static void test_direct_is_repaired(void **state)
{
	struct datapath *dp = start_pinned("xa0", NULL);
	struct xrp_direct *table = open_direct();
	struct xrp_flow row;

	(void)state;
	for (uint16_t port = 1; port <= 5; port++)
		set_flow(dp, port);
	assert_int_equal(datapath_kernel_repair_direct(dp), 0);
	place_of(table, 1)->sequence |= 1;			     /* broken off */
	place_of(table, 2)->flow.slot = 9;			     /* differs */
	memset(&place_of(table, 3)->flow, 0, sizeof(table[0].flow)); /* missing */
	place_of(table, 4)->flow = flow_of(44);			     /* at a wrong place */
	place_of(table, 77)->flow = flow_of(77);		     /* no row of flows */
	place_of(table, 88)->sequence |= 1;			     /* nobody's, broken off */
	assert_int_equal(datapath_kernel_repair_direct(dp), 6);
	assert_int_equal(datapath_kernel_repair_direct(dp), 0);
	for (uint16_t port = 1; port <= 5; port++) {
		row = flow_of(port);
		assert_memory_equal(&place_of(table, port)->flow, &row, sizeof(row));
		assert_int_equal(place_of(table, port)->sequence % 2, 0);
	}
	assert_int_equal(place_of(table, 77)->flow.self.port, 0);
	assert_int_equal(place_of(table, 88)->sequence % 2, 0);
	munmap(table, XRP_DIRECT_MIN * sizeof(*table));
	stop(dp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_everything_is_there_again),
		TEST(test_program_is_exchanged_in_its_links),
		TEST(test_mode_stays_as_it_is),
		TEST(test_sizes_are_kept),
		TEST(test_control_holds_until_attaching),
		TEST(test_local_addresses_are_those_told_now),
		TEST(test_other_map_is_named),
		TEST(test_missing_map_is_made_anew),
		TEST(test_directory_without_its_mark_is_begun_anew),
		TEST(test_links_of_another_user),
		TEST(test_walk_of_many),
		TEST(test_row_by_both_ways),
		TEST(test_direct_is_repaired),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
