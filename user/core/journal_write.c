/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream's record, and that of the totals. See journal.h and journal_items.h. */
#include <errno.h>
#include <string.h>
#include <core/journal.h>
#include <core/journal_items.h>

static void write_text(struct tlv_writer *w, uint8_t type, const char *text, size_t len)
{
	if (len)
		tlv_put(w, type, text, len);
}

/* Whose media it sends: of a stream whose media has not been resumed, what its record said. */
static uint64_t copy_of(const struct stream *stream)
{
	return stream->copy_of ? stream->copy_of->id : stream->journal.copy_of;
}

static void write_label(const struct leg *leg, uint8_t type, struct tlv_writer *w)
{
	if (leg->bound)
		write_text(w, type, leg->bound->label, strlen(leg->bound->label));
}

static void write_head(const struct engine *engine, const struct stream *s, struct tlv_writer *w)
{
	const char *name;

	write_text(w, JOURNAL_STREAM_CALL_ID, s->call->id, s->call->id_len);
	write_text(w, JOURNAL_STREAM_TAG, s->tag, s->tag_len);
	if (copy_of(s))
		tlv_put_number(w, JOURNAL_STREAM_COPY_OF, copy_of(s));
	write_label(&s->leg[LEG_CALLEE], JOURNAL_STREAM_CALLEE_LABEL, w);
	write_label(&s->leg[LEG_CALLER], JOURNAL_STREAM_CALLER_LABEL, w);
	name = s->notify ? engine->ops.notify_name(engine->ops.ctx, s->notify) : NULL;
	if (name)
		write_text(w, JOURNAL_STREAM_NOTIFY, name, strlen(name));
}

int journal_stream(const struct engine *engine, const struct stream *stream, uint8_t *buf,
		   size_t size)
{
	struct tlv_writer w = {.buf = buf, .size = size};

	write_head(engine, stream, &w);
	journal_write_items(&journal_stream_level, stream,
			    tlv_begin(stream->journal.unknown, stream->journal.unknown_len), &w);
	return w.full ? -EMSGSIZE : (int)w.len;
}

int journal_totals(const struct engine *engine, uint8_t *buf, size_t size)
{
	struct tlv_writer w = {.buf = buf, .size = size};

	journal_write_items(&journal_totals_level, &engine->totals, tlv_begin(NULL, 0), &w);
	return w.full ? -EMSGSIZE : (int)w.len;
}
