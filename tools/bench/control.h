/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control plane: whole calls (U, L, D) over UDP, many at a time, a fresh cookie a command. */
#ifndef XRP_BENCH_CONTROL_H
#define XRP_BENCH_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

struct control_result {
	uint64_t calls;	   /* carried through to the answer to their last command */
	uint64_t commands; /* answered */
	uint64_t errors;   /* answers that begin with E */
	uint64_t resent;   /* commands without an answer for a second */
	double seconds;
	double p50_us, p99_us; /* from a command to its answer */
};

struct control_load {
	struct xrp_endpoint server;
	struct xrp_addr caller, callee; /* what the parties' SDP names */
	unsigned int window;		/* calls under way at a time */
	double seconds;			/* how long; 0: until `calls` are done */
	uint64_t calls;
	bool hold; /* no D: the calls stay */
};

/* 0, or -errno after saying on stderr what went wrong. */
int control_run(const struct control_load *load, struct control_result *result);

#endif
