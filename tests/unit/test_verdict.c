/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict as a table: what is known of a direction, and the sentence that must be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <base/endpoint.h>
#include <core/verdict.h>

#define S 1000000000ULL

/* Alice is the caller, bob the callee. */
struct row {
	const char *name;
	struct verdict_facts facts;
	const char *signalled, *dest; /* of the sender; of whom it is for */
	const char *hop, *stranger;
	const char *source; /* asymmetric: where the one it is for sends from */
	const char *want;
};

static const struct row rows[] = {
	{.name = "relayed in the kernel",
	 .facts = {.from = LEG_CALLER, .heard = true, .way = VERDICT_KERNEL},
	 .dest = "198.51.100.2",
	 .want = "caller: relayed to 198.51.100.2:4000"},
	{.name = "relayed by the slow path",
	 .facts = {.from = LEG_CALLEE, .heard = true, .way = VERDICT_SLOW_PATH},
	 .dest = "198.51.100.2",
	 .want = "callee: relayed to 198.51.100.2:4000 by the slow path"},
	{.name = "the callee is asymmetric",
	 .facts = {.from = LEG_CALLER, .heard = true, .way = VERDICT_KERNEL, .bridge = true},
	 .dest = "198.51.100.2",
	 .source = "198.51.100.3",
	 .want = "caller: relayed to 198.51.100.2:4000, as it signalled (asymmetric), while it "
		 "sends from 198.51.100.3:4000: if the callee hears nothing, the modifier s or "
		 "--bridge_symmetric makes the relay send there"},
	{.name = "asymmetric, but it sends from where it signalled",
	 .facts = {.from = LEG_CALLER, .heard = true, .way = VERDICT_KERNEL},
	 .dest = "198.51.100.2",
	 .source = "198.51.100.2",
	 .want = "caller: relayed to 198.51.100.2:4000"},
	{.name = "no route",
	 .facts = {.from = LEG_CALLER, .heard = true, .way = VERDICT_NO_ROUTE, .error = "no route"},
	 .dest = "172.30.0.4",
	 .want = "caller: heard, but there is no route to 172.30.0.4 (no route): its packets are "
		 "dropped"},
	{.name = "the next hop is silent",
	 .facts = {.from = LEG_CALLER,
		   .heard = true,
		   .way = VERDICT_SILENT_HOP,
		   .interface = "eth1"},
	 .dest = "172.30.0.4",
	 .hop = "10.2.0.99",
	 .want = "caller: heard, but the next hop 10.2.0.99 on eth1 does not answer (neighbour "
		 "failed): its packets to 172.30.0.4:4000 are dropped"},
	{.name = "the next hop is being asked for",
	 .facts = {.from = LEG_CALLER,
		   .heard = true,
		   .way = VERDICT_UNRESOLVED_HOP,
		   .interface = "eth1"},
	 .dest = "172.30.0.4",
	 .hop = "10.2.0.99",
	 .want = "caller: heard, but the next hop 10.2.0.99 on eth1 has not answered yet: its "
		 "packets to 172.30.0.4:4000 wait"},
	{.name = "no carrier",
	 .facts = {.from = LEG_CALLER,
		   .heard = true,
		   .way = VERDICT_NO_CARRIER,
		   .interface = "eth1"},
	 .dest = "172.30.0.4",
	 .want = "caller: heard, but the interface eth1 has no carrier: its packets to "
		 "172.30.0.4:4000 are dropped"},
	{.name = "the kernel refuses",
	 .facts = {.from = LEG_CALLER,
		   .heard = true,
		   .way = VERDICT_SEND_FAILED,
		   .error = "Operation not permitted"},
	 .dest = "172.30.0.4",
	 .want = "caller: heard, but the host does not send to 172.30.0.4:4000 (Operation not "
		 "permitted): its packets are dropped"},
	{.name = "a prompt plays to the callee",
	 .facts = {.from = LEG_CALLER, .heard = true, .prompt = "welcome"},
	 .dest = "198.51.100.2",
	 .want = "caller: held back, as the prompt welcome plays to the callee"},
	{.name = "a prompt plays, and nothing came",
	 .facts = {.from = LEG_CALLER, .prompt = "welcome"},
	 .want = "caller: not heard yet, and would be held back, as the prompt welcome plays to "
		 "the callee"},
	{.name = "silent for a while",
	 .facts = {.from = LEG_CALLER, .heard = true, .idle = 5 * S},
	 .dest = "172.30.0.4",
	 .want = "caller: silent for 5.0 s"},
	{.name = "nobody to send to",
	 .facts = {.from = LEG_CALLER, .heard = true},
	 .want = "caller: heard, but where to send it is not known: the callee has signalled no "
		 "usable address and sent nothing"},
	{.name = "nothing came",
	 .facts = {.from = LEG_CALLEE},
	 .signalled = "198.51.100.2",
	 .want = "callee: nothing has arrived; expected from 198.51.100.2:4000: check its "
		 "firewall, and the address in the SDP we answered with"},
	{.name = "on hold",
	 .facts = {.from = LEG_CALLEE, .hold = true},
	 .want = "callee: on hold (its SDP has the address 0.0.0.0), nothing has arrived"},
	{.name = "on hold after it has spoken",
	 .facts = {.from = LEG_CALLEE, .hold = true, .heard = true, .idle = 3 * S},
	 .want = "callee: on hold (its SDP has the address 0.0.0.0), silent for 3.0 s"},
	{.name = "for one on hold whose address was never told",
	 .facts = {.from = LEG_CALLER, .to_hold = true, .heard = true},
	 .want = "caller: heard, but the callee is on hold (its SDP has the address 0.0.0.0) and "
		 "has no address to send to"},
	{.name = "only strangers",
	 .facts = {.from = LEG_CALLEE, .refused = 7},
	 .signalled = "198.51.100.2",
	 .stranger = "203.0.113.66",
	 .want = "callee: 7 packets refused, the last from 203.0.113.66:4000, while "
		 "198.51.100.2:4000 is expected (policy strict)"},
};

static struct xrp_endpoint endpoint_of(const char *text)
{
	struct xrp_addr addr;

	if (!text)
		return (struct xrp_endpoint){.zero = 0};
	assert_int_equal(addr_parse(text, &addr), 0);
	return endpoint_make(&addr, 4000);
}

static void test_row(void **state)
{
	const struct row *row = *state;
	struct verdict_facts facts = row->facts;
	struct learn learn, to;
	char buf[VERDICT_TEXT];

	learn_init(&learn, LEARN_STRICT, false, false);
	learn_init(&to, LEARN_STRICT, false, false);
	learn.signalled = endpoint_of(row->signalled);
	to.dest = endpoint_of(row->dest);
	to.source = endpoint_of(row->source);
	to.asymmetric = row->source != NULL;
	facts.learn = &learn;
	facts.to = &to;
	facts.stranger = endpoint_of(row->stranger);
	facts.hop = endpoint_of(row->hop).addr;
	assert_string_equal(verdict_of(&facts, buf, sizeof(buf)), row->want);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])] = {0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		tests[i] = (struct CMUnitTest){.name = rows[i].name,
					       .test_func = test_row,
					       .initial_state = (void *)(uintptr_t)&rows[i]};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
