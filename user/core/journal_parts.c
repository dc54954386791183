/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing a record's elements. The order makes each instant right: the parts of the new writing
 * stand beside the old ones until the head, which is exchanged at once, leads to them. See
 * journal_set.c for how what a kill left behind is read.
 */
#include <errno.h>
#include <string.h>
#include <zlib.h>
#include <base/fault.h>
#include <core/journal_parts.h>
#include <core/journal_parts_private.h>

uint64_t journal_parts_hash(const uint8_t *data, size_t len)
{
	static const uint8_t key[16] = "xdp-rtp journal";
	uint64_t hash = siphash(key, data, len);

	return hash ? hash : 1;
}

unsigned int journal_parts_more(size_t len)
{
	return len ? (unsigned int)((len - 1) / XRP_JOURNAL_DATA) : 0;
}

struct writing {
	const struct journal_ops *ops;
	struct xrp_journal_key key;
	struct xrp_journal_value value;
	const uint8_t *data;
};

/* Element `number` of the record; 0 is the head. */
static int put_element(struct writing *w, unsigned int number)
{
	size_t at = (size_t)number * XRP_JOURNAL_DATA, len = w->value.length - at;

	if (len > XRP_JOURNAL_DATA)
		len = XRP_JOURNAL_DATA;
	w->key.part = journal_parts_key(w->value.turn, number);
	memcpy(w->value.data, w->data + at, len);
	memset(w->value.data + len, 0, XRP_JOURNAL_DATA - len);
	return w->ops->put(w->ops->ctx, &w->key, &w->value);
}

/* Removes the parts, but not the head, of one turn. */
static void remove_parts(const struct journal_ops *ops, struct xrp_journal_key key, uint16_t turn,
			 unsigned int parts)
{
	for (unsigned int number = 1; number <= parts; number++) {
		key.part = journal_parts_key(turn, number);
		ops->remove(ops->ctx, &key);
		fault_point("journal.old");
	}
}

/* All parts, then the head; what was put is taken back when one cannot be. */
static int put_record(struct writing *w, unsigned int parts)
{
	unsigned int put = 0;
	int err = 0;

	while (put < parts && !err) {
		err = put_element(w, put + 1);
		put += !err;
		fault_point("journal.part");
	}
	if (!err)
		err = put_element(w, 0);
	if (err)
		remove_parts(w->ops, w->key, w->value.turn, put);
	else
		fault_point("journal.head");
	return err;
}

int journal_parts_write(const struct journal_ops *ops, uint64_t id, uint32_t kind,
			struct stream_journal *state, const uint8_t *data, size_t len)
{
	struct writing w = {.ops = ops, .key = {.id = id, .kind = kind}, .data = data};
	unsigned int parts = journal_parts_more(len);
	uint64_t hash;
	int err;

	if (!len)
		return -EINVAL;
	if (len > JOURNAL_PARTS_LONGEST)
		return -EMSGSIZE;
	hash = journal_parts_hash(data, len);
	if (state->hash == hash)
		return 0;
	w.value.length = (uint32_t)len;
	w.value.crc = (uint32_t)crc32(0, data, (uInt)len);
	w.value.turn = (uint16_t)(state->turn + 1);
	err = put_record(&w, parts);
	if (err)
		return err;
	remove_parts(ops, w.key, state->turn, state->parts);
	state->hash = hash;
	state->turn = w.value.turn;
	state->parts = (uint16_t)parts;
	return 0;
}

void journal_parts_delete(const struct journal_ops *ops, uint64_t id, uint32_t kind,
			  struct stream_journal *state)
{
	struct xrp_journal_key key = {.id = id, .kind = kind};

	if (!state->hash)
		return;
	ops->remove(ops->ctx, &key);
	fault_point("journal.head");
	remove_parts(ops, key, state->turn, state->parts);
	state->hash = 0;
	state->parts = 0;
}
