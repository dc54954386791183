/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames for the tests: see frame.h. Written byte by byte, as the RFCs draw them. */
#include <arpa/inet.h>
#include <string.h>
#include "frame.h"

static const struct {
	const char *address;
	uint16_t port;
	uint8_t mac[6];
} people[PEOPLE] = {
	[ALICE] = {"192.0.2.10", 4000, {0x02, 0xa1, 0, 0, 0, 0x01}},
	[BOB] = {"198.51.100.20", 5000, {0x02, 0xb0, 0, 0, 0, 0x02}},
	[MALLORY] = {"192.0.2.66", 6666, {0x02, 0xee, 0, 0, 0, 0x03}},
	[RELAY_ALICE] = {"203.0.113.1", 10000, {0x02, 0xff, 0, 0, 0, 0x0a}},
	[RELAY_BOB] = {"203.0.113.1", 10002, {0x02, 0xff, 0, 0, 0, 0x0b}},
};

uint32_t person_address(enum person who)
{
	return inet_addr(people[who].address);
}

uint16_t person_port(enum person who)
{
	return people[who].port;
}

const uint8_t *person_mac(enum person who)
{
	return people[who].mac;
}

struct xrp_endpoint frame_endpoint(uint32_t address, uint16_t port)
{
	return (struct xrp_endpoint){
		.addr.word = {0, 0, htonl(XRP_V4MAPPED_WORD2_HOST), address},
		.port = htons(port),
	};
}

struct xrp_endpoint person_endpoint(enum person who)
{
	return frame_endpoint(person_address(who), person_port(who));
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

uint16_t frame_checksum(const uint8_t *bytes, size_t length, uint32_t sum)
{
	size_t i;

	for (i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint32_t frame_pseudo_sum(const uint8_t *ip, uint16_t udp_length)
{
	uint32_t sum = 17 + udp_length;
	int i;

	for (i = 12; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	return sum;
}

static uint16_t udp_check(enum check kind, const uint8_t *ip, const uint8_t *udp, size_t length)
{
	uint32_t pseudo = frame_pseudo_sum(ip, (uint16_t)(udp[4] << 8 | udp[5]));
	uint16_t full = frame_checksum(udp, length, pseudo);

	switch (kind) {
	case CHECK_FULL:
		return full ? full : 0xffff;
	case CHECK_PARTIAL:
		return (uint16_t)~frame_checksum(NULL, 0, pseudo);
	case CHECK_WRONG:
		return full ^ 0x0101;
	case CHECK_NONE:
		break;
	}
	return 0;
}

static void put_ip(uint8_t *ip, const struct datagram *d, size_t header, size_t total)
{
	uint32_t source = person_address(d->from), destination = person_address(d->to);

	ip[0] = (uint8_t)((d->version ? d->version : 4) << 4 | (d->ihl ? d->ihl : 5));
	ip[1] = d->tos;
	put16(ip + 2, (uint32_t)((int)total + d->total_length_lie));
	put16(ip + 4, d->id ? d->id : 0x1234);
	put16(ip + 6, d->fragment);
	ip[8] = d->ttl ? d->ttl : 57;
	ip[9] = d->protocol ? d->protocol : 17;
	memcpy(ip + 12, &source, 4);
	memcpy(ip + 16, &destination, 4);
	memset(ip + 20, 1, header - 20);
	put16(ip + 10, frame_checksum(ip, header, 0) ^ d->ip_check_lie);
}

void frame_make(struct frame *frame, const struct datagram *d)
{
	uint8_t *ip = frame->bytes + FRAME_ETHERNET, *udp;
	size_t header = d->ihl > 5 ? d->ihl * 4U : 20;
	size_t udp_length = 8 + d->payload_length;

	memset(frame, 0, sizeof(*frame));
	memcpy(frame->bytes, person_mac(d->to), 6);
	memcpy(frame->bytes + 6, person_mac(d->from), 6);
	put16(frame->bytes + 12, d->ether_type ? d->ether_type : 0x0800);
	put_ip(ip, d, header, header + udp_length);
	udp = ip + header;
	put16(udp, d->from_port ? d->from_port : person_port(d->from));
	put16(udp + 2, d->to_port ? d->to_port : person_port(d->to));
	put16(udp + 4, (uint32_t)((int)udp_length + d->udp_length_lie));
	if (d->payload)
		memcpy(udp + 8, d->payload, d->payload_length);
	put16(udp + 6, udp_check(d->check, ip, udp, udp_length));
	memset(udp + udp_length, 0xee, d->padding);
	frame->length = FRAME_ETHERNET + header + udp_length + d->padding;
	if (d->cut)
		frame->length = d->cut;
}
