/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends an attack's datagrams, many with one system call, and counts what comes back. IPv4 only. */
#ifndef XRP_ATTACK_SENDER_H
#define XRP_ATTACK_SENDER_H

#include "attack.h"

struct sender;

/* NULL with errno: the socket cannot be had. */
struct sender *sender_new(const struct attack *attack);
/* Sends what is due until everything is sent or *stop, and listens a while. */
void sender_run(struct sender *sender, const volatile bool *stop, struct attack_result *result);
void sender_free(struct sender *sender);

#endif
