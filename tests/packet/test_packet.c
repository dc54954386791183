/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XDP program as a table of packets: a sentence, the packet that comes in, the verdict, the
 * reason, and what goes out, byte for byte. The scene is always the same: Alice's leg of a call,
 * which relays to Bob; a row says what is different.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <cmocka.h>
#include <datapath/direct.h>
#include "rig.h"

#define WAY_TX	   2 /* next hops: back out of the interface it came in by */
#define WAY_NARROW 3 /* an MTU of 576 */
#define WAY_TORN   4
#define WAY_VLAN   5
#define WAY_EMPTY  6
#define WAY_ABSENT 999
#define MTU	   1500
#define BIGGEST	   (MTU - 28) /* UDP payload */

struct row {
	const char *sentence;
	struct datagram in;
	uint32_t set, clear; /* flags of the flow */
	uint32_t nexthop;    /* 0: the ordinary one */
	uint32_t rate;	     /* of the token bucket, packets a second; 0: a lot */
	bool heard;	     /* Alice has sent a packet before */
	uint32_t verdict;
	enum xrp_reason reason;
	enum check out_check; /* of what goes out, where it is relayed */
	size_t out_padding;
};

static const uint8_t rtp[] = {0x80, 0x08, 0x12, 0x34, 0, 0, 0, 0xa0, 0xca, 0xfe, 0xba, 0xbe, 0xd5};
static const uint8_t event[] = {0x80, 0xe5, 0x12, 0x35, 0, 0,	 0, 0xa0,
				0xca, 0xfe, 0xba, 0xbe, 5, 0x0a, 0, 0xa0}; /* RFC 4733, type 101 */
static const uint8_t muxed[] = {0x80, 0xc9, 0, 2, 0xca, 0xfe, 0xba, 0xbe, 1, 2, 3, 4};
static const uint8_t rtcp[] = {0x80, 0xc8, 0, 1, 0xca, 0xfe, 0xba, 0xbe};
static const uint8_t stun[] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2,
			       3, 4, 5, 6, 7,	 8,    9,    0,	   1, 2};
static const uint8_t dtls[] = {0x16, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x0b};

/* What Alice sends to her port of the relay. */
#define ALICE_SENDS(...)                                                                           \
	{                                                                                          \
		.from = ALICE, .to = RELAY_ALICE, __VA_ARGS__                                      \
	}
#define PAYLOAD(bytes) .payload = (bytes), .payload_length = sizeof(bytes)
#define REDIRECTED     .verdict = XDP_REDIRECT, .reason = XRP_RELAY_REDIRECT
#define PASSED(why)    .verdict = XDP_PASS, .reason = XRP_##why
#define DROPPED(why)   .verdict = XDP_DROP, .reason = XRP_##why

