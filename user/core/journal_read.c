/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of its record. All that can be wrong is found before anything is changed: first the
 * record is read into a stream of its own, then that is checked by itself, then against the calls
 * that are there; only then it takes its place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <base/endpoint.h>
#include <core/journal.h>
#include <core/journal_check.h>
#include <core/journal_items.h>

struct adoption {
	struct engine *engine;
	const struct journal_world *world;
	struct stream *stream;
	struct text call_id;
	char *notify;	      /* whom, as a name; or NULL */
	struct text label[2]; /* of the address of -l that a leg was bound by; len 0: none */
	unsigned int bent;
};

static bool head_text(struct tlv_cursor record, uint8_t type, struct text *text)
{
	struct tlv_item item;

	if (!tlv_find(record, type, &item) || !journal_text_is_right(&item))
		return false;
	*text = (struct text){(const char *)item.data, item.len};
	return true;
}

static int read_label(struct tlv_cursor record, uint8_t type, struct text *label)
{
	struct tlv_item item;

	return tlv_find(record, type, &item) && !head_text(record, type, label) ? -EBADMSG : 0;
}

/* What of the record's items is not simply a member of struct stream. */
static int read_head(struct adoption *a, struct tlv_cursor record, uint64_t id)
{
	struct text tag, name;
	struct tlv_item item;

	if (!head_text(record, JOURNAL_STREAM_CALL_ID, &a->call_id) ||
	    !head_text(record, JOURNAL_STREAM_TAG, &tag))
		return -EBADMSG;
	a->stream = stream_new(tag);
	if (!a->stream)
		return -ENOMEM;
	a->stream->id = id;
	if (tlv_find(record, JOURNAL_STREAM_COPY_OF, &item) &&
	    tlv_number(&item, &a->stream->journal.copy_of))
		return -EBADMSG;
	if (read_label(record, JOURNAL_STREAM_CALLEE_LABEL, &a->label[LEG_CALLEE]) ||
	    read_label(record, JOURNAL_STREAM_CALLER_LABEL, &a->label[LEG_CALLER]))
		return -EBADMSG;
	if (!tlv_find(record, JOURNAL_STREAM_NOTIFY, &item))
		return 0;
	if (!head_text(record, JOURNAL_STREAM_NOTIFY, &name))
		return -EBADMSG;
	a->notify = strndup(name.at, name.len);
	return a->notify ? 0 : -ENOMEM;
}

/* Keeps the items that are not known. */
static int keep_unknown(struct stream_journal *journal, const struct tlv_writer *unknown)
{
	if (!unknown->len)
		return 0;
	journal->unknown = malloc(unknown->len);
	if (!journal->unknown)
		return -ENOMEM;
	memcpy(journal->unknown, unknown->buf, unknown->len);
	journal->unknown_len = unknown->len;
	return 0;
}

static int read_stream(struct adoption *a, uint64_t id, const uint8_t *data, size_t len)
{
	struct tlv_writer unknown = {.size = len};
	struct tlv_cursor record = tlv_begin(data, len);
	int err = id && len && len <= JOURNAL_RECORD ? read_head(a, record, id) : -EBADMSG;

	if (err)
		return err;
	unknown.buf = malloc(len);
	if (!unknown.buf)
		return -ENOMEM;
	err = journal_read_items(&journal_stream_level, record, a->stream, &unknown);
	if (!err)
		err = keep_unknown(&a->stream->journal, &unknown);
	free(unknown.buf);
	if (err)
		return err;
	return journal_check(a->stream) ? 0 : -EBADMSG;
}

/* Streams are adopted by their ids, so that the look through all of them is rarely needed. */
static bool id_is_known(const struct calls *calls, uint64_t id)
{
	const struct stream *s = id <= calls->last_id ? calls->all : NULL;

	while (s && s->id != id)
		s = s->next;
	return s;
}

static bool tags_are_known(const struct adoption *a)
{
	const struct call *call = calls_call(&a->engine->calls, a->call_id);
	const struct text tag = {a->stream->tag, a->stream->tag_len};
	const struct stream *s = call ? call->streams : NULL;

	while (s && !text_equal((struct text){s->tag, s->tag_len}, tag))
		s = s->call_next;
	return s;
}

