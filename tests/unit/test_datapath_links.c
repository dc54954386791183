/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a start makes of pinned links whose interface or namespace is not what it was. */
#include "datapath_rig.h"

static void run(const char *command)
{
	if (system(command))
		fail_msg("failed: %s", command);
}

static void make_again(void)
{
	run("ip link del xgone 2>/dev/null; ip link add xgone type veth peer name xgone-far");
}

static void test_interface_is_gone(void **state)
{
	struct datapath *dp;

	(void)state;
	make_again();
	stop(start_pinned("xa0", "xgone"));
	run("ip link del xgone");
	dp = start_pinned("xa0", NULL);
	assert_string_equal(error, "");
	assert_false(exists(LINKS "xdp-xgone"));
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_ADOPTED);
	stop(dp);
}

static void test_interface_was_made_again(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp;
	uint32_t link;

	(void)state;
	make_again();
	stop(start_pinned("xa0", "xgone"));
	link = link_id(LINKS "xdp-xgone");
	make_again();
	dp = start_pinned("xa0", "xgone");
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(interfaces[1].mode, DATAPATH_NATIVE);
	assert_int_not_equal(program_on("xgone"), 0);
	assert_int_not_equal(link_id(LINKS "xdp-xgone"), link);
	assert_false(datapath_kernel_refresh(dp));
	stop(dp);
	assert_int_not_equal(program_on("xgone"), 0);
	run("ip link del xgone");
}

static void test_interface_was_renamed(void **state)
{
	uint32_t link;

	(void)state;
	make_again();
	stop(start_pinned("xa0", "xgone"));
	link = link_id(LINKS "xdp-xgone");
	run("ip link set xgone name xcame");
	stop(start_pinned("xa0", "xcame"));
	assert_int_equal(link_id(LINKS "xdp-xcame"), link);
	assert_false(exists(LINKS "xdp-xgone"));
	run("ip link del xcame");
}

static void test_interfaces_exchanged_their_names(void **state)
{
	uint32_t xa0, xgone;

	(void)state;
	make_again();
	stop(start_pinned("xa0", "xgone"));
	xa0 = link_id(LINKS "xdp-xa0");
	xgone = link_id(LINKS "xdp-xgone");
	run("ip link set xgone name x && ip link set xa0 name xgone && ip link set x name xa0");
	stop(start_pinned("xa0", "xgone"));
	assert_int_equal(link_id(LINKS "xdp-xgone"), xa0);
	assert_int_equal(link_id(LINKS "xdp-xa0"), xgone);
	run("ip link set xgone name x && ip link set xa0 name xgone && ip link set x name xa0");
	assert_int_equal(datapath_kernel_detach(ROOT), 1);
	run("ip link del xgone");
}

/* It was detached, by hand say: a link that is on nothing. */
static void test_link_is_defunct(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp;
	int fd;

	(void)state;
	stop(start_pinned("xa0", NULL));
	fd = bpf_obj_get(LINKS "xdp-xa0");
	assert_int_equal(bpf_link_detach(fd), 0);
	close(fd);
	fd = bpf_obj_get(LINKS "steer");
	assert_int_equal(bpf_link_detach(fd), 0);
	close(fd);
	dp = start_pinned("xa0", NULL);
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(interfaces[0].mode, DATAPATH_NATIVE);
	stop(dp);
	assert_int_not_equal(program_on("xa0"), 0);
	assert_int_equal(steering_programs(), 1);
}

static void test_no_xdp_takes_them_off(void **state)
{
	const struct datapath_config config = {.no_xdp = true};
	struct datapath *dp;

	(void)state;
	stop(start_pinned("xa0", "xb0"));
	dp = start_with(config, "xa0", "xb0");
	assert_int_equal(program_on("xa0"), 0);
	assert_int_equal(program_on("xb0"), 0);
	assert_false(exists(LINKS "xdp-xa0"));
	assert_int_equal(steering_programs(), 1);
	assert_int_equal(datapath_kernel_found(dp)->origin, DATAPATH_ADOPTED);
	stop(dp);
}

/* What is no link of ours is left where it is, and is no hindrance. */
static void test_something_else_among_the_links(void **state)
{
	int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 8, 1, NULL);

	(void)state;
	stop(start_pinned("xa0", NULL));
	assert_int_equal(bpf_obj_pin(map, LINKS "other"), 0);
	close(map);
	stop(start_pinned("xa0", NULL));
	assert_true(exists(LINKS "other"));
	assert_int_not_equal(program_on("xa0"), 0);
}

/* Another network namespace, in which an interface may have the same number. */
static void test_other_namespace(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	run("ip link del xgone 2>/dev/null; "
	    "ip link add xgone index 7777 type veth peer name xgone-far");
	stop(start_pinned("xgone", NULL));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (unshare(CLONE_NEWNET))
			_exit(1);
		run("ip link add xgone index 7777 type veth peer name xgone-far");
		if (!start_pinned("xgone", NULL))
			_exit(2);
		_exit(program_on("xgone") && steering_programs() == 1 &&
				      datapath_kernel_found(live)->origin == DATAPATH_ADOPTED
			      ? 0
			      : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(program_on("xgone"), 0);
	assert_int_equal(steering_programs(), 0);
	run("ip link del xgone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_interface_is_gone),
		TEST(test_interface_was_made_again),
		TEST(test_interface_was_renamed),
		TEST(test_interfaces_exchanged_their_names),
		TEST(test_link_is_defunct),
		TEST(test_no_xdp_takes_them_off),
		TEST(test_something_else_among_the_links),
		TEST(test_other_namespace),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
