/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as the protocol has them in words: the party's (two words), and those of the modifiers
 * l and r. IPv4 addresses are read as inet_aton(3) does, since the protocol always did: "127.1",
 * and octal for "010.0.0.1".
 */
#ifndef XRP_PROTO_ADDRESS_H
#define XRP_PROTO_ADDRESS_H

#include <stdbool.h>
#include <base/text.h>
#include <core/command.h>

/*
 * Reads the party's address and port into `update`, in the family of update->ipv6. A text too short
 * or too long for an address of the family is no address (COMMAND_ADDRESS_NONE), whatever it says.
 */
void address_of_party(struct text ip, struct text port, struct command_update *update);
/* Reads a numeric address. 0, or -EINVAL; IPv4-mapped IPv6 addresses are refused. */
int address_read(struct text text, bool ipv6, struct xrp_addr *addr);

#endif
