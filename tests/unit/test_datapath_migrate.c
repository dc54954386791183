/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a start finds that another version left. A version's directory is as good as any other's
 * when it is renamed.
 */
#include "datapath_rig.h"

#define OLDER ROOT "/2"
#define NEWER ROOT "/4"

/* A call's row and record, of an earlier start on xa0, moved to that directory. */
static void leave(const char *directory)
{
	struct datapath *dp = start_pinned("xa0", NULL);

	set_flow(dp, 1);
	write_record(dp, 77);
	stop(dp);
	assert_int_equal(rename(OWN, directory), 0);
}

static void test_journal_of_an_older_version_is_taken_over(void **state)
{
	const struct datapath_found *found;
	struct datapath *dp;
	uint32_t xa0, steer;

	(void)state;
	leave(OLDER);
	xa0 = link_id(OLDER "/links/xdp-xa0");
	steer = link_id(OLDER "/links/steer");
	dp = load_with((struct datapath_config){0}, "xa0", NULL);
	found = datapath_kernel_found(dp);
	assert_int_equal(found->origin, DATAPATH_MIGRATED);
	assert_int_equal(found->abi, 2);
	assert_int_equal(flow_count(dp), 0);
	assert_int_equal(records(dp), 77);
	write_record(dp, 88); /* into the new one */
	set_flow(dp, 5);
	assert_int_equal(records(dp), 77);
	assert_int_equal(datapath_kernel_attach(dp, error, sizeof(error)), 0);
	assert_int_equal(records(dp), 88);
	assert_false(exists(OLDER));
	assert_int_equal(link_id(LINKS "xdp-xa0"), xa0);
	assert_int_equal(link_id(LINKS "steer"), steer);
	stop(dp);
	dp = load_with((struct datapath_config){0}, "xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_ADOPTED);
	assert_int_equal(flow_count(dp), 1);
	assert_int_equal(records(dp), 88);
	stop(dp);
}

static void test_loading_changes_nothing(void **state)
{
	struct datapath *dp;
	uint32_t program;

	(void)state;
	leave(OLDER);
	program = program_on("xa0");
	dp = load_with((struct datapath_config){0}, "xa0", NULL);
	write_record(dp, 88);
	stop(dp);
	assert_false(exists(OWN));
	assert_true(exists(OLDER "/maps/journal"));
	assert_int_equal(program_on("xa0"), program);
	dp = load_with((struct datapath_config){0}, "xa0", NULL);
	assert_int_equal(records(dp), 77);
	stop(dp);
}

/* All that the older one has room for must find some here. */
static void test_maps_have_room_for_the_older_ones_calls(void **state)
{
	const struct datapath_config large = {.max_flows = 100000, .max_slots = 200000};
	struct datapath *dp;

	(void)state;
	stop(start_with(large, "xa0", NULL));
	assert_int_equal(rename(OWN, OLDER), 0);
	dp = start_pinned("xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->max_flows, 100000);
	assert_int_equal(datapath_kernel_found(dp)->max_slots, 100000);
	for (uint16_t port = 1; port < 20; port++)
		set_flow(dp, port);
	stop(dp);
}

static void test_newer_version_is_refused(void **state)
{
	uint32_t program;

	(void)state;
	leave(NEWER);
	program = program_on("xa0");
	assert_null(start_pinned("xa0", NULL));
	assert_non_null(
		strstr(error, "a newer xdp-rtpproxy (maps of version 4, this one's are 3)"));
	assert_non_null(strstr(error, "--detach"));
	assert_int_equal(program_on("xa0"), program);
	assert_true(exists(NEWER "/maps/journal"));
	assert_false(exists(OWN));
	assert_int_equal(datapath_kernel_detach(ROOT), 1);
	stop(start_pinned("xa0", NULL));
}

/* Its making was broken off: there are no calls. */
static void test_newer_version_without_its_mark_goes(void **state)
{
	struct datapath *dp;
	uint32_t link;

	(void)state;
	leave(NEWER);
	link = link_id(NEWER "/links/xdp-xa0");
	assert_int_equal(unlink(NEWER "/maps/journal"), 0);
	dp = start_pinned("xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_NEW);
	assert_int_equal(link_id(LINKS "xdp-xa0"), link);
	assert_false(exists(NEWER));
	stop(dp);
}

/* Versions before the first that had a journal. */
static void test_older_version_without_a_journal(void **state)
{
	struct datapath *dp;
	uint32_t link;

	(void)state;
	leave(OLDER);
	link = link_id(OLDER "/links/xdp-xa0");
	assert_int_equal(unlink(OLDER "/maps/journal"), 0);
	dp = start_pinned("xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_NEW);
	assert_int_equal(link_id(LINKS "xdp-xa0"), link);
	assert_false(exists(OLDER));
	stop(dp);
}

static void test_latest_of_several_older_versions(void **state)
{
	struct datapath *dp;

	(void)state;
	leave(ROOT "/1");
	assert_int_equal(datapath_kernel_detach(ROOT), 1);
	leave(OLDER);
	assert_int_equal(mkdir(ROOT "/1", 0700), 0);
	assert_int_equal(mkdir(ROOT "/1/maps", 0700), 0);
	dp = start_pinned("xa0", NULL);
	assert_int_equal(datapath_kernel_found(dp)->abi, 2);
	assert_false(exists(OLDER));
	assert_false(exists(ROOT "/1"));
	stop(dp);
}

static void test_other_journal_is_named(void **state)
{
	int map;

	(void)state;
	leave(OLDER);
	assert_int_equal(unlink(OLDER "/maps/journal"), 0);
	map = bpf_map_create(BPF_MAP_TYPE_HASH, "journal", 4, 8, 3, NULL);
	assert_int_equal(bpf_obj_pin(map, OLDER "/maps/journal"), 0);
	close(map);
	assert_null(start_pinned("xa0", NULL));
	assert_ptr_equal(strstr(error, OLDER "/maps/journal is no journal"), error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_journal_of_an_older_version_is_taken_over),
		TEST(test_loading_changes_nothing),
		TEST(test_maps_have_room_for_the_older_ones_calls),
		TEST(test_newer_version_is_refused),
		TEST(test_newer_version_without_its_mark_goes),
		TEST(test_older_version_without_a_journal),
		TEST(test_latest_of_several_older_versions),
		TEST(test_other_journal_is_named),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
