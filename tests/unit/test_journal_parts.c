/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as elements of a map: a small map in memory, whose writer is killed after each single
 * step. What is read back then is always the old record or the new one, and strays besides.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <core/journal_parts.h>

#define ELEMENTS 256
#define LONGEST	 70000
#define KIND	 XRP_JOURNAL_STREAM

struct map {
	struct {
		struct xrp_journal_key key;
		struct xrp_journal_value value;
	} element[ELEMENTS];
	unsigned int count, room;
	int steps; /* until the writer is killed; below 0: never */
	unsigned int puts;
};

static unsigned int find(const struct map *m, const struct xrp_journal_key *key)
{
	unsigned int i = 0;

	while (i < m->count && memcmp(&m->element[i].key, key, sizeof(*key)) != 0)
		i++;
	return i;
}

/* A killed writer writes nothing any more, though it does not know. */
static bool is_dead(struct map *m)
{
	return m->steps >= 0 && m->steps-- == 0 && ++m->steps == 0;
}

static int put(void *ctx, const struct xrp_journal_key *key, const struct xrp_journal_value *value)
{
	struct map *m = ctx;
	unsigned int i = find(m, key);

	if (is_dead(m))
		return 0;
	if (i == m->count && m->count >= m->room)
		return -E2BIG;
	m->count += i == m->count;
	m->element[i].key = *key;
	m->element[i].value = *value;
	m->puts++;
	return 0;
}

static int removed(void *ctx, const struct xrp_journal_key *key)
{
	struct map *m = ctx;
	unsigned int i = find(m, key);

	if (is_dead(m))
		return 0;
	if (i == m->count)
		return -ENOENT;
	m->element[i] = m->element[--m->count];
	return 0;
}

static struct map *map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->room = ELEMENTS;
	m->steps = -1;
	return m;
}

static struct journal_ops ops_of(struct map *m)
{
	return (struct journal_ops){.put = put, .remove = removed, .ctx = m};
}

/* Bytes that are others for each seed. */
static const uint8_t *bytes_of(unsigned int seed, size_t len)
{
	static uint8_t buf[2][LONGEST];
	uint8_t *out = buf[seed % 2];

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
	return out;
}

struct reading {
	unsigned int records, damaged, strays;
	struct journal_record last;
	uint8_t data[LONGEST];
	struct xrp_journal_key stray[ELEMENTS];
	struct journal_set *set;
	struct map *map;
	bool aside, forget; /* damaged ones are set aside, or deleted */
};

static int on_record(void *ctx, const struct journal_record *record)
{
	struct reading *r = ctx;
	const struct journal_ops ops = ops_of(r->map);

	assert_true(r->records == 0 || record->id >= r->last.id);
	r->records++;
	r->last = *record;
	if (record->data)
		memcpy(r->data, record->data, record->len);
	else
		r->damaged++;
	if (!record->data && r->aside && !(record->kind & XRP_JOURNAL_DAMAGED))
		journal_set_aside(r->set, &ops, record->id, record->kind);
	if (r->forget)
		journal_set_remove(r->set, &ops, record->id, record->kind);
	return 0;
}

static void on_stray(void *ctx, const struct xrp_journal_key *key)
{
	struct reading *r = ctx;

	r->stray[r->strays++] = *key;
}

/* Reads the map; the elements come in an order of no meaning. */
static void read_map(struct map *m, struct reading *r)
{
	r->records = r->damaged = r->strays = 0;
	r->map = m;
	r->set = journal_set_new();
	assert_non_null(r->set);
	for (unsigned int i = 0; i < m->count; i++) {
		unsigned int j = (i * 7 + 3) % m->count;

		if (m->count % 7 == 0)
			j = m->count - 1 - i;
		assert_int_equal(journal_set_add(r->set, &m->element[j].key, &m->element[j].value),
				 0);
	}
	assert_int_equal(journal_set_walk(r->set, on_record, on_stray, r), 0);
	journal_set_free(r->set);
}

static bool holds(const struct reading *r, const uint8_t *data, size_t len)
{
	return r->records == 1 && !r->damaged && r->last.len == len && !memcmp(r->data, data, len);
}

