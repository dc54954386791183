/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log line of a U or L that got no port: what was wanting, and the figures that belong to it.
 */
#ifndef XRP_DAEMON_REFUSAL_H
#define XRP_DAEMON_REFUSAL_H

#include <core/engine.h>

/* Writes event=no_port, once a second at most for each cause. */
void refusal_log(const struct engine *engine, const struct answer_refusal *refusal);

#endif
