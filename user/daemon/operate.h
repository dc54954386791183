/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operator has a running daemon do: commands of xdp-rtpctl that change something. */
#ifndef XRP_DAEMON_OPERATE_H
#define XRP_DAEMON_OPERATE_H

#include <jansson.h>
#include <daemon/options.h>

struct relay;

/* Handlers of the operator's socket, see report.h. */
json_t *operate_drain(struct relay *relay, json_t *request);
/* "stop" and "leave": the answer goes out before the daemon does. */
json_t *operate_stop(struct relay *relay, json_t *request);
json_t *operate_reload(struct relay *relay, json_t *request);
/* "learn": another policy for all legs of a call. */
json_t *operate_learn(struct relay *relay, json_t *request);

/*
 * --takeover: has the daemon that holds the pin root leave, and waits until it has; where none
 * does, nothing. 0, or -errno and one sentence.
 */
int operate_takeover(const struct options *options, char *error, size_t size);

#endif
