/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of taps share: taps.c (all of them, and what the slow path hands in),
 * taps_record.c (R, C and N), taps_copy.c (the subcommand C).
 *
 * A leg's tap has at most one recorder (R or C: two files, one file, or a UDP target) and any
 * number of streams that its media is copied to. Each of these is a branch of the recorder thread
 * for RTP and one for RTCP.
 */
#ifndef XRP_DAEMON_TAPS_PRIVATE_H
#define XRP_DAEMON_TAPS_PRIVATE_H

#include <core/engine.h>
#include <daemon/taps.h>
#include <io/recorder.h>
#include <io/salvage.h>

#define TAPS_TTL 64 /* of what is sent */

enum { KINDS = 2, SIDES = 2 }; /* of channels, of legs */

/* A stream that gets what the leg's party sends. */
struct tap_copy {
	struct stream *to;
	struct branch *branch[KINDS];
	struct tap_copy *next;
};

struct tap {
	bool recording; /* the next five are in use */
	bool single;
	struct branch *branch[KINDS]; /* NULL: RTCP is not recorded */
	struct recorder_file *file[KINDS];
	struct xrp_endpoint from; /* what copies are sent from; port 0: they go to files */
	struct tap_copy *copies;
	uint32_t generation[KINDS]; /* of the channels' slots that the branches know */
};

struct taps {
	struct taps_config config;
	struct recorder *recorder;
	struct salvage *salvage; /* NULL: no files */
	struct capture_dirs dirs;
	unsigned int recorders;
	struct recorder_stats told; /* what the log has told of */
	struct salvage_stats told_salvaged;
};

static inline struct stream *leg_stream(const struct leg *leg)
{
	return leg->channel[CHANNEL_RTP].stream;
}

static inline enum leg_side leg_side(const struct leg *leg)
{
	return leg->channel[CHANNEL_RTP].side;
}

static inline void taps_dirty(struct taps *taps, struct stream *stream)
{
	calls_dirty(&taps->config.engine->calls, stream);
}

/* The leg's tap, made if need be. NULL: no memory. */
struct tap *tap_of(struct leg *leg);
/* A tap that taps nothing is none. */
void tap_drop_idle(struct leg *leg);
/* A branch for what comes in on a channel, to a file or (NULL) to be aimed. NULL: no memory. */
struct branch *tap_branch(struct taps *taps, const struct channel *ch, struct recorder_file *file);
/* Logs that something of a recording failed; a few lines a second at most. */
void tap_log_failed(const struct leg *leg, const char *name, int err);
/* Ends R or C where there is one, and tells the log. */
void tap_end_recording(struct taps *taps, struct leg *leg);
/* `to` no longer gets another's media. */
void tap_end_copies_to(struct taps *taps, struct stream *to);
/* The leg goes, and with it what it gave to other streams. */
void tap_end_copies_from(struct taps *taps, struct leg *leg);
/* Tells the recorder where the copies are to be sent that `to` gets. */
void tap_aim_copies(struct taps *taps, struct stream *to);

#endif
