/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running relay: all parts and the wires between them. Everything runs on one event loop,
 * in bounded batches by turns; no part keeps state of another.
 */
#ifndef XRP_DAEMON_RELAY_H
#define XRP_DAEMON_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <core/engine.h>
#include <daemon/options.h>
#include <datapath/datapath.h>
#include <io/reserve.h>
#include <io/slowpath.h>

struct event_base;
struct event;
struct nexthops;
struct foreign;
struct control;
struct ctlserver;
struct dupcache;
struct control_request;
struct media;
struct notify;
struct supervisor;

enum relay_timer {
	RELAY_SWEEP,
	RELAY_SECOND,
	RELAY_FOREIGN,
	RELAY_PERIODIC,
	RELAY_RESYNC = RELAY_PERIODIC, /* runs while there is something to plan anew */
	RELAY_TIMERS
};
#define RELAY_SIGNALS 9

struct relay_cpu { /* ns */
	uint64_t wall, cpu;
};

struct relay {
	struct options *options; /* a reload changes some */
	struct engine engine;
	struct event_base *base;
	struct nexthops *nexthops;
	struct datapath *datapath;
	struct slowpath *slowpath;
	struct foreign *foreign;
	struct control *control;
	struct ctlserver *ctlserver;
	struct dupcache *dupcache;
	struct media *media;
	const struct control_request *request; /* that is being carried out */
	struct notify *notify;
	struct supervisor *supervisor; /* NULL: none */
	struct event *timers[RELAY_TIMERS];
	struct event *signals[RELAY_SIGNALS];
	struct xrp_control switches;
	struct stream_journal totals_state; /* of the totals' record */
	bool reserved; /* the media range is in ip_local_reserved_ports because of us */
	struct reserve_set reservation; /* what this start added to that list */
	bool raised;  /* in real time until the thread of prompts, which inherits that, is there */
	int pid_file; /* open and locked; -1: none */
	uint64_t started;	   /* ns */
	struct relay_cpu cpu_then; /* CPU used up to the last second */
	uint64_t packets_then;	   /* packets taken in up to the last second */
};

#define RELAY_FLOWS_PER_STREAM 4
#define RELAY_NEXTHOPS	       4096 /* rows of the map */
#define RELAY_ERROR	       512

/* ns of CLOCK_MONOTONIC, the clock of the statistics. */
uint64_t relay_now(void);

/*
 * Makes and connects all parts. What an earlier start left is adopted by the last steps, once
 * nothing that the options say can fail. 0, or -errno and one sentence; relay_stop is to be called
 * then, too.
 */
int relay_start(struct relay *relay, struct options *options, char *error, size_t size);
/* Serves until a signal ends it. */
void relay_serve(struct relay *relay);
/* Takes all apart; what is pinned stays pinned and relays on. The pid file goes last. */
void relay_stop(struct relay *relay);

#endif
