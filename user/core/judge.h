/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slow path's judgement of one packet: whose is it, may its source send, where does it go. What
 * the XDP program does for an established call, this does for every packet that it passed up.
 */
#ifndef XRP_CORE_JUDGE_H
#define XRP_CORE_JUDGE_H

#include <core/engine.h>

struct judge_packet {
	struct xrp_endpoint local, source;
	const uint8_t *data; /* UDP payload */
	size_t len;
	uint64_t now; /* ns */
};

struct judge_send {
	struct channel *channel;      /* that took it in; NULL: it was refused, or too much */
	struct xrp_endpoint src, dst; /* src.addr unspecified: the kernel chooses */
};

/*
 * True when the payload is to be sent as `out` says; false also for a packet that was taken in, but
 * that has nowhere to go. Learns and counts; a stream whose rows change is marked dirty.
 */
bool judge(struct engine *engine, const struct judge_packet *packet, struct judge_send *out);

#endif
