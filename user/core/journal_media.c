/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was done to a stream's media before a restart is asked for again. See journal.h. */
#include <core/journal.h>
#include <core/leg_media.h>

/* Each returns whether it failed. */

static unsigned int resume_record(struct engine *engine, struct leg *leg)
{
	if (!leg->media.record)
		return 0;
	leg->media.part++;
	if (!engine->ops.media->record(engine->ops.ctx, leg, leg->media.single))
		return 0;
	leg_media_stop(leg);
	return 1;
}

/* Where it fails the copier has given back the ports that were claimed for it. */
static unsigned int resume_copy(struct engine *engine, struct leg *leg)
{
	struct leg_media *m = &leg->media;
	struct xrp_endpoint from;

	if (!m->copy_to)
		return 0;
	m->part++;
	if (!engine->ops.media->copy(engine->ops.ctx, leg, text_of(m->copy_to), m->single, &from)) {
		m->copy_from = from;
		return 0;
	}
	leg_media_stop(leg);
	return 1;
}

static unsigned int resume_play(struct engine *engine, struct leg *leg)
{
	const struct leg_media *m = &leg->media;
	struct text codecs;

	if (!m->prompt)
		return 0;
	codecs = text_of(m->prompt_codecs);
	if (text_equal(codecs, text_of("session")) && leg->codecs)
		codecs = text_of(leg->codecs);
	if (!engine->ops.media->play(engine->ops.ctx, leg, text_of(m->prompt), codecs,
				     m->prompt_count))
		return 0;
	leg_media_stop_play(leg);
	return 1;
}

static unsigned int resume_ptime(struct engine *engine, struct leg *leg)
{
	if (!leg->ptime || !engine->ops.media->repacketise(engine->ops.ctx, leg))
		return 0;
	leg->ptime = 0;
	return 1;
}

static unsigned int resume_digits(struct engine *engine, struct leg *leg)
{
	const struct leg_media *m = &leg->media;

	if (!m->digits_tag)
		return 0;
	if (leg->channel[CHANNEL_RTP].stream->notify &&
	    !engine->ops.media->digits(engine->ops.ctx, leg, text_of(m->digits_tag),
				       leg->digits_type, m->digits_hide))
		return 0;
	leg_media_stop_digits(leg);
	return 1;
}

/* Where its source is gone it sends nothing, and hears nobody, as when that ends. */
static unsigned int resume_copy_stream(struct engine *engine, struct stream *s)
{
	struct stream *other = engine->calls.all;
	uint64_t id = s->journal.copy_of;

	if (!id)
		return 0;
	s->journal.copy_of = 0;
	while (other && other->id != id)
		other = other->next;
	if (other && other != s &&
	    !engine->ops.media->copy_stream(engine->ops.ctx, s, other, s->copy_reversed))
		return 0;
	s->copy_of = s;
	return other != s;
}

unsigned int journal_resume_media(struct engine *engine, struct stream *stream)
{
	unsigned int failed = resume_copy_stream(engine, stream);

	for (int side = 0; side < 2; side++) {
		struct leg *leg = &stream->leg[side];

		failed += resume_ptime(engine, leg);
		failed += resume_record(engine, leg);
		failed += resume_copy(engine, leg);
		failed += resume_play(engine, leg);
		failed += resume_digits(engine, leg);
	}
	calls_dirty(&engine->calls, stream);
	return failed;
}
