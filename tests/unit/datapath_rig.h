/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the kernel's datapath share: a network and a mount namespace of their own, with
 * veth pairs xa0-xa1, xb0-xb1, xdot.0-xdot.1 and xmtu0-xmtu1 (too large an MTU for native XDP) and
 * a bridge (no native XDP). Needs root.
 */
#ifndef TESTS_DATAPATH_RIG_H
#define TESTS_DATAPATH_RIG_H

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
#include <sys/mman.h>
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
#define MAPS	     ROOT "/3/maps/"
#define OWN	     ROOT "/3"
#define LINKS	     ROOT "/3/links/"
#define MAX_FLOWS    8
#define MAX_SLOTS    16
#define MAX_NEXTHOPS 4
#define PATIENCE     5000 /* ms */

_Static_assert(XRP_ABI_VERSION == 3, "the paths above have the version");

static char error[512];
static struct datapath *live; /* freed after a test that failed and left it */

/* Loads, attaches nothing. */
static inline struct datapath *load_with(struct datapath_config config, const char *first,
					 const char *second)
{
	const char *names[] = {first, second};
	struct datapath *dp;

	config.interfaces = names;
	config.interface_count = !!first + !!second;
	if (!config.max_flows)
		config.max_flows = MAX_FLOWS;
	if (!config.max_slots)
		config.max_slots = MAX_SLOTS;
	config.max_nexthops = MAX_NEXTHOPS;
	if (!config.control.punt_rate)
		config.control = (struct xrp_control){.punt_rate = 50, .punt_burst = 20};
	if (!config.pin_root)
		config.pin_root = ROOT;
	error[0] = '\0';
	dp = datapath_kernel_new(&config, error, sizeof(error));
	if (dp)
		live = dp;
	return dp;
}

static inline struct datapath *start_with(struct datapath_config config, const char *first,
					  const char *second)
{
	struct datapath *dp = load_with(config, first, second);

	if (dp)
		assert_int_equal(datapath_kernel_attach(dp, error, sizeof(error)), 0);
	return dp;
}

static inline struct datapath *start_pinned(const char *first, const char *second)
{
	return start_with((struct datapath_config){0}, first, second);
}

static inline struct datapath *start_unpinned(const char *first, const char *second)
{
	return start_with((struct datapath_config){.no_pin = true}, first, second);
}

static inline void stop(struct datapath *dp)
{
	assert_non_null(dp);
	dp->ops->free(dp);
	live = NULL;
}

static inline uint32_t program_on(const char *name)
{
	struct attach_holder holder;

	assert_int_equal(attach_holder(if_nametoindex(name), &holder), 0);
	return holder.program;
}

static inline uint32_t steering_programs(void)
{
	int netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	uint32_t ids[8], count = 8;

	assert_int_equal(bpf_prog_query(netns, BPF_SK_LOOKUP, 0, NULL, ids, &count), 0);
	close(netns);
	return count;
}

static inline bool exists(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

/* The kernel's number of a pinned link; 0: there is none. */
static inline uint32_t link_id(const char *path)
{
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return 0;
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &size), 0);
	close(fd);
	return info.id;
}

static inline struct xrp_flow flow_of(uint16_t port)
{
	struct xrp_flow flow = {.generation = 1};

	flow.self.addr.word[2] = htonl(XRP_V4MAPPED_WORD2_HOST);
	flow.self.addr.word[3] = htonl(INADDR_LOOPBACK);
	flow.self.port = htons(port);
	xrp_flow_seal(&flow);
	return flow;
}

static inline void set_flow(struct datapath *dp, uint16_t port)
{
	struct xrp_flow flow = flow_of(port);

	assert_int_equal(dp->ops->flow_set(dp, &flow), 0);
}

static inline int count_flow(void *ctx, const struct xrp_flow *row)
{
	assert_int_equal(row->generation, 1);
	++*(unsigned int *)ctx;
	return 0;
}

static inline unsigned int flow_count(struct datapath *dp)
{
	unsigned int count = 0;

	assert_int_equal(datapath_kernel_flows(dp, count_flow, &count), 0);
	return count;
}

static inline void write_record(struct datapath *dp, uint64_t id)
{
	const struct xrp_journal_key key = {.id = id, .kind = XRP_JOURNAL_STREAM};
	const struct xrp_journal_value value = {.length = (uint32_t)id};

	assert_int_equal(dp->ops->journal_put(dp, &key, &value), 0);
}

static inline int sum_record(void *ctx, const struct xrp_journal_key *key,
			     const struct xrp_journal_value *value)
{
	assert_int_equal(value->length, key->id);
	*(uint64_t *)ctx += key->id;
	return 0;
}

/* The sum of the ids of the records. */
static inline uint64_t records(struct datapath *dp)
{
	uint64_t sum = 0;

	assert_int_equal(datapath_kernel_journal(dp, sum_record, &sum), 0);
	return sum;
}

/* A program that is not ours. */
static inline int load_alien(void)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 2 /* PASS */},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "alien", "GPL", insns, 2, NULL);

	assert_true(fd >= 0);
	return fd;
}

/* The kernel may take its time to detach what lost its last reference. */
static inline void wait_until_free(const char *name)
{
	int waited;

	for (waited = 0; program_on(name) && waited < PATIENCE; waited++)
		poll(NULL, 0, 1);
	assert_int_equal(program_on(name), 0);
}

/* The namespaces and the interfaces. */

static inline int sweep(void **state)
{
	(void)state;
	if (live)
		stop(live);
	if (datapath_kernel_detach(ROOT) < 0)
		return -1;
	wait_until_free("xa0");
	wait_until_free("xb0");
	return exists(ROOT) ? -1 : 0;
}

static inline int group_setup(void **state)
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
		      "ip link add xdot.0 type veth peer name xdot.1 && "
		      "ip link add xmtu0 type veth peer name xmtu1 && ip link set xmtu1 mtu 9000")
		       ? -1
		       : 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, sweep)

#endif