static const struct row rows[] = {
	/* Relayed. */
	{"RTP of Alice goes to Bob", ALICE_SENDS(PAYLOAD(rtp)), REDIRECTED},
	{"out of the interface it came in by", ALICE_SENDS(PAYLOAD(rtp)), .nexthop = WAY_TX,
	 .verdict = XDP_TX, .reason = XRP_RELAY_TX},
	{"RTCP is relayed like anything", ALICE_SENDS(PAYLOAD(rtcp)), .set = XRP_FLOW_RTCP,
	 REDIRECTED},
	{"RTCP on the RTP port", ALICE_SENDS(PAYLOAD(rtcp)), REDIRECTED},
	{"STUN", ALICE_SENDS(PAYLOAD(stun)), REDIRECTED},
	{"DTLS", ALICE_SENDS(PAYLOAD(dtls)), REDIRECTED},
	{"no payload at all", ALICE_SENDS(.payload_length = 0), REDIRECTED},
	{"one byte of payload", ALICE_SENDS(.payload_length = 1), REDIRECTED},
	{"the largest that fits the next hop", ALICE_SENDS(.payload_length = BIGGEST), REDIRECTED},
	{"no UDP checksum stays none", ALICE_SENDS(PAYLOAD(rtp), .check = CHECK_NONE), REDIRECTED,
	 .out_check = CHECK_NONE},
	{"a partial UDP checksum becomes none", ALICE_SENDS(PAYLOAD(rtp), .check = CHECK_PARTIAL),
	 REDIRECTED, .out_check = CHECK_NONE},
	{"DF stays, TTL and TOS are the flow's",
	 ALICE_SENDS(PAYLOAD(rtp), .fragment = 0x4000, .ttl = 1, .tos = 3), REDIRECTED},
	{"the reserved IP flag is cleared", ALICE_SENDS(PAYLOAD(rtp), .fragment = 0x8000),
	 REDIRECTED},
	{"the identification stays", ALICE_SENDS(PAYLOAD(rtp), .id = 0xbeef), REDIRECTED},
	{"padding up to the shortest frame stays", ALICE_SENDS(.payload_length = 4, .padding = 14),
	 REDIRECTED, .out_padding = 14},
	{"padding beyond the shortest frame is cut off",
	 ALICE_SENDS(.payload_length = 4, .padding = 1000), REDIRECTED, .out_padding = 14},
	{"padding behind a long packet is cut off",
	 ALICE_SENDS(.payload_length = 172, .padding = 4), REDIRECTED},
	{"another port of the peer's host, where any will do",
	 ALICE_SENDS(PAYLOAD(rtp), .from_port = 4444), .set = XRP_FLOW_PEER_HOST, REDIRECTED},

	/* Not ours: the stack's. */
	{"ARP", ALICE_SENDS(PAYLOAD(rtp), .ether_type = 0x0806), PASSED(PASS_NOT_IPV4)},
	{"IPv6", ALICE_SENDS(PAYLOAD(rtp), .ether_type = 0x86dd), PASSED(PASS_NOT_IPV4)},
	{"a VLAN tag", ALICE_SENDS(PAYLOAD(rtp), .ether_type = 0x8100), PASSED(PASS_NOT_IPV4)},
	{"TCP", ALICE_SENDS(PAYLOAD(rtp), .protocol = 6), PASSED(PASS_NOT_UDP)},
	{"ICMP", ALICE_SENDS(PAYLOAD(rtp), .protocol = 1), PASSED(PASS_NOT_UDP)},
	{"another port of the relay", ALICE_SENDS(PAYLOAD(rtp), .to_port = 10001),
	 PASSED(PASS_NOT_OURS)},
	{"the same port of another host",
	 {.from = ALICE, .to = BOB, .to_port = 10000},
	 PASSED(PASS_NOT_OURS)},
	{"not ours, with IP options", ALICE_SENDS(.to_port = 10001, .ihl = 6),
	 PASSED(PASS_NOT_OURS)},
	{"not ours, a first fragment", ALICE_SENDS(.to_port = 10001, .fragment = 0x2000),
	 PASSED(PASS_NOT_OURS)},
	{"a later fragment has no port", ALICE_SENDS(PAYLOAD(rtp), .fragment = 0x2001),
	 PASSED(PASS_FRAGMENT)},
	{"a fragment from far behind neither", ALICE_SENDS(.fragment = 0x1000),
	 PASSED(PASS_FRAGMENT)},
	{"the last fragment neither", ALICE_SENDS(PAYLOAD(rtp), .fragment = 0x00b9),
	 PASSED(PASS_FRAGMENT)},

	/* Headers that lie. */
	{"IP version 5", ALICE_SENDS(PAYLOAD(rtp), .version = 5), PASSED(PASS_MALFORMED)},
	/* Behind 4 words there would be a UDP header without fault, its length Alice's port. */
	{"an IP header of 4 words", ALICE_SENDS(PAYLOAD(rtp), .ihl = 4, .from_port = 16),
	 PASSED(PASS_MALFORMED)},
	{"an IP header longer than the packet", ALICE_SENDS(.ihl = 15, .total_length_lie = -9),
	 PASSED(PASS_MALFORMED)},
	{"an IP total length shorter than the header", ALICE_SENDS(.total_length_lie = -9),
	 PASSED(PASS_MALFORMED)},
	{"an IP total length with half a UDP header", ALICE_SENDS(.total_length_lie = -4),
	 PASSED(PASS_MALFORMED)},
	{"a first fragment with half a UDP header",
	 ALICE_SENDS(.total_length_lie = -4, .fragment = 0x2000), PASSED(PASS_MALFORMED)},
	{"an IP total length longer than the frame",
	 ALICE_SENDS(PAYLOAD(rtp), .total_length_lie = 1), PASSED(PASS_MALFORMED)},
	{"a wrong IP checksum", ALICE_SENDS(PAYLOAD(rtp), .ip_check_lie = 0x0400),
	 PASSED(PASS_MALFORMED)},
	{"a UDP length of 7", ALICE_SENDS(.udp_length_lie = -1), PASSED(PASS_MALFORMED)},
	{"a UDP length of 0", ALICE_SENDS(.udp_length_lie = -8), PASSED(PASS_MALFORMED)},
	{"a UDP length beyond the IP packet", ALICE_SENDS(PAYLOAD(rtp), .udp_length_lie = 1),
	 PASSED(PASS_MALFORMED)},
	{"a UDP length beyond the IP packet, into the padding",
	 ALICE_SENDS(.payload_length = 4, .udp_length_lie = 1, .padding = 14),
	 PASSED(PASS_MALFORMED)},

	/* Ours, but for the slow path. */
	{"IP options", ALICE_SENDS(PAYLOAD(rtp), .ihl = 6), PASSED(UP_OPTIONS)},
	{"as many IP options as there can be", ALICE_SENDS(PAYLOAD(rtp), .ihl = 15),
	 PASSED(UP_OPTIONS)},
	{"a first fragment", ALICE_SENDS(PAYLOAD(rtp), .fragment = 0x2000, .udp_length_lie = 2000),
	 PASSED(UP_FRAGMENT)},
	{"a UDP length shorter than the IP packet", ALICE_SENDS(PAYLOAD(rtp), .udp_length_lie = -1),
	 PASSED(UP_TRAILER)},
	{"the other side is not known", ALICE_SENDS(PAYLOAD(rtp)), .clear = XRP_FLOW_RELAY,
	 PASSED(UP_NO_DESTINATION)},
	{"the next hop has no row", ALICE_SENDS(PAYLOAD(rtp)), .nexthop = WAY_ABSENT,
	 PASSED(UP_NO_NEXTHOP)},
	{"the next hop's row is empty", ALICE_SENDS(PAYLOAD(rtp)), .nexthop = WAY_EMPTY,
	 PASSED(UP_NO_NEXTHOP)},
	{"the next hop's row is torn", ALICE_SENDS(PAYLOAD(rtp)), .nexthop = WAY_TORN,
	 PASSED(UP_NO_NEXTHOP)},
	{"the next hop wants a VLAN tag", ALICE_SENDS(PAYLOAD(rtp)), .nexthop = WAY_VLAN,
	 PASSED(UP_NO_NEXTHOP)},
	{"one byte larger than fits the next hop", ALICE_SENDS(.payload_length = BIGGEST + 1),
	 PASSED(UP_TOO_BIG)},
	{"a narrow next hop", ALICE_SENDS(.payload_length = 576 - 27), .nexthop = WAY_NARROW,
	 PASSED(UP_TOO_BIG)},
	{"all of it, for user space works on the media", ALICE_SENDS(PAYLOAD(rtp)),
	 .set = XRP_FLOW_UP, PASSED(UP_PROCESSED)},
	{"all of it, though the other side is not known", ALICE_SENDS(PAYLOAD(rtp)),
	 .set = XRP_FLOW_UP, .clear = XRP_FLOW_RELAY, PASSED(UP_PROCESSED)},
	{"all of it, also an empty datagram", ALICE_SENDS(.payload_length = 0), .set = XRP_FLOW_UP,
	 PASSED(UP_PROCESSED)},
	{"all of it, but no more than there are tokens", ALICE_SENDS(PAYLOAD(rtp)),
	 .set = XRP_FLOW_UP, .rate = 1, DROPPED(DROP_FLOOD)},
	{"all of it, but nothing of Mallory's",
	 {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp)},
	 .set = XRP_FLOW_UP,
	 DROPPED(DROP_STRANGER)},
	{"an event of the type that user space wants", ALICE_SENDS(PAYLOAD(event)),
	 .set = XRP_FLOW_UP_TYPE, PASSED(UP_PROCESSED)},
	{"an event, but there are no tokens", ALICE_SENDS(PAYLOAD(event)), .set = XRP_FLOW_UP_TYPE,
	 .rate = 1, DROPPED(DROP_FLOOD)},
	{"speech, where events are wanted", ALICE_SENDS(PAYLOAD(rtp)), .set = XRP_FLOW_UP_TYPE,
	 REDIRECTED},
	{"RTCP, where events are wanted", ALICE_SENDS(PAYLOAD(muxed)), .set = XRP_FLOW_UP_TYPE,
	 REDIRECTED},
	{"an event, where RTCP is wanted", ALICE_SENDS(PAYLOAD(event)), .set = XRP_FLOW_UP_RTCP,
	 REDIRECTED},
	{"RTCP on the RTP port, which user space wants", ALICE_SENDS(PAYLOAD(muxed)),
	 .set = XRP_FLOW_UP_RTCP, PASSED(UP_PROCESSED)},
	{"STUN, where events and RTCP are wanted", ALICE_SENDS(PAYLOAD(stun)),
	 .set = XRP_FLOW_UP_RTCP | XRP_FLOW_UP_TYPE, REDIRECTED},
	{"one byte, where events and RTCP are wanted", ALICE_SENDS(.payload_length = 1),
	 .set = XRP_FLOW_UP_RTCP | XRP_FLOW_UP_TYPE, REDIRECTED},
	{"what is copied goes on all the same", ALICE_SENDS(PAYLOAD(rtp)), .set = XRP_FLOW_COPY,
	 REDIRECTED},
	{"no tokens left for the slow path", ALICE_SENDS(PAYLOAD(rtp), .ihl = 6), .rate = 1,
	 DROPPED(DROP_FLOOD)},

	/* Strangers. */
	{"Mallory", {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp)}, DROPPED(DROP_STRANGER)},
	{"Mallory from the peer's port",
	 {.from = MALLORY, .to = RELAY_ALICE, .from_port = 4000, PAYLOAD(rtp)},
	 DROPPED(DROP_STRANGER)},
	{"Mallory with IP options",
	 {.from = MALLORY, .to = RELAY_ALICE, .ihl = 6},
	 DROPPED(DROP_STRANGER)},
	{"Mallory's first fragment",
	 {.from = MALLORY, .to = RELAY_ALICE, .fragment = 0x2000},
	 DROPPED(DROP_STRANGER)},
	{"Mallory with bytes behind the datagram",
	 {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp), .udp_length_lie = -1},
	 DROPPED(DROP_STRANGER)},
	{"Mallory, and anybody may become the peer",
	 {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp)},
	 .set = XRP_FLOW_LEARN_ANY,
	 PASSED(UP_STRANGER)},
	{"Mallory, and Mallory's address is expected",
	 {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp)},
	 .set = XRP_FLOW_LEARN_EXPECT,
	 PASSED(UP_STRANGER)},
	{"Bob, and Mallory's address is expected",
	 {.from = BOB, .to = RELAY_ALICE, PAYLOAD(rtp)},
	 .set = XRP_FLOW_LEARN_EXPECT,
	 DROPPED(DROP_STRANGER)},
	{"Mallory, and another port of the peer may take over",
	 {.from = MALLORY, .to = RELAY_ALICE},
	 .set = XRP_FLOW_LEARN_PEER,
	 DROPPED(DROP_STRANGER)},
	{"Mallory, and the silent peer's stream may go on elsewhere",
	 {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp)},
	 .set = XRP_FLOW_LEARN_HANDOVER,
	 PASSED(UP_STRANGER)},
	{"Mallory, and the peer's stream may go on elsewhere, but he has just spoken",
	 {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp)},
	 .set = XRP_FLOW_LEARN_HANDOVER,
	 .heard = true,
	 DROPPED(DROP_STRANGER)},
	{"Alice from another port", ALICE_SENDS(PAYLOAD(rtp), .from_port = 4444),
	 DROPPED(DROP_STRANGER)},
	{"Alice from another port, which may take over",
	 ALICE_SENDS(PAYLOAD(rtp), .from_port = 4444), .set = XRP_FLOW_LEARN_PEER,
	 PASSED(UP_STRANGER)},
	{"Alice as ever, and anybody may become the peer", ALICE_SENDS(PAYLOAD(rtp)),
	 .set = XRP_FLOW_LEARN_ANY, REDIRECTED},
	{"nobody is latched and nobody may be", ALICE_SENDS(PAYLOAD(rtp)), .clear = XRP_FLOW_PEER,
	 DROPPED(DROP_STRANGER)},
	{"nobody is latched, anybody may be", ALICE_SENDS(PAYLOAD(rtp)), .clear = XRP_FLOW_PEER,
	 .set = XRP_FLOW_LEARN_ANY, PASSED(UP_STRANGER)},
	{"too many strangers",
	 {.from = MALLORY, .to = RELAY_ALICE, PAYLOAD(rtp)},
	 .rate = 1,
	 .set = XRP_FLOW_LEARN_ANY,
	 DROPPED(DROP_FLOOD)},
	{"the call has only one side, user space works on the media", ALICE_SENDS(PAYLOAD(rtp)),
	 .set = XRP_FLOW_UP, .clear = XRP_FLOW_OPEN, DROPPED(DROP_INCOMPLETE)},
	{"the call has only one side", ALICE_SENDS(PAYLOAD(rtp)), .clear = XRP_FLOW_OPEN,
	 DROPPED(DROP_INCOMPLETE)},
	{"the call has only one side, anybody may become the peer", ALICE_SENDS(PAYLOAD(rtp)),
	 .clear = XRP_FLOW_OPEN, .set = XRP_FLOW_LEARN_ANY, DROPPED(DROP_INCOMPLETE)},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct rig rig;
