/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Media of a party: the re-packetiser and the reader of telephone events. Whatever comes, both stay
 * inside the packet; what the one lets out is all there and its queue stays bounded, the other
 * tells digits only, and no more than fit.
 *
 * An input is the ptime (two bytes), then a row of packets: two bytes of length, one of time that
 * passes (in ms), the packet.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <core/dtmf.h>
#include <core/resizer.h>

#define LARGEST 2048
#define MS	1000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool right)
{
	if (!right)
		abort();
}

/* All of it can be read. */
static void take(void *ctx, const uint8_t *data, size_t len)
{
	unsigned int *sum = ctx;

	for (size_t i = 0; i < len; i++)
		*sum += data[i];
}

static void tell(struct dtmf *dtmf, uint64_t now, const uint8_t *packet, size_t len)
{
	struct dtmf_event events[DTMF_EVENTS + 1];
	unsigned int count = dtmf_push(dtmf, now, packet, len, events);
	struct dtmf_event late;
	char line[64];

	demand(count <= DTMF_EVENTS && (!count || dtmf_is_event(dtmf, packet, len)));
	if (dtmf_expire(dtmf, now, &late))
		events[count++] = late;
	for (unsigned int i = 0; i < count; i++) {
		int said = dtmf_notification(line, sizeof(line), text_of("tag"), &events[i], 0);

		demand(events[i].digit && strchr("0123456789*#ABCD", events[i].digit) != NULL);
		demand(events[i].volume < 64);
		demand(said > 0 && line[said - 1] == '\n');
	}
}

static void push(struct resizer *resizer, struct dtmf *dtmf, uint64_t now, const uint8_t *data,
		 size_t len)
{
	unsigned int sum = 0;
	uint8_t *packet = malloc(len ? len : 1); /* of its very size, for the sanitizer */

	demand(packet != NULL);
	memcpy(packet, data, len);
	tell(dtmf, now, packet, len);
	resizer_push(resizer, now, packet, len, take, &sum);
	demand(resizer_stats(resizer).queued <= RESIZER_QUEUE);
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data + 2, *end = data + size;
	struct resizer *resizer;
	struct dtmf dtmf;
	uint64_t now = MS;
	unsigned int sum = 0;

	if (size < 2)
		return 0;
	resizer = resizer_new((uint16_t)(1 + (data[0] << 8 | data[1]) % RESIZER_PTIME_MAX));
	demand(resizer != NULL);
	dtmf_init(&dtmf, 101);
	while (end - at >= 3) {
		size_t len = ((size_t)at[0] << 8 | at[1]) % LARGEST;

		now += at[2] * MS;
		at += 3;
		if (len > (size_t)(end - at))
			len = (size_t)(end - at);
		push(resizer, &dtmf, now, at, len);
		at += len;
	}
	resizer_flush(resizer, take, &sum);
	demand(resizer_stats(resizer).queued == 0);
	resizer_free(resizer);
	return 0;
}
