/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Relay against floor on one rig in one run, A B A B, so that what the machine does beside falls on
 * both. Both paths are the same to the last instruction but for the program on the `in` interface.
 */
#include "xdp.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <base/endpoint.h>
#include <datapath/direct.h>
#include <xdp-rtpproxy/reasons.h>
#include "traffic.h"
#include <relay.skel.h>
#include <traffic.skel.h> /* needs traffic.h */

#define ROUNDS_MAX	32
#define PROGRAM_REPEATS 1000000
#define PROGRAM_RUNS	5
#define CLOCK_8000	34360 /* 8000 / 1e9 in 0.32 fixed point */

struct bench {
	struct relay_bpf *relay;
	struct traffic_bpf *traffic;
	struct bpf_link *in_link, *sink_link;
	struct xrp_direct *direct;
	uint32_t direct_mask;
	uint32_t flows, generator, in, out, sink;
	struct bench_turn relay_turn, floor_turn; /* so that the relay sees no gap */
	uint64_t relayed;			  /* packets sent through the relay */
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static int complain(const char *what, int rc)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(-rc));
	return rc;
}

static struct xrp_endpoint endpoint_of(uint32_t base, uint32_t flow)
{
	struct xrp_addr addr = addr_from_v4(htonl(base + flow / BENCH_PORTS));

	return endpoint_make(&addr, (uint16_t)(BENCH_PORT + flow % BENCH_PORTS));
}

/*
 * A row as the daemon writes it for a call with both sides known. In a `ring` what leaves is what
 * the next flow expects, so that one packet, run again and again, meets all flows in turn.
 */
static struct xrp_flow row_of(const struct bench *b, uint32_t flow, bool ring)
{
	uint32_t next = (flow + 1) % b->flows;
	struct xrp_flow row = {
		.self = endpoint_of(BENCH_LOCAL, flow),
		.peer = endpoint_of(BENCH_PEER, flow),
		.out_src = ring ? endpoint_of(BENCH_PEER, next) : endpoint_of(BENCH_LOCAL, flow),
		.out_dst = ring ? endpoint_of(BENCH_LOCAL, next) : endpoint_of(BENCH_FAR, flow),
		.slot = flow,
		.generation = 1,
		.nexthop = 1,
		.ts_per_ns = CLOCK_8000,
		.flags = XRP_FLOW_OPEN | XRP_FLOW_PEER | XRP_FLOW_RELAY,
		.ttl = 64,
		.cap = 1, /* which drops nothing, but is asked */
	};

	xrp_flow_seal(&row);
	return row;
}

static int write_rows(const struct bench *b, bool ring)
{
	for (uint32_t i = 0; i < b->flows; i++) {
		struct xrp_flow row = row_of(b, i, ring);
		int rc = bpf_map__update_elem(b->relay->maps.flows, &row.self, sizeof(row.self),
					      &row, sizeof(row), BPF_ANY);

		if (rc)
			return complain("cannot write a flow", rc);
		direct_set(b->direct, b->direct_mask, &row);
	}
	return 0;
}

static int write_nexthop(const struct bench *b)
{
	const uint32_t id = 1;
	const struct xrp_nexthop hop = {.version = 1,
					.ifindex = b->out,
					.dmac = {2, 2, 2, 2, 2, 1},
					.smac = {2, 2, 2, 2, 2, 2},
					.mtu = 1500,
					.version_end = 1};
	int rc = bpf_map__update_elem(b->relay->maps.nexthops, &id, sizeof(id), &hop, sizeof(hop),
				      BPF_ANY);

	return rc ? complain("cannot write the next hop", rc) : 0;
}

static int write_cap(const struct bench *b)
{
	const uint32_t id = 1;
	const struct xrp_cap cap = {.packet_ns = 1, .byte_ns = 1, .limit = UINT32_MAX};
	int rc = bpf_map__update_elem(b->relay->maps.caps, &id, sizeof(id), &cap, sizeof(cap),
				      BPF_ANY);

	return rc ? complain("cannot write the cap", rc) : 0;
}

static int map_direct(struct bench *b)
{
	void *table =
		mmap(NULL, (b->direct_mask + 1ULL) * sizeof(*b->direct), PROT_READ | PROT_WRITE,
		     MAP_SHARED, bpf_map__fd(b->relay->maps.direct), 0);

	if (table == MAP_FAILED)
		return complain("cannot map the flows", -errno);
	b->direct = table;
	return 0;
}