static uint32_t generation = 1;

/* The scene of every test: an ordinary call, an untouched slot, plenty of tokens. */
static struct xrp_flow scene(void)
{
	struct xrp_flow flow = rig_call(1, ++generation);

	rig_control(&rig, 0, 1000000, 1000000);
	flow.expect = person_endpoint(MALLORY).addr;
	flow.up_type = 101;
	rig_flow(&rig, &flow);
	return flow;
}

static void assert_frame(const struct frame *out, const struct frame *expected)
{
	size_t i;

	assert_int_equal(out->length, expected->length);
	for (i = 0; i < out->length; i++) {
		if (out->bytes[i] != expected->bytes[i])
			fail_msg("byte %zu of the frame is %02x, not %02x", i, out->bytes[i],
				 expected->bytes[i]);
	}
}

static void assert_outcome(const struct outcome *o, uint32_t verdict, enum xrp_reason reason)
{
	if (o->reason != reason)
		fail_msg("reason %s, not %s", rig_reason_name(o->reason), rig_reason_name(reason));
	assert_int_equal(o->verdict, verdict);
}

/* What Alice sent, as Bob is to get it. */
static void frame_relayed(struct frame *out, const struct row *row)
{
	struct datagram d = row->in;

	d.from = RELAY_BOB;
	d.to = BOB;
	d.from_port = d.to_port = 0;
	d.tos = 0xb8;
	d.ttl = 64;
	d.check = row->out_check;
	d.padding = row->out_padding;
	d.fragment &= 0x4000;
	frame_make(out, &d);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct xrp_flow flow = scene();
	struct frame in, expected;
	struct outcome o;

	flow.flags |= row->set;
	flow.flags &= ~row->clear;
	flow.nexthop = row->nexthop ? row->nexthop : 1;
	rig_flow(&rig, &flow);
	if (row->rate)
		rig_control(&rig, 0, row->rate, 0);
	if (row->heard) {
		const struct datagram before = ALICE_SENDS(PAYLOAD(rtp));

		frame_make(&in, &before);
		rig_run(&rig, &in, &o);
	}
	frame_make(&in, &row->in);
	expected = in;
	if (row->reason == XRP_RELAY_REDIRECT || row->reason == XRP_RELAY_TX)
		frame_relayed(&expected, row);
	rig_run(&rig, &in, &o);
	assert_outcome(&o, row->verdict, row->reason);
	assert_frame(&o.out, &expected);
}