static struct ports *ports_of(const struct engine *engine, const struct xrp_addr *addr)
{
	return addr_is_v4(addr) ? engine->ports4 : engine->ports6;
}

/* Of a port outside of the range only the calls know whether it is taken; always with the next. */
static bool pair_is_taken(const struct engine *engine, const struct xrp_endpoint *even)
{
	return ports_is_taken(ports_of(engine, &even->addr), endpoint_port(even)) ||
	       calls_channel(&engine->calls, even);
}

/* Is there room for it among the calls that are there? */
static int find_conflict(const struct adoption *a)
{
	struct xrp_endpoint pair[JOURNAL_PAIRS];
	unsigned int count = journal_pairs(a->stream, pair);

	if (id_is_known(&a->engine->calls, a->stream->id) || tags_are_known(a))
		return -EEXIST;
	for (unsigned int i = 0; i < count; i++) {
		if (pair_is_taken(a->engine, &pair[i]))
			return -EADDRINUSE;
	}
	return 0;
}

static bool wants_slot(const struct channel *ch)
{
	return ch->generation || ch->stream->leg[ch->side].channel[CHANNEL_RTP].local.port;
}

/* The slots of before for all channels that can have theirs, then new ones for the others. */
static int take_slots(struct adoption *a)
{
	struct slots *slots = a->engine->slots;
	bool taken[4] = {false};
	int err = 0;

	for (int i = 0; i < 4; i++) {
		const struct channel *ch = &a->stream->leg[i / 2].channel[i % 2];

		taken[i] = ch->generation && a->world->keep_slots &&
			   !slots_claim(slots, ch->slot, ch->generation);
	}
	for (int i = 0; i < 4 && !err; i++) {
		struct channel *ch = &a->stream->leg[i / 2].channel[i % 2];

		if (taken[i] || !wants_slot(ch))
			continue;
		a->bent |= JOURNAL_BENT_SLOTS;
		ch->copies_lost = 0;
		err = slots_take(slots, a->world->now, &ch->slot, &ch->generation);
		taken[i] = !err;
	}
	for (int i = 0; i < 4 && err; i++) {
		if (taken[i])
			slots_give(slots, a->stream->leg[i / 2].channel[i % 2].slot, a->world->now);
	}
	return err;
}

static bool is_listened_on(const struct engine *engine, const struct xrp_addr *bind)
{
	struct xrp_addr any = addr_any(addr_family(bind));

	for (unsigned int i = 0; i < engine->config.address_count; i++) {
		const struct xrp_addr *addr = &engine->config.address[i].addr;

		if (xrp_addr_equal(addr, bind) || xrp_addr_equal(addr, &any))
			return true;
	}
	return false;
}

static void take_ports(struct adoption *a)
{
	struct xrp_endpoint pair[JOURNAL_PAIRS];
	unsigned int count = journal_pairs(a->stream, pair);

	for (unsigned int i = 0; i < count; i++) {
		if (ports_claim(ports_of(a->engine, &pair[i].addr), endpoint_port(&pair[i])))
			a->bent |= JOURNAL_BENT_RANGE;
	}
}

/* The address of -l with this label, where it is the leg's still; NULL: what is told goes by the
 * address. */
static const struct engine_address *bound_by(const struct engine *engine, const struct leg *leg,
					     struct text label)
{
	for (unsigned int i = 0; label.len && i < engine->config.address_count; i++) {
		const struct engine_address *at = &engine->config.address[i];

		if (text_equal(label, text_of(at->label)) && xrp_addr_equal(&at->addr, &leg->bind))
			return at;
	}
	return NULL;
}

/* Puts the legs under their endpoints. What follows from bind and port is not in the record. */
static void enter_leg(struct adoption *a, struct leg *leg)
{
	uint16_t port = endpoint_port(&leg->channel[CHANNEL_RTP].local);

	for (int kind = 0; kind < 2; kind++) {
		struct channel *ch = &leg->channel[kind];

		ch->learn.rtcp = kind == CHANNEL_RTCP;
		ch->learn.loopback = addr_kind(&leg->bind) == ADDR_LOOPBACK;
		ch->slow.generation = ch->slow.packets ? ch->generation : 0;
		if (port)
			ch->local = endpoint_make(&leg->bind, (uint16_t)(port + kind));
	}
	if (!port)
		return;
	calls_enter_leg(&a->engine->calls, leg);
	if (!is_listened_on(a->engine, &leg->bind))
		a->bent |= JOURNAL_BENT_ADDRESS;
}

