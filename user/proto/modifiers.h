/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modifiers of U and L: the letters after the verb. */
#ifndef XRP_PROTO_MODIFIERS_H
#define XRP_PROTO_MODIFIERS_H

#include <proto/rtpproxy.h>

/* Reads `text` into `update` (zeroed before). 0, or the protocol's error code. */
int modifiers_read(const struct rtpproxy_config *config, struct text text,
		   struct command_update *update);
/* Are all letters of `text` among `known` (lower case)? Case does not count. */
bool modifiers_only(struct text text, const char *known);

#endif
