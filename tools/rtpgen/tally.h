/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came in: counted by sequence number and by source, and what of it should not have come. */
#ifndef RTPGEN_TALLY_H
#define RTPGEN_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "base/endpoint.h"
#include "packet.h"

#define TALLY_SOURCES 8 /* so many sources are told apart */

struct tally_source {
	struct xrp_endpoint from;
	unsigned long packets;
};

struct tally {
	/* What is expected; unset: the first packet decides. */
	bool source_known, ssrc_known;
	bool unjudged; /* anything from the right source is good */
	struct xrp_endpoint source;
	uint32_t ssrc;
	enum packet_kind kind;

	unsigned long received; /* good ones, each sequence once */
	unsigned long duplicates, reordered, bad_payload, wrong_source, wrong_ssrc, wrong_kind;
	uint64_t first;		  /* when the first good one came, ns; 0: none yet */
	int ttl, tos;		  /* of the last packet */
	uint32_t lowest, highest; /* extended sequence numbers */
	uint8_t seen[65536 / 8];  /* of the last 65536 sequence numbers */
	struct tally_source sources[TALLY_SOURCES];
};

/* Counts one datagram that came at `now` (ns) from `from`. */
void tally_add(struct tally *tally, const struct xrp_endpoint *from, const uint8_t *data,
	       size_t len, uint64_t now);
/* Sequence numbers that are missing between the lowest and the highest seen. */
unsigned long tally_lost(const struct tally *tally);
/* Nothing came that should not have; loss does not count. */
bool tally_clean(const struct tally *tally);
/* Adds all counters to the report `object`. */
void tally_report(const struct tally *tally, json_t *object);

#endif
