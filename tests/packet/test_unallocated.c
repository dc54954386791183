/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes to the media range and belongs to no call, with the switch on and off. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <linux/bpf.h>
#include <cmocka.h>
#include "rig.h"

#define FIRST 40000
#define LAST  40099

static struct rig rig;

static enum xrp_reason comes(struct datagram d)
{
	struct frame in;
	struct outcome o;

	d.from = MALLORY;
	d.payload_length = 172;
	frame_make(&in, &d);
	rig_run(&rig, &in, &o);
	assert_int_equal(o.verdict, o.reason == XRP_DROP_UNALLOCATED ? XDP_DROP : XDP_PASS);
	return o.reason;
}

static enum xrp_reason comes_to(uint16_t port)
{
	return comes((struct datagram){.to = RELAY_ALICE, .to_port = port});
}

static void control(uint32_t switches)
{
	rig.port_min = FIRST;
	rig.port_max = LAST;
	rig_control(&rig, switches, 1000, 100);
}

static void test_the_range_is_dropped(void **state)
{
	(void)state;
	control(XRP_SWITCH_DROP_UNALLOCATED);
	assert_int_equal(comes_to(FIRST), XRP_DROP_UNALLOCATED);
	assert_int_equal(comes_to(LAST), XRP_DROP_UNALLOCATED);
	assert_int_equal(comes_to(FIRST - 1), XRP_PASS_NOT_OURS);
	assert_int_equal(comes_to(LAST + 1), XRP_PASS_NOT_OURS);
	assert_int_equal(comes_to(53), XRP_PASS_NOT_OURS);
}

static void test_only_where_it_is_switched_on(void **state)
{
	(void)state;
	control(0);
	assert_int_equal(comes_to(FIRST), XRP_PASS_NOT_OURS);
	control(XRP_SWITCH_WILDCARD);
	assert_int_equal(comes_to(FIRST), XRP_PASS_NOT_OURS);
}

static void test_what_passes_through_is_not_touched(void **state)
{
	(void)state;
	control(XRP_SWITCH_DROP_UNALLOCATED);
	assert_int_equal(comes((struct datagram){.to = BOB, .to_port = FIRST}), XRP_PASS_NOT_OURS);
}

static void test_ports_of_others_are_spared(void **state)
{
	(void)state;
	control(XRP_SWITCH_DROP_UNALLOCATED);
	rig_spare(&rig, FIRST + 1, true);
	assert_int_equal(comes_to(FIRST), XRP_DROP_UNALLOCATED);
	assert_int_equal(comes_to(FIRST + 1), XRP_PASS_NOT_OURS);
	assert_int_equal(comes_to(FIRST + 2), XRP_DROP_UNALLOCATED);
	rig_spare(&rig, FIRST + 1, false);
	assert_int_equal(comes_to(FIRST + 1), XRP_DROP_UNALLOCATED);
}

static void test_a_call_has_its_port(void **state)
{
	const struct datagram alice = {.to = RELAY_ALICE, .payload_length = 172};
	struct xrp_flow flow = rig_call(1, 1);
	struct frame in;
	struct outcome o;

	(void)state;
	rig.port_min = rig.port_max = person_port(RELAY_ALICE);
	rig_control(&rig, XRP_SWITCH_DROP_UNALLOCATED, 1000, 100);
	frame_make(&in, &alice);
	rig_run(&rig, &in, &o);
	assert_int_equal(o.reason, XRP_DROP_UNALLOCATED);
	flow.flags = XRP_FLOW_LOOP; /* cut, but a call's */
	rig_flow(&rig, &flow);
	rig_run(&rig, &in, &o);
	assert_int_equal(o.reason, XRP_DROP_LOOP);
	assert_int_equal(o.verdict, XDP_DROP);
	flow.flags = 0;
	rig_flow(&rig, &flow);
	rig_run(&rig, &in, &o);
	assert_int_equal(o.reason, XRP_DROP_INCOMPLETE);
	rig_flow_delete(&rig, &flow.self);
}

static void test_without_a_daemon_all_passes(void **state)
{
	(void)state;
	rig.pass_after = 1;
	control(XRP_SWITCH_DROP_UNALLOCATED);
	assert_int_equal(comes_to(FIRST), XRP_PASS_NOT_OURS);
	rig.pass_after = 0;
}

static void test_fragments_and_options(void **state)
{
	const struct datagram first = {.to = RELAY_ALICE, .to_port = FIRST, .fragment = 0x2000};
	const struct datagram later = {.to = RELAY_ALICE, .to_port = FIRST, .fragment = 2};
	const struct datagram options = {.to = RELAY_ALICE, .to_port = FIRST, .ihl = 6};

	(void)state;
	control(XRP_SWITCH_DROP_UNALLOCATED);
	assert_int_equal(comes(first), XRP_DROP_UNALLOCATED);
	assert_int_equal(comes(later), XRP_PASS_FRAGMENT); /* it has no port */
	assert_int_equal(comes(options), XRP_DROP_UNALLOCATED);
}

static int open_all(void **state)
{
	struct xrp_addr relay = person_endpoint(RELAY_ALICE).addr;

	(void)state;
	if (rig_open(&rig, false))
		return -1;
	rig_local(&rig, &relay, true);
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
		cmocka_unit_test(test_the_range_is_dropped),
		cmocka_unit_test(test_only_where_it_is_switched_on),
		cmocka_unit_test(test_what_passes_through_is_not_touched),
		cmocka_unit_test(test_ports_of_others_are_spared),
		cmocka_unit_test(test_a_call_has_its_port),
		cmocka_unit_test(test_without_a_daemon_all_passes),
		cmocka_unit_test(test_fragments_and_options),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
