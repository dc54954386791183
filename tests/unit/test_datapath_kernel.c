/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the datapath starts in the kernel, what it refuses and why, what it leaves behind. */
#include <linux/if_link.h>
#include <datapath/complaint.h>
#include "datapath_rig.h"

/* What each mode looks like. */

static void test_native_on_veth(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp = start_unpinned("xa0", "xa1");

	(void)state;
	assert_string_equal(error, "");
	assert_int_equal(datapath_kernel_interfaces(dp, &interfaces), 2);
	assert_string_equal(interfaces[1].name, "xa1");
	assert_int_equal(interfaces[1].ifindex, if_nametoindex("xa1"));
	assert_int_equal(interfaces[1].mode, DATAPATH_NATIVE);
	assert_string_equal(interfaces[1].why, "");
	assert_int_not_equal(program_on("xa0"), 0);
	assert_int_equal(program_on("xa0"), program_on("xa1"));
	assert_true(datapath_kernel_egress(dp, interfaces[0].ifindex));
	assert_true(datapath_kernel_egress(dp, interfaces[1].ifindex));
	assert_false(datapath_kernel_egress(dp, if_nametoindex("xb0")));
	stop(dp);
}

static void test_generic_where_native_fails(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp = start_unpinned("xbridge", "xmtu0");
	struct attach_holder holder;

	(void)state;
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(interfaces[0].mode, DATAPATH_GENERIC);
	assert_string_equal(interfaces[0].why,
			    "driver bridge: Underlying driver does not support XDP in native mode");
	assert_int_equal(interfaces[1].mode, DATAPATH_GENERIC);
	assert_string_equal(interfaces[1].why, "veth: Peer MTU is too large to set XDP");
	assert_int_equal(attach_holder(interfaces[0].ifindex, &holder), 0);
	assert_string_equal(holder.mode, "xdpgeneric");
	stop(dp);
}

static void test_generic_is_no_egress_of_native(void **state)
{
	uint32_t bridge = if_nametoindex("xbridge");
	struct datapath *dp = start_unpinned("xbridge", NULL);

	(void)state;
	assert_true(datapath_kernel_egress(dp, bridge));
	stop(dp);
	dp = start_unpinned("xbridge", "xa0");
	assert_false(datapath_kernel_egress(dp, bridge));
	stop(dp);
}

/* What is sent out of a veth is lost when its far end has neither an XDP program nor GRO. */
static void test_veth_is_egress_when_its_far_end_is_ready(void **state)
{
	struct datapath *dp = start_unpinned("xa0", NULL);
	int alien = load_alien(), far = (int)if_nametoindex("xa1");
	const struct datapath_interface *interfaces;

	(void)state;
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(interfaces[0].mode, DATAPATH_NATIVE);
	assert_non_null(strstr(interfaces[0].why, "GRO at its far end"));
	assert_false(datapath_kernel_egress(dp, interfaces[0].ifindex));
	assert_false(datapath_kernel_refresh(dp));
	assert_int_equal(bpf_xdp_attach(far, alien, XDP_FLAGS_DRV_MODE, NULL), 0);
	assert_true(datapath_kernel_refresh(dp));
	assert_true(datapath_kernel_egress(dp, interfaces[0].ifindex));
	assert_string_equal(interfaces[0].why, "");
	assert_int_equal(bpf_xdp_detach(far, 0, NULL), 0);
	assert_true(datapath_kernel_refresh(dp));
	assert_false(datapath_kernel_egress(dp, interfaces[0].ifindex));
	close(alien);
	stop(dp);
}

static void test_loopback_is_never_attached(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp = start_unpinned("lo", NULL);

	(void)state;
	assert_int_equal(datapath_kernel_interfaces(dp, &interfaces), 1);
	assert_int_equal(interfaces[0].mode, DATAPATH_NONE);
	assert_string_equal(interfaces[0].why, "loopback is never attached");
	assert_int_equal(program_on("lo"), 0);
	stop(dp);
}

