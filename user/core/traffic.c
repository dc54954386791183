/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See traffic.h. */
#include <core/engine.h>
#include <core/traffic.h>

static void add(struct traffic *to, const struct traffic *more)
{
	to->received += more->received;
	to->relayed += more->relayed;
	to->discarded += more->discarded;
}

static void take(struct traffic *from, const struct traffic *less)
{
	from->received -= less->received;
	from->relayed -= less->relayed;
	from->discarded -= less->discarded;
}

struct traffic engine_channel_traffic(const struct engine *engine, const struct channel *ch)
{
	struct rtpstats_sum sum = engine_channel_stats(engine, ch);
	uint64_t refused = sum.strangers + ch->slow_refused;

	return (struct traffic){
		.received = sum.packets + refused + sum.rate_dropped,
		.relayed = sum.packets - ch->slow.packets + ch->slow_relayed,
		.discarded = refused + ch->slow_dropped + sum.rate_dropped,
	};
}

void traffic_count(struct engine *engine, struct stream *s)
{
	struct traffic now = {0};

	for (int i = 0; s->complete && i < 4; i++) {
		struct traffic t = engine_channel_traffic(engine, &s->leg[i / 2].channel[i % 2]);

		add(&now, &t);
	}
	take(&engine->traffic, &s->counted);
	add(&engine->traffic, &now);
	s->counted = now;
}

void traffic_forget(struct engine *engine, struct stream *s)
{
	take(&engine->traffic, &s->counted);
	s->counted = (struct traffic){0};
}

struct traffic traffic_all(struct engine *engine)
{
	const struct engine_totals *t = &engine->totals;
	struct traffic sum = {t->received, t->relayed, t->discarded + t->discarded_incomplete};
	struct stream *s;

	if (!engine->traffic_known || engine->calls.count < TRAFFIC_EXACT) {
		for (s = engine->calls.all; s; s = s->next)
			traffic_count(engine, s);
		engine->traffic_known = true;
	}
	add(&sum, &engine->traffic);
	return sum;
}
