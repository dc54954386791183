/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The duplicate cache under any clients and cookies, held against a list of all that was stored: a
 * client is told its own last reply to that cookie, never older than a cache's life, never
 * another's; and it is told, unless so much was stored that the oldest had to go.
 *
 * An input is a row of steps: a byte of what is done (bit 0 store, bits 1 and 2 the family, bit 3:
 * a longer time passes), one of the client, one of its junk, one of seconds, one of the cookie's
 * length, the cookie.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <proto/dupcache.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS  128
#define ROOM   6000 /* bytes of the cache */
#define SECOND 1000000000ULL
#define ENTRY  160 /* bytes of an entry at most, but for cookie and reply */

struct stored {
	uint8_t family, client;
	struct text cookie;
	char reply[8];
	size_t reply_len;
	uint64_t time;
};

struct run {
	struct dupcache *cache;
	struct stored stored[STEPS];
	unsigned int count;
	uint64_t now;
};

static void demand(bool right)
{
	if (!right)
		abort();
}

/* A client's address; what does not tell it apart is junk. */
static socklen_t address_of(uint8_t family, uint8_t client, uint8_t junk,
			    struct sockaddr_storage *address)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;

	memset(address, junk, sizeof(*address));
	if (family == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(client & 3);
		v4->sin_addr.s_addr = htonl(client >> 2);
		return sizeof(*v4);
	}
	if (family == 2) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(client & 3);
		v6->sin6_scope_id = client >> 2 & 3;
		memset(&v6->sin6_addr, client >> 4, sizeof(v6->sin6_addr));
		return sizeof(*v6);
	}
	address->ss_family = AF_UNIX; /* nameless: all of them are one */
	return sizeof(address->ss_family);
}

/* What was stored last for them; NULL: nothing. */
static const struct stored *last_of(const struct run *run, uint8_t family, uint8_t client,
				    struct text cookie)
{
	for (unsigned int i = run->count; i--;) {
		const struct stored *s = &run->stored[i];

		if (s->family == family && (s->client == client || family == 0) &&
		    text_equal(s->cookie, cookie))
			return s;
	}
	return NULL;
}

/* Can it be that room was made at this one's cost? */
static bool may_be_gone(const struct run *run, const struct stored *s)
{
	size_t sum = 0;

	for (; s < run->stored + run->count; s++)
		sum += ENTRY + s->cookie.len + s->reply_len;
	return sum > ROOM;
}

static void find(struct run *run, uint8_t family, uint8_t client, uint8_t junk, struct text cookie)
{
	struct sockaddr_storage address;
	socklen_t len = address_of(family, client, junk, &address);
	struct text got =
		dupcache_find(run->cache, (struct sockaddr *)&address, len, cookie, run->now);
	const struct stored *s = last_of(run, family, client, cookie);
	bool old = s && run->now - s->time > DUPCACHE_LIFE;

	if (got.at)
		demand(s && !old && text_equal(got, (struct text){s->reply, s->reply_len}));
	else
		demand(!s || old || may_be_gone(run, s));
}

static void store(struct run *run, uint8_t family, uint8_t client, uint8_t junk, struct text cookie)
{
	struct stored *s = &run->stored[run->count++];
	struct sockaddr_storage address;
	socklen_t len = address_of(family, client, junk, &address);

	*s = (struct stored){.family = family, .client = client, .cookie = cookie};
	s->time = run->now;
	s->reply_len = run->count % sizeof(s->reply);
	memset(s->reply, (int)run->count, sizeof(s->reply));
	dupcache_store(run->cache, (struct sockaddr *)&address, len, cookie,
		       (struct text){s->reply, s->reply_len}, run->now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[16] = "fuzz";
	struct run run = {.cache = dupcache_new(key, ROOM)};
	const uint8_t *at = data, *end = data + size;

	demand(run.cache);
	for (int steps = 0; end - at >= 5 && steps < STEPS; steps++) {
		uint8_t family = (uint8_t)((at[0] >> 1 & 3) % 3);
		struct text cookie = {(const char *)at + 5, at[4]};

		if (cookie.len > (size_t)(end - at - 5))
			cookie.len = (size_t)(end - at - 5);
		run.now += at[3] * SECOND / (at[0] & 8 ? 1 : 256);
		(at[0] & 1 ? store : find)(&run, family, at[1], at[2], cookie);
		demand(dupcache_count(run.cache) <= run.count);
		at += 5 + cookie.len;
	}
	dupcache_free(run.cache);
	return 0;
}
