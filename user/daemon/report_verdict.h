/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict on a stream: the facts that core/verdict.h makes a sentence of, for each direction.
 */
#ifndef XRP_DAEMON_REPORT_VERDICT_H
#define XRP_DAEMON_REPORT_VERDICT_H

#include <stddef.h>

struct relay;
struct stream;

#define REPORT_VERDICT_TEXT 1100

/* Writes the sentences to `buf`; returns it. */
const char *report_verdict(struct relay *relay, struct stream *stream, char *buf, size_t size);

#endif