static void test_tunnel_is_never_attached(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp;

	(void)state;
	if (system("ip tuntap add xtun mode tun"))
		skip(); /* no /dev/net/tun here */
	dp = start_unpinned("xtun", NULL);
	datapath_kernel_interfaces(dp, &interfaces);
	assert_int_equal(interfaces[0].mode, DATAPATH_NONE);
	assert_non_null(strstr(interfaces[0].why, "not an Ethernet interface"));
	assert_int_equal(program_on("xtun"), 0);
	stop(dp);
}

static void test_both_reasons_where_neither_mode_works(void **state)
{
	struct datapath_interface interface;
	int alien = load_alien(), ifindex = (int)if_nametoindex("xa0");

	(void)state;
	assert_int_equal(bpf_xdp_attach(ifindex, alien, XDP_FLAGS_DRV_MODE, NULL), 0);
	assert_int_equal(attach_find("xa0", &interface), 0);
	complaint_listen();
	assert_int_equal(attach_xdp(alien, &interface), -1);
	assert_int_equal(interface.mode, DATAPATH_NONE);
	assert_string_equal(
		interface.why,
		"driver veth: native: XDP program already attached; generic: Native and "
		"generic XDP can't be active at the same time");
	assert_int_equal(bpf_xdp_detach(ifindex, 0, NULL), 0);
	close(alien);
}

static void test_interface_named_twice_counts_once(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp = start_unpinned("xa0", "xa0");

	(void)state;
	assert_int_equal(datapath_kernel_interfaces(dp, &interfaces), 1);
	stop(dp);
}

static void test_no_xdp_attaches_nothing_but_steers(void **state)
{
	const struct datapath_config config = {.no_pin = true, .no_xdp = true};
	const struct datapath_interface *interfaces;
	struct datapath *dp = start_with(config, "xa0", NULL);

	(void)state;
	assert_int_equal(datapath_kernel_interfaces(dp, &interfaces), 1);
	assert_int_equal(interfaces[0].mode, DATAPATH_NONE);
	assert_non_null(strstr(interfaces[0].why, "--no-xdp"));
	assert_int_equal(program_on("xa0"), 0);
	assert_int_equal(steering_programs(), 1);
	stop(dp);
}

/* What is refused. */

static void test_unknown_interface(void **state)
{
	(void)state;
	assert_null(start_unpinned("xa0", "nosuch0"));
	assert_non_null(strstr(error, "there is no interface nosuch0"));
	assert_int_equal(program_on("xa0"), 0);
}

static void test_foreign_program_is_named(void **state)
{
	int alien = load_alien();
	char want[64];

	(void)state;
	assert_int_equal(bpf_xdp_attach((int)if_nametoindex("xb0"), alien, 0, NULL), 0);
	snprintf(want, sizeof(want), "interface xb0 ");
	assert_null(start_pinned("xa0", "xb0"));
	assert_ptr_equal(strstr(error, want), error);
	snprintf(want, sizeof(want), "alien (id %u)", program_on("xb0"));
	assert_non_null(strstr(error, want));
	assert_non_null(strstr(error, "ip link set dev xb0 xdp off"));
	assert_int_equal(program_on("xa0"), 0);
	assert_int_equal(system("ip link set dev xb0 xdp off"), 0);
	close(alien);
}

static void test_refused_start_leaves_the_earlier_one(void **state)
{
	int alien = load_alien();
	uint32_t ours;

	(void)state;
	stop(start_pinned("xa0", NULL));
	ours = program_on("xa0");
	assert_int_equal(bpf_xdp_attach((int)if_nametoindex("xb0"), alien, 0, NULL), 0);
	assert_null(start_pinned("xa0", "xb0"));
	assert_int_equal(program_on("xa0"), ours);
	assert_int_equal(bpf_xdp_detach((int)if_nametoindex("xb0"), 0, NULL), 0);
	close(alien);
}

