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

#endif
