/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all streams took in and sent on, for I and G. Where there are few they are all asked at that
 * moment. Where there are many the sums are gathered by the sweep, so that no command has to walk
 * through them: they are a second old at most. They never go back.
 */
#ifndef XRP_CORE_TRAFFIC_H
#define XRP_CORE_TRAFFIC_H

#include <core/call.h>

struct engine;

#define TRAFFIC_EXACT 256 /* as long as there are fewer streams, sums are exact */

/* Of one channel. */
struct traffic engine_channel_traffic(const struct engine *engine, const struct channel *ch);
/* Brings the sums up to date as to one stream. */
void traffic_count(struct engine *engine, struct stream *stream);
/* A stream's part goes: from here on it is in the totals of those that ended. */
void traffic_forget(struct engine *engine, struct stream *stream);
/* Of all streams, those that ended included. */
struct traffic traffic_all(struct engine *engine);

#endif
