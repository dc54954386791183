/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether what the slow path sends leaves the host. A call whose packets do not must not be
 * counted as relayed: that is what an operator looks at when there is no audio.
 */
#ifndef XRP_DAEMON_REACH_H
#define XRP_DAEMON_REACH_H

#include <core/call.h>
#include <io/nexthops.h>
#include <io/slowpath.h>

struct relay;

/*
 * What becomes of packets that came in on `ch`. What was relayed before its next hop turned out not
 * to answer is counted as dropped then.
 */
enum reach reach_of(struct relay *relay, struct channel *ch);
/* A packet that came in on `ch` is handed to the kernel, and was counted as relayed. */
void reach_count(struct relay *relay, struct channel *ch);
/* For slowpath_ops (ctx is the struct relay): the kernel did not take it. */
void reach_failed(void *ctx, const struct slowpath_send *out, int err);

#endif
