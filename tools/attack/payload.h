/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attacker puts into a datagram. */
#ifndef XRP_ATTACK_PAYLOAD_H
#define XRP_ATTACK_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

#define PAYLOAD_MAX 1472

/* One packet of a burst. */
struct payload_of {
	uint64_t number; /* of the packet, from 0 on */
	uint32_t ssrc;
	uint16_t sequence;
	unsigned int size; /* 0: the kind's own */
};

struct payload_kind {
	const char *name, *sentence;
	size_t (*write)(const struct payload_of *of, uint8_t buf[PAYLOAD_MAX]);
};

/* NULL: there is none of that name. */
const struct payload_kind *payload_named(const char *name);
/* For the help: i from 0 on, NULL behind the last. */
const struct payload_kind *payload_at(unsigned int i);

#endif