/* Runs a frame of Alice's and says what became of it; the packet must be untouched if not relayed.
 */
static struct outcome alice_sends(struct datagram *d)
{
	struct frame in;
	struct outcome o;

	d->from = ALICE;
	d->to = RELAY_ALICE;
	frame_make(&in, d);
	rig_run(&rig, &in, &o);
	if (o.verdict == XDP_PASS || o.verdict == XDP_DROP)
		assert_frame(&o.out, &in);
	return o;
}

static void test_cut_anywhere(void **state)
{
	struct datagram d = {PAYLOAD(rtp)};
	struct outcome o;

	(void)state;
	scene();
	for (d.cut = FRAME_ETHERNET; d.cut < FRAME_HEADERS + sizeof(rtp); d.cut++) {
		o = alice_sends(&d);
		assert_outcome(&o, XDP_PASS, XRP_PASS_MALFORMED);
	}
	o = alice_sends(&d);
	assert_outcome(&o, XDP_REDIRECT, XRP_RELAY_REDIRECT);
}

/* A payload of two bytes for which `wanted` holds, by trying them all. */
static struct row payload_for(bool (*wanted)(const struct frame *in, const struct frame *out))
{
	static uint8_t payload[2];
	struct row row = {"", ALICE_SENDS(PAYLOAD(payload)), REDIRECTED};
	struct frame in, out;
	int i;