static void test_unpinned_instance_is_not_replaced(void **state)
{
	struct datapath *dp = start_unpinned("xa0", NULL);

	(void)state;
	assert_null(start_pinned("xa0", NULL));
	assert_non_null(strstr(error, "interface xa0 is served by another xdp-rtpproxy"));
	assert_non_null(strstr(error, "--no-xdp"));
	stop(dp);
}

static void test_second_daemon_learns_the_pid(void **state)
{
	struct datapath *dp = start_pinned("xa0", NULL);
	char want[32];

	(void)state;
	snprintf(want, sizeof(want), "(pid %d)", getpid());
	assert_null(start_pinned("xb0", NULL));
	assert_non_null(strstr(error, want));
	assert_null(start_unpinned("xa0", NULL));
	assert_non_null(strstr(error, want));
	assert_int_equal(datapath_kernel_detach(ROOT), -EBUSY);
	assert_int_not_equal(program_on("xa0"), 0);
	stop(dp);
}

static void test_pin_root_elsewhere(void **state)
{
	const struct datapath_config config = {.pin_root = "/proc/nosuch"};

	(void)state;
	assert_null(start_with(config, "xa0", NULL));
	assert_non_null(strstr(error, "not on a bpf filesystem"));
	assert_non_null(strstr(error, "--no-pin"));
}

