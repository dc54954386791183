/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random packets over random flows: the XDP program and the model must agree on the verdict, the
 * reason, every byte that goes out, and the counters of the flows. XRP_SEED repeats a run,
 * XRP_PACKETS makes it longer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <cmocka.h>
#include "../packet/rig.h"
#include "model/model.h"

#define PACKETS	      300000U
#define A_WORLD	      2000U /* packets until flows and next hops are drawn anew */
#define FIRST_PORT    10000
#define SEEN_AT_LEAST 20 /* times for each reason, lest the test tests nothing */

static struct rig rig;
static struct model model;
static uint64_t random_state;
static uint32_t generation;
static uint64_t seen[XRP_REASON_COUNT];

/* xorshift64* */
static uint32_t draw(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 2685821657736338717ULL) >> 32) % below;
}

/* True `in` times of `of`. */
static bool chance(uint32_t in, uint32_t of)
{
	return draw(of) < in;
}

static struct xrp_endpoint draw_out(enum person who)
{
	struct xrp_endpoint ep = person_endpoint(who);

	if (chance(1, 4)) {
		ep.addr.word[3] = draw(UINT32_MAX) | 1;
		ep.port = (uint16_t)draw(0x10000);
	}
	if (chance(1, 20))
		ep.addr.word[2] = 0; /* not IPv4 */
	if (chance(1, 40))
		ep.addr.word[3] = 0;
	return ep;
}

static void draw_flow(uint32_t i)
{
	struct xrp_flow *f = &model.flows[i];

	*f = rig_call(i, generation);
	f->self = frame_endpoint(chance(1, 4) ? 0 : person_address(RELAY_ALICE),
				 (uint16_t)(FIRST_PORT + i));
	f->peer = person_endpoint(chance(3, 4) ? ALICE : draw(PEOPLE));
	f->expect = person_endpoint(draw(PEOPLE)).addr;
	f->out_src = draw_out(RELAY_BOB);
	f->out_dst = draw_out(BOB);
	f->nexthop = chance(3, 4) ? 1 + draw(2) : draw(MODEL_HOPS + 2);
	f->tos = (uint8_t)draw(256);
	f->ttl = (uint8_t)draw(256);
	f->flags = (uint16_t)draw(16384);
	f->up_type = (uint8_t)draw(128);
	f->cap = (uint8_t)draw(MODEL_CAPS);
	if (chance(7, 8))
		f->flags &= (uint16_t)~XRP_FLOW_UP;
	if (chance(3, 4))
		f->flags |= XRP_FLOW_OPEN | XRP_FLOW_PEER | XRP_FLOW_RELAY;
	if (chance(3, 4))
		f->flags &= ~XRP_FLOW_LEARN_ANY;
	rig.direct = chance(3, 4);
	rig_flow(&rig, f);
}

/* Rows 1 and 2 are good ones, the others are anything. */
static void draw_hop(uint32_t id)
{
	struct xrp_nexthop *h = &model.hops[id];
	unsigned int i;

	*h = rig_way(id % 2 ? RIG_IFINDEX_IN : RIG_IFINDEX_OUT);
	for (i = 0; i < sizeof(h->dmac); i++)
		h->dmac[i] = (uint8_t)draw(256);
	if (id != 1 && id != 2) {
		h->mtu = (uint16_t)draw(1600);
		h->vlan = (uint16_t)(draw(3) ? 0 : draw(4096));
		h->version = draw(3);
		h->version_end = draw(3);
	}
	rig_nexthop(&rig, id, h);
}

/* From those that one packet reaches to those that none does. */
static void draw_cap(uint32_t i)
{
	model.caps[i] = (struct xrp_cap){
		.packet_ns = chance(1, 2) ? draw(1U << draw(32)) : 0,
		.byte_ns = chance(1, 2) ? draw(1U << draw(32)) : 0,
		.limit = chance(1, 2) ? UINT32_MAX : draw(1000000000),
	};
	rig_cap(&rig, (uint8_t)i, &model.caps[i]);
}

/* Around the ports that packets are sent to, of which some are no flow's. */
static void draw_range(void)
{
	rig_spare(&rig, model.spared, false);
	model.drop_unallocated = chance(1, 2);
	model.port_min = rig.port_min = (uint16_t)(FIRST_PORT + draw(MODEL_FLOWS + 4));
	model.port_max = rig.port_max = (uint16_t)(model.port_min + draw(MODEL_FLOWS));
	model.spared = (uint16_t)(FIRST_PORT + draw(MODEL_FLOWS + 8));
	rig_spare(&rig, model.spared, true);
}

