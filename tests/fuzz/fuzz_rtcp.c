/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTCP of a party (core/rtcpreport). Whatever comes, the reader stays inside the packet, and what
 * it hands back fits; a report that is built of any facts, with that rest behind it, is one that
 * the reader takes, and it hands the same rest back.
 *
 * An input is a row of packets: two bytes of length, one of time that passes (in 100 ms), the
 * packet. The first bytes of the input are also the facts.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <core/rtcpreport.h>

#define LARGEST 4096
#define MS	1000000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool right)
{
	if (!right)
		abort();
}

/* Any numbers, but counts as they can be: from 0 upwards. */
static struct rtcpreport_facts facts_of(const uint8_t *data, size_t size, uint64_t now)
{
	struct rtcpreport_facts f = {.now = now, .wall = now + 1700000000000 * MS};
	uint32_t word[10] = {0};

	memcpy(word, data, size < sizeof(word) ? size : sizeof(word));
	f.own_ssrc = word[0];
	f.cname = (struct text){(const char *)data, size < 300 ? size : 300};
	f.sent.packets = word[1];
	f.sent.octets = (uint64_t)word[2] << 8;
	f.sent.ssrc = word[3];
	f.sent.timestamp = word[4];
	f.sent.time = now - now / 2;
	f.sent.clock_hz = word[5] % 200000;
	f.received.packets = word[6];
	f.received.expected = word[7];
	f.received.ssrc = word[8];
	f.received.highest = word[9];
	f.received.jitter = word[0] ^ word[9];
	return f;
}

static void build(struct rtcpreport *report, struct rtcpreport_facts *facts)
{
	static uint8_t packet[RTCPREPORT_SIZE + LARGEST], rest[sizeof(packet)];
	struct rtcpreport other = {0};
	struct rtcpreport_heard heard;
	int len = rtcpreport_build(report, facts, packet, RTCPREPORT_SIZE + facts->rest.len);

	demand(len > 0 && len % 4 == 0 && (size_t)len <= RTCPREPORT_SIZE + facts->rest.len);
	demand(!rtcpreport_receive(&other, packet, (size_t)len, facts->now, facts->wall, rest,
				   sizeof(rest), &heard));
	demand((heard.sr || heard.rr) && heard.sdes);
	demand(heard.rest_len == facts->rest.len &&
	       (!heard.rest_len || !memcmp(rest, facts->rest.at, heard.rest_len)));
}

static void check(struct rtcpreport *report, struct rtcpreport_facts *facts, const uint8_t *data,
		  size_t len)
{
	static uint8_t rest[LARGEST];
	struct rtcpreport_heard heard;
	uint8_t *packet = malloc(len ? len : 1); /* of its very size, for the sanitizer */

	demand(packet != NULL);
	memcpy(packet, data, len);
	if (!rtcpreport_receive(report, packet, len, facts->now, facts->wall, rest, len, &heard)) {
		demand(heard.rest_len <= len);
		facts->rest = (struct text){(const char *)rest, heard.rest_len};
		build(report, facts);
	}
	free(packet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtcpreport report = {0};
	const uint8_t *at = data, *end = data + size;
	uint64_t now = 1000000 * MS;

	while (end - at >= 3) {
		size_t len = ((size_t)at[0] << 8 | at[1]) % LARGEST;
		struct rtcpreport_facts facts;

		now += at[2] * 100 * MS;
		facts = facts_of(data, size, now);
		at += 3;
		if (len > (size_t)(end - at))
			len = (size_t)(end - at);
		check(&report, &facts, at, len);
		at += len;
	}
	return 0;
}
