/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Splitting a request into words: the cookie, the words of the command, and how many subcommands
 * follow after "&&".
 */
#ifndef XRP_PROTO_WORDS_H
#define XRP_PROTO_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <base/text.h>

#define WORDS_MAX	 23 /* of one command, verb included */
#define WORDS_SUBCOMMAND 15 /* most subcommands of one request */

struct words {
	struct text cookie; /* .at NULL: none */
	unsigned int count;
	struct text word[WORDS_MAX];
	unsigned int subcommands; /* how many followed; each has a word at least */
};

/*
 * Splits `len` bytes. 0, or -EINVAL: no word of a command, a NUL, too many words or subcommands, an
 * empty subcommand, "&&" first, a cookie too long. The cookie is set in any case when it is usable.
 */
int words_split(struct words *words, const char *data, size_t len, bool with_cookie);

#endif
