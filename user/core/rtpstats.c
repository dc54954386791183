/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Putting the kernel's and the slow path's counters of one endpoint together. A stream may change
 * between the two at any packet (the first packet, a next hop that is not resolved, a fragment),
 * so each has seen a part of the sequence numbers, and neither part alone says what was lost.
 */
#include <stddef.h>
#include <core/rtpstats.h>

#define NS_PER_S	1000000000ULL
#define CLOCK_STRETCH	(2 * NS_PER_S)
#define CLOCK_TOLERANCE 20 /* the 20th part: 5 % */
#define SEQUENCE_CYCLE	65536

void rtpstats_snapshot(struct xrp_flow_stats *copy, const struct xrp_flow_stats *mapped)
{
	typedef uint64_t __attribute__((may_alias)) word;
	const word *from = (const word *)mapped;
	word *to = (word *)copy;

	for (size_t i = 0; i < sizeof(*copy) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}

/* The counters of the program that are of this call, else zeros. */
static const struct xrp_flow_stats *current(const struct xrp_flow_stats *kernel,
					    uint32_t generation)
{
	static const struct xrp_flow_stats none;

	return kernel->generation == generation ? kernel : &none;
}

/* Sequence numbers from..to, cycles counted on. */
struct range {
	int64_t from, to;
};

static struct range range_of(const struct xrp_flow_stats *s)
{
	return (struct range){s->rtp_base, (int64_t)s->rtp_base + (s->rtp_highest - s->rtp_base)};
}

static struct range unite(struct range a, struct range b)
{
	return (struct range){a.from < b.from ? a.from : b.from, a.to > b.to ? a.to : b.to};
}

/*
 * One range of two views of one stream. Each side began to count cycles when it first saw the
 * stream, so the shorter one is moved by whole cycles to where it adds least.
 */
static struct range unite_views(struct range a, struct range b)
{
	struct range longer = a.to - a.from >= b.to - b.from ? a : b;
	struct range shorter = a.to - a.from >= b.to - b.from ? b : a;
	int64_t length = shorter.to - shorter.from;
	struct range after, before;

	shorter.from = longer.from + (uint16_t)(shorter.from - longer.from);
	shorter.to = shorter.from + length;
	after = unite(longer, shorter);
	shorter.from -= SEQUENCE_CYCLE;
	shorter.to -= SEQUENCE_CYCLE;
	before = unite(longer, shorter);
	return after.to - after.from <= before.to - before.from ? after : before;
}

static uint64_t range_length(const struct xrp_flow_stats *s)
{
	return s->rtp_packets ? s->rtp_highest - s->rtp_base + 1ULL : 0;
}

static void sum_sequence(struct rtpstats_sum *sum, const struct xrp_flow_stats *a,
			 const struct xrp_flow_stats *b)
{
	sum->expected = (uint64_t)a->rtp_expected_prior + b->rtp_expected_prior;
	if (a->rtp_packets && b->rtp_packets && a->rtp_ssrc == b->rtp_ssrc) {
		struct range all = unite_views(range_of(a), range_of(b));

		sum->expected += (uint64_t)(all.to - all.from + 1);
		sum->highest = (uint32_t)all.to;
	} else {
		sum->expected += range_length(a) + range_length(b);
	}
	sum->lost = (int64_t)(sum->expected - sum->rtp_packets);
}

/* Of the side that knows it best: the one with a clock and more packets. */
static void sum_jitter(struct rtpstats_sum *sum, const struct xrp_flow_stats *a,
		       const struct xrp_flow_stats *b)
{
	bool b_better = b->ts_per_ns && (!a->ts_per_ns || b->rtp_packets > a->rtp_packets);
	const struct xrp_flow_stats *s = b_better ? b : a;

	if (!s->ts_per_ns)
		return;
	sum->jitter = s->rtp_jitter >> 4;
	sum->jitter_ns = ((uint64_t)s->rtp_jitter << 28) / s->ts_per_ns;
}

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The side that had RTP last; either where neither had. */
static const struct xrp_flow_stats *later_rtp(const struct xrp_flow_stats *a,
					      const struct xrp_flow_stats *b)
{
	if (!a->rtp_packets || !b->rtp_packets)
		return a->rtp_packets ? a : b;
	return a->last_seen >= b->last_seen ? a : b;
}

struct rtpstats_sum rtpstats_sum(const struct xrp_flow_stats *kernel, uint32_t generation,
				 const struct xrp_flow_stats *slow)
{
	const struct xrp_flow_stats *k = current(kernel, generation);
	const struct xrp_flow_stats *last = later_rtp(k, slow);
	struct rtpstats_sum sum = {
		.packets = k->packets + slow->packets,
		.bytes = k->bytes + slow->bytes,
		.last_seen = max_of(k->last_seen, slow->last_seen),
		.longest_gap = max_of(xrp_gap_ns(k), xrp_gap_ns(slow)),
		.strangers = k->strangers + slow->strangers,
		.punted = k->punted + slow->punted,
		.rate_dropped = k->rate_dropped + slow->rate_dropped,
		.rtp_packets = (uint64_t)k->rtp_packets + slow->rtp_packets,
		.ssrc = last->rtp_ssrc,
		.highest = last->rtp_highest,
		.timestamp = last->rtp_timestamp,
		.payload_type = last->rtp_payload_type,
	};

	sum_sequence(&sum, k, slow);
	sum_jitter(&sum, k, slow);
	return sum;
}

struct learn_seen rtpstats_seen(const struct xrp_flow_stats *kernel, uint32_t generation,
				const struct xrp_flow_stats *slow)
{
	const struct xrp_flow_stats *k = current(kernel, generation);
	const struct xrp_flow_stats *last = later_rtp(k, slow);

	return (struct learn_seen){
		.last_seen = max_of(k->last_seen, slow->last_seen),
		.rtp = last->rtp_packets != 0,
		.ssrc = last->rtp_ssrc,
		.sequence = (uint16_t)last->rtp_highest,
	};
}

uint32_t rtpstats_ts_per_ns(uint32_t clock_hz)
{
	return (uint32_t)((((uint64_t)clock_hz << 32) + NS_PER_S / 2) / NS_PER_S);
}

/* RFC 3551, tables 4 (audio) and 5 (video). */
static const uint32_t static_clocks[128] = {
	[0] = 8000,   [3] = 8000,   [4] = 8000,	  [5] = 8000,	[6] = 16000,  [7] = 8000,
	[8] = 8000,   [9] = 8000,   [10] = 44100, [11] = 44100, [12] = 8000,  [13] = 8000,
	[14] = 90000, [15] = 8000,  [16] = 11025, [17] = 22050, [18] = 8000,  [25] = 90000,
	[26] = 90000, [28] = 90000, [31] = 90000, [32] = 90000, [33] = 90000, [34] = 90000,
};

uint32_t rtpstats_clock_of(uint8_t payload_type)
{
	return static_clocks[payload_type & 0x7f];
}

/* The usual clock within 5 % of `units` in `ns`, the nearest one; 0: none. */
static uint32_t nearest_clock(uint32_t units, uint64_t ns)
{
	static const uint32_t usual[] = {8000,	11025, 12000, 16000, 22050,
					 24000, 32000, 44100, 48000, 90000};
	uint64_t rate = (units * NS_PER_S) / ns, best_distance = UINT64_MAX;
	uint32_t best = 0;

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		uint64_t distance = rate > usual[i] ? rate - usual[i] : usual[i] - rate;

		if (distance <= usual[i] / CLOCK_TOLERANCE && distance < best_distance) {
			best_distance = distance;
			best = usual[i];
		}
	}
	return best;
}

