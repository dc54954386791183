/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of calls, streams and channels, and how tags find a stream. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>
#include <base/endpoint.h>
#include <core/call.h>
#include <core/leg_media.h>

static struct text stream_tag(const struct stream *s)
{
	return (struct text){s->tag, s->tag_len};
}

/* Does `tag` begin with `prefix` followed by a semicolon? */
static bool tag_begins_with(struct text tag, struct text prefix)
{
	return tag.len > prefix.len && tag.at[prefix.len] == ';' &&
	       !memcmp(tag.at, prefix.at, prefix.len);
}

/* The part behind the last semicolon; .at NULL when there is none. */
static struct text tag_media(struct text tag)
{
	const char *semicolon = memrchr(tag.at, ';', tag.len);

	if (!semicolon)
		return (struct text){NULL, 0};
	return (struct text){semicolon + 1, (size_t)(tag.at + tag.len - semicolon - 1)};
}

/* Reference, 7, rule 3: the bare to-tag, with the media number taken from the from-tag. */
static bool tag_fits_with_media(struct text tag, struct text to, struct text from)
{
	struct text wanted = tag_media(from);

	return wanted.at && tag_begins_with(tag, to) && text_equal(tag_media(tag), wanted);
}

struct call *calls_call(const struct calls *calls, struct text call_id)
{
	struct call *call;

	HASH_FIND(hh, calls->by_id, call_id.at, call_id.len, call);
	return call;
}

unsigned int calls_streams(const struct calls *calls, struct text call_id)
{
	const struct call *call = calls_call(calls, call_id);

	return call ? call->refs : 0;
}

struct stream_match calls_find(const struct calls *calls, struct text call_id, struct text from,
			       struct text to)
{
	struct call *call = calls_call(calls, call_id);
	struct stream *s;

	if (!call)
		return (struct stream_match){NULL, false};
	DL_FOREACH2(call->streams, s, call_next)
	{
		struct text tag = stream_tag(s);

		if (text_equal(tag, from))
			return (struct stream_match){s, false};
		if (to.at && (text_equal(tag, to) || tag_fits_with_media(tag, to, from)))
			return (struct stream_match){s, true};
	}
	return (struct stream_match){NULL, false};
}

int stream_fits_loosely(const struct stream *stream, struct text from, struct text to)
{
	struct text tag = stream_tag(stream);

	if (text_equal(tag, from) || tag_begins_with(tag, from))
		return 1;
	if (to.at && (text_equal(tag, to) || tag_begins_with(tag, to)))
		return -1;
	return 0;
}

static struct call *calls_make_call(struct calls *calls, struct text id)
{
	struct call *call = calls_call(calls, id);

	if (call)
		return call;
	call = calloc(1, sizeof(*call));
	if (!call)
		return NULL;
	call->id = strndup(id.at, id.len);
	call->id_len = id.len;
	if (!call->id) {
		free(call);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, calls->by_id, call->id, call->id_len, call);
	return call;
}

static void call_free(struct call *call)
{
	free(call->id);
	free(call);
}

static void stream_init(struct stream *s)
{
	for (int side = 0; side < 2; side++) {
		for (int kind = 0; kind < 2; kind++) {
			struct channel *ch = &s->leg[side].channel[kind];

			ch->stream = s;
			ch->side = (enum leg_side)side;
			ch->kind = (enum channel_kind)kind;
		}
	}
}

struct stream *stream_new(struct text tag)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s)
		s->tag = strndup(tag.at, tag.len);
	if (!s || !s->tag) {
		free(s);
		return NULL;
	}
	s->tag_len = tag.len;
	stream_init(s);
	return s;
}

int calls_put(struct calls *calls, struct text call_id, struct stream *s)
{
	struct call *call = calls_make_call(calls, call_id);

	if (!call)
		return -ENOMEM;
	s->call = call;
	call->refs++;
	DL_APPEND2(call->streams, s, call_prev, call_next);
	DL_APPEND(calls->all, s);
	calls->count++;
	if (s->id > calls->last_id)
		calls->last_id = s->id;
	return 0;
}

struct stream *calls_add(struct calls *calls, struct text call_id, struct text tag, uint64_t now)
{
	struct stream *s = stream_new(tag);

