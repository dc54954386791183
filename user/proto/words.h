/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splitting a request into words: the cookie, the command's, and those of each subcommand. */
#ifndef XRP_PROTO_WORDS_H
#define XRP_PROTO_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <base/text.h>

#define WORDS_MAX	  23 /* of one command or subcommand, verb included */
#define WORDS_SUBCOMMANDS 15 /* most subcommands of one request */

struct words_list {
	unsigned int count; /* at least one */
	struct text word[WORDS_MAX];
};

struct words {
	struct text cookie; /* .at NULL: none */
	struct words_list command;
	unsigned int sub_count;
	struct words_list sub[WORDS_SUBCOMMANDS];
};

/*
 * Splits `len` bytes. 0, or -EINVAL: no word of a command, a NUL, too many words or subcommands, an
 * empty subcommand, "&&" first, a cookie too long. The cookie is set in any case when it is usable.
 */
int words_split(struct words *words, const char *data, size_t len, bool with_cookie);
/* Word number `i`, the verb being 0; .at NULL when there are not so many. */
struct text words_at(const struct words_list *list, unsigned int i);
/* Is every % of a word followed by two hexadecimal digits? */
bool words_escapes_right(struct text word);

#endif
