/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The audit's part for the journal: a record for each stream, as last written, and no other. */
#include <errno.h>
#include <stdlib.h>
#include <core/journal.h>
#include <core/journal_parts.h>
#include <daemon/audit_private.h>
#include <daemon/store.h>

struct entry { /* a stream, found by its id */
	uint64_t id;
	struct stream *stream;
	bool seen;
};

struct walk {
	struct audit *audit;
	struct journal_set *set;
	struct journal_ops ops;
	struct entry *entries;
	size_t count;
};

static int compare_entries(const void *a, const void *b)
{
	uint64_t x = ((const struct entry *)a)->id, y = ((const struct entry *)b)->id;

	return x < y ? -1 : x > y;
}

static int walk_list(struct walk *w)
{
	const struct calls *calls = &w->audit->relay->engine.calls;
	struct stream *s;

	w->entries = calloc(calls->count + 1, sizeof(*w->entries));
	if (!w->entries)
		return -ENOMEM;
	for (s = calls->all; s; s = s->next)
		w->entries[w->count++] = (struct entry){s->id, s, false};
	qsort(w->entries, w->count, sizeof(*w->entries), compare_entries);
	return 0;
}

static int walk_element(void *ctx, const struct xrp_journal_key *key,
			const struct xrp_journal_value *value)
{
	struct walk *w = ctx;

	return journal_set_add(w->set, key, value);
}

/* Has the stream's record written anew. */
static void rewrite(struct walk *w, struct stream *s)
{
	s->journal.hash = 0;
	calls_dirty(&w->audit->relay->engine.calls, s);
}

static void judge_record(struct walk *w, const struct journal_record *record)
{
	const struct entry key = {.id = record->id};
	struct entry *entry =
		bsearch(&key, w->entries, w->count, sizeof(*w->entries), compare_entries);
	unsigned long long id = record->id;

	if (entry)
		entry->seen = true;
	if (!entry && audit_differs(w->audit, "record_of_no_call", "id=%llu", id))
		journal_set_remove(w->set, &w->ops, record->id, record->kind);
	else if (entry && !record->data && audit_differs(w->audit, "record_damaged", "id=%llu", id))
		rewrite(w, entry->stream);
	else if (entry && record->data && record->state.hash != entry->stream->journal.hash &&
		 audit_differs(w->audit, "record_differs", "id=%llu", id))
		rewrite(w, entry->stream);
	else if (entry && record->data && record->state.hash == entry->stream->journal.hash &&
		 !journal_tells(entry->stream, record->data, record->len) &&
		 audit_differs(w->audit, "record_stale", "id=%llu", id))
		rewrite(w, entry->stream);
}

static int walk_record(void *ctx, const struct journal_record *record)
{
	struct walk *w = ctx;

	w->audit->records++;
	if (record->kind & XRP_JOURNAL_DAMAGED) {
		if (audit_differs(w->audit, "record_set_aside", "id=%llu kind=%u",
				  (unsigned long long)record->id,
				  record->kind & ~XRP_JOURNAL_DAMAGED))
			journal_set_remove(w->set, &w->ops, record->id, record->kind);
	} else if (record->kind == XRP_JOURNAL_STREAM) {
		judge_record(w, record);
	}
	return 0;
}

static void walk_stray(void *ctx, const struct xrp_journal_key *key)
{
	struct walk *w = ctx;

	if (audit_differs(w->audit, "record_stray", "id=%llu part=%u", (unsigned long long)key->id,
			  key->part))
		w->ops.remove(w->ops.ctx, key);
}

static void judge_missing(struct walk *w)
{
	for (size_t i = 0; i < w->count; i++) {
		if (!w->entries[i].seen && audit_differs(w->audit, "record_missing", "id=%llu",
							 (unsigned long long)w->entries[i].id))
			rewrite(w, w->entries[i].stream);
	}
}

int audit_journal(struct audit *a)
{
	struct walk w = {.audit = a, .ops = store_ops(a->relay), .set = journal_set_new()};
	int err = w.set ? walk_list(&w) : -ENOMEM;

	if (!err)
		err = datapath_kernel_journal(a->relay->datapath, walk_element, &w);
	if (!err)
		err = journal_set_walk(w.set, walk_record, walk_stray, &w);
	if (!err)
		judge_missing(&w);
	free(w.entries);
	if (w.set)
		journal_set_free(w.set);
	return err;
}