static void draw_world(void)
{
	uint32_t i;

	for (i = 0; i < MODEL_FLOWS; i++)
		if (model.flows[i].self.port)
			rig_flow_delete(&rig, &model.flows[i].self);
	generation++;
	memset(&model.counts, 0, sizeof(model.counts));
	memset(&model.debts, 0, sizeof(model.debts));
	for (i = 0; i < MODEL_FLOWS; i++)
		draw_flow(i);
	for (i = 0; i < MODEL_HOPS; i++)
		draw_hop(i);
	for (i = 1; i < MODEL_CAPS; i++)
		draw_cap(i);
	model.wildcard = chance(2, 3);
	model.tokens = chance(2, 3);
	model.abandoned = chance(1, 10);
	rig.pass_after = model.abandoned ? 1 : chance(1, 2) ? 0 : UINT64_MAX;
	draw_range();
	rig_control(&rig,
		    (model.wildcard ? XRP_SWITCH_WILDCARD : 0) |
			    (model.drop_unallocated ? XRP_SWITCH_DROP_UNALLOCATED : 0),
		    model.tokens ? 1000000000 : 0, UINT32_MAX);
}

/* An ordinary packet, more or less. */
static void draw_datagram(struct frame *frame)
{
	static uint8_t payload[1800];
	struct datagram d = {.from = chance(3, 4) ? ALICE : draw(PEOPLE),
			     .to = chance(9, 10) ? RELAY_ALICE : draw(PEOPLE)};
	size_t i;

	d.to_port = (uint16_t)(FIRST_PORT + draw(MODEL_FLOWS + 8));
	d.from_port = chance(9, 10) ? 0 : (uint16_t)draw(0x10000);
	d.tos = (uint8_t)draw(256);
	d.ttl = (uint8_t)draw(256);
	d.id = (uint16_t)draw(0x10000);
	d.fragment =
		chance(9, 10) ? (uint16_t)(draw(2) << 14) : (uint16_t)(draw(8) << 13 | draw(2));
	d.protocol = chance(1, 50) ? (uint8_t)draw(256) : 0;
	d.ihl = chance(1, 20) ? (uint8_t)draw(16) : 0;
	d.total_length_lie = chance(1, 20) ? (int)draw(64) - 32 : 0;
	d.udp_length_lie = chance(1, 20) ? (int)draw(64) - 32 : 0;
	d.ip_check_lie = chance(1, 50) ? (uint16_t)draw(0x10000) : 0;
	d.check = chance(1, 2) ? CHECK_FULL : draw(4);
	d.payload = payload;
	d.payload_length = chance(9, 10) ? draw(200) : draw(sizeof(payload));
	d.padding = chance(1, 10) ? draw(100) : 0;
	for (i = 0; i < d.payload_length; i++)
		payload[i] = (uint8_t)draw(256);
	if (chance(1, 2))
		payload[0] = 0x80 | draw(0x20);
	if (chance(1, 8))
		payload[1] = (uint8_t)(192 + draw(32));
	frame_make(frame, &d);
}

/* Overwrites bytes of the headers, or cuts the frame, then often makes the IP checksum right again,
 * so that the damage is not all found at the door. */
static void mutate(struct frame *frame)
{
	uint8_t *ip = frame->bytes + FRAME_ETHERNET;
	uint16_t check;
	int i, count = (int)draw(4);

	for (i = 0; i < count; i++)
		frame->bytes[draw(FRAME_HEADERS + 14)] ^= (uint8_t)(1U << draw(8));
	if (chance(1, 3))
		frame->length = FRAME_ETHERNET + draw((uint32_t)frame->length - FRAME_ETHERNET + 1);
	if (chance(1, 4))
		return;
	ip[10] = ip[11] = 0;
	check = frame_checksum(ip, 20, 0);
	ip[10] = (uint8_t)(check >> 8);
	ip[11] = (uint8_t)check;
}

static void show(const char *title, const struct frame *frame)
{
	size_t i;

	printf("%s, %zu bytes:", title, frame->length);
	for (i = 0; i < frame->length && i < 80; i++)
		printf("%s%02x", i % 16 ? " " : "\n  ", frame->bytes[i]);
	printf("\n");
}

/* Ends the test with the packet and both opinions when they differ. */
static void compare(const struct frame *in, const struct frame *wanted, enum xrp_reason reason,
		    const struct outcome *o, uint64_t counted)
{
	if (o->verdict == model_verdict(reason) && counted == 1 &&
	    o->out.length == wanted->length && !memcmp(o->out.bytes, wanted->bytes, wanted->length))
		return;
	show("in", in);
	show("out, the model", wanted);
	show("out, the program", &o->out);
	fail_msg("the model says %s and verdict %u; the program: verdict %u, that reason %s",
		 rig_reason_name(reason), model_verdict(reason), o->verdict,
		 counted ? "too" : "not");
}

