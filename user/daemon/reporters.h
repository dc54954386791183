/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reporters: with --rtcp=regenerate a stream's RTCP is not relayed; each party gets sender and
 * receiver reports of our own, made of what the kernel and the slow path measured (RFC 3550, 6).
 */
#ifndef XRP_DAEMON_REPORTERS_H
#define XRP_DAEMON_REPORTERS_H

#include <stdbool.h>
#include <core/call.h>
#include <io/slowpath.h>

struct relay;

/* Begins for a complete stream that has none yet. 0 or -errno. */
int reporters_start(struct relay *relay, struct stream *stream);
/*
 * A party's RTCP, on `channel` (RTCP, or RTP when both share a port). True: it is consumed; what it
 * holds beside reports was sent on behind one of ours. False: it is to be relayed as it is.
 */
bool reporters_take(const struct channel *channel, const struct slowpath_packet *packet);
void reporters_stop(struct stream *stream);

#endif
