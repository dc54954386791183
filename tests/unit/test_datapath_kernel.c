/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The datapath of the kernel: how it starts, what it refuses and why, what it leaves behind. Runs
 * as root in a network and a mount namespace of its own, with veth pairs and a bridge (which has no
 * native XDP).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <datapath/attach.h>
#include <datapath/datapath.h>

#define ROOT	     "/sys/fs/bpf/test"
#define MAPS	     ROOT "/1/maps/"
#define LINKS	     ROOT "/1/links/"
#define MAX_FLOWS    8
#define MAX_NEXTHOPS 4
#define PATIENCE     5000 /* ms */

_Static_assert(XRP_ABI_VERSION == 1, "the paths above have the version");

static char error[512];

static struct datapath *start_with(struct datapath_config config, const char *first,
				   const char *second)
{
	const char *names[] = {first, second};

	config.interfaces = names;
	config.interface_count = !!first + !!second;
	config.max_flows = MAX_FLOWS;
	config.max_nexthops = MAX_NEXTHOPS;
	config.control = (struct xrp_control){.punt_rate = 50, .punt_burst = 20};
	if (!config.pin_root)
		config.pin_root = ROOT;
	error[0] = '\0';
	return datapath_kernel_new(&config, error, sizeof(error));
}

static struct datapath *start_pinned(const char *first, const char *second)
{
	return start_with((struct datapath_config){0}, first, second);
}

static struct datapath *start_unpinned(const char *first, const char *second)
{
	return start_with((struct datapath_config){.no_pin = true}, first, second);
}

static void stop(struct datapath *dp)
{
	assert_non_null(dp);
	dp->ops->free(dp);
}

static uint32_t program_on(const char *name)
{
	struct attach_holder holder;

	assert_int_equal(attach_holder(if_nametoindex(name), &holder), 0);
	return holder.program;
}

static uint32_t steering_programs(void)
{
	int netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	uint32_t ids[8], count = 8;

	assert_int_equal(bpf_prog_query(netns, BPF_SK_LOOKUP, 0, NULL, ids, &count), 0);
	close(netns);
	return count;
}

static bool exists(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

/* The kernel may take its time to detach what lost its last reference. */
static void wait_until_free(const char *name)
{
	int waited;

	for (waited = 0; program_on(name) && waited < PATIENCE; waited++)
		poll(NULL, 0, 1);
	assert_int_equal(program_on(name), 0);
}

static int load_alien(void)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 2 /* PASS */},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "alien", "GPL", insns, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

/* What each mode looks like. */

