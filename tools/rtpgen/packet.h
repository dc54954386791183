/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test packets that prove themselves: every byte follows from SSRC, sequence number and length, so
 * a receiver that knows nothing else can tell a packet that was cut, changed or mixed up.
 */
#ifndef RTPGEN_PACKET_H
#define RTPGEN_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_MAX 65507 /* the longest UDP payload on IPv4 */

enum packet_kind { PACKET_RTP, PACKET_RTCP, PACKET_STUN };

struct packet {
	enum packet_kind kind;
	uint8_t payload_type; /* RTP */
	uint32_t ssrc;
	uint32_t sequence; /* RTP carries the low 16 bits of it */
	size_t payload;	   /* bytes after the RTP header; the others have a fixed length */
};

/* The name of a kind, as in reports. */
const char *packet_kind_name(enum packet_kind kind);
/* Writes the packet to `buf` of PACKET_MAX bytes; returns its length. */
size_t packet_write(const struct packet *packet, uint8_t *buf);
/*
 * Reads what was received. False when it is none of ours or not byte for byte what was sent; kind,
 * SSRC and sequence are then as far as they could be read.
 */
bool packet_read(struct packet *packet, const uint8_t *data, size_t len);

#endif
