/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time of a packet. Reading the clock is dear (some 35 ns on a virtual machine, and it waits
 * for all memory reads before it), so under load one reading does for several packets.
 *
 * How old a time may be: each CLOCK_RUN-th packet of a CPU reads the clock, and so does the first
 * one after a timer tick. The others take the last reading only while the last run of CLOCK_RUN
 * packets took less than CLOCK_DENSE. So under steady load a time is at most CLOCK_DENSE old, at
 * less than 400,000 packets/s of one CPU it is mostly exact, and after a burst that breaks off the
 * next few packets may have the burst's time: off by a timer tick (1 to 10 ms) at the very worst.
 * What one CPU says never goes back.
 */
#ifndef XRP_BPF_CLOCK_H
#define XRP_BPF_CLOCK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define CLOCK_RUN   8
#define CLOCK_DENSE 20000 /* ns */

struct clock {
	__u64 now;   /* the last reading, ns of CLOCK_MONOTONIC */
	__u64 tick;  /* jiffies at that */
	__u64 began; /* the reading that began the present run */
	__u32 count; /* packets of the run so far */
	__u32 dense; /* the last run was short */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clock);
} clocks SEC(".maps");

static __always_inline __u64 clock_read(struct clock *c, __u64 tick)
{
	c->now = bpf_ktime_get_ns();
	if (c->count >= CLOCK_RUN || c->tick != tick) {
		c->dense = c->count >= CLOCK_RUN && c->now - c->began < CLOCK_DENSE;
		c->began = c->now;
		c->count = 0;
	}
	c->tick = tick;
	c->count++;
	return c->now;
}

/* ns of CLOCK_MONOTONIC, as exact as said above. The program has a CPU's entry to itself. */
static __always_inline __u64 clock_now(void)
{
	__u64 tick = bpf_jiffies64();
	__u32 only = 0;
	struct clock *c = bpf_map_lookup_elem(&clocks, &only);

	if (!c)
		return bpf_ktime_get_ns();
	if (!c->dense || c->count >= CLOCK_RUN || c->tick != tick)
		return clock_read(c, tick);
	c->count++;
	return c->now;
}

#endif
