/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table of replies and, in the order of their age, a list of them. Replies all live equally
 * long, so the list's head is the next to go: each call purges a few that are too old, and a store
 * makes room from the head when the limit of bytes is reached. An entry is one allocation: the key
 * (client, cookie), then the reply.
 *
 * The table has its buckets from the start: one that grows (uthash) stops for 10 ms at 17,000
 * entries and for 100 ms at 500,000, and every command waits.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <utlist.h>
#include <base/siphash.h>
#include <proto/dupcache.h>

#define PURGE_AT_ONCE 8	  /* more than one, so that the old ones go faster than new ones come */
#define USUAL_BYTES   128 /* of an entry: one a bucket, when the cache is full */
#define CLIENT_MAX    32  /* bytes of a client in a key; sockaddr_in6 needs 24 */
#define COOKIE_MAX    1024

struct entry {
	struct entry *beside;	   /* next in the bucket */
	struct entry *prev, *next; /* older, younger */
	uint64_t hash, stored;
	size_t key_len, reply_len;
	char bytes[]; /* key, then reply */
};

struct dupcache {
	struct entry *oldest;
	uint8_t hash_key[16];
	size_t max_bytes, bytes, count;
	size_t mask; /* number of buckets, less one: it is a power of two */
	struct entry *bucket[];
};

struct key {
	size_t len;
	uint64_t hash;
	char bytes[CLIENT_MAX + COOKIE_MAX];
};

static void append(struct key *key, const void *data, size_t len)
{
	memcpy(key->bytes + key->len, data, len);
	key->len += len;
}

/* Only what tells clients apart: padding may hold anything. */
static void append_client(struct key *key, const struct sockaddr *client, socklen_t len)
{
	const struct sockaddr_in6 *v6 = (const void *)client;
	const struct sockaddr_in *v4 = (const void *)client;

	if (len >= sizeof(client->sa_family))
		append(key, &client->sa_family, sizeof(client->sa_family));
	if (len >= sizeof(*v4) && client->sa_family == AF_INET) {
		append(key, &v4->sin_addr, sizeof(v4->sin_addr));
		append(key, &v4->sin_port, sizeof(v4->sin_port));
	} else if (len >= sizeof(*v6) && client->sa_family == AF_INET6) {
		append(key, &v6->sin6_addr, sizeof(v6->sin6_addr));
		append(key, &v6->sin6_port, sizeof(v6->sin6_port));
		append(key, &v6->sin6_scope_id, sizeof(v6->sin6_scope_id));
	}
}

/* The client's part has a length of its family's, so no two pairs make the same key. */
static bool make_key(const struct dupcache *cache, const struct sockaddr *client, socklen_t len,
		     struct text cookie, struct key *key)
{
	if (!cookie.at || cookie.len > COOKIE_MAX)
		return false;
	key->len = 0;
	append_client(key, client, len);
	append(key, cookie.at, cookie.len);
	key->hash = siphash(cache->hash_key, key->bytes, key->len);
	return true;
}

static size_t entry_bytes(const struct entry *entry)
{
	return sizeof(*entry) + entry->key_len + entry->reply_len;
}

/* Where the table points to this entry, or to NULL at the end of its bucket. */
static struct entry **place_of(struct dupcache *cache, const struct key *key)
{
	struct entry **place = &cache->bucket[key->hash & cache->mask];

	while (*place && ((*place)->hash != key->hash || (*place)->key_len != key->len ||
			  memcmp((*place)->bytes, key->bytes, key->len)))
		place = &(*place)->beside;
	return place;
}

static void drop(struct dupcache *cache, struct entry *entry)
{
	struct entry **place = &cache->bucket[entry->hash & cache->mask];

	while (*place != entry)
		place = &(*place)->beside;
	*place = entry->beside;
	DL_DELETE(cache->oldest, entry);
	cache->bytes -= entry_bytes(entry);
	cache->count--;
	free(entry);
}

static bool is_old(const struct entry *entry, uint64_t now)
{
	return now > entry->stored && now - entry->stored > DUPCACHE_LIFE;
}

static void purge(struct dupcache *cache, uint64_t now)
{
	for (int i = 0; i < PURGE_AT_ONCE && cache->oldest && is_old(cache->oldest, now); i++)
		drop(cache, cache->oldest);
}

struct dupcache *dupcache_new(const uint8_t key[16], size_t max_bytes)
{
	struct dupcache *cache;
	size_t buckets = 16;

	while (buckets < max_bytes / USUAL_BYTES)
		buckets *= 2;
	cache = calloc(1, sizeof(*cache) + buckets * sizeof(struct entry *));
	if (!cache)
		return NULL;
	memcpy(cache->hash_key, key, sizeof(cache->hash_key));
	cache->max_bytes = max_bytes;
	cache->mask = buckets - 1;
	return cache;
}

void dupcache_free(struct dupcache *cache)
{
	struct entry *entry, *next;

	if (!cache)
		return;
	DL_FOREACH_SAFE (cache->oldest, entry, next)
		free(entry);
	free(cache);
}

struct text dupcache_find(struct dupcache *cache, const struct sockaddr *client, socklen_t len,
			  struct text cookie, uint64_t now)
{
	const struct text none = {NULL, 0};
	struct entry *entry;
	struct key key;

	purge(cache, now);
	if (!make_key(cache, client, len, cookie, &key))
		return none;
	entry = *place_of(cache, &key);
	if (!entry || is_old(entry, now))
		return none;
	return (struct text){entry->bytes + entry->key_len, entry->reply_len};
}

static struct entry *make_entry(const struct key *key, struct text reply, uint64_t now)
{
	struct entry *entry = malloc(sizeof(*entry) + key->len + reply.len);

	if (!entry)
		return NULL;
	entry->hash = key->hash;
	entry->stored = now;
	entry->key_len = key->len;
	entry->reply_len = reply.len;
	memcpy(entry->bytes, key->bytes, key->len);
	memcpy(entry->bytes + key->len, reply.at, reply.len);
	return entry;
}

static void insert(struct dupcache *cache, struct entry *entry)
{
	struct entry **first = &cache->bucket[entry->hash & cache->mask];

	entry->beside = *first;
	*first = entry;
	DL_APPEND(cache->oldest, entry);
	cache->bytes += entry_bytes(entry);
	cache->count++;
}

void dupcache_store(struct dupcache *cache, const struct sockaddr *client, socklen_t len,
		    struct text cookie, struct text reply, uint64_t now)
{
	struct entry *entry;
	struct key key;
	size_t need;

	purge(cache, now);
	if (!make_key(cache, client, len, cookie, &key))
		return;
	entry = *place_of(cache, &key);
	if (entry)
		drop(cache, entry);
	need = sizeof(*entry) + key.len + reply.len;
	if (need > cache->max_bytes)
		return;
	while (cache->oldest && cache->bytes + need > cache->max_bytes)
		drop(cache, cache->oldest);
	entry = make_entry(&key, reply, now);
	if (entry)
		insert(cache, entry);
}

size_t dupcache_count(const struct dupcache *cache)
{
	return cache->count;
}
