/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict: one sentence that says whether a stream has audio, and if not, why. */
#ifndef XRP_DAEMON_VERDICT_H
#define XRP_DAEMON_VERDICT_H

#include <stddef.h>

struct relay;
struct stream;

#define VERDICT_TEXT 512

/* Writes the sentence to `buf`; returns it. */
const char *verdict_of(struct relay *relay, const struct stream *stream, char *buf, size_t size);

#endif