static const size_t lengths[] = {1, 600, XRP_JOURNAL_DATA, XRP_JOURNAL_DATA + 1, 1900, 3712, 65536};

#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

static void test_written_and_read(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));

	(void)state;
	assert_non_null(r);
	for (size_t i = 0; i < LENGTHS; i++) {
		struct map *m = map_new();
		const struct journal_ops ops = ops_of(m);
		struct stream_journal s = {.hash = 0};
		const uint8_t *data = bytes_of(1, lengths[i]);

		assert_int_equal(journal_parts_write(&ops, 5, KIND, &s, data, lengths[i]), 0);
		assert_int_equal(m->count, (lengths[i] + XRP_JOURNAL_DATA - 1) / XRP_JOURNAL_DATA);
		assert_true(s.hash);
		read_map(m, r);
		assert_true(holds(r, data, lengths[i]));
		assert_int_equal(r->strays, 0);
		assert_int_equal(r->last.id, 5);
		assert_int_equal(r->last.kind, KIND);
		assert_int_equal(r->last.state.hash, s.hash);
		assert_int_equal(r->last.state.turn, s.turn);
		assert_int_equal(r->last.state.parts, s.parts);
		journal_parts_delete(&ops, 5, KIND, &r->last.state);
		assert_int_equal(m->count, 0);
		assert_int_equal(r->last.state.hash, 0);
		free(m);
	}
	free(r);
}

static void test_only_what_changed_is_written(void **state)
{
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);
	struct stream_journal s = {.hash = 0};
	uint8_t data[600];

	(void)state;
	memcpy(data, bytes_of(1, sizeof(data)), sizeof(data));
	assert_int_equal(journal_parts_write(&ops, 5, KIND, &s, data, sizeof(data)), 0);
	assert_int_equal(journal_parts_write(&ops, 5, KIND, &s, data, sizeof(data)), 0);
	assert_int_equal(m->puts, 1);
	data[599] ^= 1;
	assert_int_equal(journal_parts_write(&ops, 5, KIND, &s, data, sizeof(data)), 0);
	assert_int_equal(m->puts, 2);
	assert_int_equal(journal_parts_write(&ops, 5, KIND, &s, data, sizeof(data) - 1), 0);
	assert_int_equal(m->puts, 3);
	assert_int_equal(m->count, 1);
	for (size_t i = 599; i < XRP_JOURNAL_DATA; i++)
		assert_int_equal(m->element[0].value.data[i], 0);
	assert_int_equal(journal_parts_write(&ops, 5, KIND, &s, data, 0), -EINVAL);
	assert_int_equal(journal_parts_write(&ops, 5, KIND, &s, data, SIZE_MAX / 2), -EMSGSIZE);
	free(m);
}

/*
 * A writer begins with the old record (none when old_len is 0), writes the new one (or deletes it
 * when new_len is 0) and is killed after `steps`. Returns whether it got to the end.
 */
static bool kill_after(int steps, size_t old_len, size_t new_len, struct reading *r)
{
	const uint8_t *old = bytes_of(2, old_len), *new = bytes_of(3, new_len);
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);
	struct stream_journal s = {.hash = 0}, next;
	bool is_old, is_new, done;

	if (old_len)
		assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, old, old_len), 0);
	m->steps = steps;
	if (new_len)
		assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, new, new_len), 0);
	else
		journal_parts_delete(&ops, 9, KIND, &s);
	done = m->steps > 0;
	m->steps = -1;
	read_map(m, r);
	is_old = old_len ? holds(r, old, old_len) : !r->records;
	is_new = new_len ? holds(r, new, new_len) : !r->records;
	assert_true(is_old || is_new);
	assert_true(!done || (is_new && !r->strays));
	/* the next daemon deletes the strays, and goes on with what it read */
	for (unsigned int i = 0; i < r->strays; i++)
		assert_int_equal(removed(m, &r->stray[i]), 0);
	next = r->records ? r->last.state : (struct stream_journal){.hash = 0};
	assert_int_equal(m->count, r->records ? next.parts + 1U : 0);
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &next, bytes_of(4, 2000), 2000), 0);
	read_map(m, r);
	assert_true(holds(r, bytes_of(4, 2000), 2000) && !r->strays);
	free(m);
	return done;
}

