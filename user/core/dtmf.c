/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See dtmf.h. */
#include <errno.h>
#include <stdio.h>
#include <core/dtmf.h>
#include <core/rtppacket.h>

#define PAYLOAD	      4 /* bytes of an event; more are not ours (RFC 4733, 2.3) */
#define END_BIT	      0x80
#define VOLUME	      0x3f
#define SEGMENT_UNITS 0xffff /* a segment is this long when the event goes on in another */

static const char digits[] = "0123456789*#ABCD"; /* RFC 4733, 3.2 */

void dtmf_init(struct dtmf *dtmf, uint8_t payload_type)
{
	*dtmf = (struct dtmf){.payload_type = payload_type};
}

static bool parse(const struct dtmf *dtmf, const uint8_t *data, size_t len, struct rtppacket *p)
{
	return rtppacket_parse(data, len, p) && p->payload_type == dtmf->payload_type;
}

bool dtmf_is_event(const struct dtmf *dtmf, const uint8_t *data, size_t len)
{
	struct rtppacket p;

	return parse(dtmf, data, len, &p);
}

static struct dtmf_seen *find(struct dtmf *dtmf, const struct rtppacket *p)
{
	for (unsigned int i = 0; i < DTMF_HISTORY; i++) {
		struct dtmf_seen *s = &dtmf->seen[i];

		if (s->used && s->ssrc == p->ssrc && s->timestamp == p->timestamp)
			return s;
	}
	return NULL;
}

/* Tells an event that is not told yet. Returns how many it told. */
static unsigned int tell(struct dtmf_seen *seen, struct dtmf_event *out)
{
	if (!seen->used || seen->told)
		return 0;
	seen->told = true;
	*out = seen->event;
	return 1;
}

/* Is this packet of the next segment of the event `s`? */
static bool is_next_segment(const struct dtmf_seen *s, const struct rtppacket *p, char digit)
{
	return s->used && !s->told && s->ssrc == p->ssrc && s->event.digit == digit &&
	       p->timestamp - s->timestamp == SEGMENT_UNITS;
}

/* Takes up a new timestamp. The event before it, if it is another one, has ended by this. */
static struct dtmf_seen *begin(struct dtmf *dtmf, const struct rtppacket *p, char digit,
			       struct dtmf_event *out, unsigned int *told)
{
	struct dtmf_seen *old = &dtmf->seen[dtmf->latest], *s;
	uint32_t earlier = 0;

	if (is_next_segment(old, p, digit)) {
		earlier = old->earlier + SEGMENT_UNITS;
		old->told = true;
	} else {
		*told += tell(old, out);
	}
	dtmf->latest = (dtmf->latest + 1) % DTMF_HISTORY;
	s = &dtmf->seen[dtmf->latest];
	*s = (struct dtmf_seen){
		.used = true,
		.ssrc = p->ssrc,
		.timestamp = p->timestamp,
		.earlier = earlier,
		.event = {.digit = digit, .duration = earlier},
	};
	return s;
}

unsigned int dtmf_push(struct dtmf *dtmf, uint64_t now, const uint8_t *data, size_t len,
		       struct dtmf_event out[DTMF_EVENTS])
{
	struct rtppacket p;
	struct dtmf_seen *s;
	uint32_t duration;
	unsigned int told = 0;
	char digit;

	if (!parse(dtmf, data, len, &p) || p.payload_len < PAYLOAD ||
	    p.payload[0] >= sizeof(digits) - 1)
		return 0;
	digit = digits[p.payload[0]];
	s = find(dtmf, &p);
	if (!s)
		s = begin(dtmf, &p, digit, out, &told);
	if (s->told || s->event.digit != digit)
		return told;
	duration = s->earlier + ((uint32_t)p.payload[2] << 8 | p.payload[3]);
	if (duration > s->event.duration)
		s->event.duration = duration;
	s->event.volume = p.payload[1] & VOLUME;
	s->time = now;
	if (!(p.payload[1] & END_BIT))
		return told;
	s->event.ended = true;
	return told + tell(s, &out[told]);
}

bool dtmf_expire(struct dtmf *dtmf, uint64_t now, struct dtmf_event *out)
{
	struct dtmf_seen *s = &dtmf->seen[dtmf->latest];

	return now >= s->time + DTMF_SILENCE && tell(s, out);
}

int dtmf_notification(char *buf, size_t size, struct text tag, const struct dtmf_event *event,
		      int side)
{
	int len;

	if (tag.len > size)
		return -ENOSPC;
	len = snprintf(buf, size, "%.*s %c %u %u %d\n", (int)tag.len, tag.len ? tag.at : "",
		       event->digit, event->volume, event->duration, side);
	return len < 0 || (size_t)len >= size ? -ENOSPC : len;
}
