/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls as JSON, for xdp-rtpctl. */
#ifndef XRP_DAEMON_REPORT_CALL_H
#define XRP_DAEMON_REPORT_CALL_H

#include <jansson.h>

struct relay;

/* {"calls":[...]}: one object a stream. */
json_t *report_calls(struct relay *relay, json_t *request);
/* All of one call: each stream, leg and channel, and a verdict why there is (no) audio. */
json_t *report_show(struct relay *relay, json_t *request);

#endif