	for (i = 0; i < 0x10000; i++) {
		payload[0] = (uint8_t)(i >> 8);
		payload[1] = (uint8_t)i;
		frame_make(&in, &row.in);
		frame_relayed(&out, &row);
		if (wanted(&in, &out))
			return row;
	}
	fail_msg("no such payload");
	return row;
}

static int udp_check_of(const struct frame *frame)
{
	return frame->bytes[40] << 8 | frame->bytes[41];
}

static bool becomes_zero(const struct frame *in, const struct frame *out)
{
	(void)in;
	return udp_check_of(out) == 0xffff;
}

static bool is_all_ones(const struct frame *in, const struct frame *out)
{
	(void)out;
	return udp_check_of(in) == 0xffff;
}

static bool looks_partial(const struct frame *in, const struct frame *out)
{
	const uint8_t *ip = in->bytes + FRAME_ETHERNET;

	(void)out;
	return udp_check_of(in) ==
	       (uint16_t)~frame_checksum(NULL, 0, frame_pseudo_sum(ip, in->length - 34));
}

static void test_checksum_that_becomes_zero(void **state)
{
	struct row row = payload_for(becomes_zero);
	void *arg = &row;

	(void)state;
	test_row(&arg);
}

static void test_checksum_of_all_ones(void **state)
{
	struct row row = payload_for(is_all_ones);
	void *arg = &row;

	(void)state;
	test_row(&arg);
}

