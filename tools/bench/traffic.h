/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bench's programs in the kernel and in user space agree on: flow N of the bench has the
 * local endpoint BENCH_LOCAL + N / BENCH_PORTS, port BENCH_PORT + N % BENCH_PORTS, and its peer is
 * the same of BENCH_PEER.
 */
#ifndef XRP_BENCH_TRAFFIC_H
#define XRP_BENCH_TRAFFIC_H

#include <linux/types.h>

#define BENCH_LOCAL 0x0a000001 /* 10.0.0.1 */
#define BENCH_PEER  0x0a010001 /* 10.1.0.1 */
#define BENCH_FAR   0x0a020001 /* 10.2.0.1: where all of it is sent on to */
#define BENCH_PORT  10000
#define BENCH_PORTS 50000
#define BENCH_FRAME 214 /* G.711, 20 ms: Ethernet, IPv4, UDP, RTP, 160 bytes */

/* Whose turn it is. */
struct bench_turn {
	__u32 flow, host, port, sequence;
};

#endif
