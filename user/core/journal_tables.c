/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which item of a record is which member of which struct. See journal_items.h. */
#include <stddef.h>
#include <core/engine.h>
#include <core/journal_items.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define SIZE(s, m)   sizeof(((struct s *)NULL)->m)
#define BITS(size)   (UINT64_MAX >> (64 - 8 * (size)))
#define FIELD(s, m)  .size = SIZE(s, m), .offset = offsetof(struct s, m)
#define HEAD(item)                                                                                 \
	{                                                                                          \
		.type = (item), .form = JOURNAL_HEAD                                               \
	}
#define MAX(item, s, m, most)                                                                      \
	{                                                                                          \
		.type = (item), .form = JOURNAL_NUMBER, FIELD(s, m), .max = (most)                 \
	}
#define NUMBER(item, s, m) MAX(item, s, m, BITS(SIZE(s, m)))
#define FLAG(item, s, m)   MAX(item, s, m, 1)
#define OTHER(item, f, s, m)                                                                       \
	{                                                                                          \
		.type = (item), .form = (f), FIELD(s, m)                                           \
	}

static const struct journal_field channel_fields[] = {
	MAX(JOURNAL_CHANNEL_POLICY, channel, learn.policy, LEARN_ANY),
	MAX(JOURNAL_CHANNEL_STATE, channel, learn.state, LEARN_LOCKED),
	FLAG(JOURNAL_CHANNEL_ASYMMETRIC, channel, learn.asymmetric),
	FLAG(JOURNAL_CHANNEL_MOVED, channel, learn.moved),
	OTHER(JOURNAL_CHANNEL_SIGNALLED, JOURNAL_ENDPOINT, channel, learn.signalled),
	OTHER(JOURNAL_CHANNEL_PEER, JOURNAL_ENDPOINT, channel, learn.peer),
	OTHER(JOURNAL_CHANNEL_DEST, JOURNAL_ENDPOINT, channel, learn.dest),
	OTHER(JOURNAL_CHANNEL_RTP_HOST, JOURNAL_ADDRESS, channel, learn.rtp_host),
	NUMBER(JOURNAL_CHANNEL_HEARD, channel, learn.heard),
	NUMBER(JOURNAL_CHANNEL_STALE, channel, learn.stale),
	NUMBER(JOURNAL_CHANNEL_SLOT, channel, slot),
	NUMBER(JOURNAL_CHANNEL_GENERATION, channel, generation),
	NUMBER(JOURNAL_CHANNEL_TS_PER_NS, channel, ts_per_ns),
	NUMBER(JOURNAL_CHANNEL_CLOCK_HZ, channel, clock.hz),
	OTHER(JOURNAL_CHANNEL_JITTER_HIGHEST, JOURNAL_REAL, channel, jitter.highest),
	OTHER(JOURNAL_CHANNEL_JITTER_SUM, JOURNAL_REAL, channel, jitter.sum),
	NUMBER(JOURNAL_CHANNEL_JITTER_COUNT, channel, jitter.count),
	NUMBER(JOURNAL_CHANNEL_RELAYED, channel, slow_relayed),
	NUMBER(JOURNAL_CHANNEL_DROPPED, channel, slow_dropped),
	NUMBER(JOURNAL_CHANNEL_STRANGERS, channel, slow_refused),
	OTHER(JOURNAL_CHANNEL_REFUSED, JOURNAL_ENDPOINT, channel, refused),
	OTHER(JOURNAL_CHANNEL_ANNOUNCED, JOURNAL_ENDPOINT, channel, announced),
	MAX(JOURNAL_CHANNEL_CAP, channel, rate.cap, RATE_WIDE),
	OTHER(JOURNAL_CHANNEL_SOURCE, JOURNAL_ENDPOINT, channel, learn.source),
	NUMBER(JOURNAL_CHANNEL_COPIES_LOST, channel, copies_lost),
	FLAG(JOURNAL_CHANNEL_HANDOVER, channel, learn.handover),
	NUMBER(JOURNAL_CHANNEL_UNPROVEN, channel, learn.unproven),
	NUMBER(JOURNAL_CHANNEL_SLOW_PACKETS, channel, slow.packets),
	NUMBER(JOURNAL_CHANNEL_SLOW_BYTES, channel, slow.bytes),
	NUMBER(JOURNAL_CHANNEL_SLOW_LAST_SEEN, channel, slow.last_seen),
	NUMBER(JOURNAL_CHANNEL_SLOW_LONGEST_GAP, channel, slow_gap),
	NUMBER(JOURNAL_CHANNEL_SLOW_RTP_PACKETS, channel, slow.rtp_packets),
	NUMBER(JOURNAL_CHANNEL_SLOW_SSRC, channel, slow.rtp_ssrc),
	NUMBER(JOURNAL_CHANNEL_SLOW_HIGHEST, channel, slow.rtp_highest),
	NUMBER(JOURNAL_CHANNEL_SLOW_TIMESTAMP, channel, slow.rtp_timestamp),
	NUMBER(JOURNAL_CHANNEL_SLOW_TRANSIT, channel, slow.rtp_transit),
	NUMBER(JOURNAL_CHANNEL_SLOW_JITTER, channel, slow.rtp_jitter),
	NUMBER(JOURNAL_CHANNEL_SLOW_TS_PER_NS, channel, slow.ts_per_ns),
	MAX(JOURNAL_CHANNEL_SLOW_PAYLOAD_TYPE, channel, slow.rtp_payload_type, 127),
	FLAG(JOURNAL_CHANNEL_SLOW_JUMPED, channel, slow.rtp_jumped),
	NUMBER(JOURNAL_CHANNEL_SLOW_EXPECTED, channel, slow.rtp_expected),
	NUMBER(JOURNAL_CHANNEL_SLOW_BASE, channel, slow.rtp_base),
	NUMBER(JOURNAL_CHANNEL_SLOW_PRIOR, channel, slow.rtp_expected_prior),
	NUMBER(JOURNAL_CHANNEL_SLOW_STRANGERS, channel, slow.strangers),
	NUMBER(JOURNAL_CHANNEL_SLOW_PUNTED, channel, slow.punted),
	NUMBER(JOURNAL_CHANNEL_SLOW_RATE_DROPPED, channel, slow.rate_dropped),
};

