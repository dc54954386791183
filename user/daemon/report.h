/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What xdp-rtpctl is told: the relay's state as JSON. */
#ifndef XRP_DAEMON_REPORT_H
#define XRP_DAEMON_REPORT_H

#include <jansson.h>

/* Handler of the operator's socket; ctx is the struct relay. */
json_t *report_handle(void *ctx, json_t *request);

#endif
