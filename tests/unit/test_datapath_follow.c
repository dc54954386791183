/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the datapath follows interfaces that are removed and made again under the same name. */
#include "datapath_rig.h"

static void make_link(const char *name, unsigned int index)
{
	char command[160], number[32] = "";

	if (index)
		snprintf(number, sizeof(number), "index %u", index);
	snprintf(command, sizeof(command), "ip link add %s %s type veth peer name %s-far", name,
		 number, name);
	assert_int_equal(system(command), 0);
}

static void test_interface_made_again_is_attached_again(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp;

	(void)state;
	make_link("xagain", 0);
	dp = start_pinned("xagain", "xa0");
	datapath_kernel_interfaces(dp, &interfaces);
	assert_false(datapath_kernel_refresh(dp));
	assert_int_equal(system("ip link del xagain"), 0);
	assert_true(datapath_kernel_refresh(dp));
	assert_true(interfaces[0].changed);
	assert_false(interfaces[1].changed);
	assert_int_equal(interfaces[0].mode, DATAPATH_NONE);
	assert_string_equal(interfaces[0].why, "the interface is gone");
	assert_false(exists(LINKS "xdp-xagain"));
	assert_false(datapath_kernel_refresh(dp));
	make_link("xagain", 0);
	assert_true(datapath_kernel_refresh(dp));
	assert_int_equal(interfaces[0].ifindex, if_nametoindex("xagain"));
	assert_int_equal(interfaces[0].mode, DATAPATH_NATIVE);
	assert_int_equal(program_on("xagain"), program_on("xa0"));
	assert_true(exists(LINKS "xdp-xagain"));
	assert_false(datapath_kernel_refresh(dp));
	stop(dp);
	assert_int_not_equal(program_on("xagain"), 0);
	assert_int_equal(system("ip link del xagain"), 0);
}

/* The number is no proof that it is the same interface. */
static void test_interface_made_again_with_its_number(void **state)
{
	struct datapath *dp;

	(void)state;
	make_link("xagain", 7777);
	dp = start_unpinned("xagain", NULL);
	assert_int_equal(system("ip link del xagain"), 0);
	make_link("xagain", 7777);
	assert_int_equal(program_on("xagain"), 0);
	assert_true(datapath_kernel_refresh(dp));
	assert_int_not_equal(program_on("xagain"), 0);
	assert_false(exists(ROOT));
	stop(dp);
	assert_int_equal(system("ip link del xagain"), 0);
}

/* Somebody else's program there meanwhile is neither replaced nor hidden. */
static void test_interface_made_again_may_be_anothers(void **state)
{
	const struct datapath_interface *interfaces;
	int alien = load_alien();
	struct datapath *dp;

	(void)state;
	make_link("xagain", 0);
	dp = start_unpinned("xagain", NULL);
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(system("ip link del xagain"), 0);
	make_link("xagain", 0);
	assert_int_equal(bpf_xdp_attach((int)if_nametoindex("xagain"), alien, 0, NULL), 0);
	assert_true(datapath_kernel_refresh(dp));
	assert_int_equal(interfaces[0].mode, DATAPATH_NONE);
	assert_non_null(strstr(interfaces[0].why, "already attached"));
	assert_false(datapath_kernel_refresh(dp));
	stop(dp);
	assert_int_equal(system("ip link del xagain"), 0);
	close(alien);
}

static void test_no_xdp_follows_without_attaching(void **state)
{
	const struct datapath_config config = {.no_pin = true, .no_xdp = true};
	const struct datapath_interface *interfaces;
	struct datapath *dp;

	(void)state;
	make_link("xagain", 0);
	dp = start_with(config, "xagain", NULL);
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(system("ip link del xagain"), 0);
	assert_false(datapath_kernel_refresh(dp));
	make_link("xagain", 0);
	assert_false(datapath_kernel_refresh(dp));
	assert_non_null(strstr(interfaces[0].why, "--no-xdp"));
	assert_int_equal(program_on("xagain"), 0);
	stop(dp);
	assert_int_equal(system("ip link del xagain"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_interface_made_again_is_attached_again),
		TEST(test_interface_made_again_with_its_number),
		TEST(test_interface_made_again_may_be_anothers),
		TEST(test_no_xdp_follows_without_attaching),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