	if (!s)
		return NULL;
	s->id = calls->last_id + 1;
	s->created = now;
	if (!calls_put(calls, call_id, s))
		return s;
	stream_free(s);
	return NULL;
}

void calls_take_back(struct calls *calls, struct stream *stream)
{
	calls_end(calls, stream, STREAM_DELETED);
	calls->ended = stream->next;
	stream_free(stream);
}

struct stream *calls_after(const struct calls *calls, uint64_t id)
{
	struct stream *s = calls->page;

	if (s && s->id > id && (s == calls->all || s->prev->id <= id))
		return s;
	for (s = calls->all; s && s->id <= id;)
		s = s->next;
	return s;
}

void calls_dirty(struct calls *calls, struct stream *stream)
{
	if (stream->dirty)
		return;
	stream->dirty = true;
	stream->dirty_next = calls->dirty;
	calls->dirty = stream;
}

static void calls_forget_dirty(struct calls *calls, struct stream *stream)
{
	struct stream **at = &calls->dirty;

	if (!stream->dirty)
		return;
	while (*at != stream)
		at = &(*at)->dirty_next;
	*at = stream->dirty_next;
	stream->dirty = false;
}

void calls_end(struct calls *calls, struct stream *stream, enum stream_end end)
{
	struct call *call = stream->call;

	for (int side = 0; side < 2; side++)
		calls_leave_leg(calls, &stream->leg[side]);
	if (calls->cursor == stream)
		calls->cursor = stream->next;
	if (calls->resync == stream)
		calls->resync = stream->next;
	if (calls->page == stream)
		calls->page = stream->next;
	calls_forget_dirty(calls, stream);
	DL_DELETE(calls->all, stream);
	calls->count--;
	stream->end = end;
	stream->next = calls->ended;
	calls->ended = stream;
	DL_DELETE2(call->streams, stream, call_prev, call_next);
	if (!call->streams) /* its streams on the list of those that ended still refer to it */
		HASH_DELETE(hh, calls->by_id, call);
}

struct channel *calls_channel(const struct calls *calls, const struct xrp_endpoint *local)
{
	struct xrp_endpoint any = *local;
	struct channel *ch;

	HASH_FIND(hh, calls->by_local, local, sizeof(*local), ch);
	if (ch)
		return ch;
	any.addr = addr_any(addr_family(&local->addr));
	HASH_FIND(hh, calls->by_local, &any, sizeof(any), ch);
	return ch;
}

void calls_enter_leg(struct calls *calls, struct leg *leg)
{
	leg->has_port = true;
	for (int kind = 0; kind < 2; kind++) {
		struct channel *ch = &leg->channel[kind];

		HASH_ADD(hh, calls->by_local, local, sizeof(ch->local), ch);
	}
}

void calls_leave_leg(struct calls *calls, struct leg *leg)
{
	if (!leg->has_port)
		return;
	leg->has_port = false;
	for (int kind = 0; kind < 2; kind++) {
		struct channel *ch = &leg->channel[kind];

		HASH_DELETE(hh, calls->by_local, ch);
	}
}

uint64_t stream_slow_packets(const struct stream *stream)
{
	uint64_t sum = 0;

	for (int i = 0; i < 4; i++) {
		const struct channel *ch = &stream->leg[i / 2].channel[i % 2];

		sum += ch->slow.packets + ch->slow_refused + ch->slow.rate_dropped;
	}
	return sum;
}

static void leg_free(struct leg *leg)
{
	free(leg->codecs);
	leg_media_free(leg);
}

void stream_free(struct stream *stream)
{
	if (stream->call && !--stream->call->refs)
		call_free(stream->call);
	for (int side = 0; side < 2; side++)
		leg_free(&stream->leg[side]);
	free(stream->journal.unknown);
	free(stream->notify_tag);
	free(stream->tag);
	free(stream);
}

void calls_free(struct calls *calls)
{
	struct retired *r;
	struct stream *s;

	while (calls->all)
		calls_end(calls, calls->all, STREAM_SHUTDOWN);
	while ((s = calls->ended)) {
		calls->ended = s->next;
		stream_free(s);
	}
	while ((r = calls->retired)) {
		calls->retired = r->next;
		free(r);
	}
}