static int load_relay(struct bench *b)
{
	b->relay = relay_bpf__open();
	if (!b->relay)
		return complain("cannot open the relay program", -errno);
	b->direct_mask = direct_entries(b->flows) - 1;
	b->relay->rodata->direct_mask = b->direct_mask;
	bpf_map__set_max_entries(b->relay->maps.direct, b->direct_mask + 1);
	bpf_map__set_max_entries(b->relay->maps.flows, b->flows);
	bpf_map__set_max_entries(b->relay->maps.flow_stats, b->flows);
	bpf_map__set_max_entries(b->relay->maps.nexthops, 16);
	if (relay_bpf__load(b->relay))
		return complain("cannot load the relay program", -errno);
	return map_direct(b) || write_nexthop(b) || write_cap(b) || write_rows(b, false) ? -EIO : 0;
}

static int load_traffic(struct bench *b)
{
	b->traffic = traffic_bpf__open();
	if (!b->traffic)
		return complain("cannot open the traffic programs", -errno);
	b->traffic->rodata->flows = b->flows;
	b->traffic->rodata->out = b->generator;
	b->traffic->rodata->forward = b->out;
	if (traffic_bpf__load(b->traffic))
		return complain("cannot load the traffic programs", -errno);
	b->sink_link = bpf_program__attach_xdp(b->traffic->progs.sink, (int)b->sink);
	b->in_link = bpf_program__attach_xdp(b->traffic->progs.redirect_only, (int)b->in);
	if (!b->sink_link || !b->in_link)
		return complain("cannot attach to the rig", -errno);
	return 0;
}

static void bench_close(struct bench *b)
{
	bpf_link__destroy(b->sink_link);
	bpf_link__destroy(b->in_link);
	traffic_bpf__destroy(b->traffic);
	if (b->direct)
		munmap(b->direct, (b->direct_mask + 1ULL) * sizeof(*b->direct));
	relay_bpf__destroy(b->relay);
}

static int bench_open(struct bench *b, const struct xdp_rig *rig, uint32_t flows)
{
	*b = (struct bench){.flows = flows,
			    .generator = if_nametoindex(rig->generator),
			    .in = if_nametoindex(rig->in),
			    .out = if_nametoindex(rig->out),
			    .sink = if_nametoindex(rig->sink)};
	if (!b->generator || !b->in || !b->out || !b->sink)
		return complain("an interface of the rig is missing", -ENODEV);
	if (load_relay(b) || load_traffic(b)) {
		bench_close(b);
		return -EIO;
	}
	return 0;
}

static uint64_t sunk(const struct bench *b)
{
	return *(volatile __u64 *)&b->traffic->bss->sunk;
}

/* Waits until no more packets arrive: the last few are still under way when the run ends. */
static uint64_t sunk_settled(const struct bench *b)
{
	uint64_t before, after = sunk(b);

	do {
		before = after;
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
		after = sunk(b);
	} while (after != before);
	return after;
}

/* Sends `packets` live frames; the packets/s that reached the sink, or 0 on error. */
static double run_live(struct bench *b, uint32_t packets, struct xdp_result *result)
{
	char frame[BENCH_FRAME] = {0};
	struct xdp_md ctx = {.data_end = sizeof(frame), .ingress_ifindex = b->generator};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	uint64_t before = sunk(b), began = now_ns(), ended, arrived;
	int rc = bpf_prog_test_run_opts(bpf_program__fd(b->traffic->progs.generate), &opts);

	ended = now_ns();
	if (rc) {
		complain("live frames", rc);
		return 0;
	}
	arrived = sunk_settled(b) - before;
	result->sent += packets;
	result->lost += packets > arrived ? packets - arrived : 0;
	return (double)arrived * 1e9 / (double)(ended - began);
}