/* The copy of a packet that was relayed: as it came in, byte for byte. */
static void compare_copy(const struct frame *in, uint64_t copies)
{
	const struct xrp_copy *c = &rig.copy;
	const uint8_t *udp = in->bytes + FRAME_ETHERNET + 20;

	assert_int_equal(rig_copies(&rig), copies);
	if (!copies)
		return;
	assert_memory_equal(&c->source.addr.word[3], in->bytes + FRAME_ETHERNET + 12, 4);
	assert_memory_equal(&c->local.addr.word[3], in->bytes + FRAME_ETHERNET + 16, 4);
	assert_memory_equal(&c->source.port, udp, 2);
	assert_memory_equal(&c->local.port, udp + 2, 2);
	assert_int_equal(c->length, (udp[4] << 8 | udp[5]) - 8);
	assert_memory_equal(rig.copy_payload, udp + 8, c->length);
	assert_int_equal(c->generation, generation);
}

static uint64_t copies_so_far(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < MODEL_FLOWS; i++)
		sum += model.counts[i].copies;
	return sum;
}

/* Time stands still: a packet that is seen to come before the last one pays no debt. */
static void stop_time(void)
{
	for (int i = 0; i < MODEL_FLOWS; i++) {
		if (rig.stats[i].last_seen)
			rig.stats[i].last_seen = UINT64_MAX;
	}
}

static void try_one(void)
{
	struct frame in, wanted;
	struct outcome o;
	enum xrp_reason reason;
	uint64_t copies = copies_so_far();

	draw_datagram(&in);
	if (chance(1, 3))
		mutate(&in);
	reason = model_run(&model, &in, &wanted);
	rig_run_fast(&rig, &in, &o);
	stop_time();
	seen[reason]++;
	compare(&in, &wanted, reason, &o, rig_count(&rig, reason).packets - seen[reason] + 1);
	compare_copy(&in, copies_so_far() - copies);
}

/* The program's counters of the flows that this world had. */
static void compare_counts(void)
{
	const struct xrp_flow_stats *s, none = {0};
	const struct model_count *c;
	int i;

	for (i = 0; i < MODEL_FLOWS; i++) {
		c = &model.counts[i];
		s = rig.stats[i].generation == generation ? &rig.stats[i] : &none;
		assert_int_equal(s->packets, c->packets);
		assert_int_equal(s->bytes, c->bytes);
		assert_int_equal(s->strangers, c->strangers);
		assert_int_equal(s->punted, c->punted);
		assert_int_equal(s->copies_lost, 0);
		assert_int_equal(s->rate_dropped, c->rate_dropped);
		assert_int_equal(s->debt, model.debts[i].debt);
		assert_int_equal(s->rtp_packets, c->rtp_packets);
	}
}

static void test_program_and_model_agree(void **state)
{
	const char *packets = getenv("XRP_PACKETS");
	unsigned long i, count = packets ? strtoul(packets, NULL, 0) : PACKETS;

	(void)state;
	for (i = 0; i < count; i++) {
		if (i % A_WORLD == 0) {
			if (i)
				compare_counts();
			draw_world();
		}
		try_one();
	}
	compare_counts();
	assert_int_equal(rig_total(&rig), rig.runs);
}

/* Each reason but UP_REUSED, which needs a row that is torn. */
static void test_every_reason_was_seen(void **state)
{
	int reason;

	(void)state;
	for (reason = 0; reason < XRP_REASON_COUNT; reason++) {
		printf("  %-20s %8llu\n", rig_reason_name(reason),
		       (unsigned long long)seen[reason]);
		if (reason != XRP_UP_REUSED)
			assert_true(seen[reason] >= SEEN_AT_LEAST);
	}
}

static int open_all(void **state)
{
	const char *seed = getenv("XRP_SEED");

	(void)state;
	random_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) << 20 | 1;
	random_state += !random_state; /* 0 would stay 0 */
	printf("XRP_SEED=%llu\n", (unsigned long long)random_state);
	if (rig_open(&rig, false))
		return -1;
	model.ifindex = RIG_IFINDEX_IN;
	model.local = person_endpoint(RELAY_ALICE).addr;
	rig_local(&rig, &model.local, true);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	rig_close(&rig);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program_and_model_agree),
		cmocka_unit_test(test_every_reason_was_seen),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
