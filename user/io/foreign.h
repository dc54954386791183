/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports of the media range that UDP sockets hold: other programs' (a DNS resolver, an old relay)
 * and our own alike, since neither can be given to a call. The kernel is asked over sock_diag; a
 * scan tells what has changed since the last.
 */
#ifndef XRP_IO_FOREIGN_H
#define XRP_IO_FOREIGN_H

#include <stdbool.h>
#include <stdint.h>

struct foreign;
typedef void foreign_fn(void *ctx, uint16_t port, bool held);

/* Watches the ports `min` to `max`, both included. NULL with errno set on error. */
struct foreign *foreign_new(uint16_t min, uint16_t max);
void foreign_free(struct foreign *f);
/*
 * Reads all UDP sockets, IPv4 and IPv6, of this network namespace and calls `fn` for each port
 * whose state is another than at the last scan (at the first: each that is held). 0, or -errno;
 * then nothing is called and the next scan tells it all.
 */
int foreign_scan(struct foreign *f, foreign_fn *fn, void *ctx);

#endif
