/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The XDP program of the relay, measured with live frames over veth and with BPF_PROG_TEST_RUN. */
#ifndef XRP_BENCH_XDP_H
#define XRP_BENCH_XDP_H

#include <stdint.h>

/*
 * A frame's way: generator -> in, in's far end -> relay or floor -> out, out's far end -> sink.
 * These are the names of generator's veth, relay's two, and the sink's.
 */
struct xdp_rig {
	const char *generator, *in, *out, *sink;
};

struct xdp_result {
	uint32_t flows;
	double relay_pps, floor_pps; /* medians of the rounds */
	double ratio;		     /* median of the ratios of neighbouring rounds */
	double program_ns;	     /* of BPF_PROG_TEST_RUN */
	double floor_ns;
	uint64_t sent, lost; /* packets of all rounds, and how many did not reach the sink */
};

/*
 * Measures `flows` flows: `rounds` rounds of `packets` packets through the relay and through the
 * floor in turn. Checks that the relay counted every packet as relayed, and each flow its sequence
 * without loss. 0, or -errno after saying on stderr what went wrong.
 */
int xdp_measure(const struct xdp_rig *rig, uint32_t flows, unsigned int rounds, uint32_t packets,
		struct xdp_result *result);

#endif
