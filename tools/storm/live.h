/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The storm's media: live frames out of the parties' interfaces, and what comes back there. */
#ifndef XRP_STORM_LIVE_H
#define XRP_STORM_LIVE_H

#include <stdbool.h>
#include <stdint.h>
#include "storm.h"

struct live;

struct live_result {
	uint64_t sent, received, jumps;
	uint32_t silent; /* flows that nothing came of */
	double longest_gap_ms;
};

/* Loads the programs and attaches the sink to both interfaces of the present network namespace.
 * NULL after saying why on stderr. */
struct live *live_new(const char *const names[2], uint32_t flows);
void live_free(struct live *live);
/*
 * Says what flow `index` is; `side` is the interface it leaves by. It is sent from now on; what an
 * earlier one of that index sent and received is kept in the result.
 */
void live_flow(struct live *live, uint32_t index, const struct storm_flow *flow, int side);
/* Nothing more is sent of these `count` flows when it returns, and what was has arrived. */
void live_pause(struct live *live, uint32_t index, uint32_t count);
/* Sends the flows in turn, `pps` packets/s over all, until live_stop: a thread. 0 or -errno. */
int live_start(struct live *live, double pps);
int live_stop(struct live *live);
/* Waits until nothing more comes, and sums up. */
struct live_result live_settle(struct live *live);

#endif
