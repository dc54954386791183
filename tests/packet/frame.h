/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames for the tests, made from a description in which 0 is the ordinary case. Checksums are
 * computed in full here, by code that has nothing in common with the program's.
 */
#ifndef XRP_TESTS_FRAME_H
#define XRP_TESTS_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

#define FRAME_MAX      2048
#define FRAME_ETHERNET 14
#define FRAME_HEADERS  42 /* Ethernet, IPv4 without options, UDP */

/* The people. Alice and Bob talk through the relay, which has a port for each; Mallory meddles. */
enum person { ALICE, BOB, MALLORY, RELAY_ALICE, RELAY_BOB, PEOPLE };

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t length;
};

enum check { CHECK_FULL, CHECK_NONE, CHECK_PARTIAL, CHECK_WRONG };

/* A frame to be made. Lengths are bytes. */
struct datagram {
	enum person from, to;
	uint16_t from_port;    /* 0: the person's own */
	uint16_t to_port;      /* 0: the person's own */
	uint8_t tos, ttl;      /* ttl 0: 57 */
	uint16_t id;	       /* 0: 0x1234 */
	uint16_t fragment;     /* flags and offset */
	uint8_t protocol;      /* 0: UDP */
	uint16_t ether_type;   /* 0: IPv4 */
	uint8_t version;       /* 0: 4 */
	uint8_t ihl;	       /* words; 0: 5, more than 5: options (no-operation) */
	int total_length_lie;  /* added to the IP total length */
	int udp_length_lie;    /* added to the UDP length */
	uint16_t ip_check_lie; /* exclusive-ored to the IP checksum */
	enum check check;      /* of UDP */
	const void *payload;   /* NULL: zeros */
	size_t payload_length;
	size_t padding; /* behind the IP packet, 0xee each */
	size_t cut;	/* the frame ends here; 0: it does not */
};

/* The person's address (network order), port (host order) and MAC address. */
uint32_t person_address(enum person who);
uint16_t person_port(enum person who);
const uint8_t *person_mac(enum person who);
/* The endpoint as it stands in the maps. */
struct xrp_endpoint person_endpoint(enum person who);
struct xrp_endpoint frame_endpoint(uint32_t address, uint16_t port);

void frame_make(struct frame *frame, const struct datagram *d);
/* The Internet checksum (RFC 1071) of `length` bytes, as a number; `sum` is added before folding.
 */
uint16_t frame_checksum(const uint8_t *bytes, size_t length, uint32_t sum);
/* The sum of the UDP pseudo-header (RFC 768) of the IPv4 header at `ip`, to be passed as `sum`. */
uint32_t frame_pseudo_sum(const uint8_t *ip, uint16_t udp_length);

#endif
