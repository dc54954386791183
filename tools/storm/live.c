/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See live.h. A run of live frames costs some 20 ms whatever it sends, so what is due is sent in
 * runs of thousands of packets. */
#include "live.h"

#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <storm.skel.h>

#define LEAST_RUN 1024 /* packets */

struct live {
	struct storm_bpf *bpf;
	struct bpf_link *sink[2];
	uint32_t ifindex[2], flows;
	struct storm_flow *table;
	struct live_result past; /* of flows that others took the place of */
	pthread_t thread;
	bool running;
	volatile bool stop;
	volatile unsigned int runs; /* of live frames that have ended */
	double pps;
	int error;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void pause_ms(unsigned int ms)
{
	nanosleep(&(struct timespec){.tv_nsec = (long)ms * 1000000}, NULL);
}

static int attach(struct live *live, const char *const names[2])
{
	for (int side = 0; side < 2; side++) {
		live->ifindex[side] = if_nametoindex(names[side]);
		if (!live->ifindex[side])
			return -ENODEV;
		live->sink[side] =
			bpf_program__attach_xdp(live->bpf->progs.sink, (int)live->ifindex[side]);
		if (!live->sink[side])
			return -errno;
	}
	return 0;
}

static int load(struct live *live)
{
	void *table;

	live->bpf = storm_bpf__open();
	if (!live->bpf)
		return -errno;
	live->bpf->rodata->count = live->flows;
	if (storm_bpf__load(live->bpf))
		return -errno;
	table = mmap(NULL, STORM_FLOWS * sizeof(*live->table), PROT_READ | PROT_WRITE, MAP_SHARED,
		     bpf_map__fd(live->bpf->maps.flows), 0);
	if (table == MAP_FAILED)
		return -errno;
	live->table = table;
	return 0;
}

struct live *live_new(const char *const names[2], uint32_t flows)
{
	struct live *live = calloc(1, sizeof(*live));
	int err = live ? 0 : -ENOMEM;

	if (live) {
		live->flows = flows;
		err = load(live);
	}
	if (!err)
		err = attach(live, names);
	if (!err)
		return live;
	fprintf(stderr, "storm: cannot prepare the media: %s\n", strerror(-err));
	live_free(live);
	return NULL;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	for (int side = 0; side < 2; side++)
		bpf_link__destroy(live->sink[side]);
	if (live->table)
		munmap(live->table, STORM_FLOWS * sizeof(*live->table));
	storm_bpf__destroy(live->bpf);
	free(live);
}

static void add_flow(struct live_result *r, const volatile struct storm_flow *f)
{
	double gap = (double)f->gap / 1e6;

	r->sent += f->sent;
	r->received += f->received;
	r->jumps += f->jumps;
	r->silent += f->sent && !f->received;
	r->longest_gap_ms = gap > r->longest_gap_ms ? gap : r->longest_gap_ms;
}

void live_flow(struct live *live, uint32_t index, const struct storm_flow *flow, int side)
{
	struct storm_flow *f = &live->table[index];

	if (f->sent)
		add_flow(&live->past, f);
	*f = *flow;
	f->out = live->ifindex[side];
	__atomic_store_n(&f->idle, 0, __ATOMIC_RELEASE);
}

/* A run that has begun may still send of them, one that begins later does not. */
void live_pause(struct live *live, uint32_t index, uint32_t count)
{
	unsigned int runs;

	for (uint32_t i = index; i < index + count; i++)
		__atomic_store_n(&live->table[i].idle, 1, __ATOMIC_RELEASE);
	runs = live->runs;
	while (live->running && live->runs - runs < 2 && !live->error)
		pause_ms(1);
	pause_ms(2);
}

static int run(const struct live *live, uint32_t packets)
{
	char frame[STORM_FRAME] = {0};
	struct xdp_md ctx = {.data_end = sizeof(frame), .ingress_ifindex = live->ifindex[0]};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);

	return bpf_prog_test_run_opts(bpf_program__fd(live->bpf->progs.generate), &opts);
}

/* Sends what is due; a run of few packets is not worth its cost. */
static int run_due(struct live *live, uint64_t began, uint64_t *sent)
{
	uint64_t due = (uint64_t)(live->pps * (double)(now_ns() - began) / 1e9) - *sent;
	int err;

	if (due < LEAST_RUN) {
		pause_ms(2);
		return 0;
	}
	err = run(live, (uint32_t)due);
	*sent += due;
	return err == -EINTR ? 0 : err;
}

static void *live_thread(void *ctx)
{
	struct live *live = ctx;
	uint64_t began = now_ns(), sent = 0;

	while (!live->stop && !live->error) {
		live->error = run_due(live, began, &sent);
		live->runs++;
	}
	if (live->error)
		fprintf(stderr, "storm: live frames: %s\n", strerror(-live->error));
	return NULL;
}

int live_start(struct live *live, double pps)
{
	int err;

	live->pps = pps;
	err = -pthread_create(&live->thread, NULL, live_thread, live);
	live->running = !err;
	return err;
}

int live_stop(struct live *live)
{
	if (!live->running)
		return 0;
	live->stop = true;
	pthread_join(live->thread, NULL);
	live->running = false;
	return live->error;
}

static struct live_result sum_up(const struct live *live)
{
	struct live_result r = live->past;

	for (uint32_t i = 0; i < live->flows; i++)
		add_flow(&r, &live->table[i]);
	return r;
}

struct live_result live_settle(struct live *live)
{
	struct live_result before, after = sum_up(live);

	do {
		before = after;
		pause_ms(50);
		after = sum_up(live);
	} while (after.received != before.received);
	return after;
}
