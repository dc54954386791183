/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream's record, out of the pinned map. Whatever it holds: it is refused and nothing has
 * changed, or there is a stream that can be planned, swept, written, adopted again as the same, and
 * ended so that nothing of it is left. The totals' record likewise. The input's first byte chooses:
 * bit 0 whether the slots are those of the same maps, bit 1 whether media can be resumed, bit 2
 * that it is the totals, bit 3 that the stream stands beside others.
 */
#include <core/sweep.h>
#include "../unit/journal_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum choice { KEEP_SLOTS = 1, FAIL = 2, TOTALS = 4, CROWDED = 8 };

static uint8_t first[2 * JOURNAL_RECORD], second[2 * JOURNAL_RECORD];

static void check_totals(const uint8_t *data, size_t size)
{
	struct world *w = world_new();
	int len, again;

	if (!journal_adopt_totals(&w->engine, data, size)) {
		len = journal_totals(&w->engine, first, sizeof(first));
		DEMAND(len >= 0);
		DEMAND(!journal_adopt_totals(&w->engine, first, (size_t)len));
		again = journal_totals(&w->engine, second, sizeof(second));
		DEMAND(again == len && !memcmp(first, second, (size_t)len));
	}
	world_free(w);
}

static bool same_count(const struct world *w, const struct world_count *before)
{
	struct world_count now = world_count(w);

	/* a stream that was, and ended, leaves resting ports and a number that is used up */
	now.last_id = before->last_id;
	now.ports4.resting = before->ports4.resting;
	now.ports6.resting = before->ports6.resting;
	return !memcmp(&now, before, sizeof(now));
}

static void use_stream(struct world *w, struct stream *s)
{
	const struct plan_way way = {.nexthop = 7};
	struct xrp_flow row;

	for (int i = 0; i < 4; i++) {
		struct channel *ch = &s->leg[i / 2].channel[i % 2];

		plan_flow(ch, &way, &row);
		if (s->leg[i / 2].has_port) {
			world_packet(w, &ch->learn.peer, &ch->local, 1);
			world_packet(w, &ch->learn.signalled, &ch->local, 2);
		}
		engine_channel_stats(&w->engine, ch);
	}
	engine_stream_left(&w->engine, s, w->now);
}

static void end_all(struct world *w, const struct stream *but)
{
	while (w->engine.calls.all->prev != but)
		engine_end_stream(&w->engine, w->engine.calls.all->prev, STREAM_DELETED, w->now);
	world_bury(w);
}

/* Writes the stream and has another daemon adopt it. */
static void check_again(const struct world *w, const struct stream *s, uint64_t now)
{
	const struct journal_world world = {.keep_slots = true, .now = now};
	struct world *next = world_new();
	int len = journal_stream(&w->engine, s, first, sizeof(first)), again;
	struct stream *twin;
	unsigned int bent;

	next->now = now;
	DEMAND(len > 0);
	if (len <= JOURNAL_RECORD) {
		DEMAND(!journal_adopt(&next->engine, &world, s->id, first, (size_t)len, &twin,
				      &bent));
		again = journal_stream(&next->engine, twin, second, sizeof(second));
		DEMAND(again == len && !memcmp(first, second, (size_t)len));
	}
	world_free(next);
}

static void check_stream(uint8_t choice, const uint8_t *data, size_t size)
{
	struct world *w = world_new();
	const struct journal_world world = {.keep_slots = choice & KEEP_SLOTS,
					    .down = 3 * SECOND,
					    .now = WORLD_START + 5 * SECOND};
	const struct stream *before_it;
	struct world_count before;
	struct stream *s;
	unsigned int bent;
	int err;

	for (uint16_t port = 35000; port < 35020; port += 2) /* those of the corpus stay free */
		DEMAND(!ports_claim(w->engine.ports4, port));
	world_run(w, "U other 198.51.100.1 4000 f t unix:/nt tag && L 203.0.113.9 6000");
	if (choice & CROWDED)
		world_run(w, "U6 c 2001:db8::7 4000 f");
	for (uint16_t port = 35000; port < 35020; port += 2)
		ports_give(w->engine.ports4, port, 0);
	w->now = world.now;
	before_it = w->engine.calls.all->prev;
	before = world_count(w);
	err = journal_adopt(&w->engine, &world, 77, data, size, &s, &bent);
	if (err) {
		struct world_count after = world_count(w);

		DEMAND(!s && !bent && !memcmp(&before, &after, sizeof(before)));
	} else {
		check_again(w, s, w->now);
		w->fail = choice & FAIL;
		journal_resume_media(&w->engine, s);
		use_stream(w, s);
		sweep(&w->engine, w->engine.calls.count, w->now);
		world_run(w, "I");
		end_all(w, before_it);
		DEMAND(same_count(w, &before));
	}
	world_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (*data & TOTALS)
		check_totals(data + 1, size - 1);
	else
		check_stream(*data, data + 1, size - 1);
	return 0;
}
