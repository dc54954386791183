/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the payloads can be cut that the resizer knows (RFC 3551, 4.5): 0, 3, 4, 8, 9, 18. All
 * have an RTP clock of 8000 Hz.
 */
#ifndef XRP_CORE_RESIZER_CODEC_H
#define XRP_CORE_RESIZER_CODEC_H

#include <stdbool.h>
#include <core/rtppacket.h>

struct resizer_codec_content {
	uint32_t samples; /* timestamp units the payload lasts for */
	bool last;	  /* it ends with a G.729 SID frame: nothing may follow (RFC 3551, 4.5.6) */
};

/* What is in a packet. False: of another type, empty, or not a whole number of frames. */
bool resizer_codec_content(const struct rtppacket *packet, struct resizer_codec_content *content);
/* Timestamp units that lengths of packets are rounded up to: 10 ms, or a frame where longer. */
uint32_t resizer_codec_step(uint8_t payload_type);
/*
 * How many bytes of the `len` at `payload`, which last for `samples`, last for `wanted` or, with
 * the frame begun, little more; `got` is for how long they last.
 */
size_t resizer_codec_cut(uint8_t payload_type, const uint8_t *payload, size_t len, uint32_t samples,
			 uint32_t wanted, uint32_t *got);

#endif
