/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See payload.h. RTCP that lies is what scanners of media relays send: lengths that are not there,
 * counts of blocks that do not fit, packets that end within a header. */
#include "payload.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define RTP_SIZE 172 /* G.711, 20 ms */

static void put16(uint8_t *at, uint16_t value)
{
	value = htons(value);
	memcpy(at, &value, sizeof(value));
}

static void put32(uint8_t *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof(value));
}

static size_t sized(const struct payload_of *of, size_t own)
{
	size_t size = of->size ? of->size : own;

	return size < PAYLOAD_MAX ? size : PAYLOAD_MAX;
}

static size_t write_rtp(const struct payload_of *of, uint8_t *buf)
{
	size_t size = sized(of, RTP_SIZE);

	memset(buf, 0xd5, size);
	if (size < 12)
		return size;
	buf[0] = 0x80;
	buf[1] = 8;
	put16(buf + 2, of->sequence);
	put32(buf + 4, of->sequence * 160U);
	put32(buf + 8, of->ssrc);
	return size;
}

/* A header of RTCP; `words` is what its length field claims. */
static void rtcp_head(uint8_t *at, unsigned int blocks, uint8_t type, uint16_t words, uint32_t ssrc)
{
	at[0] = (uint8_t)(0x80 | blocks);
	at[1] = type;
	put16(at + 2, words);
	put32(at + 4, ssrc);
}

/* A sender report without blocks, right in all its parts. */
static size_t write_rtcp(const struct payload_of *of, uint8_t *buf)
{
	memset(buf, 0, 28);
	rtcp_head(buf, 0, 200, 6, of->ssrc);
	return 28;
}

static size_t write_short(const struct payload_of *of, uint8_t *buf)
{
	static const uint8_t sizes[] = {1, 4, 7, 0, 2, 3, 5, 6, 11};

	memset(buf, 0, 12);
	rtcp_head(buf, 0, 200, 6, of->ssrc);
	return sizes[of->number % sizeof(sizes)];
}

static size_t write_lies(const struct payload_of *of, uint8_t *buf)
{
	memset(buf, 0, 64);
	switch (of->number % 6) {
	case 0: /* claims 256 kB */
		rtcp_head(buf, 0, 200, 0xffff, of->ssrc);
		return 28;
	case 1: /* claims nothing behind the first word */
		rtcp_head(buf, 0, 201, 0, of->ssrc);
		return 8;
	case 2: /* 31 blocks that are not there */
		rtcp_head(buf, 31, 200, 6, of->ssrc);
		return 28;
	case 3: /* a compound whose second packet overruns */
		rtcp_head(buf, 0, 201, 1, of->ssrc);
		rtcp_head(buf + 8, 1, 202, 100, of->ssrc);
		return 20;
	case 4: /* an SDES item longer than the packet */
		rtcp_head(buf, 1, 202, 3, of->ssrc);
		buf[8] = 1;
		buf[9] = 255;
		return 16;
	default: /* a BYE in another's name, with padding that is longer than all */
		rtcp_head(buf, 1, 203, 1, of->ssrc);
		buf[0] |= 0x20;
		buf[7] = 0xff;
		return 8;
	}
}

static size_t write_stun(const struct payload_of *of, uint8_t *buf)
{
	memset(buf, 0, 20);
	buf[1] = 1;
	put32(buf + 4, 0x2112a442);
	put32(buf + 8, of->ssrc);
	put32(buf + 12, (uint32_t)of->number);
	return 20;
}

static size_t write_junk(const struct payload_of *of, uint8_t *buf)
{
	size_t size = sized(of, (size_t)rand() % 200);

	for (size_t i = 0; i < size; i++)
		buf[i] = (uint8_t)rand();
	return size;
}

static const struct payload_kind kinds[] = {
	{"rtp", "RTP of payload type 8", write_rtp},
	{"rtcp", "a sender report", write_rtcp},
	{"short", "RTCP cut to 0 to 11 bytes", write_short},
	{"lies", "RTCP whose lengths and counts are not true", write_lies},
	{"stun", "a binding request", write_stun},
	{"junk", "random bytes", write_junk},
};

const struct payload_kind *payload_at(unsigned int i)
{
	return i < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[i] : NULL;
}

const struct payload_kind *payload_named(const char *name)
{
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	return NULL;
}
