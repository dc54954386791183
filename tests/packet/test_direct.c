/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows found by their index: whose they are, what happens where two want one place, and that a row
 * that is being written is never believed.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <cmocka.h>
#include <datapath/direct.h>
#include "rig.h"

#define MASK	(RIG_DIRECT - 1)
#define PACKETS 3000000U

static struct rig rig;
static struct frame frame;

/* The destination port of what is sent on for a packet to Alice's leg; 0: it is not relayed. */
static uint16_t sent_to(void)
{
	struct outcome o;
	uint16_t port;

	rig_run_fast(&rig, &frame, &o);
	if (o.verdict != XDP_REDIRECT)
		return 0;
	memcpy(&port, o.out.bytes + FRAME_ETHERNET + 22, sizeof(port));
	return ntohs(port);
}

static struct xrp_flow row_to(uint16_t port)
{
	struct xrp_flow row = rig_call(1, 1);

	row.out_dst.port = htons(port);
	xrp_flow_seal(&row);
	return row;
}

static struct xrp_direct *place(void)
{
	uint16_t port = ntohs(person_endpoint(RELAY_ALICE).port);

	return &rig.table[xrp_direct_index(ntohl(person_address(RELAY_ALICE)), port, MASK)];
}

static void test_found_by_index_alone(void **state)
{
	struct xrp_flow row = row_to(1111);

	(void)state;
	assert_int_equal(sent_to(), 0);
	direct_set(rig.table, MASK, &row);
	assert_int_equal(sent_to(), 1111);
	row = row_to(1112);
	direct_set(rig.table, MASK, &row);
	assert_int_equal(sent_to(), 1112);
	direct_delete(rig.table, MASK, &row.self);
	assert_int_equal(sent_to(), 0);
}

/* 64 ports further is the same place. */
static void test_one_place_for_two(void **state)
{
	struct xrp_flow row = row_to(1111), other = row_to(2222);

	(void)state;
	other.self.port = htons((uint16_t)(ntohs(row.self.port) + RIG_DIRECT));
	xrp_flow_seal(&other);
	direct_set(rig.table, MASK, &other);
	assert_int_equal(sent_to(), 0); /* another's row is not ours */
	direct_set(rig.table, MASK, &row);
	assert_int_equal(sent_to(), 0); /* nor does it give way */
	rig_flow_at(&rig, &row.self, &row);
	assert_int_equal(sent_to(), 1111);
	direct_delete(rig.table, MASK, &row.self);
	assert_int_equal(place()->flow.self.port, other.self.port);
	direct_delete(rig.table, MASK, &other.self);
	direct_set(rig.table, MASK, &row);
	assert_int_equal(place()->flow.self.port, row.self.port);
	rig_flow_delete(&rig, &row.self);
	assert_int_equal(sent_to(), 0);
}

static void test_who_has_no_place(void **state)
{
	struct xrp_flow row = row_to(1111);
	int i;

	(void)state;
	row.self.addr.word[3] = 0;
	direct_set(rig.table, MASK, &row);
	row.self.addr.word[2] = htonl(1);
	row.self.addr.word[3] = person_address(RELAY_ALICE);
	direct_set(rig.table, MASK, &row);
	for (i = 0; i < RIG_DIRECT; i++)
		assert_int_equal(rig.table[i].flow.self.port, 0);
}

/* A row half written is left alone; what the hash map says is right. */
static void test_while_it_is_written(void **state)
{
	struct xrp_flow row = row_to(1111), hashed = row_to(2222);

	(void)state;
	direct_set(rig.table, MASK, &row);
	rig_flow_at(&rig, &hashed.self, &hashed);
	assert_int_equal(sent_to(), 1111);
	place()->sequence++;
	assert_int_equal(sent_to(), 2222);
	direct_set(rig.table, MASK, &row); /* as a writer that went away in between left it */
	assert_int_equal(place()->sequence % 2, 0);
	assert_int_equal(sent_to(), 1111);
	rig_flow_delete(&rig, &row.self);
}

static atomic_bool stop;

/* Sends back what Alice sends, unchanged, so that it can be sent again and again. */
static struct xrp_flow row_of_alice(void)
{
	struct xrp_flow row = rig_call(1, 1);

	row.out_src = row.peer;
	row.out_dst = row.self;
	xrp_flow_seal(&row);
	return row;
}

/* Nobody can get at this one but the slow path, for which there are no tokens. */
static struct xrp_flow row_of_mallory(void)
{
	struct xrp_flow row = row_of_alice();

	row.peer = person_endpoint(MALLORY);
	row.flags |= XRP_FLOW_LEARN_ANY;
	return row;
}

static void *rewrite(void *arg)
{
	const struct xrp_flow row[2] = {row_of_alice(), row_of_mallory()};

	(void)arg;
	for (unsigned int i = 0; !stop; i++)
		direct_set(rig.table, MASK, &row[i % 2]);
	return NULL;
}

/* The first half of Mallory's row with the second of Alice's would make Alice a stranger. */
static void test_never_half_of_each(void **state)
{
	struct xrp_flow hashed = row_of_alice();
	pthread_t writer;

	(void)state;
	rig_flow_at(&rig, &hashed.self, &hashed);
	stop = false;
	assert_int_equal(pthread_create(&writer, NULL, rewrite, NULL), 0);
	rig_time(&rig, &frame, PACKETS);
	stop = true;
	pthread_join(writer, NULL);
	assert_true(rig_count(&rig, XRP_RELAY_REDIRECT).packets > PACKETS / 100);
	assert_true(rig_count(&rig, XRP_DROP_FLOOD).packets > PACKETS / 100);
	assert_int_equal(rig_count(&rig, XRP_DROP_STRANGER).packets, 0);
	assert_int_equal(rig_count(&rig, XRP_UP_REUSED).packets, 0);
}

static void test_entries(void **state)
{
	(void)state;
	assert_int_equal(direct_entries(1), XRP_DIRECT_MIN);
	assert_int_equal(direct_entries(XRP_DIRECT_MIN), XRP_DIRECT_MIN);
	assert_int_equal(direct_entries(XRP_DIRECT_MIN + 1), 2 * XRP_DIRECT_MIN);
	assert_int_equal(direct_entries(UINT32_MAX), 1U << 31);
}

static int open_all(void **state)
{
	struct datagram d = {.from = ALICE, .to = RELAY_ALICE, .payload_length = 20};
	struct xrp_nexthop hop = rig_way(RIG_IFINDEX_OUT);
	int err = rig_open(&rig, false);

	(void)state;
	if (err)
		return err;
	rig_nexthop(&rig, 1, &hop);
	rig_control(&rig, 0, 0, 0);
	frame_make(&frame, &d);
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
		cmocka_unit_test(test_found_by_index_alone),
		cmocka_unit_test(test_one_place_for_two),
		cmocka_unit_test(test_who_has_no_place),
		cmocka_unit_test(test_while_it_is_written),
		cmocka_unit_test(test_never_half_of_each),
		cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
