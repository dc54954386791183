/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See resizer.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <core/resizer.h>
#include <core/resizer_codec.h>
#include <core/rtppacket.h>

#define UNITS_PER_MS 8 /* of all types that are resized */
#define NS_PER_UNIT  125000ULL
#define WAIT_MIN     320 /* units that a packet may wait at least */
#define MISORDER     100 /* RFC 3550, A.1: a packet so much behind is none that came late */
#define HEADER_MAX   332 /* 15 CSRCs and 256 bytes of extension */
#define PAYLOAD_MAX  8192

/* A packet that waits: header and what is left of its payload. */
struct unit {
	struct unit *next;
	uint64_t arrival;
	uint32_t timestamp, samples; /* of what is left */
	uint16_t sequence;
	uint8_t payload_type;
	bool last; /* nothing can be appended */
	size_t header_len, offset, payload_len;
	uint8_t bytes[]; /* header and whole payload */
};

struct resizer {
	uint32_t target; /* units */
	struct unit *queue;
	unsigned int count;
	uint32_t queued; /* units */

	bool numbered; /* `sequence` is the next one to give */
	uint16_t sequence;
	bool begun; /* a packet of this SSRC came; `highest` is its newest sequence number */
	uint32_t ssrc;
	uint16_t highest;
	bool sent; /* ... and one was sent; `sent_end` is where it ended */
	uint32_t sent_end;

	struct resizer_stats stats;
	uint8_t out[HEADER_MAX + PAYLOAD_MAX];
};

struct sink {
	resizer_emit emit;
	void *ctx;
};

static bool before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

struct resizer *resizer_new(uint16_t ptime)
{
	struct resizer *r = calloc(1, sizeof(*r));

	if (r)
		resizer_set_ptime(r, ptime);
	return r;
}

void resizer_set_ptime(struct resizer *r, uint16_t ptime)
{
	if (ptime > RESIZER_PTIME_MAX)
		ptime = RESIZER_PTIME_MAX;
	r->target = (ptime ? ptime : 1U) * UNITS_PER_MS;
}

static void remove_head(struct resizer *r)
{
	struct unit *head = r->queue;

	r->queue = head->next;
	r->count--;
	free(head);
}

void resizer_free(struct resizer *r)
{
	if (!r)
		return;
	while (r->queue)
		remove_head(r);
	free(r);
}

/* The length that packets of this type get: whole frames, no shorter than asked. */
static uint32_t target_of(const struct resizer *r, uint8_t payload_type)
{
	uint32_t step = resizer_codec_step(payload_type);

	return (r->target + step - 1) / step * step;
}

/* Moves up to `samples` (rounded up to frames) of the head's payload to `out`; returns bytes. */
static size_t move(struct resizer *r, uint32_t samples, uint8_t *out, uint32_t *moved)
{
	struct unit *head = r->queue;
	const uint8_t *payload = head->bytes + head->header_len + head->offset;
	size_t bytes = resizer_codec_cut(head->payload_type, payload, head->payload_len,
					 head->samples, samples, moved);

	memcpy(out, payload, bytes);
	head->offset += bytes;
	head->payload_len -= bytes;
	head->timestamp += *moved;
	head->samples -= *moved;
	head->bytes[1] &= 0x7f; /* the marker goes with the first piece */
	r->queued -= *moved;
	if (!head->samples)
		remove_head(r);
	return bytes;
}

static void number(struct resizer *r, uint8_t *header, uint16_t first)
{
	if (!r->numbered)
		r->sequence = first;
	r->numbered = true;
	rtppacket_put16(header + 2, r->sequence++);
}

/* May the head be appended to a packet of this type that ends at `end`? */
static bool continues(const struct resizer *r, uint8_t payload_type, uint32_t end)
{
	return r->queue && r->queue->payload_type == payload_type && r->queue->timestamp == end;
}

/* Makes one packet of the head and what continues it, and sends it. */
static void emit_one(struct resizer *r, const struct sink *sink)
{
	const struct unit *head = r->queue;
	uint8_t payload_type = head->payload_type;
	uint32_t target = target_of(r, payload_type), end = head->timestamp, samples = 0, moved;
	size_t len = head->header_len;
	bool last;

	memcpy(r->out, head->bytes, len);
	r->out[0] &= 0xdf; /* padding was left out */
	rtppacket_put32(r->out + 4, head->timestamp);
	number(r, r->out, head->sequence);
	do {
		last = r->queue->last;
		len += move(r, target - samples, r->out + len, &moved);
		samples += moved;
		end += moved;
	} while (samples < target && !last && continues(r, payload_type, end));
	r->sent = true;
	r->sent_end = end;
	r->stats.out++;
	sink->emit(sink->ctx, r->out, len);
}

