/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may what, as the options say: commands by internet sockets, copies of media to addresses. */
#ifndef XRP_DAEMON_ACCESS_H
#define XRP_DAEMON_ACCESS_H

#include <stdbool.h>
#include <daemon/options.h>

struct relay;

/* Tells the control sockets who may command them, at the start and after a reload. */
void access_control(const struct relay *relay);
/*
 * May media be copied to this address, which is not the host's own? --allow-copy says so; without
 * it private and link-local addresses may, where a recorder in the same network is.
 */
bool access_copy(const struct options *options, const struct xrp_addr *addr);

#endif
