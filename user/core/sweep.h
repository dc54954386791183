/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sweep: a bounded walk over the streams, a few a tick, that ends what is idle and takes in
 * what happened in the kernel without the daemon: peers that spoke, RTP clocks.
 */
#ifndef XRP_CORE_SWEEP_H
#define XRP_CORE_SWEEP_H

#include <core/engine.h>

/*
 * Looks at `count` streams, from where the last call ended. A stream ends when nothing came for its
 * limit; streams that changed are marked dirty.
 */
void sweep(struct engine *engine, unsigned int count, uint64_t now);

#endif