static void test_killed_at_each_step(void **state)
{
	static const size_t some[] = {0, 600, XRP_JOURNAL_DATA + 1, 4000};
	struct reading *r = calloc(1, sizeof(*r));
	unsigned int kills = 0;

	(void)state;
	assert_non_null(r);
	for (int i = 0; i < 16; i++) {
		int steps = 0;

		if (!some[i / 4] && !some[i % 4])
			continue;
		while (!kill_after(steps, some[i / 4], some[i % 4], r))
			steps++;
		kills += (unsigned int)steps;
	}
	print_message("  %u kills\n", kills);
	assert_in_range(kills, 40, 200);
	free(r);
}

/* Strays of a killed writer that nobody has deleted are no harm to the next writing. */
static void test_strays_that_stayed(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);
	struct stream_journal s = {.hash = 0}, before;

	(void)state;
	assert_non_null(r);
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(2, 2000), 2000), 0);
	before = s;
	m->steps = 3; /* of four parts and the head */
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(3, 4000), 4000), 0);
	m->steps = -1;
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &before, bytes_of(4, 1900), 1900), 0);
	read_map(m, r);
	assert_true(holds(r, bytes_of(4, 1900), 1900));
	assert_int_equal(r->strays, 1);
	free(m);
	free(r);
}

static void test_no_room(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);
	struct stream_journal s = {.hash = 0}, before;

	(void)state;
	assert_non_null(r);
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(2, 2000), 2000), 0);
	before = s;
	for (m->room = 3; m->room < 7; m->room++) {
		assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(3, 4000), 4000),
				 -E2BIG);
		assert_memory_equal(&s, &before, sizeof(s));
		assert_int_equal(m->count, 3);
		read_map(m, r);
		assert_true(holds(r, bytes_of(2, 2000), 2000) && !r->strays);
	}
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(3, 4000), 4000), 0);
	assert_int_equal(m->count, 5);
	free(m);
	free(r);
}

static void test_turns_wrap(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);
	struct stream_journal s = {.turn = UINT16_MAX - 2};

	(void)state;
	assert_non_null(r);
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(i, 2000), 2000),
				 0);
		read_map(m, r);
		assert_true(holds(r, bytes_of(i, 2000), 2000) && !r->strays);
	}
	assert_int_equal(s.turn, 3);
	free(m);
	free(r);
}

static void test_records_come_by_id(void **state)
{
	static const uint64_t ids[] = {300, 2, 1ULL << 40, 7, 0, 299};
	struct reading *r = calloc(1, sizeof(*r));
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);

	(void)state;
	assert_non_null(r);
	for (unsigned int i = 0; i < 6; i++) {
		struct stream_journal s = {.hash = 0};
		uint32_t kind = ids[i] ? XRP_JOURNAL_STREAM : XRP_JOURNAL_TOTALS;

		assert_int_equal(journal_parts_write(&ops, ids[i], kind, &s,
						     bytes_of(i, 500 * i + 1), 500 * i + 1),
				 0);
	}
	read_map(m, r);
	assert_int_equal(r->records, 6);
	assert_int_equal(r->damaged, 0);
	assert_int_equal(r->strays, 0);
	free(m);
	free(r);
}

/* Each element of a record, changed in each of its fields, or gone: the record is damaged. */
static void test_damaged_and_set_aside(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));

	(void)state;
	assert_non_null(r);
	for (unsigned int i = 0; i < 3 * 5; i++) {
		struct map *m = map_new();
		const struct journal_ops ops = ops_of(m);
		struct stream_journal s = {.hash = 0};
		struct xrp_journal_value *v = &m->element[i / 5].value;

		assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(2, 2500), 2500),
				 0);
		v->data[100] ^= i % 5 == 0;
		v->length ^= i % 5 == 1;
		v->crc ^= i % 5 == 2;
		v->turn ^= i % 5 == 3;
		if (i % 5 == 4)
			m->element[i / 5] = m->element[--m->count];
		r->aside = true;
		read_map(m, r);
		r->aside = false;
		if (i % 5 == 4 && !r->records) { /* the head is gone: all the rest are strays */
			assert_int_equal(r->strays, 2);
			free(m);
			continue;
		}
		assert_int_equal(r->records, 1);
		assert_int_equal(r->damaged, 1);
		assert_int_equal(r->strays, 0);
		assert_int_equal(m->count, i % 5 == 4 ? 2 : 3);
		for (unsigned int j = 0; j < m->count; j++)
			assert_int_equal(m->element[j].key.kind, XRP_JOURNAL_DAMAGED | KIND);
		/* the next start sees it as what it is, and leaves it alone, unless it is told */
		read_map(m, r);
		assert_int_equal(r->records, 1);
		assert_int_equal(r->last.kind, XRP_JOURNAL_DAMAGED | KIND);
		assert_int_equal(r->strays, 0);
		r->forget = true;
		read_map(m, r);
		r->forget = false;
		assert_int_equal(m->count, 0);
		free(m);
	}
	free(r);
}

