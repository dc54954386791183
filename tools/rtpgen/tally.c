/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts what came in. RTP sequence numbers are extended to 32 bits by their distance to the
 * highest one (RFC 3550, A.1); a map of the last 65536 tells duplicates from late packets.
 */
#include <string.h>

#include "tally.h"

static bool seen(const struct tally *t, uint32_t sequence)
{
	return t->seen[(sequence & 0xffff) / 8] & (1 << sequence % 8);
}

static void mark(struct tally *t, uint32_t sequence, bool on)
{
	uint8_t *byte = &t->seen[(sequence & 0xffff) / 8];

	*byte = (uint8_t)(on ? *byte | (1 << sequence % 8) : *byte & ~(1 << sequence % 8));
}

static void count_source(struct tally *t, const struct xrp_endpoint *from)
{
	for (int i = 0; i < TALLY_SOURCES; i++) {
		struct tally_source *s = &t->sources[i];

		if (!s->packets)
			s->from = *from;
		if (xrp_endpoint_equal(&s->from, from)) {
			s->packets++;
			return;
		}
	}
}

static uint32_t extend(const struct tally *t, const struct packet *packet)
{
	if (packet->kind != PACKET_RTP || !t->received)
		return packet->sequence;
	return t->highest + (uint32_t)(int16_t)(packet->sequence - t->highest);
}

static void count_sequence(struct tally *t, uint32_t sequence, uint64_t now)
{
	if (!t->received) {
		t->first = now;
		t->lowest = t->highest = sequence;
	} else if ((int32_t)(sequence - t->highest) > 0) {
		while (t->highest != sequence)
			mark(t, ++t->highest, false);
	} else if (seen(t, sequence)) {
		t->duplicates++;
		return;
	} else {
		t->reordered++;
		if ((int32_t)(sequence - t->lowest) < 0)
			t->lowest = sequence;
	}
	mark(t, sequence, true);
	t->received++;
}

void tally_add(struct tally *t, const struct xrp_endpoint *from, const uint8_t *data, size_t len,
	       uint64_t now)
{
	struct packet packet;
	bool good = packet_read(&packet, data, len);

	count_source(t, from);
	if (!t->source_known) {
		t->source_known = true;
		t->source = *from;
	}
	if (!xrp_endpoint_equal(&t->source, from)) {
		t->wrong_source++;
	} else if (t->unjudged) {
		count_sequence(t, (uint32_t)t->received, now);
	} else if (!good) {
		t->bad_payload++;
	} else if (packet.kind != t->kind) {
		t->wrong_kind++;
	} else if (t->ssrc_known && packet.ssrc != t->ssrc) {
		t->wrong_ssrc++;
	} else {
		t->ssrc_known = true;
		t->ssrc = packet.ssrc;
		count_sequence(t, extend(t, &packet), now);
	}
}

unsigned long tally_lost(const struct tally *t)
{
	return t->received ? t->highest - t->lowest + 1 - t->received : 0;
}

bool tally_clean(const struct tally *t)
{
	return !(t->duplicates | t->reordered | t->bad_payload | t->wrong_source | t->wrong_ssrc |
		 t->wrong_kind);
}

static json_t *report_sources(const struct tally *t)
{
	json_t *sources = json_object();
	char text[ENDPOINT_TEXT];

	for (int i = 0; i < TALLY_SOURCES && t->sources[i].packets; i++)
		json_object_set_new(sources, endpoint_format(&t->sources[i].from, text),
				    json_integer((json_int_t)t->sources[i].packets));
	return sources;
}

void tally_report(const struct tally *t, json_t *object)
{
	const struct {
		const char *name;
		unsigned long value;
	} counters[] = {
		{"received", t->received},	 {"lost", tally_lost(t)},
		{"duplicates", t->duplicates},	 {"reordered", t->reordered},
		{"bad_payload", t->bad_payload}, {"wrong_source", t->wrong_source},
		{"wrong_ssrc", t->wrong_ssrc},	 {"wrong_kind", t->wrong_kind},
		{"ttl", (unsigned long)t->ttl},	 {"tos", (unsigned long)t->tos},
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		json_object_set_new(object, counters[i].name,
				    json_integer((json_int_t)counters[i].value));
	json_object_set_new(object, "ssrc", t->ssrc_known ? json_integer(t->ssrc) : json_null());
	json_object_set_new(object, "sources", report_sources(t));
}
