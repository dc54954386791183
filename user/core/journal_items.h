/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of a record's items (docs/journal.md lists them, and lint compares) and which member of
 * which struct each is. One table serves writing and reading, so the two cannot drift apart.
 *
 * A type is never given another meaning and never used again: a later daemon reads what an earlier
 * one wrote.
 */
#ifndef XRP_CORE_JOURNAL_ITEMS_H
#define XRP_CORE_JOURNAL_ITEMS_H

#include <core/tlv.h>

#define JOURNAL_TEXT 8192 /* longest text, bytes: no command is longer */

enum journal_stream_item {
	JOURNAL_STREAM_CALL_ID = 1,
	JOURNAL_STREAM_TAG = 2,
	JOURNAL_STREAM_STRONG = 3,
	JOURNAL_STREAM_COMPLETE = 4,
	JOURNAL_STREAM_ANNOUNCED = 5,
	JOURNAL_STREAM_CREATED = 6,
	JOURNAL_STREAM_COMPLETED = 7,
	JOURNAL_STREAM_RTCP_OWN = 8,
	JOURNAL_STREAM_NOTIFY = 9,
	JOURNAL_STREAM_NOTIFY_TAG = 10,
	JOURNAL_STREAM_COPY_OF = 11,
	JOURNAL_STREAM_CALLEE = 12,
	JOURNAL_STREAM_CALLER = 13,
	JOURNAL_STREAM_CALLEE_LABEL = 14,
	JOURNAL_STREAM_CALLER_LABEL = 15,
	JOURNAL_STREAM_COPY_REVERSED = 16,
};

enum journal_leg_item {
	JOURNAL_LEG_PORT = 1,
	JOURNAL_LEG_BIND = 2,
	JOURNAL_LEG_WEAK = 3,
	JOURNAL_LEG_TOS = 4,
	JOURNAL_LEG_PTIME = 5,
	JOURNAL_LEG_CODECS = 6,
	JOURNAL_LEG_TTL = 7,
	JOURNAL_LEG_TOUCHED = 8,
	JOURNAL_LEG_RECORD = 9,
	JOURNAL_LEG_SINGLE = 10,
	JOURNAL_LEG_PART = 11,
	JOURNAL_LEG_COPY_TO = 12,
	JOURNAL_LEG_COPY_FROM = 13,
	JOURNAL_LEG_PROMPT = 14,
	JOURNAL_LEG_PROMPT_CODECS = 15,
	JOURNAL_LEG_PROMPT_COUNT = 16,
	JOURNAL_LEG_DIGITS_TAG = 17,
	JOURNAL_LEG_DIGITS_TYPE = 18,
	JOURNAL_LEG_DIGITS_HIDE = 19,
	JOURNAL_LEG_RTP = 20,
	JOURNAL_LEG_RTCP = 21,
	JOURNAL_LEG_HOLD = 22,
};

enum journal_channel_item {
	JOURNAL_CHANNEL_POLICY = 1,
	JOURNAL_CHANNEL_STATE = 2,
	JOURNAL_CHANNEL_ASYMMETRIC = 3,
	JOURNAL_CHANNEL_MOVED = 4,
	JOURNAL_CHANNEL_SIGNALLED = 5,
	JOURNAL_CHANNEL_PEER = 6,
	JOURNAL_CHANNEL_DEST = 7,
	JOURNAL_CHANNEL_RTP_HOST = 8,
	JOURNAL_CHANNEL_HEARD = 9,
	JOURNAL_CHANNEL_STALE = 10,
	JOURNAL_CHANNEL_SLOT = 11,
	JOURNAL_CHANNEL_GENERATION = 12,
	JOURNAL_CHANNEL_TS_PER_NS = 13,
	JOURNAL_CHANNEL_CLOCK_HZ = 14,
	JOURNAL_CHANNEL_JITTER_HIGHEST = 15,
	JOURNAL_CHANNEL_JITTER_SUM = 16,
	JOURNAL_CHANNEL_JITTER_COUNT = 17,
	JOURNAL_CHANNEL_RELAYED = 18,
	JOURNAL_CHANNEL_DROPPED = 19,
	JOURNAL_CHANNEL_STRANGERS = 20,
	JOURNAL_CHANNEL_REFUSED = 21,
	JOURNAL_CHANNEL_ANNOUNCED = 22,
	JOURNAL_CHANNEL_CAP = 23,
	JOURNAL_CHANNEL_SOURCE = 24,
	JOURNAL_CHANNEL_COPIES_LOST = 25,
	JOURNAL_CHANNEL_HANDOVER = 27,
	JOURNAL_CHANNEL_UNPROVEN = 28,
	JOURNAL_CHANNEL_SLOW_PACKETS = 32,
	JOURNAL_CHANNEL_SLOW_BYTES = 33,
	JOURNAL_CHANNEL_SLOW_LAST_SEEN = 34,
	JOURNAL_CHANNEL_SLOW_LONGEST_GAP = 35,
	JOURNAL_CHANNEL_SLOW_RTP_PACKETS = 36,
	JOURNAL_CHANNEL_SLOW_SSRC = 37,
	JOURNAL_CHANNEL_SLOW_HIGHEST = 38,
	JOURNAL_CHANNEL_SLOW_TIMESTAMP = 39,
	JOURNAL_CHANNEL_SLOW_TRANSIT = 40,
	JOURNAL_CHANNEL_SLOW_JITTER = 41,
	JOURNAL_CHANNEL_SLOW_TS_PER_NS = 42,
	JOURNAL_CHANNEL_SLOW_PAYLOAD_TYPE = 43,
	JOURNAL_CHANNEL_SLOW_JUMPED = 44,
	JOURNAL_CHANNEL_SLOW_EXPECTED = 45,
	JOURNAL_CHANNEL_SLOW_BASE = 46,
	JOURNAL_CHANNEL_SLOW_PRIOR = 47,
	JOURNAL_CHANNEL_SLOW_STRANGERS = 48,
	JOURNAL_CHANNEL_SLOW_PUNTED = 49,
	JOURNAL_CHANNEL_SLOW_RATE_DROPPED = 50,
};

