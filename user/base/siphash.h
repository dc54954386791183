/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012): the hash of every
 * table whose keys come from strangers. Who does not know the key cannot make keys that collide.
 */
#ifndef XRP_BASE_SIPHASH_H
#define XRP_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* The 64-bit hash of `len` bytes under `key` (16 random bytes, drawn once a process). */
uint64_t siphash(const uint8_t key[16], const void *data, size_t len);

#endif
