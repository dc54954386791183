/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain sockets for the slow path's figures: a flooding sender and a counting receiver. */
#ifndef XRP_BENCH_MEDIA_H
#define XRP_BENCH_MEDIA_H

#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

/* Sends RTP of 160 bytes payload from `local` to `remote`, as fast as it goes or `pps` packets/s
 * (0: no limit), for `seconds`. Returns the packets sent, or -errno. */
int64_t media_flood(const struct xrp_endpoint *local, const struct xrp_endpoint *remote, double pps,
		    double seconds);

struct media_count {
	uint64_t packets;
	uint64_t gaps; /* steps of the RTP sequence other than one */
	double pps;    /* from the first packet to the last */
};
/* Receives at `local` until nothing has come for a second after the first packet, or for `patience`
 * seconds before it. 0, or -errno. */
int media_count(const struct xrp_endpoint *local, double patience, struct media_count *count);

#endif
