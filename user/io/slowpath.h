/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slow path: one UDP socket per address family receives, through sk_lookup, what is sent to any
 * port of any call and was not relayed in XDP; a raw socket per family sends from any of them.
 * Batches (recvmmsg, sendmmsg) are bounded, so that control answers come first.
 */
#ifndef XRP_IO_SLOWPATH_H
#define XRP_IO_SLOWPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

struct event_base;
struct slowpath;

struct slowpath_packet {
	struct xrp_endpoint local; /* what it was sent to */
	struct xrp_endpoint source;
	const uint8_t *data; /* UDP payload */
	size_t len;	     /* 0 is a packet, too */
	uint64_t now;	     /* ns of CLOCK_MONOTONIC, one reading a batch */
};

struct slowpath_send {
	/* Both of one family. The source address may be unspecified: the kernel chooses; on IPv4
	 * such a datagram has no checksum (RFC 768). */
	struct xrp_endpoint src, dst;
	uint8_t tos, ttl; /* ttl: 1 to 255 */
};

struct slowpath_ops {
	/* Judges a packet: true to send its payload on as `out` says. */
	bool (*handle)(void *ctx, const struct slowpath_packet *packet, struct slowpath_send *out);
	/* Called after each batch, before its packets are sent: rows may be written now. */
	void (*batch_done)(void *ctx);
	/* The kernel refused to send one of the batch: -errno. What it swallows is not told. */
	void (*failed)(void *ctx, const struct slowpath_send *out, int err);
	void *ctx;
};

/* The highest number of packets handled in one turn of the event loop. */
#define SLOWPATH_BATCH 64

struct slowpath_stats {
	uint64_t received, sent;
	uint64_t send_errors; /* refused by the kernel, or not to be sent as asked */
	uint64_t truncated;   /* longer than any UDP datagram; not handed up */
};

/* NULL with errno set when a socket cannot be had (EPERM: CAP_NET_RAW is missing). IPv6 is left
 * out, without error, on hosts without it. */
struct slowpath *slowpath_new(struct event_base *base, const struct slowpath_ops *ops);
void slowpath_free(struct slowpath *sp);
/* The receiving socket, to be put into the map of the steering program; -1: none of this family. */
int slowpath_socket(const struct slowpath *sp, int family);
struct slowpath_stats slowpath_stats(const struct slowpath *sp);

#endif