/* A round through the relay or through the floor; its packets/s. */
static double run_round(struct bench *b, bool relay, uint32_t packets, struct xdp_result *result)
{
	struct bench_turn *mine = relay ? &b->relay_turn : &b->floor_turn;
	struct bpf_program *program =
		relay ? b->relay->progs.xrp_relay : b->traffic->progs.redirect_only;
	double pps;

	if (bpf_link__update_program(b->in_link, program)) {
		complain("cannot change the program", -errno);
		return 0;
	}
	b->traffic->bss->turn = *mine;
	pps = run_live(b, packets, result);
	*mine = b->traffic->bss->turn;
	if (relay)
		b->relayed += packets;
	return pps;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned int count)
{
	qsort(values, count, sizeof(*values), compare_doubles);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static uint64_t reason_count(const struct bench *b, uint32_t reason)
{
	int cpus = libbpf_num_possible_cpus();
	size_t size = (size_t)cpus * sizeof(struct xrp_count);
	struct xrp_count *count = cpus > 0 ? malloc(size) : NULL;
	uint64_t sum = 0;

	if (count &&
	    !bpf_map__lookup_elem(b->relay->maps.reasons, &reason, sizeof(reason), count, size, 0))
		for (int i = 0; i < cpus; i++)
			sum += count[i].packets;
	free(count);
	return sum;
}

/*
 * Did the relay do the work? What reached it was relayed by redirect, all of it counted as RTP, and
 * no more is missing in the sequences than the rig lost before it.
 */
static int check_relay(const struct bench *b)
{
	uint64_t redirected = reason_count(b, XRP_RELAY_REDIRECT), packets = 0, missing = 0;

	for (uint32_t i = 0; i < b->flows; i++) {
		struct xrp_flow_stats s;

		if (bpf_map__lookup_elem(b->relay->maps.flow_stats, &i, sizeof(i), &s, sizeof(s),
					 0))
			return complain("cannot read the statistics", -errno);
		packets += s.rtp_packets;
		if (s.rtp_packets)
			missing += s.rtp_expected_prior + s.rtp_highest - s.rtp_base + 1 -
				   s.rtp_packets;
	}
	if (redirected && packets == redirected && redirected + missing <= b->relayed)
		return 0;
	fprintf(stderr,
		"bench: the relay did not do its work: sent %llu, redirected %llu, counted as RTP "
		"%llu, missing in sequence %llu\n",
		(unsigned long long)b->relayed, (unsigned long long)redirected,
		(unsigned long long)packets, (unsigned long long)missing);
	return -EIO;
}

/* ns of one run of a program, the least of a few. `frame` is a packet for flow 0. */
static double run_program(const struct bench *b, const struct bpf_program *program,
			  const char *frame)
{
	double best = 0;

	for (int i = 0; i < PROGRAM_RUNS; i++) {
		char in[BENCH_FRAME], out[2 * BENCH_FRAME];
		struct xdp_md ctx = {.data_end = sizeof(in), .ingress_ifindex = b->in};
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = sizeof(in),
			    .data_out = out, .data_size_out = sizeof(out), .ctx_in = &ctx,
			    .ctx_size_in = sizeof(ctx), .repeat = PROGRAM_REPEATS);

		memcpy(in, frame, sizeof(in));
		if (bpf_prog_test_run_opts(bpf_program__fd(program), &opts) ||
		    opts.retval != XDP_REDIRECT)
			return 0;
		if (!best || opts.duration < best)
			best = opts.duration;
	}
	return best;
}

/* Has the generator write a packet for flow 0, and measures the programs with it. */
static int measure_programs(struct bench *b, struct xdp_result *result)
{
	char blank[BENCH_FRAME] = {0}, frame[BENCH_FRAME];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = blank, .data_size_in = sizeof(blank),
		    .data_out = frame, .data_size_out = sizeof(frame));
	uint64_t relayed = reason_count(b, XRP_RELAY_REDIRECT);

	b->traffic->bss->turn = (struct bench_turn){0};
	if (bpf_prog_test_run_opts(bpf_program__fd(b->traffic->progs.generate), &opts) ||
	    write_rows(b, true))
		return complain("cannot prepare the ring of flows", -EIO);
	result->floor_ns = run_program(b, b->traffic->progs.redirect_only, frame);
	result->program_ns = run_program(b, b->relay->progs.xrp_relay, frame);
	relayed = reason_count(b, XRP_RELAY_REDIRECT) - relayed;
	if (relayed == (uint64_t)PROGRAM_RUNS * PROGRAM_REPEATS)
		return 0;
	fprintf(stderr, "bench: the ring of flows broke after %llu packets\n",
		(unsigned long long)relayed);
	return -EIO;
}

int xdp_measure(const struct xdp_rig *rig, uint32_t flows, unsigned int rounds, uint32_t packets,
		struct xdp_result *result)
{
	double relay[ROUNDS_MAX] = {0}, floors[ROUNDS_MAX] = {0}, ratio[ROUNDS_MAX] = {0};
	struct bench b;
	int rc = bench_open(&b, rig, flows);

	if (rc)
		return rc;
	*result = (struct xdp_result){.flows = flows};
	rounds = rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
	run_round(&b, true, packets / 4, result); /* warm the caches and the page pool */
	run_round(&b, false, packets / 4, result);
	for (unsigned int i = 0; i < rounds && !rc; i++) {
		relay[i] = run_round(&b, true, packets, result);
		floors[i] = run_round(&b, false, packets, result);
		ratio[i] = floors[i] > 0 ? relay[i] / floors[i] : 0;
		if (relay[i] <= 0 || floors[i] <= 0)
			rc = -EIO;
	}
	result->relay_pps = median(relay, rounds);
	result->floor_pps = median(floors, rounds);
	result->ratio = median(ratio, rounds);
	if (!rc)
		rc = check_relay(&b);
	if (!rc)
		rc = measure_programs(&b, result);
	bench_close(&b);
	return rc;
}
