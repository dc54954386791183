/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SipHash-2-4: two rounds a word, four at the end. Words are little-endian. */
#include <endian.h>
#include <string.h>
#include <base/siphash.h>

struct state {
	uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void rounds(struct state *s, int count)
{
	while (count--) {
		s->v0 += s->v1;
		s->v1 = rotate(s->v1, 13) ^ s->v0;
		s->v0 = rotate(s->v0, 32);
		s->v2 += s->v3;
		s->v3 = rotate(s->v3, 16) ^ s->v2;
		s->v0 += s->v3;
		s->v3 = rotate(s->v3, 21) ^ s->v0;
		s->v2 += s->v1;
		s->v1 = rotate(s->v1, 17) ^ s->v2;
		s->v2 = rotate(s->v2, 32);
	}
}

static uint64_t word_at(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

static inline void absorb(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	rounds(s, 2);
	s->v0 ^= word;
}

uint64_t siphash(const uint8_t key[16], const void *data, size_t len)
{
	const uint64_t k0 = word_at(key), k1 = word_at(key + 8);
	struct state s = {
		.v0 = k0 ^ 0x736f6d6570736575ULL, /* "somepseu" "dorandom" "lygenera" "tedbytes" */
		.v1 = k1 ^ 0x646f72616e646f6dULL,
		.v2 = k0 ^ 0x6c7967656e657261ULL,
		.v3 = k1 ^ 0x7465646279746573ULL,
	};
	const uint8_t *p = data;
	uint8_t last[8] = {0};
	size_t left;

	for (left = len; left >= 8; left -= 8, p += 8)
		absorb(&s, word_at(p));
	if (left)
		memcpy(last, p, left);
	last[7] = (uint8_t)len;
	absorb(&s, word_at(last));
	s.v2 ^= 0xff;
	rounds(&s, 4);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