static const struct journal_level channel_level = {
	.field = channel_fields,
	.fields = COUNT(channel_fields),
};

static const struct journal_field leg_fields[] = {
	OTHER(JOURNAL_LEG_PORT, JOURNAL_PORT, leg, channel[CHANNEL_RTP].local),
	OTHER(JOURNAL_LEG_BIND, JOURNAL_ADDRESS, leg, bind),
	FLAG(JOURNAL_LEG_WEAK, leg, weak),
	NUMBER(JOURNAL_LEG_TOS, leg, tos),
	NUMBER(JOURNAL_LEG_PTIME, leg, ptime),
	OTHER(JOURNAL_LEG_CODECS, JOURNAL_STRING, leg, codecs),
	NUMBER(JOURNAL_LEG_TTL, leg, ttl),
	NUMBER(JOURNAL_LEG_TOUCHED, leg, touched),
	FLAG(JOURNAL_LEG_RECORD, leg, media.record),
	FLAG(JOURNAL_LEG_SINGLE, leg, media.single),
	NUMBER(JOURNAL_LEG_PART, leg, media.part),
	OTHER(JOURNAL_LEG_COPY_TO, JOURNAL_STRING, leg, media.copy_to),
	OTHER(JOURNAL_LEG_COPY_FROM, JOURNAL_ENDPOINT, leg, media.copy_from),
	OTHER(JOURNAL_LEG_PROMPT, JOURNAL_STRING, leg, media.prompt),
	OTHER(JOURNAL_LEG_PROMPT_CODECS, JOURNAL_STRING, leg, media.prompt_codecs),
	NUMBER(JOURNAL_LEG_PROMPT_COUNT, leg, media.prompt_count),
	OTHER(JOURNAL_LEG_DIGITS_TAG, JOURNAL_STRING, leg, media.digits_tag),
	MAX(JOURNAL_LEG_DIGITS_TYPE, leg, digits_type, 127),
	FLAG(JOURNAL_LEG_DIGITS_HIDE, leg, media.digits_hide),
	FLAG(JOURNAL_LEG_HOLD, leg, hold),
};

static const struct journal_group leg_groups[] = {
	{JOURNAL_LEG_RTP, offsetof(struct leg, channel[CHANNEL_RTP]), &channel_level},
	{JOURNAL_LEG_RTCP, offsetof(struct leg, channel[CHANNEL_RTCP]), &channel_level},
};

static const struct journal_level leg_level = {
	.field = leg_fields,
	.fields = COUNT(leg_fields),
	.group = leg_groups,
	.groups = COUNT(leg_groups),
};

static const struct journal_field stream_fields[] = {
	HEAD(JOURNAL_STREAM_CALL_ID),
	HEAD(JOURNAL_STREAM_TAG),
	FLAG(JOURNAL_STREAM_STRONG, stream, strong),
	FLAG(JOURNAL_STREAM_COMPLETE, stream, complete),
	FLAG(JOURNAL_STREAM_ANNOUNCED, stream, announced),
	NUMBER(JOURNAL_STREAM_CREATED, stream, created),
	NUMBER(JOURNAL_STREAM_COMPLETED, stream, completed),
	FLAG(JOURNAL_STREAM_RTCP_OWN, stream, rtcp_own),
	HEAD(JOURNAL_STREAM_NOTIFY),
	OTHER(JOURNAL_STREAM_NOTIFY_TAG, JOURNAL_STRING, stream, notify_tag),
	HEAD(JOURNAL_STREAM_COPY_OF),
	HEAD(JOURNAL_STREAM_CALLEE_LABEL),
	HEAD(JOURNAL_STREAM_CALLER_LABEL),
	FLAG(JOURNAL_STREAM_COPY_REVERSED, stream, copy_reversed),
};