static void test_checksum_that_looks_partial_by_chance(void **state)
{
	struct row row = payload_for(looks_partial);
	void *arg = &row;

	(void)state;
	row.out_check = CHECK_NONE;
	test_row(&arg);
}

/* A receiver must still notice that the payload was damaged on its way. */
static void test_wrong_checksum_stays_wrong(void **state)
{
	struct datagram d = {PAYLOAD(rtp), .check = CHECK_WRONG};
	struct row good = {"", ALICE_SENDS(PAYLOAD(rtp)), REDIRECTED};
	struct frame out;
	struct outcome o;

	(void)state;
	scene();
	o = alice_sends(&d);
	assert_outcome(&o, XDP_REDIRECT, XRP_RELAY_REDIRECT);
	frame_relayed(&out, &good);
	assert_int_not_equal(udp_check_of(&o.out), udp_check_of(&out));
	assert_int_not_equal(udp_check_of(&o.out), 0);
}

static void test_copy_is_what_came_in(void **state)
{
	static uint8_t payload[BIGGEST];
	const size_t lengths[] = {0, 1, 12, 172, 256, 257, BIGGEST};
	struct xrp_flow flow = scene();
	struct datagram d = {.payload = payload};
	const struct xrp_endpoint alice = person_endpoint(ALICE);
	uint64_t before = 0;

	(void)state;
	flow.flags |= XRP_FLOW_COPY;
	rig_flow(&rig, &flow);
	rig_copies(&rig);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct outcome o;

		d.payload_length = lengths[i];
		d.padding = lengths[i] < 18 ? 18 - lengths[i] : 0;
		o = alice_sends(&d);
		assert_outcome(&o, XDP_REDIRECT, XRP_RELAY_REDIRECT);
		assert_int_equal(rig_copies(&rig), 1);
		assert_int_equal(rig.copy.length, lengths[i]);
		assert_memory_equal(rig.copy_payload, payload, lengths[i]);
		assert_memory_equal(&rig.copy.source, &alice, sizeof(alice));
		assert_memory_equal(&rig.copy.local, &flow.self, sizeof(flow.self));
		assert_int_equal(rig.copy.slot, flow.slot);
		assert_int_equal(rig.copy.generation, flow.generation);
		assert_true(rig.copy.time > before);
		before = rig.copy.time;
	}
	assert_int_equal(rig.stats[flow.slot].copies_lost, 0);
}