static void test_missing_capability_is_named(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (!pid) {
		if (setresuid(65534, 65534, 65534) || start_unpinned("xa0", NULL))
			_exit(1);
		_exit(strstr(error, "CAP_BPF and CAP_NET_ADMIN") ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_map_too_large_says_so(void **state)
{
	const char *names[] = {"xa0"};
	const struct datapath_config config = {
		.interfaces = names,
		.interface_count = 1,
		.no_pin = true,
		.max_flows = UINT32_MAX,
		.max_nexthops = 1,
	};

	(void)state;
	assert_null(datapath_kernel_new(&config, error, sizeof(error)));
	assert_non_null(strstr(error, "cannot load the XDP program"));
	assert_non_null(strstr(error, "flow"));
}

/* What stays and what goes. */

static void test_pins_outlive_the_daemon(void **state)
{
	static const char *const pinned[] = {
		MAPS "flows",	MAPS "flow_stats",	MAPS "nexthops", MAPS "reasons",
		MAPS "control", MAPS "local_addresses", MAPS "journal",	 MAPS "port_rests",
		MAPS "direct",	MAPS "copies",		LINKS "xdp-xa0", LINKS "steer",
	};
	size_t i;

	(void)state;
	stop(start_pinned("xa0", "lo"));
	for (i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++)
		if (!exists(pinned[i]))
			fail_msg("%s is not there", pinned[i]);
	assert_false(exists(LINKS "xdp-lo"));
	assert_int_not_equal(program_on("xa0"), 0);
	assert_int_equal(steering_programs(), 1);
}

/* VLAN interfaces have a dot in their names; a bpf filesystem takes none. */
static void test_dotted_interface_can_be_pinned(void **state)
{
	(void)state;
	stop(start_pinned("xa0", "xdot.0"));
	assert_string_equal(error, "");
	assert_true(exists(LINKS "xdp-xdot:0"));
}

static void test_start_replaces_what_an_earlier_left(void **state)
{
	uint32_t earlier;

	(void)state;
	stop(start_pinned("xa0", "xb0"));
	earlier = program_on("xa0");
	stop(start_pinned("xa0", NULL));
	assert_int_not_equal(program_on("xa0"), 0);
	assert_int_not_equal(program_on("xa0"), earlier);
	assert_int_equal(program_on("xb0"), 0);
	assert_false(exists(LINKS "xdp-xb0"));
	assert_int_equal(steering_programs(), 1);
}

/* A start may fail after loading: what an earlier one left must be as it was. */
static void test_loading_touches_nothing(void **state)
{
	const struct datapath_config pinned = {0};
	struct stat before, after;
	uint32_t ours;

	(void)state;
	stop(start_pinned("xa0", NULL));
	ours = program_on("xa0");
	assert_int_equal(stat(MAPS "flows", &before), 0);
	stop(load_with(pinned, "xa0", "xb0"));
	assert_int_equal(program_on("xa0"), ours);
	assert_int_equal(program_on("xb0"), 0);
	assert_int_equal(steering_programs(), 1);
	assert_int_equal(stat(MAPS "flows", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

static void test_loading_leaves_no_directory(void **state)
{
	(void)state;
	stop(load_with((struct datapath_config){0}, "xa0", NULL));
	assert_false(exists(ROOT));
}

/* Without pins its own calls would end with the daemon, and the earlier ones' at once. */
static void test_unpinned_start_leaves_calls_alone(void **state)
{
	struct datapath *dp;

	(void)state;
	stop(start_pinned("xa0", NULL));
	dp = start_unpinned("xb0", NULL); /* no quarrel: the pins stay */
	assert_true(exists(LINKS "xdp-xa0"));
	stop(dp);
	assert_null(start_unpinned("xa0", NULL));
	assert_non_null(strstr(error, "interface xa0 relays the calls that an earlier start left"));
	assert_non_null(strstr(error, "--detach"));
	assert_true(exists(LINKS "xdp-xa0"));
	assert_int_not_equal(program_on("xa0"), 0);
}

static void test_no_pin_leaves_nothing(void **state)
{
	struct datapath *dp = start_unpinned("xa0", "xbridge");

	(void)state;
	assert_false(exists(ROOT));
	stop(dp);
	wait_until_free("xa0");
	wait_until_free("xbridge");
	assert_int_equal(steering_programs(), 0);
	assert_false(exists(ROOT));
}

static void test_detach_removes_ours_only(void **state)
{
	(void)state;
	stop(start_pinned("xa0", "xbridge"));
	assert_int_equal(mkdir(ROOT "/others", 0700), 0);
	assert_int_equal(datapath_kernel_detach(ROOT), 1);
	assert_int_equal(program_on("xa0"), 0);
	assert_int_equal(program_on("xbridge"), 0);
	assert_int_equal(steering_programs(), 0);
	assert_false(exists(ROOT "/3"));
	assert_true(exists(ROOT "/others"));
	assert_int_equal(rmdir(ROOT "/others"), 0);
	assert_int_equal(datapath_kernel_detach(ROOT), 0);
	assert_false(exists(ROOT));
	assert_int_equal(datapath_kernel_detach(ROOT), 0);
}

static void test_bpffs_is_mounted_where_there_is_none(void **state)
{
	(void)state;
	assert_int_equal(umount2("/sys/fs/bpf", MNT_DETACH), 0);
	stop(start_pinned("xa0", NULL));
	assert_true(exists(LINKS "xdp-xa0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_native_on_veth),
		TEST(test_generic_where_native_fails),
		TEST(test_generic_is_no_egress_of_native),
		TEST(test_veth_is_egress_when_its_far_end_is_ready),
		TEST(test_loopback_is_never_attached),
		TEST(test_tunnel_is_never_attached),
		TEST(test_both_reasons_where_neither_mode_works),
		TEST(test_interface_named_twice_counts_once),
		TEST(test_no_xdp_attaches_nothing_but_steers),
		TEST(test_unknown_interface),
		TEST(test_foreign_program_is_named),
		TEST(test_refused_start_leaves_the_earlier_one),
		TEST(test_unpinned_instance_is_not_replaced),
		TEST(test_second_daemon_learns_the_pid),
		TEST(test_pin_root_elsewhere),
		TEST(test_missing_capability_is_named),
		TEST(test_map_too_large_says_so),
		TEST(test_pins_outlive_the_daemon),
		TEST(test_dotted_interface_can_be_pinned),
		TEST(test_start_replaces_what_an_earlier_left),
		TEST(test_loading_touches_nothing),
		TEST(test_loading_leaves_no_directory),
		TEST(test_unpinned_start_leaves_calls_alone),
		TEST(test_no_pin_leaves_nothing),
		TEST(test_detach_removes_ours_only),
		TEST(test_bpffs_is_mounted_where_there_is_none),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
