/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A piece of text that somebody else owns: not NUL-terminated, any bytes. */
#ifndef XRP_BASE_TEXT_H
#define XRP_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	const char *at; /* NULL: not there */
	size_t len;
};

static inline struct text text_of(const char *s)
{
	return (struct text){s, strlen(s)};
}

static inline bool text_equal(struct text a, struct text b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

#endif
