/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements of the journal's map, put together to records. They come in any order, so they are
 * sorted: by record, the head first. What a kill in the middle of a writing leaves is not damage:
 * parts that no head leads to, of a turn before or after the head's, or without a head at all.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <core/journal_parts.h>
#include <core/journal_parts_private.h>

struct element {
	struct xrp_journal_key key;
	struct xrp_journal_value value;
};

struct journal_set {
	struct element *element;
	size_t count, room;
	bool sorted;
	uint8_t *whole; /* a record of several elements, put together */
	size_t whole_room;
};

struct journal_set *journal_set_new(void)
{
	return calloc(1, sizeof(struct journal_set));
}

void journal_set_free(struct journal_set *set)
{
	if (!set)
		return;
	free(set->element);
	free(set->whole);
	free(set);
}

int journal_set_add(struct journal_set *set, const struct xrp_journal_key *key,
		    const struct xrp_journal_value *value)
{
	if (set->count == set->room) {
		size_t room = set->room ? 2 * set->room : 64;
		struct element *more = reallocarray(set->element, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		set->element = more;
		set->room = room;
	}
	set->element[set->count++] = (struct element){*key, *value};
	set->sorted = false;
	return 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_records(const struct xrp_journal_key *a, const struct xrp_journal_key *b)
{
	int by_id = compare_numbers(a->id, b->id);

	return by_id ? by_id : compare_numbers(a->kind, b->kind);
}

static int compare_elements(const void *x, const void *y)
{
	const struct element *a = x, *b = y;
	int by_record = compare_records(&a->key, &b->key);

	return by_record ? by_record : compare_numbers(a->key.part, b->key.part);
}

static void sort(struct journal_set *set)
{
	if (!set->sorted && set->count)
		qsort(set->element, set->count, sizeof(*set->element), compare_elements);
	set->sorted = true;
}

/* The elements of one record. */
struct group {
	const struct element *first;
	size_t count;
};

static struct group group_at(const struct journal_set *set, size_t index)
{
	struct group g = {&set->element[index], 1};

	while (index + g.count < set->count &&
	       !compare_records(&g.first->key, &g.first[g.count].key))
		g.count++;
	return g;
}

/* Where the parts of a turn begin: they follow each other. NULL: there are fewer than `parts`. */
static const struct element *find_parts(const struct group *g, uint16_t turn, unsigned int parts)
{
	size_t i = 1;

	while (i < g->count && g->first[i].key.part != journal_parts_key(turn, 1))
		i++;
	return parts <= g->count - i ? &g->first[i] : NULL;
}

static bool same_writing(const struct xrp_journal_value *a, const struct xrp_journal_value *b)
{
	return a->length == b->length && a->crc == b->crc && a->turn == b->turn;
}

/* The bytes of the record that the head leads to; NULL: it is damaged, or there is no memory. */
static const uint8_t *assemble(struct journal_set *set, const struct group *g)
{
	const struct xrp_journal_value *head = &g->first->value;
	unsigned int parts = journal_parts_more(head->length);
	const struct element *part = find_parts(g, head->turn, parts);

	if (!parts)
		return head->data;
	if (!part || head->length > JOURNAL_PARTS_LONGEST)
		return NULL;
	if (set->whole_room < head->length) {
		free(set->whole);
		set->whole = malloc(head->length);
		set->whole_room = set->whole ? head->length : 0;
	}
	if (!set->whole)
		return NULL;
	memcpy(set->whole, head->data, XRP_JOURNAL_DATA);
	for (unsigned int number = 1; number <= parts; number++, part++) {
		size_t at = (size_t)number * XRP_JOURNAL_DATA, len = head->length - at;

		if (part->key.part != journal_parts_key(head->turn, number) ||
		    !same_writing(&part->value, head))
			return NULL;
		memcpy(set->whole + at, part->value.data,
		       len < XRP_JOURNAL_DATA ? len : XRP_JOURNAL_DATA);
	}
	return set->whole;
}

static struct journal_record read_record(struct journal_set *set, const struct group *g)
{
	const struct xrp_journal_value *head = &g->first->value;
	struct journal_record r = {.id = g->first->key.id, .kind = g->first->key.kind};
	const uint8_t *data = head->length ? assemble(set, g) : NULL;

	if (!data || (uint32_t)crc32(0, data, head->length) != head->crc)
		return r;
	r.data = data;
	r.len = head->length;
	r.state.hash = journal_parts_hash(data, r.len);
	r.state.turn = head->turn;
	r.state.parts = (uint16_t)journal_parts_more(r.len);
	return r;
}

/* Is the element one of those that the record consists of? */
static bool belongs(const struct journal_record *r, uint32_t part)
{
	return !part || (part >> 16 == r->state.turn && (part & UINT16_MAX) &&
			 (part & UINT16_MAX) <= r->state.parts);
}

/* Tells the strays; of what was set aside, for a human to look at, nothing is one. */
static void tell_strays(const struct group *g, const struct journal_record *r,
			void (*stray)(void *ctx, const struct xrp_journal_key *key), void *ctx)
{
	for (size_t i = 0; !(g->first->key.kind & XRP_JOURNAL_DAMAGED) && i < g->count; i++) {
		if (!belongs(r, g->first[i].key.part))
			stray(ctx, &g->first[i].key);
	}
}

int journal_set_walk(struct journal_set *set,
		     int (*record)(void *ctx, const struct journal_record *record),
		     void (*stray)(void *ctx, const struct xrp_journal_key *key), void *ctx)
{
	struct group g;

	sort(set);
	for (size_t i = 0; i < set->count; i += g.count) {
		struct journal_record r = {.id = 0};
		bool has_head;
		int err = 0;

		g = group_at(set, i);
		has_head = !g.first->key.part;
		if (has_head)
			r = read_record(set, &g);
		if (!has_head || r.data)
			tell_strays(&g, &r, stray, ctx);
		if (has_head)
			err = record(ctx, &r);
		if (err)
			return err;
	}
	return 0;
}

/* The elements of one record among the sorted ones; none: count 0. */
static struct group find_group(const struct journal_set *set, uint64_t id, uint32_t kind)
{
	const struct xrp_journal_key key = {.id = id, .kind = kind};
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_records(&set->element[middle].key, &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == set->count || compare_records(&set->element[low].key, &key))
		return (struct group){NULL, 0};
	return group_at(set, low);
}

/* Deletes the first elements of a record, or what was put for them under `kind` more. */
static void remove_elements(const struct group *g, size_t count, const struct journal_ops *ops,
			    uint32_t kind)
{
	for (size_t i = 0; i < count; i++) {
		struct xrp_journal_key key = g->first[i].key;

		key.kind |= kind;
		ops->remove(ops->ctx, &key);
	}
}

void journal_set_aside(struct journal_set *set, const struct journal_ops *ops, uint64_t id,
		       uint32_t kind)
{
	struct group g;
	size_t put = 0;

	sort(set);
	g = find_group(set, id, kind);
	while (put < g.count) {
		struct xrp_journal_key key = g.first[put].key;

		key.kind |= XRP_JOURNAL_DAMAGED;
		if (ops->put(ops->ctx, &key, &g.first[put].value))
			break;
		put++;
	}
	/* Where there was no room for all, it stays as it is. */
	remove_elements(&g, put, ops, put < g.count ? XRP_JOURNAL_DAMAGED : 0);
}

void journal_set_remove(struct journal_set *set, const struct journal_ops *ops, uint64_t id,
			uint32_t kind)
{
	struct group g;

	sort(set);
	g = find_group(set, id, kind);
	remove_elements(&g, g.count, ops, 0);
}

void journal_set_copy(struct journal_set *set, const struct journal_ops *ops, uint64_t id,
		      uint32_t kind)
{
	struct group g = find_group(set, id, kind);

	for (size_t i = 0; i < g.count; i++)
		ops->put(ops->ctx, &g.first[i].key, &g.first[i].value);
}
