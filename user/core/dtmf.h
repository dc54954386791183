/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telephone events (RFC 4733) of one party: many packets of one timestamp become one event. An
 * event is told once: at the first packet with the end bit, or, where those are lost, when another
 * event begins or nothing has come for DTMF_SILENCE. What comes of it later is a repetition.
 * Segments of an event too long for one timestamp (RFC 4733, 2.5.2.3) are one event.
 */
#ifndef XRP_CORE_DTMF_H
#define XRP_CORE_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <base/text.h>

#define DTMF_HISTORY 4		   /* events remembered, to know repetitions */
#define DTMF_SILENCE 1000000000ULL /* ns */
#define DTMF_EVENTS  2		   /* that one packet may complete */

struct dtmf_event {
	char digit;	   /* 0 to 9, *, #, A to D */
	uint8_t volume;	   /* -dBm0, 0 to 63 */
	bool ended;	   /* an end bit was seen; false: its packets were lost */
	uint32_t duration; /* timestamp units; of all segments */
};

/* The state of one party's events; made by dtmf_init. The rest is the module's own. */
struct dtmf {
	uint8_t payload_type;

	struct dtmf_seen {
		bool used, told;
		uint32_t ssrc, timestamp;
		uint32_t earlier; /* duration of earlier segments */
		uint64_t time;	  /* of its last packet */
		struct dtmf_event event;
	} seen[DTMF_HISTORY];
	unsigned int latest; /* index into seen */
};

void dtmf_init(struct dtmf *dtmf, uint8_t payload_type);
/* Is this (UDP payload) an event packet of the payload type? Those are what "h" hides. */
bool dtmf_is_event(const struct dtmf *dtmf, const uint8_t *data, size_t len);
/*
 * Takes a packet (UDP payload, of any kind) that came at `now` (ns). Returns the number of events
 * that are to be told now, mostly 0, and writes them in the order they were dialled. Events other
 * than DTMF digits (RFC 4733, 3: above 15) are not told.
 */
unsigned int dtmf_push(struct dtmf *dtmf, uint64_t now, const uint8_t *data, size_t len,
		       struct dtmf_event out[DTMF_EVENTS]);
/* True when the present event's end was lost and it is to be told now. For the sweep. */
bool dtmf_expire(struct dtmf *dtmf, uint64_t now, struct dtmf_event *out);

/*
 * Writes the notification "TAG digit volume duration side\n" as rtpproxy's catch_dtmf; `side` is
 * 0 for what the caller dials, 1 for the callee; `tag` is already %-decoded. Returns its length
 * (no NUL is counted), or -ENOSPC.
 */
int dtmf_notification(char *buf, size_t size, struct text tag, const struct dtmf_event *event,
		      int side);

#endif