static void test_native_on_veth(void **state)
{
	const struct datapath_interface *interfaces;
	struct datapath *dp = start_unpinned("xa0", "xb0");

	(void)state;
	assert_string_equal(error, "");
	assert_int_equal(datapath_kernel_interfaces(dp, &interfaces), 2);
	assert_string_equal(interfaces[1].name, "xb0");
	assert_int_equal(interfaces[1].ifindex, if_nametoindex("xb0"));
	assert_int_equal(interfaces[1].mode, DATAPATH_NATIVE);
	assert_string_equal(interfaces[1].why, "");
	assert_int_not_equal(program_on("xa0"), 0);
	assert_int_equal(program_on("xa0"), program_on("xb0"));
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
		MAPS "control", MAPS "local_addresses", LINKS "xdp-xa0", LINKS "steer",
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

static void test_other_abi_version_is_replaced_too(void **state)
{
	(void)state;
	stop(start_pinned("xa0", NULL));
	assert_int_equal(rename(ROOT "/1", ROOT "/77"), 0);
	stop(start_pinned("xa0", NULL));
	assert_false(exists(ROOT "/77"));
	assert_true(exists(LINKS "xdp-xa0"));
}

static void test_unpinned_start_takes_over_its_interface(void **state)
{
	struct datapath *dp;

	(void)state;
	stop(start_pinned("xa0", NULL));
	dp = start_unpinned("xb0", NULL); /* no quarrel: the pins stay */
	assert_true(exists(LINKS "xdp-xa0"));
	stop(dp);
	dp = start_unpinned("xa0", NULL);
	assert_false(exists(ROOT "/1"));
	assert_int_not_equal(program_on("xa0"), 0);
	stop(dp);
	wait_until_free("xa0");
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
	assert_int_equal(datapath_kernel_detach(ROOT), 0);
	assert_int_equal(program_on("xa0"), 0);
	assert_int_equal(program_on("xbridge"), 0);
	assert_int_equal(steering_programs(), 0);
	assert_false(exists(ROOT "/1"));
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

/* The rows. */

static struct xrp_flow flow_of(uint16_t port)
{
	struct xrp_flow flow = {.generation = 1};

	flow.self.addr.word[2] = htonl(XRP_V4MAPPED_WORD2_HOST);
	flow.self.addr.word[3] = htonl(INADDR_LOOPBACK);
	flow.self.port = htons(port);
	return flow;
}

/* Reads a row through the pinned map, as the program would see it. */
static void assert_row(const char *path, const void *key, const void *want, size_t size)
{
	uint8_t row[256];
	int map = bpf_obj_get(path);

	assert_true(map >= 0);
	assert_int_equal(bpf_map_lookup_elem(map, key, row), 0);
	assert_memory_equal(row, want, size);
	close(map);
}

static void test_flow_rows(void **state)
{
	struct datapath *dp = start_pinned("lo", NULL);
	struct xrp_flow flow;
	uint16_t port;

	(void)state;
	for (port = 1; port <= MAX_FLOWS; port++) {
		flow = flow_of(port);
		assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	}
	flow = flow_of(port);
	assert_int_equal(dp->ops->flow_set(dp, &flow), -ENOSPC);
	flow = flow_of(1);
	flow.slot = 3;
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	assert_row(MAPS "flows", &flow.self, &flow, sizeof(flow));
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), 0);
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), -ENOENT);
	flow = flow_of(port);
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	stop(dp);
}

static void test_nexthop_control_and_local_rows(void **state)
{
	struct xrp_nexthop row = {.version = 7, .ifindex = 3, .mtu = 1500, .version_end = 7};
	struct xrp_control control = {.punt_rate = 50, .punt_burst = 20};
	struct datapath *dp = start_pinned("lo", NULL);
	const struct xrp_addr addr = {.word = {0, 0, htonl(0xffff), htonl(0xc0000201)}};
	uint32_t key = 0;

	(void)state;
	assert_row(MAPS "control", &key, &control, sizeof(control));
	control.heartbeat = 99;
	assert_int_equal(dp->ops->control_set(dp, &control), 0);
	assert_row(MAPS "control", &key, &control, sizeof(control));
	key = MAX_NEXTHOPS - 1;
	assert_int_equal(dp->ops->nexthop_set(dp, key, &row), 0);
	assert_row(MAPS "nexthops", &key, &row, sizeof(row));
	memset(&row, 0, sizeof(row));
	assert_int_equal(dp->ops->nexthop_set(dp, key, &row), 0);
	assert_row(MAPS "nexthops", &key, &row, sizeof(row));
	assert_int_equal(dp->ops->nexthop_set(dp, MAX_NEXTHOPS, &row), -E2BIG);
	assert_int_equal(dp->ops->local_address_set(dp, &addr, true), 0);
	assert_int_equal(dp->ops->local_address_set(dp, &addr, true), 0);
	assert_int_equal(dp->ops->local_address_set(dp, &addr, false), 0);
	assert_int_equal(dp->ops->local_address_set(dp, &addr, false), -ENOENT);
	stop(dp);
}

static void test_many_local_addresses(void **state)
{
	struct datapath *dp = start_unpinned("lo", NULL);
	struct xrp_addr addr = {0};
	uint32_t i;

	(void)state;
	for (i = 0; i < 256; i++) {
		addr.word[3] = htonl(i);
		assert_int_equal(dp->ops->local_address_set(dp, &addr, true), 0);
	}
	stop(dp);
}

static void test_statistics_are_mapped(void **state)
{
	struct xrp_flow_stats stats = {.packets = 12345, .generation = 4};
	struct datapath *dp = start_pinned("lo", NULL);
	const struct xrp_flow_stats *seen = dp->ops->stats(dp, MAX_FLOWS - 1);
	uint32_t slot = MAX_FLOWS - 1;
	int map = bpf_obj_get(MAPS "flow_stats");

	(void)state;
	assert_int_equal(seen->packets, 0);
	assert_int_equal(bpf_map_update_elem(map, &slot, &stats, BPF_ANY), 0);
	assert_memory_equal(seen, &stats, sizeof(stats));
	assert_null(dp->ops->stats(dp, MAX_FLOWS));
	close(map);
	stop(dp);
}

