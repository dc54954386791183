/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uthash as clang-tidy is to see it: the real macros expand to dozens of nested lines in each
 * function that uses them, which its size check counts and its analyser gets lost in. Never built.
 */
#ifndef XRP_LINT_UTHASH_H
#define XRP_LINT_UTHASH_H

typedef struct UT_hash_handle {
	void *tbl, *next;
} UT_hash_handle;

void *lint_any(void *a, const void *b); /* may keep, change and return anything */
void *lint_keep(void *head, void *added);
unsigned int lint_count(const void *head);

#define HASH_FIND(hh, head, key, len, out)	 ((out) = lint_any((head), (key)))
#define HASH_ADD(hh, head, member, len, add)	 ((head) = lint_keep((head), (add)))
#define HASH_ADD_KEYPTR(hh, head, key, len, add) ((head) = lint_keep((head), (add)))
#define HASH_DELETE(hh, head, del)		 ((head) = lint_keep((head), (del)))
#define HASH_DEL(head, del)			 ((head) = lint_keep((head), (del)))
#define HASH_COUNT(head)			 lint_count(head)
#define HASH_ITER(hh, head, at, after)                                                             \
	for ((at) = lint_any((head), 0), (after) = lint_any((at), 0); (at);                        \
	     (at) = (after), (after) = lint_any((at), 0))

#endif
