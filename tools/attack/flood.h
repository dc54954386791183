/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Floods: frames that the kernel makes itself, at rates that no socket has. */
#ifndef XRP_ATTACK_FLOOD_H
#define XRP_ATTACK_FLOOD_H

#include "attack.h"

/*
 * Sends RTP out of attack->interface until all is sent or *stop: to each of the ports in turn; from
 * attack->from, or with `spoof` from random addresses of its /16. 0 or -errno.
 */
int flood_run(const struct attack *attack, const volatile bool *stop, struct attack_result *result);

#endif
