/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The libraries' macros that cppcheck must know, which reads no system headers. Never built. */
#ifndef XRP_LINT_CPPCHECK_H
#define XRP_LINT_CPPCHECK_H

#define LIBBPF_OPTS(type, name, ...) struct type name = {__VA_ARGS__}
#define json_array_foreach(array, i, value)                                                        \
	for (i = 0; i < json_array_size(array) && (value = json_array_get(array, i)); i++)
#define DL_APPEND(head, add)	    ((head) = lint_keep((head), (add)))
#define DL_DELETE(head, del)	    ((head) = lint_keep((head), (del)))
#define DL_FOREACH(head, at)	    for ((at) = (head); (at); (at) = (at)->next)
#define DL_FOREACH2(head, at, next) for ((at) = (head); (at); (at) = (at)->next)
#define DL_FOREACH_SAFE(head, at, after)                                                           \
	for ((at) = (head); (at) && ((after) = (at)->next, 1); (at) = (after))
#define TAILQ_HEAD(name, type)                                                                     \
	struct {                                                                                   \
		struct type *first;                                                                \
	}
#define TAILQ_ENTRY(type)                                                                          \
	struct {                                                                                   \
		struct type *next;                                                                 \
	}
#define TAILQ_FOREACH(at, head, member) for ((at) = (head)->first; (at); (at) = (at)->member.next)

#endif
