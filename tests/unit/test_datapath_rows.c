/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The datapath in the kernel: its rows, statistics, reasons and steering. */
#include "datapath_rig.h"

/* The rows. */

/* Reads a row through the pinned map, as the program would see it. */
static void assert_row(const char *path, const void *key, const void *want, size_t size)
{
	uint8_t row[sizeof(struct xrp_journal_value)];
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
	flow.self_end = 0; /* sealing is the datapath's business */
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	xrp_flow_seal(&flow);
	assert_row(MAPS "flows", &flow.self, &flow, sizeof(flow));
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), 0);
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), -ENOENT);
	flow = flow_of(port);
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	stop(dp);
}

/* Written, renewed and deleted together with the row of `flows`. */
static void test_rows_found_by_index(void **state)
{
	struct datapath *dp = start_pinned("lo", NULL);
	struct xrp_flow flow = flow_of(7), none = {.flags = 0};
	uint32_t index = xrp_direct_index(INADDR_LOOPBACK, 7, XRP_DIRECT_MIN - 1);

	(void)state;
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	assert_row(MAPS "direct", &index, &flow, sizeof(flow));
	flow.slot = 3;
	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
	assert_row(MAPS "direct", &index, &flow, sizeof(flow));
	assert_int_equal(dp->ops->flow_delete(dp, &flow.self), 0);
	assert_row(MAPS "direct", &index, &none, sizeof(none));
	stop(dp);
}

static void test_journal_rows(void **state)
{
	const struct xrp_journal_key one = {.id = 1, .kind = XRP_JOURNAL_STREAM};
	const struct xrp_journal_key more = {.id = MAX_FLOWS + 1, .kind = XRP_JOURNAL_STREAM};
	const struct xrp_journal_value value = {.length = MAX_FLOWS + 1};
	struct datapath *dp = start_pinned("lo", NULL);

	(void)state;
	for (uint64_t id = 1; id <= MAX_FLOWS; id++)
		write_record(dp, id);
	assert_int_equal(dp->ops->journal_put(dp, &more, &value), -ENOSPC);
	assert_int_equal(records(dp), MAX_FLOWS * (MAX_FLOWS + 1) / 2);
	write_record(dp, 1);
	assert_int_equal(dp->ops->journal_delete(dp, &one), 0);
	assert_int_equal(dp->ops->journal_delete(dp, &one), -ENOENT);
	assert_int_equal(dp->ops->journal_put(dp, &more, &value), 0);
	assert_row(MAPS "journal", &more, &value, 8);
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
	control.pass_after = 99;
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
	const struct xrp_flow_stats *seen = dp->ops->stats(dp, MAX_SLOTS - 1);
	uint32_t slot = MAX_SLOTS - 1;
	int map = bpf_obj_get(MAPS "flow_stats");

	(void)state;
	assert_int_equal(seen->packets, 0);
	assert_int_equal(bpf_map_update_elem(map, &slot, &stats, BPF_ANY), 0);
	assert_memory_equal(seen, &stats, sizeof(stats));
	assert_null(dp->ops->stats(dp, MAX_SLOTS));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_flow_rows),
		TEST(test_rows_found_by_index),
		TEST(test_journal_rows),
		TEST(test_nexthop_control_and_local_rows),
		TEST(test_many_local_addresses),
		TEST(test_statistics_are_mapped),
		TEST(test_reasons_are_summed_over_cpus),
		TEST(test_steering_brings_calls_to_the_socket),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
