/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes and reads the test packets: RTP (RFC 3550, 5.1), RTCP sender reports without report blocks
 * (6.4.1) and STUN binding requests (RFC 8489, 5). A packet is checked by writing the one it claims
 * to be and comparing all bytes.
 */
#include <string.h>

#include "packet.h"

#define RTP_HEADER  12
#define RTCP_SR	    28
#define STUN_HEADER 20
#define STUN_COOKIE 0x2112a442U

static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

/* Fills with the bytes (xorshift32) that belong to a packet of this identity and length. */
static void put_pattern(uint8_t *p, size_t len, uint32_t ssrc, uint32_t sequence)
{
	uint32_t x = ssrc ^ sequence * 0x9e3779b1U ^ (uint32_t)len * 0x85ebca6bU;

	if (!x)
		x = 1;
	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		p[i] = (uint8_t)x;
	}
}

static size_t write_rtp(const struct packet *packet, uint8_t *buf)
{
	buf[0] = 0x80;
	buf[1] = packet->payload_type & 0x7f;
	put16(buf + 2, packet->sequence);
	put32(buf + 4, (packet->sequence & 0xffff) * 160);
	put32(buf + 8, packet->ssrc);
	put_pattern(buf + RTP_HEADER, packet->payload, packet->ssrc, packet->sequence & 0xffff);
	return RTP_HEADER + packet->payload;
}

/* The sender's packet count holds the sequence. */
static size_t write_rtcp(const struct packet *packet, uint8_t *buf)
{
	buf[0] = 0x80;
	buf[1] = 200;
	put16(buf + 2, RTCP_SR / 4 - 1);
	put32(buf + 4, packet->ssrc);
	put_pattern(buf + 8, 12, packet->ssrc, packet->sequence);
	put32(buf + 20, packet->sequence);
	put32(buf + 24, packet->sequence * 160);
	return RTCP_SR;
}

/* The transaction identifier holds SSRC and sequence. */
static size_t write_stun(const struct packet *packet, uint8_t *buf)
{
	put16(buf, 1);
	put16(buf + 2, 0);
	put32(buf + 4, STUN_COOKIE);
	put32(buf + 8, packet->ssrc);
	put32(buf + 12, packet->sequence);
	put_pattern(buf + 16, 4, packet->ssrc, packet->sequence);
	return STUN_HEADER;
}

const char *packet_kind_name(enum packet_kind kind)
{
	static const char *const names[] = {"rtp", "rtcp", "stun"};

	return names[kind];
}

size_t packet_write(const struct packet *packet, uint8_t *buf)
{
	switch (packet->kind) {
	case PACKET_RTCP:
		return write_rtcp(packet, buf);
	case PACKET_STUN:
		return write_stun(packet, buf);
	case PACKET_RTP:
		break;
	}
	return write_rtp(packet, buf);
}

/* Reads what the packet claims to be. */
static bool read_claim(struct packet *packet, const uint8_t *data, size_t len)
{
	if (len == STUN_HEADER && !(data[0] >> 6) && get32(data + 4) == STUN_COOKIE) {
		packet->kind = PACKET_STUN;
		packet->ssrc = get32(data + 8);
		packet->sequence = get32(data + 12);
		return true;
	}
	if (len < RTP_HEADER || data[0] >> 6 != 2)
		return false;
	if (data[1] == 200 && len == RTCP_SR) {
		packet->kind = PACKET_RTCP;
		packet->ssrc = get32(data + 4);
		packet->sequence = get32(data + 20);
		return true;
	}
	packet->kind = PACKET_RTP;
	packet->payload_type = data[1] & 0x7f;
	packet->ssrc = get32(data + 8);
	packet->sequence = get16(data + 2);
	packet->payload = len - RTP_HEADER;
	return true;
}

bool packet_read(struct packet *packet, const uint8_t *data, size_t len)
{
	static uint8_t wanted[PACKET_MAX];

	*packet = (struct packet){.kind = PACKET_RTP};
	if (len > PACKET_MAX || !read_claim(packet, data, len))
		return false;
	return packet_write(packet, wanted) == len && !memcmp(wanted, data, len);
}
