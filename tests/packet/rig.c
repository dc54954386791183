/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program in a test: see rig.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <datapath/direct.h>
#include "relay.skel.h"
#include "rig.h"

#define RIG_CPUS_MAX 1024

static int take_copy(void *ctx, void *data, size_t size)
{
	struct rig *rig = ctx;

	assert_true(size >= sizeof(rig->copy));
	memcpy(&rig->copy, data, sizeof(rig->copy));
	assert_true(sizeof(rig->copy) + rig->copy.length <= size);
	memcpy(rig->copy_payload, (uint8_t *)data + sizeof(rig->copy), rig->copy.length);
	rig->copied++;
	return 0;
}

unsigned int rig_copies(struct rig *rig)
{
	int n = ring_buffer__consume(rig->copies);

	assert_true(n >= 0);
	return (unsigned int)n;
}

int rig_open(struct rig *rig, bool tx_by_redirect)
{
	int err;

	memset(rig, 0, sizeof(*rig));
	if (unshare(CLONE_NEWNET))
		return -errno;
	rig->skel = relay_bpf__open();
	if (!rig->skel)
		return -errno;
	rig->skel->rodata->tx_by_redirect = tx_by_redirect;
	rig->skel->rodata->direct_mask = RIG_DIRECT - 1;
	bpf_map__set_max_entries(rig->skel->maps.direct, RIG_DIRECT);
	bpf_map__set_max_entries(rig->skel->maps.flows, RIG_SLOTS);
	bpf_map__set_max_entries(rig->skel->maps.flow_stats, RIG_SLOTS);
	bpf_map__set_max_entries(rig->skel->maps.nexthops, 16);
	bpf_map__set_max_entries(rig->skel->maps.copies, RIG_COPIES);
	err = relay_bpf__load(rig->skel);
	if (err)
		return err;
	rig->copies = ring_buffer__new(bpf_map__fd(rig->skel->maps.copies), take_copy, rig, NULL);
	if (!rig->copies)
		return -errno;
	rig->program = bpf_program__fd(rig->skel->progs.xrp_relay);
	rig->stats = mmap(NULL, RIG_SLOTS * sizeof(*rig->stats), PROT_READ | PROT_WRITE, MAP_SHARED,
			  bpf_map__fd(rig->skel->maps.flow_stats), 0);
	rig->table = mmap(NULL, RIG_DIRECT * sizeof(*rig->table), PROT_READ | PROT_WRITE,
			  MAP_SHARED, bpf_map__fd(rig->skel->maps.direct), 0);
	return rig->stats == MAP_FAILED || rig->table == MAP_FAILED ? -errno : 0;
}

void rig_close(struct rig *rig)
{
	ring_buffer__free(rig->copies);
	munmap(rig->stats, RIG_SLOTS * sizeof(*rig->stats));
	munmap(rig->table, RIG_DIRECT * sizeof(*rig->table));
	relay_bpf__destroy(rig->skel);
}

void rig_flow_at(struct rig *rig, const struct xrp_endpoint *key, const struct xrp_flow *row)
{
	assert_int_equal(bpf_map__update_elem(rig->skel->maps.flows, key, sizeof(*key), row,
					      sizeof(*row), BPF_ANY),
			 0);
}

void rig_flow(struct rig *rig, struct xrp_flow *row)
{
	xrp_flow_seal(row);
	rig_flow_at(rig, &row->self, row);
	if (rig->direct)
		direct_set(rig->table, RIG_DIRECT - 1, row);
	else
		direct_delete(rig->table, RIG_DIRECT - 1, &row->self);
}

void rig_flow_delete(struct rig *rig, const struct xrp_endpoint *key)
{
	direct_delete(rig->table, RIG_DIRECT - 1, key);
	assert_int_equal(bpf_map__delete_elem(rig->skel->maps.flows, key, sizeof(*key), 0), 0);
}

void rig_nexthop(struct rig *rig, uint32_t id, const struct xrp_nexthop *row)
{
	assert_int_equal(bpf_map__update_elem(rig->skel->maps.nexthops, &id, sizeof(id), row,
					      sizeof(*row), BPF_ANY),
			 0);
}

void rig_cap(struct rig *rig, uint8_t id, const struct xrp_cap *cap)
{
	uint32_t index = id;

	assert_int_equal(bpf_map__update_elem(rig->skel->maps.caps, &index, sizeof(index), cap,
					      sizeof(*cap), BPF_ANY),
			 0);
}

void rig_control(struct rig *rig, uint32_t switches, uint32_t rate, uint32_t burst)
{
	struct xrp_control row = {.switches = switches,
				  .punt_rate = rate,
				  .punt_burst = burst,
				  .port_min = rig->port_min,
				  .port_max = rig->port_max,
				  .pass_after = rig->pass_after};
	uint32_t only = 0;

	assert_int_equal(bpf_map__update_elem(rig->skel->maps.control, &only, sizeof(only), &row,
					      sizeof(row), BPF_ANY),
			 0);
}

