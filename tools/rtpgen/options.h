/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rtpgen is asked to do. */
#ifndef RTPGEN_OPTIONS_H
#define RTPGEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/endpoint.h"
#include "packet.h"

struct options {
	struct xrp_endpoint local, remote;
	struct xrp_endpoint expect_from; /* not set: the first source is the right one */
	struct packet packet;		 /* the first one to send */
	unsigned long count;		 /* packets to send; 0: listen only */
	uint64_t interval;		 /* between two of them, ns */
	uint64_t timeout; /* how long to wait after the last one was sent (or the start), ns */
	bool expect_given, expect_ssrc_given;
	unsigned long expect;	/* packets to receive; 0: none may come, until the timeout */
	unsigned long may_lose; /* gaps in what was received that are still right */
	uint32_t expect_ssrc;
	unsigned long rebind_after; /* go on from another local port after so many; 0: never */
	const char *start_file;	    /* wait for this file before sending; NULL: do not */
	FILE *play;		    /* packets to send; NULL: `packet` and those after it */
	FILE *dump;		    /* where to write what comes, unjudged; NULL: judge it */
	FILE *calls;		    /* endpoints of many calls; NULL: `local` and `remote` */
	bool json;
};

/* Reads the command line. On error, and for --help, writes to stderr or stdout and exits. */
void options_read(struct options *options, int argc, char **argv);

/* "192.0.2.1:4000" or "[2001:db8::1]:4000"; else writes to stderr and exits. */
struct xrp_endpoint options_endpoint(const char *text);

#endif
