/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The duplicate cache: a reply is kept for at least 35 s, so that a request sent again (same
 * client, same cookie) gets the same answer and is not carried out twice (docs/protocol.md). The
 * key is the client's address and port and the cookie, so that no client is told another's answer.
 */
#ifndef XRP_PROTO_DUPCACHE_H
#define XRP_PROTO_DUPCACHE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <base/text.h>

#define DUPCACHE_LIFE (35ULL * 1000000000ULL) /* ns */

struct dupcache;

/*
 * `key`: 16 random bytes for the hash (cookies come from outside). `max_bytes`: most it may keep,
 * about 100 a reply; beyond that the oldest go first. NULL: no memory.
 */
struct dupcache *dupcache_new(const uint8_t key[16], size_t max_bytes);
void dupcache_free(struct dupcache *cache);
/* The stored reply (.at NULL: none). Valid until the next call. */
struct text dupcache_find(struct dupcache *cache, const struct sockaddr *client, socklen_t len,
			  struct text cookie, uint64_t now);
/* Keeps a reply. Old ones are purged a few at a time. Without memory nothing is kept, nor is it
 * without a cookie. `now` (ns) must not go back. */
void dupcache_store(struct dupcache *cache, const struct sockaddr *client, socklen_t len,
		    struct text cookie, struct text reply, uint64_t now);
size_t dupcache_count(const struct dupcache *cache);

#endif