enum journal_totals_item {
	JOURNAL_TOTALS_CREATED = 1,
	JOURNAL_TOTALS_DESTROYED = 2,
	JOURNAL_TOTALS_TIMED_OUT = 3,
	JOURNAL_TOTALS_COMPLETED = 4,
	JOURNAL_TOTALS_NO_RTP = 5,
	JOURNAL_TOTALS_ONE_WAY_RTP = 6,
	JOURNAL_TOTALS_NO_RTCP = 7,
	JOURNAL_TOTALS_ONE_WAY_RTCP = 8,
	JOURNAL_TOTALS_RECEIVED = 9,
	JOURNAL_TOTALS_RELAYED = 10,
	JOURNAL_TOTALS_DISCARDED = 11,
	JOURNAL_TOTALS_EXPECTED = 12,
	JOURNAL_TOTALS_RTP_RECEIVED = 13,
	JOURNAL_TOTALS_LOST = 14,
	JOURNAL_TOTALS_DUPLICATES = 15,
	JOURNAL_TOTALS_UNPARSABLE = 16,
	JOURNAL_TOTALS_DURATION = 17,
	JOURNAL_TOTALS_COMMANDS = 18,
	JOURNAL_TOTALS_COMMAND_DUPLICATES = 19,
	JOURNAL_TOTALS_COMMAND_SUCCESSES = 20,
	JOURNAL_TOTALS_COMMAND_ERRORS = 21,
	JOURNAL_TOTALS_REPLIES = 22,
	JOURNAL_TOTALS_DISCARDED_INCOMPLETE = 23,
	JOURNAL_TOTALS_SLOW_REFUSED = 24,
	JOURNAL_TOTALS_PROMPTS_STARTED = 25,
	JOURNAL_TOTALS_PROMPTS_ENDED = 26,
	JOURNAL_TOTALS_PROMPT_PACKETS = 27,
	JOURNAL_TOTALS_REPACKETISED_IN = 28,
	JOURNAL_TOTALS_REPACKETISED_OUT = 29,
	JOURNAL_TOTALS_REPACKETISED_LATE = 30,
	JOURNAL_TOTALS_ALIVE = 31,
	JOURNAL_TOTALS_RATE_LIMITED = 32,
	JOURNAL_TOTALS_LOOPS = 33,
	JOURNAL_TOTALS_COPIES_LOST = 34,
};

enum journal_form {
	JOURNAL_HEAD,	  /* known, but no member of the struct: whoever reads it looks for it */
	JOURNAL_NUMBER,	  /* of `size` bytes, at most `max` */
	JOURNAL_REAL,	  /* a double: its 8 bytes; finite and not below 0 */
	JOURNAL_PORT,	  /* of an xrp_endpoint */
	JOURNAL_ADDRESS,  /* xrp_addr: 4 bytes or 16 */
	JOURNAL_ENDPOINT, /* xrp_endpoint: the same and the port, network order */
	JOURNAL_STRING,	  /* char *: without NUL; NULL when it is missing */
};

struct journal_field {
	uint8_t type, form, size;
	uint32_t offset;
	uint64_t max;
};

struct journal_group {
	uint8_t type;
	uint32_t offset; /* of the struct inside the outer one */
	const struct journal_level *level;
};

/* The items of one struct. */
struct journal_level {
	const struct journal_field *field;
	size_t fields;
	const struct journal_group *group;
	size_t groups;
};

extern const struct journal_level journal_stream_level;
extern const struct journal_level journal_totals_level;

/*
 * Writes the items of the struct at `base`, but those that are zero: that is the default of each.
 * Of the items `unknown` those that the level and its groups do not know go in behind.
 */
void journal_write_items(const struct journal_level *level, const void *base,
			 struct tlv_cursor unknown, struct tlv_writer *writer);
/*
 * Reads them into the zeroed struct at `base`; texts become heap copies, which are the caller's on
 * error, too. What is not known goes to `unknown`, inside its groups; nothing goes wrong when it
 * has as much room as `items` are long. 0, -ENOMEM, or -EBADMSG: an item is cut off, comes twice,
 * or has a value that its type cannot have.
 */
int journal_read_items(const struct journal_level *level, struct tlv_cursor items, void *base,
		       struct tlv_writer *unknown);
/* A text as it may stand in a record: not empty, not too long, without NUL. */
bool journal_text_is_right(const struct tlv_item *item);

#endif
