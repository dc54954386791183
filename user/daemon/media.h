/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Media in user space: what is done to packets beyond relaying them. Each function is a part of its
 * own (taps, players, reporters, re-packetisers, digits); here they are put into the slow path's
 * way in the order of the reference (17.2): re-packetise, prompt gate, record and copy, digits,
 * relay.
 */
#ifndef XRP_DAEMON_MEDIA_H
#define XRP_DAEMON_MEDIA_H

#include <stdbool.h>
#include <core/engine.h>
#include <core/judge.h>
#include <daemon/taps.h>
#include <io/slowpath.h>

struct relay;
struct media;
struct options;

/* NULL, and one sentence in `error`. The relay's engine and base must be there. */
struct media *media_new(struct relay *relay, char *error, size_t size);
void media_free(struct media *media);

/* For struct engine_ops: the functions, whose ctx is the struct relay. */
extern const struct engine_media media_engine;

/*
 * A packet that was taken in (send->channel) goes through the stages. True when it is to be sent on
 * as it is and as `send` says; `sendable` is whether judge said so.
 */
bool media_packet(struct relay *relay, const struct slowpath_packet *packet,
		  const struct judge_send *send, bool sendable);
/* Starts its threads; to be called when privileges are gone. 0, or -errno and a sentence. */
int media_start(struct media *media, char *error, size_t size);
/* Before the rows of a dirty stream are written. */
void media_sync(struct relay *relay, struct stream *stream);
/* About once a second. */
void media_second(struct relay *relay);
/* What is recorded and copied, and was. */
struct taps_stats media_taps(struct media *media);

/* How a datagram from a leg's RTP or RTCP endpoint to its party is sent. */
struct slowpath_send media_aim(const struct channel *from);
/* Sends one datagram from a leg's RTP or RTCP endpoint to its party. True when it could. */
bool media_send(struct relay *relay, const struct channel *from, const uint8_t *data, size_t len);

#endif
