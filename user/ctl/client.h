/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking the daemon: one connection to its control socket, one JSON line out, one back. */
#ifndef XRP_CTL_CLIENT_H
#define XRP_CTL_CLIENT_H

#include <stddef.h>
#include <jansson.h>

#define CLIENT_SOCKET	"/run/xdp-rtpproxy/ctl.sock"
#define CLIENT_PATIENCE 10 /* seconds without a byte of the answer */

/*
 * Sends `request` to the daemon at `path` and returns its answer, a new reference. On error NULL,
 * and `error` (of `size` bytes) holds one sentence with the mend.
 */
json_t *client_ask(const char *path, const json_t *request, char *error, size_t size);

#endif
