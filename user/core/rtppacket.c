/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See rtppacket.h. */
#include <core/rtppacket.h>
#include <xdp-rtpproxy/rtp.h>

#define RTP_PADDING   0x20
#define RTP_EXTENSION 0x10
#define RTP_CSRCS     0x0f

/* Bytes of fixed header, CSRCs and extension; more than `len` when they do not fit. */
static size_t header_length(const uint8_t *data, size_t len)
{
	size_t length = XRP_RTP_HEADER + 4 * (size_t)(data[0] & RTP_CSRCS);

	if (!(data[0] & RTP_EXTENSION))
		return length;
	if (length + 4 > len)
		return len + 1;
	return length + 4 + 4 * (size_t)(data[length + 2] << 8 | data[length + 3]);
}

bool rtppacket_parse(const uint8_t *data, size_t len, struct rtppacket *packet)
{
	struct xrp_rtp rtp;
	size_t header, padding = 0;

	if (len < XRP_RTP_HEADER || len > UINT16_MAX ||
	    xrp_media_of(data, (uint32_t)len, &rtp) != XRP_MEDIA_RTP)
		return false;
	header = header_length(data, len);
	if (header > len)
		return false;
	if (data[0] & RTP_PADDING) {
		padding = data[len - 1];
		if (!padding || header + padding > len)
			return false;
	}
	*packet = (struct rtppacket){
		.payload = data + header,
		.payload_len = len - header - padding,
		.header_len = header,
		.timestamp = rtp.timestamp,
		.ssrc = rtp.ssrc,
		.sequence = rtp.sequence,
		.payload_type = rtp.payload_type,
		.marker = data[1] & 0x80,
	};
	return true;
}

const struct rtppacket_frame *rtppacket_frame_of(uint8_t payload_type)
{
	static const struct rtppacket_frame frames[] = {
		[0] = {8, 8},	 /* PCMU */
		[3] = {33, 160}, /* GSM */
		[4] = {24, 240}, /* G.723.1 */
		[8] = {8, 8},	 /* PCMA */
		[9] = {8, 8},	 /* G.722: sampled at 16 kHz, but its RTP clock says 8 */
		[18] = {10, 80}, /* G.729 */
	};

	if (payload_type >= sizeof(frames) / sizeof(frames[0]) || !frames[payload_type].bytes)
		return NULL;
	return &frames[payload_type];
}
