/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the attacker's tool share: what is asked for, and what came of it. */
#ifndef XRP_ATTACK_ATTACK_H
#define XRP_ATTACK_ATTACK_H

#include <stdbool.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

struct attack {
	struct xrp_endpoint from; /* bound to; with `spoof` only written into the packets */
	bool spoof;
	bool fragments;		/* with `spoof`: pieces of datagrams that are never whole */
	struct xrp_endpoint to; /* port 0: send nothing, listen */
	unsigned int ports;	/* from to's port on */
	unsigned int step;	/* from one to the next */
	const struct payload_kind *kind;
	bool ssrc_known, sequence_known; /* else random for each burst */
	uint32_t ssrc;
	uint16_t sequence;
	unsigned int burst; /* packets to a port, one after the other */
	unsigned int size;  /* UDP payload, bytes; 0: as the kind has it */
	double pps;
	uint64_t count;	     /* 0: no limit */
	double seconds;	     /* likewise */
	unsigned int linger; /* ms to listen when all is sent */
	/* Live frames out of this interface to this MAC address, as fast as `pps`; "": sockets. */
	char interface[16];
	uint8_t mac[6];
};

struct attack_result {
	uint64_t sent, failed;
	uint64_t received, received_bytes; /* what came to `from` */
	struct xrp_endpoint last;	   /* where the last of it was from */
};

#endif