/* A whole record whose meaning nobody could make out is set aside likewise; or it stays. */
static void test_set_aside_without_room(void **state)
{
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);
	struct stream_journal s = {.hash = 0};
	struct journal_set *set = journal_set_new();

	(void)state;
	assert_non_null(set);
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(2, 2500), 2500), 0);
	for (unsigned int i = 0; i < m->count; i++)
		assert_int_equal(journal_set_add(set, &m->element[i].key, &m->element[i].value), 0);
	for (m->room = 3; m->room < 6; m->room++) {
		journal_set_aside(set, &ops, 9, KIND);
		assert_int_equal(m->count, 3);
		for (unsigned int i = 0; i < 3; i++)
			assert_int_equal(m->element[i].key.kind, KIND);
	}
	journal_set_aside(set, &ops, 8, KIND); /* there is none */
	journal_set_aside(set, &ops, 9, KIND);
	assert_int_equal(m->count, 3);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(m->element[i].key.kind, XRP_JOURNAL_DAMAGED | KIND);
	journal_set_free(set);
	free(m);
}

/* Elements of anything: nothing is read beyond them, and nothing is made up. */
static void test_garbage(void **state)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct map *m = map_new();

	(void)state;
	assert_non_null(r);
	srand(7);
	for (int round = 0; round < 2000; round++) {
		m->count = (unsigned int)rand() % 12;
		for (unsigned int i = 0; i < m->count; i++) {
			struct xrp_journal_value *v = &m->element[i].value;

			m->element[i].key = (struct xrp_journal_key){
				.id = (unsigned int)rand() % 2,
				.kind = KIND,
				.part = (unsigned int)rand() % 3 << 16 | (unsigned int)rand() % 4};
			if (rand() % 2)
				m->element[i].key.part = 0;
			v->turn = (uint16_t)(rand() % 3);
			v->length = (uint32_t)(rand() % 4000);
			if (rand() % 8 == 0)
				v->length = (uint32_t)rand() * 2U;
		}
		read_map(m, r);
		assert_int_equal(r->records, r->damaged);
	}
	free(m);
	free(r);
}

static int stop_at_once(void *ctx, const struct journal_record *record)
{
	(void)ctx;
	(void)record;
	return -EINTR;
}

static void test_the_walk_can_be_ended(void **state)
{
	struct map *m = map_new();
	const struct journal_ops ops = ops_of(m);
	struct stream_journal s = {.hash = 0};
	struct journal_set *set = journal_set_new();

	(void)state;
	assert_non_null(set);
	assert_int_equal(journal_set_walk(set, stop_at_once, on_stray, NULL), 0);
	assert_int_equal(journal_parts_write(&ops, 9, KIND, &s, bytes_of(2, 100), 100), 0);
	assert_int_equal(journal_set_add(set, &m->element[0].key, &m->element[0].value), 0);
	assert_int_equal(journal_set_walk(set, stop_at_once, on_stray, NULL), -EINTR);
	journal_set_free(set);
	journal_set_free(NULL);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written_and_read),
		cmocka_unit_test(test_only_what_changed_is_written),
		cmocka_unit_test(test_killed_at_each_step),
		cmocka_unit_test(test_strays_that_stayed),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_turns_wrap),
		cmocka_unit_test(test_records_come_by_id),
		cmocka_unit_test(test_damaged_and_set_aside),
		cmocka_unit_test(test_set_aside_without_room),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_the_walk_can_be_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