void rig_spare(struct rig *rig, uint16_t port, bool spared)
{
	const struct bpf_map *map = rig->skel->maps.spared;
	uint32_t index = port / 64;
	uint64_t word;

	assert_int_equal(bpf_map__lookup_elem(map, &index, sizeof(index), &word, sizeof(word), 0),
			 0);
	word = spared ? word | 1ULL << port % 64 : word & ~(1ULL << port % 64);
	assert_int_equal(
		bpf_map__update_elem(map, &index, sizeof(index), &word, sizeof(word), BPF_ANY), 0);
}

void rig_local(struct rig *rig, const struct xrp_addr *addr, bool present)
{
	const struct bpf_map *map = rig->skel->maps.local_addresses;
	uint32_t one = 1;

	if (present)
		assert_int_equal(
			bpf_map__update_elem(map, addr, sizeof(*addr), &one, sizeof(one), BPF_ANY),
			0);
	else
		assert_int_equal(bpf_map__delete_elem(map, addr, sizeof(*addr), 0), 0);
}

struct xrp_count rig_count(struct rig *rig, enum xrp_reason reason)
{
	static struct xrp_count each[RIG_CPUS_MAX];
	struct xrp_count sum = {0};
	uint32_t index = reason;
	int i, cpus = libbpf_num_possible_cpus();

	assert_in_range(cpus, 1, RIG_CPUS_MAX);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(rig->skel->maps.reasons), &index, each),
			 0);
	for (i = 0; i < cpus; i++) {
		sum.packets += each[i].packets;
		sum.bytes += each[i].bytes;
	}
	return sum;
}

uint64_t rig_total(struct rig *rig)
{
	uint64_t total = 0;
	int reason;

	for (reason = 0; reason < XRP_REASON_COUNT; reason++)
		total += rig_count(rig, reason).packets;
	return total;
}

void rig_run_fast(struct rig *rig, const struct frame *in, struct outcome *outcome)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->bytes,
		    .data_size_in = (__u32)in->length, .data_out = outcome->out.bytes,
		    .data_size_out = sizeof(outcome->out.bytes), .repeat = 1);

	assert_int_equal(bpf_prog_test_run_opts(rig->program, &opts), 0);
	rig->runs++;
	outcome->verdict = opts.retval;
	outcome->out.length = opts.data_size_out;
}

void rig_run(struct rig *rig, const struct frame *in, struct outcome *outcome)
{
	struct xrp_count before[XRP_REASON_COUNT], after;
	int reason, counted = 0;

	for (reason = 0; reason < XRP_REASON_COUNT; reason++)
		before[reason] = rig_count(rig, reason);
	rig_run_fast(rig, in, outcome);
	outcome->reason = XRP_REASON_COUNT;
	for (reason = 0; reason < XRP_REASON_COUNT; reason++) {
		after = rig_count(rig, reason);
		if (after.packets == before[reason].packets)
			continue;
		assert_int_equal(after.packets, before[reason].packets + 1);
		assert_int_equal(after.bytes, before[reason].bytes + in->length);
		outcome->reason = reason;
		counted++;
	}
	assert_int_equal(counted, 1);
}

uint32_t rig_time(struct rig *rig, const struct frame *in, uint32_t repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->bytes,
		    .data_size_in = (__u32)in->length, .repeat = (int)repeat);

	assert_int_equal(bpf_prog_test_run_opts(rig->program, &opts), 0);
	rig->runs += repeat;
	return opts.duration;
}

const char *rig_reason_name(enum xrp_reason reason)
{
	static const char *const names[] = {
#define RIG_NAME(name, label, sentence) label,
		XRP_REASONS(RIG_NAME)
#undef RIG_NAME
	};

	return reason < XRP_REASON_COUNT ? names[reason] : "none";
}

struct xrp_flow rig_call(uint32_t slot, uint32_t generation)
{
	return (struct xrp_flow){
		.self = person_endpoint(RELAY_ALICE),
		.peer = person_endpoint(ALICE),
		.out_src = person_endpoint(RELAY_BOB),
		.out_dst = person_endpoint(BOB),
		.slot = slot,
		.generation = generation,
		.nexthop = 1,
		.ts_per_ns = 34360, /* 8,000 Hz */
		.flags = XRP_FLOW_OPEN | XRP_FLOW_PEER | XRP_FLOW_RELAY,
		.tos = 0xb8,
		.ttl = 64,
	};
}

struct xrp_nexthop rig_way(uint32_t ifindex)
{
	struct xrp_nexthop hop = {.version = 3, .ifindex = ifindex, .mtu = 1500, .version_end = 3};

	memcpy(hop.dmac, person_mac(BOB), sizeof(hop.dmac));
	memcpy(hop.smac, person_mac(RELAY_BOB), sizeof(hop.smac));
	return hop;
}