/* Runs the attached program over a frame `times` times on one CPU. */
static void run_program(const char *interface, unsigned int cpu, int times)
{
	uint8_t frame[64] = {[12] = 0x08, [13] = 0x06}; /* ARP: nothing that a relay wants */
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .repeat = times);
	int fd = bpf_prog_get_fd_by_id(program_on(interface));
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(bpf_prog_test_run_opts(fd, &opts), 0);
	sched_setaffinity(0, sizeof(all), &all);
	close(fd);
}

static void test_reasons_are_summed_over_cpus(void **state)
{
	unsigned int last = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
	struct datapath *dp = start_unpinned("xmtu0", NULL); /* down: no frames of its own */
	struct xrp_count sum[XRP_REASON_COUNT];

	(void)state;
	run_program("xmtu0", 0, 3);
	run_program("xmtu0", last, 4);
	assert_int_equal(dp->ops->reasons(dp, sum), 0);
	assert_int_equal(sum[XRP_PASS_NOT_IPV4].packets, 7);
	assert_int_equal(sum[XRP_PASS_NOT_IPV4].bytes, 7 * 64);
	assert_int_equal(sum[XRP_RELAY_TX].packets, 0);
	stop(dp);
}

static int udp_socket(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	return fd;
}

/* Sends a datagram to 127.0.0.1:40000; does it come to the relay's socket? */
static bool arrives(int relay)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(40000)};
	struct pollfd ready[2] = {{.fd = relay, .events = POLLIN}, {.fd = udp_socket()}};
	char bytes[16];
	bool came;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(ready[1].fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(ready[1].fd, "hello", 5, 0), 5);
	assert_true(poll(ready, 2, PATIENCE) > 0); /* it came, or there is nobody: POLLERR */
	came = recv(relay, bytes, sizeof(bytes), MSG_DONTWAIT) == 5;
	close(ready[1].fd);
	return came;
}

static void test_steering_brings_calls_to_the_socket(void **state)
{
	struct datapath *dp = start_unpinned("lo", NULL);
	struct xrp_flow flow = flow_of(40000);
	int relay = udp_socket();

	(void)state;
	assert_int_equal(datapath_kernel_steer(dp, AF_INET, relay), 0);
	assert_false(arrives(relay));
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	assert_true(arrives(relay));
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), 0);
	assert_false(arrives(relay));
	close(relay);
	stop(dp);
}

/* The namespaces and the interfaces. */

static int sweep(void **state)
{
	(void)state;
	if (datapath_kernel_detach(ROOT))
		return -1;
	wait_until_free("xa0");
	wait_until_free("xb0");
	return exists(ROOT) ? -1 : 0;
}

static int group_setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		print_error("this test needs root and namespaces: %s\n", strerror(errno));
		return -1;
	}
	umount2("/sys/fs/bpf", MNT_DETACH);
	return system("ip link set lo up && ip link add xa0 type veth peer name xa1 && "
		      "ip link add xb0 type veth peer name xb1 && ip link add xbridge type bridge && "
		      "ip link add xmtu0 type veth peer name xmtu1 && ip link set xmtu1 mtu 9000")
		       ? -1
		       : 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, sweep)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_native_on_veth),
		TEST(test_generic_where_native_fails),
		TEST(test_loopback_is_never_attached),
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
		TEST(test_start_replaces_what_an_earlier_left),
		TEST(test_other_abi_version_is_replaced_too),
		TEST(test_unpinned_start_takes_over_its_interface),
		TEST(test_no_pin_leaves_nothing),
		TEST(test_detach_removes_ours_only),
		TEST(test_bpffs_is_mounted_where_there_is_none),
		TEST(test_flow_rows),
		TEST(test_nexthop_control_and_local_rows),
		TEST(test_many_local_addresses),
		TEST(test_statistics_are_mapped),
		TEST(test_reasons_are_summed_over_cpus),
		TEST(test_steering_brings_calls_to_the_socket),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
