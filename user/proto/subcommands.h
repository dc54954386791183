/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may follow a command after "&&" (docs/protocol.md). */
#ifndef XRP_PROTO_SUBCOMMANDS_H
#define XRP_PROTO_SUBCOMMANDS_H

#include <core/command.h>
#include <proto/rtpproxy.h>
#include <proto/words.h>

/* Reads the subcommand `words` of `command`, which has been read. 0, or -EINVAL: not one, or not
 * with this command. */
int subcommand_read(const struct rtpproxy_config *config, const struct command *command,
		    const struct words_list *words, struct subcommand *sub);

#endif