static bool set_clock(struct rtpstats_clock *clock, uint32_t hz)
{
	bool changed = clock->hz != hz;

	clock->hz = hz;
	clock->other_hz = 0;
	return changed;
}

static void begin_stretch(struct rtpstats_clock *clock, uint64_t time, uint32_t timestamp,
			  uint32_t ssrc)
{
	clock->begun = true;
	clock->time = time;
	clock->timestamp = timestamp;
	clock->ssrc = ssrc;
}

bool rtpstats_clock_sample(struct rtpstats_clock *clock, uint64_t time, uint32_t timestamp,
			   uint32_t ssrc, uint8_t payload_type)
{
	uint32_t known = rtpstats_clock_of(payload_type), units, hz;
	uint64_t ns;

	if (known) {
		clock->begun = false;
		return set_clock(clock, known);
	}
	if (!clock->begun || clock->ssrc != ssrc || time < clock->time) {
		begin_stretch(clock, time, timestamp, ssrc);
		return false;
	}
	ns = time - clock->time;
	if (ns < CLOCK_STRETCH)
		return false;
	units = timestamp - clock->timestamp;
	begin_stretch(clock, time, timestamp, ssrc);
	hz = nearest_clock(units, ns);
	if (!hz)
		return false;
	if (hz == clock->hz || !clock->hz || hz == clock->other_hz)
		return set_clock(clock, hz);
	clock->other_hz = hz;
	return false;
}