static void test_what_goes_up_is_not_copied(void **state)
{
	struct datagram d = {PAYLOAD(rtp), .ihl = 6};
	struct xrp_flow flow = scene();
	struct outcome o;

	(void)state;
	flow.flags |= XRP_FLOW_COPY;
	rig_flow(&rig, &flow);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_OPTIONS);
	flow.flags |= XRP_FLOW_UP;
	rig_flow(&rig, &flow);
	d.ihl = 0;
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_PROCESSED);
	assert_int_equal(rig_copies(&rig), 0);
}

/* With nobody to empty the ring the media goes on; each copy that found no room is counted. */
static void test_full_ring_costs_copies_only(void **state)
{
	struct datagram d = {.payload_length = 172};
	struct xrp_flow flow = scene();
	unsigned int i, copied;

	(void)state;
	flow.flags |= XRP_FLOW_COPY;
	rig_flow(&rig, &flow);
	for (i = 0; i < 300; i++) {
		struct outcome o = alice_sends(&d);

		assert_outcome(&o, XDP_REDIRECT, XRP_RELAY_REDIRECT);
	}
	assert_int_equal(rig.stats[flow.slot].packets, 300);
	copied = rig_copies(&rig);
	assert_in_range(copied, 100, 299);
	assert_int_equal(rig.stats[flow.slot].copies_lost, 300 - copied);
}

static void test_wildcard(void **state)
{
	struct datagram d = {PAYLOAD(rtp)};
	struct xrp_flow flow = scene();
	const struct xrp_addr relay = flow.self.addr;
	struct outcome o;

	(void)state;
	rig_flow_delete(&rig, &flow.self);
	flow.self.addr.word[3] = 0;
	rig_flow(&rig, &flow);
	rig_local(&rig, &relay, true);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_PASS_NOT_OURS); /* the switch is off */
	rig_control(&rig, XRP_SWITCH_WILDCARD, 1000000, 1000000);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_REDIRECT, XRP_RELAY_REDIRECT);
	rig_local(&rig, &relay, false);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_PASS_NOT_OURS); /* not for this host */
	rig_flow_delete(&rig, &flow.self);
}

static void test_exact_flow_wins_over_the_wildcard(void **state)
{
	struct datagram d = {PAYLOAD(rtp)};
	struct xrp_flow flow = scene(), wild = flow;
	struct outcome o;

	(void)state;
	rig_local(&rig, &flow.self.addr, true);
	rig_control(&rig, XRP_SWITCH_WILDCARD, 1000000, 1000000);
	wild.self.addr.word[3] = 0;
	wild.flags = 0;
	rig_flow(&rig, &wild);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_REDIRECT, XRP_RELAY_REDIRECT);
	rig_flow_delete(&rig, &wild.self);
	rig_local(&rig, &flow.self.addr, false);
}

/* The daemon fills in a real source address; until then the kernel chooses one. */
static void test_unspecified_source(void **state)
{
	struct datagram d = {PAYLOAD(rtp)};
	struct xrp_flow flow = scene();
	struct outcome o;

	(void)state;
	flow.out_src.addr.word[3] = 0;
	rig_flow(&rig, &flow);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_NO_NEXTHOP);
}

static void test_other_family(void **state)
{
	struct datagram d = {PAYLOAD(rtp)};
	struct xrp_flow flow = scene(), ipv6 = flow;
	struct outcome o;

	(void)state;
	ipv6.out_dst.addr.word[0] = htonl(0x20010db8);
	ipv6.out_dst.addr.word[2] = 0;
	rig_flow(&rig, &ipv6);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_OTHER_FAMILY);
	ipv6 = flow;
	ipv6.out_src.addr.word[2] = 0;
	rig_flow(&rig, &ipv6);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_OTHER_FAMILY);
}

static void test_nexthop_0_is_none(void **state)
{
	struct datagram d = {PAYLOAD(rtp)};
	struct xrp_flow flow = scene();
	struct outcome o;

	(void)state;
	flow.nexthop = 0;
	rig_flow(&rig, &flow);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_NO_NEXTHOP);
}

/* A row that is being overwritten with another call's, from the front or from the back. What is
 * found by index is asked first and is to be away, so that this one counts. */