static const struct journal_group stream_groups[] = {
	{JOURNAL_STREAM_CALLEE, offsetof(struct stream, leg[LEG_CALLEE]), &leg_level},
	{JOURNAL_STREAM_CALLER, offsetof(struct stream, leg[LEG_CALLER]), &leg_level},
};

const struct journal_level journal_stream_level = {
	.field = stream_fields,
	.fields = COUNT(stream_fields),
	.group = stream_groups,
	.groups = COUNT(stream_groups),
};

static const struct journal_field totals_fields[] = {
	NUMBER(JOURNAL_TOTALS_CREATED, engine_totals, created),
	NUMBER(JOURNAL_TOTALS_DESTROYED, engine_totals, destroyed),
	NUMBER(JOURNAL_TOTALS_TIMED_OUT, engine_totals, timed_out),
	NUMBER(JOURNAL_TOTALS_COMPLETED, engine_totals, completed),
	NUMBER(JOURNAL_TOTALS_NO_RTP, engine_totals, no_rtp),
	NUMBER(JOURNAL_TOTALS_ONE_WAY_RTP, engine_totals, one_way_rtp),
	NUMBER(JOURNAL_TOTALS_NO_RTCP, engine_totals, no_rtcp),
	NUMBER(JOURNAL_TOTALS_ONE_WAY_RTCP, engine_totals, one_way_rtcp),
	NUMBER(JOURNAL_TOTALS_RECEIVED, engine_totals, received),
	NUMBER(JOURNAL_TOTALS_RELAYED, engine_totals, relayed),
	NUMBER(JOURNAL_TOTALS_DISCARDED, engine_totals, discarded),
	NUMBER(JOURNAL_TOTALS_EXPECTED, engine_totals, expected),
	NUMBER(JOURNAL_TOTALS_RTP_RECEIVED, engine_totals, rtp_received),
	NUMBER(JOURNAL_TOTALS_LOST, engine_totals, lost),
	NUMBER(JOURNAL_TOTALS_DUPLICATES, engine_totals, duplicates),
	NUMBER(JOURNAL_TOTALS_UNPARSABLE, engine_totals, unparsable),
	OTHER(JOURNAL_TOTALS_DURATION, JOURNAL_REAL, engine_totals, duration),
	NUMBER(JOURNAL_TOTALS_COMMANDS, engine_totals, commands),
	NUMBER(JOURNAL_TOTALS_COMMAND_DUPLICATES, engine_totals, command_duplicates),
	NUMBER(JOURNAL_TOTALS_COMMAND_SUCCESSES, engine_totals, command_successes),
	NUMBER(JOURNAL_TOTALS_COMMAND_ERRORS, engine_totals, command_errors),
	NUMBER(JOURNAL_TOTALS_REPLIES, engine_totals, replies),
	NUMBER(JOURNAL_TOTALS_DISCARDED_INCOMPLETE, engine_totals, discarded_incomplete),
	NUMBER(JOURNAL_TOTALS_SLOW_REFUSED, engine_totals, slow_refused),
	NUMBER(JOURNAL_TOTALS_PROMPTS_STARTED, engine_totals, prompts_started),
	NUMBER(JOURNAL_TOTALS_PROMPTS_ENDED, engine_totals, prompts_ended),
	NUMBER(JOURNAL_TOTALS_PROMPT_PACKETS, engine_totals, prompt_packets),
	NUMBER(JOURNAL_TOTALS_REPACKETISED_IN, engine_totals, repacketised_in),
	NUMBER(JOURNAL_TOTALS_REPACKETISED_OUT, engine_totals, repacketised_out),
	NUMBER(JOURNAL_TOTALS_REPACKETISED_LATE, engine_totals, repacketised_late),
	NUMBER(JOURNAL_TOTALS_ALIVE, engine_totals, alive),
	NUMBER(JOURNAL_TOTALS_RATE_LIMITED, engine_totals, rate_limited),
	NUMBER(JOURNAL_TOTALS_LOOPS, engine_totals, loops),
	NUMBER(JOURNAL_TOTALS_COPIES_LOST, engine_totals, copies_lost),
};

const struct journal_level journal_totals_level = {
	.field = totals_fields,
	.fields = COUNT(totals_fields),
};