static void recall_notify(struct adoption *a)
{
	struct engine *engine = a->engine;
	struct stream *s = a->stream;

	if (a->notify)
		s->notify = engine->ops.notify_recall(engine->ops.ctx, a->notify);
	if (s->notify)
		return;
	if (a->notify)
		a->bent |= JOURNAL_BENT_NOTIFY;
	free(s->notify_tag);
	s->notify_tag = NULL;
}

/* A time of before, moved on by the time that no daemon was there; never beyond now. 0 is never. */
static uint64_t moved_on(const struct journal_world *world, uint64_t time)
{
	if (!time)
		return 0;
	return time < world->now && world->now - time > world->down ? time + world->down
								    : world->now;
}

/*
 * While no daemon was there no command could come (touched), and nothing that takes the slow path
 * could be heard (slow.last_seen): that silence is not the party's, so both move on. With the
 * latter the learner's times must: it compares them with each other and with the slow path's, and
 * if `stale` stayed behind, what was heard before the address changed would look as if it had come
 * since. Against the kernel's times, which do not move as the kernel went on hearing, the two are
 * a little late then: who spoke only while nobody was there must speak once more.
 *
 * When a call began stays as it was, and so does what is only ever subtracted from it.
 */
static void move_times(struct adoption *a)
{
	const struct journal_world *world = a->world;
	struct stream *s = a->stream;

	for (int i = 0; i < 4; i++) {
		struct leg *leg = &s->leg[i / 2];
		struct channel *ch = &leg->channel[i % 2];

		if (i % 2 == CHANNEL_RTP)
			leg->touched = moved_on(world, leg->touched);
		/* When the kernel last heard its party is lost with the slot: it has time anew. */
		if (s->complete && a->bent & JOURNAL_BENT_SLOTS)
			leg->touched = world->now;
		ch->slow.last_seen = moved_on(world, ch->slow.last_seen);
		ch->learn.heard = moved_on(world, ch->learn.heard);
		ch->learn.stale = moved_on(world, ch->learn.stale);
		ch->learn.unproven = moved_on(world, ch->learn.unproven);
	}
	if (s->created > world->now)
		s->created = world->now;
	if (s->completed > world->now)
		s->completed = world->now;
}

static int adopt(struct adoption *a)
{
	struct engine *engine = a->engine;
	struct stream *s = a->stream;
	int err = find_conflict(a);

	if (!err)
		err = calls_put(&engine->calls, a->call_id, s);
	if (err)
		return err;
	err = take_slots(a);
	if (err) {
		calls_take_back(&engine->calls, s);
		a->stream = NULL;
		return err;
	}
	take_ports(a);
	for (int side = 0; side < 2; side++) {
		struct leg *leg = &s->leg[side];

		leg->bound = bound_by(engine, leg, a->label[side]);
		enter_leg(a, leg);
	}
	recall_notify(a);
	move_times(a);
	calls_dirty(&engine->calls, s);
	return 0;
}

int journal_adopt(struct engine *engine, const struct journal_world *world, uint64_t id,
		  const uint8_t *data, size_t len, struct stream **adopted, unsigned int *bent)
{
	struct adoption a = {.engine = engine, .world = world};
	int err = read_stream(&a, id, data, len);

	if (!err)
		err = adopt(&a);
	free(a.notify);
	if (err && a.stream)
		stream_free(a.stream);
	*adopted = err ? NULL : a.stream;
	*bent = err ? 0 : a.bent;
	return err;
}

int journal_adopt_totals(struct engine *engine, const uint8_t *data, size_t len)
{
	struct engine_totals totals = {.load = engine->totals.load,
				       .packets_per_second = engine->totals.packets_per_second};
	struct tlv_writer unknown = {.size = len, .buf = malloc(len ? len : 1)};
	int err;

	if (!unknown.buf)
		return -ENOMEM;
	err = journal_read_items(&journal_totals_level, tlv_begin(data, len), &totals, &unknown);
	free(unknown.buf);
	if (!err)
		engine->totals = totals;
	return err;
}
