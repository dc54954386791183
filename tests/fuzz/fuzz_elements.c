/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The elements of the journal's map: records written by a writer that is killed, elements changed,
 * lost and made up. Whatever stands there: each record is read once, in order; one that has data
 * has the right sum; and when strays are deleted and damaged records set aside, as a start does, a
 * second reading finds the same records and nothing else to mend.
 *
 * An input is a row of steps of eight bytes: what is done (enum step), an id, a kind, a turn, a
 * number, a fill, and a length of 16 bits.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <core/journal_parts.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step { WRITE, KILL, DELETE, LOSE, CHANGE, FORGE, STEPS };

#define ROOM	 64
#define STEP	 8
#define IDS	 4
#define LONGEST	 6000
#define NO_DEATH -1

struct map {
	struct xrp_journal_key key[2 * ROOM]; /* the reader may set aside all there is */
	struct xrp_journal_value value[2 * ROOM];
	unsigned int count, room;
	int life; /* writes until the writer is killed */
	struct stream_journal state[IDS];
};

struct reading {
	struct map *map;
	struct journal_set *set;
	unsigned int records, aside, mended;
	uint64_t last_id, sum; /* of what was read */
};

static void demand(bool right)
{
	if (!right)
		abort();
}

static unsigned int find(const struct map *m, const struct xrp_journal_key *key)
{
	unsigned int i = 0;

	while (i < m->count && memcmp(&m->key[i], key, sizeof(*key)) != 0)
		i++;
	return i;
}

static bool is_dead(struct map *m)
{
	if (m->life > 0)
		m->life--;
	return m->life == 0;
}

static int put(void *ctx, const struct xrp_journal_key *key, const struct xrp_journal_value *value)
{
	struct map *m = ctx;
	unsigned int i = find(m, key);

	if (is_dead(m))
		return 0;
	if (i == m->room)
		return -ENOSPC;
	m->key[i] = *key;
	m->value[i] = *value;
	m->count += i == m->count;
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
	m->count--;
	m->key[i] = m->key[m->count];
	m->value[i] = m->value[m->count];
	return 0;
}

static void do_write(struct map *m, const struct journal_ops *ops, const uint8_t *step)
{
	static uint8_t record[LONGEST];
	size_t len = (size_t)(step[6] << 8 | step[7]) % LONGEST;

	memset(record, step[5], len);
	journal_parts_write(ops, step[1] % IDS, XRP_JOURNAL_STREAM, &m->state[step[1] % IDS],
			    record, len);
	m->life = NO_DEATH;
}

static void do_change(struct map *m, const uint8_t *step)
{
	uint8_t *bytes;

	if (!m->count)
		return;
	bytes = (uint8_t *)&m->value[step[1] % m->count];
	bytes[(step[6] << 8 | step[7]) % sizeof(*m->value)] = step[5];
}

static void do_forge(struct map *m, const uint8_t *step)
{
	static const uint32_t kinds[] = {XRP_JOURNAL_STREAM, XRP_JOURNAL_TOTALS, 7,
					 XRP_JOURNAL_STREAM | XRP_JOURNAL_DAMAGED};
	struct xrp_journal_key key = {.id = step[1] % IDS,
				      .kind = kinds[step[2] % 4],
				      .part = (uint32_t)step[3] << 16 | step[4] % 8};
	struct xrp_journal_value value = {.length = (uint32_t)(step[6] << 8 | step[7]),
					  .turn = step[3]};

	memset(value.data, step[5], sizeof(value.data));
	if (value.length <= sizeof(value.data))
		value.crc = (uint32_t)crc32(0, value.data, value.length);
	put(m, &key, &value);
}

static void run_step(struct map *m, const struct journal_ops *ops, const uint8_t *step)
{
	switch (step[0] % STEPS) {
	case KILL:
		m->life = 1 + step[4] % 16;
		do_write(m, ops, step);
		break;
	case WRITE:
		do_write(m, ops, step);
		break;
	case DELETE:
		journal_parts_delete(ops, step[1] % IDS, XRP_JOURNAL_STREAM,
				     &m->state[step[1] % IDS]);
		break;
	case LOSE:
		if (m->count)
			removed(m, &m->key[step[1] % m->count]);
		break;
	case CHANGE:
		do_change(m, step);
		break;
	case FORGE:
		do_forge(m, step);
		break;
	}
}

static int on_record(void *ctx, const struct journal_record *record)
{
	const struct journal_ops ops = {put, removed, ((struct reading *)ctx)->map};
	struct reading *r = ctx;

	demand(!r->records || record->id >= r->last_id);
	r->records++;
	r->last_id = record->id;
	if (record->kind & XRP_JOURNAL_DAMAGED) {
		r->aside++;
	} else if (record->data) {
		demand(record->len > 0 && record->state.hash);
		r->sum = r->sum * 31 + crc32(0, record->data, (uInt)record->len) + record->id;
	} else {
		r->mended++;
		journal_set_aside(r->set, &ops, record->id, record->kind);
	}
	return 0;
}

static void on_stray(void *ctx, const struct xrp_journal_key *key)
{
	struct reading *r = ctx;

	r->mended++;
	demand(!removed(r->map, key)); /* it is there, and told once */
}

static struct reading read_map(struct map *m)
{
	struct reading r = {.map = m, .set = journal_set_new()};

	demand(r.set != NULL);
	m->room = 2 * ROOM;
	m->life = NO_DEATH;
	for (unsigned int i = 0; i < m->count; i++)
		demand(!journal_set_add(r.set, &m->key[i], &m->value[i]));
	demand(!journal_set_walk(r.set, on_record, on_stray, &r));
	journal_set_free(r.set);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct map map; /* large */
	const struct journal_ops ops = {put, removed, &map};
	struct reading first, second;

	map.count = 0;
	map.room = ROOM;
	map.life = NO_DEATH;
	memset(map.state, 0, sizeof(map.state));
	for (size_t at = 0; at + STEP <= size; at += STEP)
		run_step(&map, &ops, data + at);
	first = read_map(&map);
	second = read_map(&map);
	demand(first.sum == second.sum && !second.mended);
	return 0;
}
