/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See playout.h. */
#include <errno.h>
#include <string.h>
#include <core/playout.h>
#include <core/rtppacket.h>
#include <xdp-rtpproxy/rtp.h>

#define UNITS_PER_MS 8 /* the RTP clock of all prompts is 8000 Hz */
#define NS_PER_UNIT  125000ULL
#define VERSION	     0x80
#define MARKER	     0x80

int playout_start(struct playout *playout, const struct playout_prompt *prompt)
{
	const struct rtppacket_frame *frame = rtppacket_frame_of(prompt->payload_type);
	uint32_t frames;

	*playout = (struct playout){.prompt = *prompt};
	playout->prompt.count = 0;
	if (!frame)
		return -EPROTONOSUPPORT;
	if (!prompt->count || prompt->count < PLAYOUT_ENDLESS || !prompt->ptime ||
	    prompt->ptime > PLAYOUT_PTIME_MAX)
		return -EINVAL;
	frames = (prompt->ptime * UNITS_PER_MS + frame->samples - 1U) / frame->samples;
	playout->bytes = (size_t)frames * frame->bytes;
	playout->samples = frames * frame->samples;
	if (playout->bytes > prompt->len)
		return -ENODATA;
	playout->prompt.count = prompt->count;
	return 0;
}

uint64_t playout_due(const struct playout *playout)
{
	if (!playout->prompt.count)
		return UINT64_MAX;
	return playout->prompt.start + playout->sent * playout->samples * NS_PER_UNIT;
}

/* On to the next packet: round about at the end, until all rounds are played. */
static void advance(struct playout *playout)
{
	struct playout_prompt *prompt = &playout->prompt;

	playout->sent++;
	prompt->sequence++;
	prompt->timestamp += playout->samples;
	playout->offset += playout->bytes;
	if (prompt->len - playout->offset >= playout->bytes)
		return;
	playout->offset = 0;
	if (prompt->count != PLAYOUT_ENDLESS)
		prompt->count--;
}

size_t playout_next(struct playout *playout, uint64_t now, uint8_t *buf, size_t size)
{
	struct playout_prompt *prompt = &playout->prompt;
	size_t len = XRP_RTP_HEADER + playout->bytes;
	uint64_t due = playout_due(playout);

	if (!prompt->count || size < len)
		return 0;
	if (now > due && now - due > PLAYOUT_BEHIND)
		prompt->start += now - due;
	buf[0] = VERSION;
	buf[1] = (uint8_t)(prompt->payload_type | (playout->sent ? 0 : MARKER));
	rtppacket_put16(buf + 2, prompt->sequence);
	rtppacket_put32(buf + 4, prompt->timestamp);
	rtppacket_put32(buf + 8, prompt->ssrc);
	memcpy(buf + XRP_RTP_HEADER, prompt->data + playout->offset, playout->bytes);
	advance(playout);
	return len;
}
