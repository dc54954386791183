/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is there still a daemon to come? One that runs moves `pass_after` on; when none has come back
 * until then, nobody would ever end the calls, so they end here: the packets are the stack's.
 */
#ifndef XRP_BPF_HEED_H
#define XRP_BPF_HEED_H

#include "clock.h"
#include "maps.h"
#include "packet.h"

/* GO_ON with `now`, the packet's time, or why not. Less one, 0 ("never") is the latest of times. */
static __always_inline enum xrp_reason heed(__u64 *now)
{
	const struct xrp_control *c = control_get();

	*now = clock_now();
	if (c && *now > c->pass_after - 1)
		return XRP_PASS_NO_DAEMON;
	return XRP_GO_ON;
}

#endif
