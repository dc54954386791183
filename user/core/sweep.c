/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sweep.h. All that it reads of the kernel is in mapped memory: no system call a stream. */
#include <core/sweep.h>
#include <base/endpoint.h>
#include <core/traffic.h>

#define ALARM_PAUSE 10000000000ULL /* ns from one alarm of a stream to the next */

static void sweep_jitter(struct jitter_samples *j, const struct rtpstats_sum *sum)
{
	j->count++;
	j->sum += sum->jitter;
	if (sum->jitter > j->highest)
		j->highest = sum->jitter;
}

/* Jitter, and the clock that it is measured by; true when that changed. */
static bool sweep_rtp(struct channel *ch, const struct rtpstats_sum *sum)
{
	if (!sum->rtp_packets)
		return false;
	sweep_jitter(&ch->jitter, sum);
	if (!rtpstats_clock_sample(&ch->clock, sum->last_seen, sum->timestamp, sum->ssrc,
				   sum->payload_type))
		return false;
	ch->ts_per_ns = rtpstats_ts_per_ns(ch->clock.hz);
	return true;
}

/* What the party may send, by what it sends; true when that changed. */
static bool sweep_rate(struct channel *ch, const struct rtpstats_sum *sum, uint64_t now)
{
	const struct rate_seen seen = {sum->packets, sum->rtp_packets, sum->rate_dropped,
				       sum->payload_type};

	return rate_follow(&ch->rate, ch->kind == CHANNEL_RTCP, &seen,
			   ch->stream->leg[ch->side].touched, now);
}

/* True when the channel's row must be planned anew. */
static bool sweep_channel(struct engine *engine, struct channel *ch, uint64_t now)
{
	struct channel *rtcp;
	struct learn_seen seen = engine_channel_seen(engine, ch);
	struct rtpstats_sum sum = engine_channel_stats(engine, ch);
	bool changed = learn_confirm(&ch->learn, &seen);

	/* The totals and the stream are noted together, or a restart would add them again. */
	if (ch->stream->leg[ch->side].tap)
		changed |= engine_account_copies(engine, ch);
	if (ch->kind == CHANNEL_RTP) {
		rtcp = &ch->stream->leg[ch->side].channel[CHANNEL_RTCP];
		if (changed)
			learn_follow(&rtcp->learn, &ch->learn.peer);
		changed |=
			learn_lapse(&ch->learn, engine_channel_seen(engine, rtcp).last_seen, now);
		changed |= sweep_rtp(ch, &sum);
	}
	ch->stream->over_cap += sum.rate_dropped;
	return sweep_rate(ch, &sum, now) || changed;
}

/* Cuts a stream whose packets go in a circle, or would; opens it again after a while. True when
 * that changed. A stream leads home when its peer's address became a port of ours later on. */
static bool sweep_loop(struct engine *engine, struct stream *s, uint64_t now)
{
	struct loop_seen seen[2];
	bool found = false;

	if (s->loop.cut_until) {
		if (now < s->loop.cut_until)
			return false;
		s->loop.cut_until = 0;
		return true;
	}
	for (int i = 0; i < 2; i++) {
		const struct channel *ch = &s->leg[i].channel[CHANNEL_RTP];
		struct rtpstats_sum sum = engine_channel_stats(engine, ch);

		seen[i] = (struct loop_seen){sum.rtp_packets, sum.expected, sum.rate_dropped,
					     sum.ssrc};
		found |= endpoint_is_set(&ch->learn.dest) && engine_is_own(engine, &ch->learn.dest);
	}
	found |= loop_follow(&s->loop, seen);
	if (!found)
		return false;
	s->loop.cut_until = now + LOOP_CUT;
	s->loop.cuts++;
	engine->totals.loops++;
	return true;
}

/* Who sends more than he may is told of, but not each second. True when there is something to tell.
 */
static bool sweep_alarm(struct engine *engine, struct stream *s, uint64_t now)
{
	if (!s->swept)
		s->told_cap = s->over_cap;
	s->swept = true;
	if (s->over_cap <= s->told_cap || (s->alarmed && now - s->alarmed < ALARM_PAUSE))
		return false;
	s->alarmed = now;
	engine->totals.rate_limited++;
	return true;
}

static void sweep_stream(struct engine *engine, struct stream *s, uint64_t now)
{
	bool changed = false;

	if (!engine_stream_left(engine, s, now)) {
		engine_end_stream(engine, s, s->complete ? STREAM_TIMEOUT : STREAM_SETUP_TIMEOUT,
				  now);
		return;
	}
	s->over_cap = 0;
	for (int i = 0; s->complete && i < 4; i++)
		changed |= sweep_channel(engine, &s->leg[i / 2].channel[i % 2], now);
	changed |= s->complete && sweep_loop(engine, s, now);
	changed |= sweep_alarm(engine, s, now);
	traffic_count(engine, s);
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
