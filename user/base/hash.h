/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uthash with a keyed hash: Call-IDs, tags and cookies come from strangers, who must not be able to
 * choose keys that collide. To be included instead of uthash.h.
 */
#ifndef XRP_BASE_HASH_H
#define XRP_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Sets the process's key, once, before the first table is made. */
void hash_seed(const uint8_t key[16]);
unsigned int hash_keyed(const void *data, size_t len);

#define HASH_FUNCTION(data, len, hash) ((hash) = hash_keyed((data), (len)))
#include <uthash.h>

/*
 * Tables begin large: uthash doubles one when a chain is ten long, each link of which is a cache
 * miss (and with a shorter limit it gives up doubling). What is not used costs no memory.
 */
#undef HASH_INITIAL_NUM_BUCKETS
#undef HASH_INITIAL_NUM_BUCKETS_LOG2
#define HASH_INITIAL_NUM_BUCKETS      16384U
#define HASH_INITIAL_NUM_BUCKETS_LOG2 14U

#endif
