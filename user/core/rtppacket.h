/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking an RTP packet apart where its payload matters: re-packetisation, telephone events,
 * prompts. What is only relayed is never looked at so closely (xdp-rtpproxy/rtp.h does for it).
 */
#ifndef XRP_CORE_RTPPACKET_H
#define XRP_CORE_RTPPACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A packet in pieces: host order, pointing into the packet. RFC 3550, 5.1 and 5.3.1. */
struct rtppacket {
	const uint8_t *payload;
	size_t payload_len; /* without padding; may be 0 */
	size_t header_len;  /* with CSRCs and extension */
	uint32_t timestamp;
	uint32_t ssrc;
	uint16_t sequence;
	uint8_t payload_type;
	bool marker;
};

/*
 * Reads the `len` bytes at `data`. False: not RTP (also RTCP by RFC 5761, 4, and packets whose
 * extension or padding is longer than they are).
 */
bool rtppacket_parse(const uint8_t *data, size_t len, struct rtppacket *packet);

/* Writers of header fields in network order. */
static inline void rtppacket_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void rtppacket_put32(uint8_t *p, uint32_t v)
{
	rtppacket_put16(p, (uint16_t)(v >> 16));
	rtppacket_put16(p + 2, (uint16_t)v);
}

/* How a payload type with constant frames is cut: `bytes` make `samples` timestamp units. */
struct rtppacket_frame {
	uint16_t bytes, samples;
};
/*
 * The frame of payload types 0, 3, 4, 8, 9, 18 (RFC 3551, 4.5): 1 ms of sample-based ones; of
 * G.723.1 the one of its higher rate. NULL: another type. The RTP clock of all is 8000 Hz.
 */
const struct rtppacket_frame *rtppacket_frame_of(uint8_t payload_type);

#endif
