/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process's key for hash tables. One for all: tables live as long as the process. */
#include <string.h>
#include <base/hash.h>
#include <base/siphash.h>

static uint8_t hash_key[16];

void hash_seed(const uint8_t key[16])
{
	memcpy(hash_key, key, sizeof(hash_key));
}

unsigned int hash_keyed(const void *data, size_t len)
{
	return (unsigned int)siphash(hash_key, data, len);
}
