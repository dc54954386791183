/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See resizer_codec.h. */
#include <core/resizer_codec.h>

enum { GSM = 3, G723 = 4, G729 = 18 };

#define STEP	     80 /* 10 ms */
#define G723_SAMPLES 240
#define G729_BYTES   10
#define G729_SAMPLES 80
#define G729_SID     2
#define GSM_BYTES    33

/* Bytes of a G.723.1 frame by its first byte; 0: reserved. */
static size_t g723_frame(uint8_t first)
{
	static const uint8_t bytes[] = {24, 20, 4, 0};

	return bytes[first & 3];
}

/* Timestamp units of whole G.723.1 frames; 0: they are not whole. */
static uint32_t g723_samples(const uint8_t *payload, size_t len)
{
	uint32_t samples = 0;

	for (size_t at = 0, frame; at < len; at += frame, samples += G723_SAMPLES) {
		frame = g723_frame(payload[at]);
		if (!frame || frame > len - at)
			return 0;
	}
	return samples;
}

bool resizer_codec_content(const struct rtppacket *p, struct resizer_codec_content *content)
{
	const struct rtppacket_frame *frame = rtppacket_frame_of(p->payload_type);
	size_t len = p->payload_len;

	*content = (struct resizer_codec_content){0};
	if (!frame || !len)
		return false;
	switch (p->payload_type) {
	case GSM:
		content->samples =
			len % GSM_BYTES ? 0 : (uint32_t)(len / GSM_BYTES) * frame->samples;
		break;
	case G723:
		content->samples = g723_samples(p->payload, len);
		break;
	case G729:
		content->last = len % G729_BYTES == G729_SID;
		if (content->last || len % G729_BYTES == 0)
			content->samples =
				(uint32_t)(len / G729_BYTES + content->last) * G729_SAMPLES;
		break;
	default: /* a byte a sample, also G.722's by its RTP clock */
		content->samples = (uint32_t)len;
	}
	return content->samples;
}

uint32_t resizer_codec_step(uint8_t payload_type)
{
	const struct rtppacket_frame *frame = rtppacket_frame_of(payload_type);

	return frame && frame->samples > STEP ? frame->samples : STEP;
}

static size_t g723_bytes(const uint8_t *payload, uint32_t frames)
{
	size_t bytes = 0;

	while (frames--)
		bytes += g723_frame(payload[bytes]);
	return bytes;
}

size_t resizer_codec_cut(uint8_t payload_type, const uint8_t *payload, size_t len, uint32_t samples,
			 uint32_t wanted, uint32_t *got)
{
	const struct rtppacket_frame *frame = rtppacket_frame_of(payload_type);
	uint32_t frames;

	*got = samples;
	if (!frame || wanted >= samples)
		return len;
	if (frame->bytes == frame->samples) { /* sample-based: anywhere */
		*got = wanted;
		return wanted;
	}
	frames = (wanted + frame->samples - 1) / frame->samples;
	if (frames * frame->samples >= samples)
		return len;
	*got = frames * frame->samples;
	return payload_type == G723 ? g723_bytes(payload, frames) : (size_t)frames * frame->bytes;
}