static void test_reused_row(void **state)
{
	struct datagram d = {PAYLOAD(rtp)};
	struct xrp_flow flow = scene(), other = flow, torn;
	struct outcome o;

	(void)state;
	direct_delete(rig.table, RIG_DIRECT - 1, &flow.self);
	other.self.port = htons(20000);
	xrp_flow_seal(&other);
	torn = flow;
	torn.self = other.self;
	rig_flow_at(&rig, &flow.self, &torn);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_REUSED);
	torn = flow;
	torn.self_end = other.self_end;
	rig_flow_at(&rig, &flow.self, &torn);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_REUSED);
	flow.slot = RIG_SLOTS;
	rig_flow(&rig, &flow);
	o = alice_sends(&d);
	assert_outcome(&o, XDP_PASS, XRP_UP_REUSED);
}

/* A redirect to the interface it came in by, for interfaces that lose XDP_TX. */
static void test_tx_by_redirect(void **state)
{
	struct datagram d = {.from = ALICE, .to = RELAY_ALICE, PAYLOAD(rtp)};
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_IN);
	struct xrp_flow flow = rig_call(1, 1);
	struct rig other;
	struct frame in;
	struct outcome o;

	(void)state;
	assert_int_equal(rig_open(&other, true), 0);
	rig_nexthop(&other, 1, &hop);
	rig_flow(&other, &flow);
	frame_make(&in, &d);
	rig_run(&other, &in, &o);
	rig_close(&other);
	assert_outcome(&o, XDP_REDIRECT, XRP_RELAY_TX);
}

/* Comes last: whatever was run here was counted once, under one reason. */
static void test_reasons_add_up(void **state)
{
	(void)state;
	assert_true(rig.runs > ROWS);
	assert_int_equal(rig_total(&rig), rig.runs);
}

static void write_ways(void)
{
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_OUT);
	const struct xrp_nexthop empty = {0};

	rig_nexthop(&rig, 1, &hop);
	rig_nexthop(&rig, WAY_EMPTY, &empty);
	hop.ifindex = RIG_IFINDEX_IN;
	rig_nexthop(&rig, WAY_TX, &hop);
	hop.mtu = 576;
	rig_nexthop(&rig, WAY_NARROW, &hop);
	hop.version_end++;
	rig_nexthop(&rig, WAY_TORN, &hop);
	hop = rig_way(RIG_IFINDEX_OUT);
	hop.vlan = 100;
	rig_nexthop(&rig, WAY_VLAN, &hop);
	hop = rig_way(RIG_IFINDEX_OUT);
	rig_nexthop(&rig, 0, &hop); /* never believed, whatever it says */
}

static bool by_index;

static int open_all(void **state)
{
	(void)state;
	if (rig_open(&rig, false))
		return -1;
	rig.direct = by_index;
	write_ways();
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
	const struct CMUnitTest scenes[] = {
		cmocka_unit_test(test_cut_anywhere),
		cmocka_unit_test(test_checksum_that_becomes_zero),
		cmocka_unit_test(test_checksum_of_all_ones),
		cmocka_unit_test(test_checksum_that_looks_partial_by_chance),
		cmocka_unit_test(test_wrong_checksum_stays_wrong),
		cmocka_unit_test(test_copy_is_what_came_in),
		cmocka_unit_test(test_what_goes_up_is_not_copied),
		cmocka_unit_test(test_full_ring_costs_copies_only),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_exact_flow_wins_over_the_wildcard),
		cmocka_unit_test(test_unspecified_source),
		cmocka_unit_test(test_other_family),
		cmocka_unit_test(test_nexthop_0_is_none),
		cmocka_unit_test(test_reused_row),
		cmocka_unit_test(test_tx_by_redirect),
		cmocka_unit_test(test_reasons_add_up),
	};
	struct CMUnitTest tests[ROWS + sizeof(scenes) / sizeof(scenes[0])];
	size_t i;
	int failed;

	for (i = 0; i < ROWS; i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].sentence,
					       .test_func = test_row,
					       .initial_state = (void *)(uintptr_t)&rows[i]};
	memcpy(&tests[ROWS], scenes, sizeof(scenes));
	failed = _cmocka_run_group_tests("packets, rows found by hash", tests,
					 sizeof(tests) / sizeof(tests[0]), open_all, close_all);
	by_index = true;
	return failed + _cmocka_run_group_tests("packets, rows found by index", tests,
						sizeof(tests) / sizeof(tests[0]), open_all,
						close_all);
}
