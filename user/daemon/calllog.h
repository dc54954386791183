/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the log tells of a call: its start, each peer that was found, and its end with both legs. */
#ifndef XRP_DAEMON_CALLLOG_H
#define XRP_DAEMON_CALLLOG_H

#include <core/engine.h>

/* event=call_start for a new stream, event=latched for each peer that is not told of yet. */
void calllog_changes(struct stream *stream);
/* event=call_end. */
void calllog_end(const struct engine *engine, const struct stream *stream, uint64_t now);

#endif
