/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sweep.h. All that it reads of the kernel is in mapped memory: no system call a stream. */
#include <core/sweep.h>

static void sweep_jitter(struct jitter_samples *j, const struct rtpstats_sum *sum)
{
	j->count++;
	j->sum += sum->jitter;
	if (sum->jitter > j->highest)
		j->highest = sum->jitter;
}

/* Jitter, and the clock that it is measured by; true when that changed. */
static bool sweep_rtp(struct engine *engine, struct channel *ch)
{
	struct rtpstats_sum sum = engine_channel_stats(engine, ch);

	if (!sum.rtp_packets)
		return false;
	sweep_jitter(&ch->jitter, &sum);
	if (!rtpstats_clock_sample(&ch->clock, sum.last_seen, sum.timestamp, sum.ssrc,
				   sum.payload_type))
		return false;
	ch->ts_per_ns = rtpstats_ts_per_ns(ch->clock.hz);
	return true;
}

/* True when the channel's row must be planned anew. */
static bool sweep_channel(struct engine *engine, struct channel *ch, uint64_t now)
{
	struct channel *rtcp;
	struct learn_seen seen = engine_channel_seen(engine, ch);
	bool changed = learn_confirm(&ch->learn, &seen);

	/* The totals and the stream are noted together, or a restart would add them again. */
	if (ch->stream->leg[ch->side].tap)
		changed |= engine_account_copies(engine, ch);
	if (ch->kind != CHANNEL_RTP)
		return changed;
	rtcp = &ch->stream->leg[ch->side].channel[CHANNEL_RTCP];
	if (changed)
		learn_follow(&rtcp->learn, &ch->learn.peer);
	changed |= learn_lapse(&ch->learn, engine_channel_seen(engine, rtcp).last_seen, now);
	return sweep_rtp(engine, ch) || changed;
}

static void sweep_stream(struct engine *engine, struct stream *s, uint64_t now)
{
	bool changed = false;

	if (!engine_stream_left(engine, s, now)) {
		engine_end_stream(engine, s, s->complete ? STREAM_TIMEOUT : STREAM_SETUP_TIMEOUT,
				  now);
		return;
	}
	for (int i = 0; s->complete && i < 4; i++)
		changed |= sweep_channel(engine, &s->leg[i / 2].channel[i % 2], now);
	/* So that the journal is never more than a second behind. */
	if (changed || s->journal.slow_packets != stream_slow_packets(s))
		calls_dirty(&engine->calls, s);
}

void sweep(struct engine *engine, unsigned int count, uint64_t now)
{
	struct calls *calls = &engine->calls;

	for (; count && calls->all; count--) {
		struct stream *s = calls->cursor ? calls->cursor : calls->all;

		calls->cursor = s->next;
		sweep_stream(engine, s, now);
	}
}