static void flush(struct resizer *r, const struct sink *sink)
{
	while (r->queue)
		emit_one(r, sink);
}

void resizer_flush(struct resizer *r, resizer_emit emit, void *ctx)
{
	flush(r, &(struct sink){emit, ctx});
}

uint64_t resizer_due(const struct resizer *r)
{
	uint64_t wait = 2ULL * r->target;

	if (!r->queue)
		return UINT64_MAX;
	if (wait < WAIT_MIN)
		wait = WAIT_MIN;
	return r->queue->arrival + wait * NS_PER_UNIT;
}

static void emit_due(struct resizer *r, uint64_t now, const struct sink *sink)
{
	while (r->queue && (r->queued >= target_of(r, r->queue->payload_type) ||
			    r->count >= RESIZER_QUEUE || resizer_due(r) <= now))
		emit_one(r, sink);
}

void resizer_expire(struct resizer *r, uint64_t now, resizer_emit emit, void *ctx)
{
	emit_due(r, now, &(struct sink){emit, ctx});
}

/* Forgets what was sent: the packets that follow have nothing to do with it. */
static void restart(struct resizer *r, const struct sink *sink)
{
	flush(r, sink);
	r->begun = false;
	r->sent = false;
}

/* Came this packet twice, or after its place was sent? */
static bool is_late(const struct resizer *r, const struct rtppacket *p)
{
	if (r->sent && before(p->timestamp, r->sent_end))
		return true;
	for (const struct unit *u = r->queue; u; u = u->next)
		if (u->sequence == p->sequence)
			return true;
	return false;
}

/* Did the sender, not the network, put the packet where it is? */
static bool jumped(const struct resizer *r, const struct rtppacket *p)
{
	uint16_t behind = (uint16_t)(r->highest - p->sequence);

	return behind > MISORDER;
}

static bool enqueue(struct resizer *r, uint64_t now, const uint8_t *data, const struct rtppacket *p,
		    const struct resizer_codec_content *content)
{
	struct unit **at = &r->queue, *u = malloc(sizeof(*u) + p->header_len + p->payload_len);

	if (!u)
		return false;
	*u = (struct unit){
		.arrival = now,
		.timestamp = p->timestamp,
		.samples = content->samples,
		.sequence = p->sequence,
		.payload_type = p->payload_type,
		.last = content->last,
		.header_len = p->header_len,
		.payload_len = p->payload_len,
	};
	memcpy(u->bytes, data, p->header_len + p->payload_len);
	while (*at && !before(p->timestamp, (*at)->timestamp))
		at = &(*at)->next;
	u->next = *at;
	*at = u;
	r->count++;
	r->queued += content->samples;
	r->stats.in++;
	return true;
}

static void follow(struct resizer *r, const struct rtppacket *p)
{
	if (!r->begun || (int16_t)(p->sequence - r->highest) > 0)
		r->highest = p->sequence;
	r->begun = true;
	r->ssrc = p->ssrc;
}

/* RTP that is not resized: in its turn, and under the next number once there are numbers. */
static void pass(struct resizer *r, const uint8_t *data, size_t len, const struct rtppacket *p,
		 const struct sink *sink)
{
	flush(r, sink);
	follow(r, p);
	r->stats.passed++;
	if (!r->numbered || len > sizeof(r->out)) {
		sink->emit(sink->ctx, data, len);
		return;
	}
	memcpy(r->out, data, len);
	number(r, r->out, p->sequence);
	sink->emit(sink->ctx, r->out, len);
}

void resizer_push(struct resizer *r, uint64_t now, const uint8_t *data, size_t len,
		  resizer_emit emit, void *ctx)
{
	const struct sink sink = {emit, ctx};
	struct resizer_codec_content content;
	struct rtppacket p;

	if (!rtppacket_parse(data, len, &p)) {
		r->stats.passed++;
		emit(ctx, data, len);
		return;
	}
	if (r->begun && r->ssrc != p.ssrc)
		restart(r, &sink);
	if (p.header_len > HEADER_MAX || !resizer_codec_content(&p, &content)) {
		pass(r, data, len, &p, &sink);
		return;
	}
	if (is_late(r, &p)) {
		if (!jumped(r, &p)) {
			r->stats.discarded++;
			return;
		}
		restart(r, &sink);
	}
	follow(r, &p);
	if (!enqueue(r, now, data, &p, &content)) {
		pass(r, data, len, &p, &sink);
		return;
	}
	if (content.last)
		flush(r, &sink);
	emit_due(r, now, &sink);
}

struct resizer_stats resizer_stats(const struct resizer *r)
{
	struct resizer_stats stats = r->stats;

	stats.queued = r->count;
	return stats;
}
