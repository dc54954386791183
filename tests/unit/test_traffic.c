/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What I and G say of packets: exact for few streams, gathered by the sweep for many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <core/sweep.h>
#include <core/traffic.h>
#include "journal_world.h"

#define MANY  (TRAFFIC_EXACT + 44)
#define SLOTS (4 * (MANY + 1))

static struct xrp_flow_stats stats[SLOTS];
static unsigned int reads; /* of statistics */

static const struct xrp_flow_stats *read_stats(void *ctx, uint32_t slot)
{
	(void)ctx;
	reads++;
	return &stats[slot];
}

/* As world_new, for many streams; the world says nothing of media. */
static struct world *many_new(unsigned int count)
{
	struct world *w = world_new();
	char command[80];

	ports_free(w->engine.ports4);
	slots_free(w->engine.slots);
	w->engine.ports4 = ports_new(10000, 20000, true, 0, 1);
	w->engine.slots = slots_new(SLOTS, 0, 1);
	DEMAND(w->engine.ports4 && w->engine.slots);
	w->engine.config.max_streams = MANY;
	w->engine.ops.stats = read_stats;
	memset(stats, 0, sizeof(stats));
	for (unsigned int i = 0; i < count; i++) {
		snprintf(command, sizeof(command), "U call%u 198.51.100.1 4000 f", i);
		world_run(w, command);
		snprintf(command, sizeof(command), "L call%u 198.51.100.2 4000 f t", i);
		world_run(w, command);
		w->said[0] = '\0';
	}
	return w;
}

/* A packet to each party is taken in and sent on. */
static void everybody_speaks(struct world *w)
{
	for (struct stream *s = w->engine.calls.all; s; s = s->next) {
		for (int side = 0; side < 2; side++) {
			s->leg[side].channel[CHANNEL_RTP].slow.packets++;
			s->leg[side].channel[CHANNEL_RTP].slow_relayed++;
		}
	}
}

static void is_answered(struct world *w, unsigned int packets)
{
	char want[64];

	world_run(w, "G npkts_rcvd npkts_relayed npkts_discard");
	snprintf(want, sizeof(want), "%u %u 0", packets, packets);
	assert_string_equal(w->reply, want);
	world_run(w, "I");
	snprintf(want, sizeof(want), "packets received: %u\npackets transmitted: %u", packets,
		 packets);
	assert_non_null(strstr(w->reply, want));
}

static void few_streams_are_exact(void **state)
{
	struct world *w = many_new(TRAFFIC_EXACT - 1);

	(void)state;
	is_answered(w, 0);
	everybody_speaks(w);
	is_answered(w, 2 * (TRAFFIC_EXACT - 1));
	world_free(w);
}

static void many_are_as_the_sweep_saw_them(void **state)
{
	struct world *w = many_new(MANY);

	(void)state;
	everybody_speaks(w);
	is_answered(w, 2 * MANY); /* the first time, after a start, they are asked */
	everybody_speaks(w);
	reads = 0;
	is_answered(w, 2 * MANY);
	assert_int_equal(reads, 0);
	sweep(&w->engine, MANY, w->now);
	reads = 0;
	is_answered(w, 4 * MANY);
	assert_int_equal(reads, 0);
	world_free(w);
}

static void those_that_end_are_counted_once(void **state)
{
	struct world *w = many_new(MANY);
	struct stream *s;

	(void)state;
	sweep(&w->engine, MANY, w->now);
	is_answered(w, 0);
	everybody_speaks(w);
	s = w->engine.calls.all;
	engine_end_stream(&w->engine, s, STREAM_DELETED, w->now);
	engine_account(&w->engine, s, w->now);
	is_answered(w, 2);
	sweep(&w->engine, MANY, w->now);
	is_answered(w, 2 * MANY);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_streams_are_exact),
		cmocka_unit_test(many_are_as_the_sweep_saw_them),
		cmocka_unit_test(those_that_end_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
