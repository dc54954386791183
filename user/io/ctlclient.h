/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other end of ctlserver: one connection to a daemon's control socket, one JSON line out, one
 * back. For xdp-rtpctl, and for a daemon that takes over from another.
 */
#ifndef XRP_IO_CTLCLIENT_H
#define XRP_IO_CTLCLIENT_H

#include <stddef.h>
#include <jansson.h>

#define CTLCLIENT_PATIENCE 10 /* seconds without a byte of the answer */

/*
 * Sends `request` to the daemon at `path` and returns its answer, a new reference. On error NULL,
 * and `error` (of `size` bytes) holds one sentence with the mend; errno is ENOENT or ECONNREFUSED
 * where nobody serves the path.
 */
json_t *ctlclient_ask(const char *path, const json_t *request, char *error, size_t size);
/*
 * Asks the daemon at `path` to leave (its calls go on in the kernel) and waits until its process
 * has ended, CTLCLIENT_PATIENCE seconds at most. With `wanted` above 0 only the process of that pid
 * is asked. Returns its pid; or -ENOENT: nobody serves the path; -ESRCH: another process does;
 * another -errno: it did not leave. Then `error` holds one sentence.
 */
int ctlclient_leave(const char *path, int wanted, char *error, size_t size);

#endif
