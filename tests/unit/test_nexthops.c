/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Next hops against the real kernel: routes, neighbours, interfaces and addresses. */
#include "nexthops_rig.h"

static void resolves_a_neighbour_on_link(void **state)
{
	struct route *route = get("192.0.2.2", "192.0.2.1");
	struct xrp_addr source = route_source(route), expected = addr("192.0.2.1");
	uint8_t here[6], there[6];

	(void)state;
	wait_for(valid(route));
	mac_of(false, "near0", here);
	mac_of(true, "far0", there);
	assert_memory_equal(row(route)->smac, here, 6);
	assert_memory_equal(row(route)->dmac, there, 6);
	assert_int_equal(row(route)->mtu, 1500);
	assert_int_equal(row(route)->vlan, 0);
	assert_memory_equal(&source, &expected, sizeof(source));
	assert_string_equal(report(route).interface, "near0");
	assert_string_equal(report(route).state, "reachable");
	assert_int_equal(report(route).ifindex, row(route)->ifindex);
	nexthops_put(nh, route);
}

static void resolves_through_a_gateway(void **state)
{
	struct xrp_addr gateway = addr("192.0.2.2"), source = addr("192.0.2.1"), got;
	struct route *route, *direct;
	struct nexthop_report r;

	(void)state;
	run("ip route add 203.0.113.0/24 via 192.0.2.2");
	route = get("203.0.113.9", "0.0.0.0");
	direct = get("192.0.2.2", "0.0.0.0");
	wait_for(valid(route));
	r = report(route);
	assert_memory_equal(&r.gateway, &gateway, sizeof(gateway));
	got = route_source(route);
	assert_memory_equal(&got, &source, sizeof(source));
	assert_int_equal(route_id(route), route_id(direct));
}

static void neighbour_is_kept_fresh_while_in_use(void **state)
{
	const char *show = "ip neigh show 192.0.2.2 dev near0";
	struct route *route = get("192.0.2.2", "0.0.0.0");

	(void)state;
	assert_true(shows(show, "managed"));
	nexthops_put(nh, route);
	assert_false(shows(show, "managed"));
}

static void permanent_neighbour_stays_permanent(void **state)
{
	const char *show = "ip neigh show 192.0.2.9 dev near0";
	struct route *route;

	(void)state;
	run("ip neigh add 192.0.2.9 dev near0 lladdr 02:00:00:00:00:09 nud permanent");
	route = get("192.0.2.9", "0.0.0.0");
	assert_true(valid(route));
	assert_int_equal(row(route)->dmac[5], 9);
	assert_string_equal(state_of(route), "permanent");
	nexthops_put(nh, route);
	assert_true(shows(show, "PERMANENT"));
}

static void gateways_new_mac_is_one_row_written(void **state)
{
	struct route *routes[100];
	unsigned int before;
	uint32_t id;

	(void)state;
	run("ip route add 203.0.113.0/24 via 192.0.2.2");
	for (unsigned int i = 0; i < 100; i++) {
		char dst[32];

		snprintf(dst, sizeof(dst), "203.0.113.%u", i + 1);
		routes[i] = get(dst, "192.0.2.1");
	}
	wait_for(valid(routes[0]));
	settle();
	id = route_id(routes[0]);
	before = writes;
	changes = 0;
	run("ip neigh replace 192.0.2.2 dev near0 lladdr 02:00:00:00:00:77 nud reachable");
	wait_for(row(routes[0])->dmac[5] == 0x77);
	assert_int_equal(writes, before + 1);
	assert_int_equal(changes, 0);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(route_id(routes[i]), id);
	/* The administrator's command ended the kernel's care; we ask for it again. */
	wait_for(shows("ip neigh show 192.0.2.2 dev near0", "managed"));
	settle();
	assert_int_equal(writes, before + 1);
}

/* More events than the socket holds, then one that is lost for it. */
static void lost_events_are_made_good(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");

	(void)state;
	wait_for(valid(route));
	settle();
	run("for i in $(seq 40); do for n in $(seq 100 250); do"
	    "  echo neigh replace 192.0.2.$n dev near1 lladdr 02:00:00:00:$i:00 nud permanent;"
	    "  echo neigh del 192.0.2.$n dev near1; done; done | ip -batch -;"
	    "ip neigh replace 192.0.2.2 dev near0 lladdr 02:00:00:00:00:77 nud reachable;"
	    "ip addr add 192.0.2.50/24 dev near0; ip link set near0 mtu 1400");
	wait_for(row(route)->dmac[5] == 0x77 && row(route)->mtu == 1400);
	wait_for(valid(get("192.0.2.3", "192.0.2.50")));
}

static void changed_route_is_told_once(void **state)
{
	struct route *a, *b, *other;
	uint32_t id;

	(void)state;
	run("ip route add 203.0.113.0/24 via 192.0.2.2");
	a = get("203.0.113.1", "0.0.0.0");
	b = get("203.0.113.2", "0.0.0.0");
	other = get("198.51.100.2", "0.0.0.0");
	wait_for(valid(a) && valid(other));
	settle();
	id = route_id(a);
	changes = 0;
	run("ip route replace 203.0.113.0/24 via 198.51.100.2");
	wait_for(changes);
	settle();
	assert_int_equal(changes, 1);
	assert_int_equal(route_id(a), route_id(other));
	assert_int_equal(route_id(b), route_id(other));
	assert_int_equal(map[id].version, 0);
}

static void carrier_off_clears_the_row_and_keeps_the_id(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");
	uint32_t id = route_id(route);

	(void)state;
	wait_for(valid(route));
	run("far ip link set far0 down");
	wait_for(!map[id].version && !strcmp(state_of(route), "no carrier"));
	assert_int_equal(route_id(route), id);
	run("far ip link set far0 up");
	wait_for(valid(route));
	assert_int_equal(route_id(route), id);
}

static void interface_down_and_up_again(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");

	(void)state;
	wait_for(valid(route));
	run("ip link set near0 down");
	wait_for(!route_id(route));
	assert_string_equal(state_of(route), "no route");
	run("ip link set near0 up");
	wait_for(valid(route));
}

static void interface_deleted(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");
	uint32_t id = route_id(route);

	(void)state;
	wait_for(valid(route));
	run("ip link del near0");
	wait_for(!route_id(route));
	assert_int_equal(map[id].version, 0);
}

static void interface_renamed(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");

	(void)state;
	run("ip link set near0 name other0");
	wait_for(!strcmp(report(route).interface, "other0"));
	run("ip link set other0 name near0");
}

static void mtu_of_interface_and_route(void **state)
{
	struct route *route, *narrow;

	(void)state;
	run("ip route add 203.0.113.0/24 via 192.0.2.2 mtu 1200");
	route = get("192.0.2.2", "0.0.0.0");
	narrow = get("203.0.113.1", "0.0.0.0");
	wait_for(valid(route) && valid(narrow));
	assert_int_not_equal(route_id(route), route_id(narrow));
	assert_int_equal(row(route)->mtu, 1500);
	assert_int_equal(row(narrow)->mtu, 1200);
	run("ip link set near0 mtu 1400");
	wait_for(row(route)->mtu == 1400);
	assert_int_equal(row(narrow)->mtu, 1200);
}

static void removed_address_takes_its_routes(void **state)
{
	struct route *route;

	(void)state;
	run("ip addr add 192.0.2.50/24 dev near0");
	route = get("192.0.2.2", "192.0.2.50");
	wait_for(valid(route));
	run("ip addr del 192.0.2.50/24 dev near0");
	wait_for(!route_id(route));
	assert_string_equal(state_of(route), "the source is not local");
	run("ip addr add 192.0.2.50/24 dev near0");
	wait_for(valid(route));
}

static void rule_by_source_is_followed(void **state)
{
	struct route *a, *b;

	(void)state;
	run("ip addr add 192.0.2.50/24 dev near0; ip route add 203.0.113.0/24 via 192.0.2.2");
	a = get("203.0.113.1", "192.0.2.1");
	b = get("203.0.113.1", "192.0.2.50");
	assert_int_equal(route_id(a), route_id(b));
	run("ip route add default via 192.0.2.3 table 100; ip rule add from 192.0.2.50 table 100");
	wait_for(route_id(a) != route_id(b));
	settle();
	run("ip rule del from 192.0.2.50 table 100");
	wait_for(route_id(a) == route_id(b));
}

static void what_has_no_row_says_why(void **state)
{
	static const struct {
		const char *dst, *state;
	} cases[] = {
		{"203.0.113.1", "no route"},
		{"192.0.2.1", "local"},
		{"127.0.0.1", "local"},
		{"192.0.2.255", "not unicast"},
		{"203.0.113.64", "prohibited"},
		{"203.0.113.65", "unreachable"},
		{"203.0.113.66", "interface br0 is a bridge: slow path"},
		{"203.0.113.67", "interface tun0 is no Ethernet: slow path"},
	};

	(void)state;
	run("ip route add prohibit 203.0.113.64; ip route add unreachable 203.0.113.65;"
	    "ip link add br0 type bridge; ip link set br0 up; ip route add 203.0.113.66 dev br0;"
	    "ip tuntap add tun0 mode tun; ip link set tun0 up;ip route add 203.0.113.67 dev tun0");
	settle();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct route *route = get(cases[i].dst, "0.0.0.0");

		assert_int_equal(route_id(route), 0);
		assert_string_equal(state_of(route), cases[i].state);
		nexthops_put(nh, route);
	}
	assert_int_equal(writes, 0);
	run("ip link del br0; ip link del tun0; ip route del prohibit 203.0.113.64;"
	    "ip route del unreachable 203.0.113.65");
}

static void unresolved_neighbour_has_an_id_and_no_row(void **state)
{
	struct route *route = get("192.0.2.99", "0.0.0.0");

	(void)state;
	assert_int_not_equal(route_id(route), 0);
	assert_string_equal(state_of(route), "unresolved");
	assert_int_equal(row(route)->version, 0);
	run("far ip addr add 192.0.2.99/24 dev far0");
	wait_for(valid(route));
	run("far ip addr del 192.0.2.99/24 dev far0");
}

static void flushed_neighbour_is_resolved_again(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");
	unsigned int before;

	(void)state;
	wait_for(valid(route));
	before = writes;
	run("ip neigh del 192.0.2.2 dev near0");
	wait_for(writes >= before + 2 && valid(route));
	assert_true(shows("ip neigh show 192.0.2.2 dev near0", "managed"));
}

static void interface_not_accelerated(void **state)
{
	struct route *route = get("192.0.2.2", "0.0.0.0");

	(void)state;
	assert_int_not_equal(route_id(route), 0);
	unusable = report(route).ifindex;
	nexthops_refresh(nh);
	wait_for(!route_id(route));
	assert_string_equal(state_of(route), "interface near0 is not accelerated");
	assert_int_equal(changes, 1);
}

static void many_routes_share_one_row(void **state)
{
	struct route *routes[1000], *again;
	unsigned int used = 0;

	(void)state;
	run("ip route add 203.0.112.0/20 via 192.0.2.2");
	for (unsigned int i = 0; i < 1000; i++) {
		char dst[32];

		snprintf(dst, sizeof(dst), "203.0.%u.%u", 113 + i / 250, 1 + i % 250);
		routes[i] = get(dst, "192.0.2.1");
	}
	again = get("203.0.113.1", "192.0.2.1");
	assert_ptr_equal(again, routes[0]);
	wait_for(valid(routes[0]));
	for (unsigned int i = 0; i < ROWS; i++)
		used += map[i].version != 0;
	assert_int_equal(used, 1);
	for (unsigned int i = 0; i < 1000; i++)
		nexthops_put(nh, routes[i]);
	assert_true(valid(again));
	used = route_id(again);
	nexthops_put(nh, again);
	assert_int_equal(map[used].version, 0);
}

static void rows_run_out_and_come_back(void **state)
{
	struct route *routes[ROWS];
	struct route *one;

	(void)state;
	for (unsigned int i = 0; i < ROWS; i++) {
		char dst[32];

		snprintf(dst, sizeof(dst), "192.0.2.%u", 100 + i);
		routes[i] = get(dst, "0.0.0.0");
	}
	assert_int_equal(route_id(routes[ROWS - 1]), 0);
	assert_string_equal(state_of(routes[ROWS - 1]), "no row left in the next-hop map");
	nexthops_put(nh, routes[ROWS - 1]);
	for (unsigned int i = 0; i < ROWS - 1; i++) {
		assert_int_equal(route_id(routes[i]), i + 1);
		nexthops_put(nh, routes[i]);
	}
	one = get("192.0.2.2", "0.0.0.0");
	assert_int_not_equal(route_id(one), 0);
}

static void failed_write_is_told_and_made_good(void **state)
{
	struct route *route;

	(void)state;
	write_error = -ENOMEM;
	route = get("192.0.2.2", "0.0.0.0");
	wait_for(!strcmp(state_of(route), "reachable"));
	assert_false(valid(route));
	write_error = 0;
	run("ip link set near0 mtu 1400");
	wait_for(valid(route));
}

static void ipv6_resolves_too(void **state)
{
	struct route *route;

	(void)state;
	run("ip addr add 2001:db8::1/64 dev near0 nodad;"
	    "far ip addr add 2001:db8::2/64 dev far0 nodad");
	route = get("2001:db8::2", "::");
	wait_for(valid(route));
	assert_string_equal(report(route).interface, "near0");
	assert_int_equal(row(route)->mtu, 1500);
}

static void questions_about_addresses(void **state)
{
	struct xrp_addr own = addr("192.0.2.1"), other = addr("192.0.2.2"), got;
	struct xrp_addr loop = addr("127.0.0.7"), any = addr("0.0.0.0"), nowhere = addr("9.9.9.9");

	(void)state;
	assert_true(nexthops_address_is_local(nh, &own));
	assert_true(nexthops_address_is_local(nh, &loop));
	assert_false(nexthops_address_is_local(nh, &other));
	assert_false(nexthops_address_is_local(nh, &any));
	assert_int_equal(nexthops_source_towards(nh, &other, &got), 0);
	assert_memory_equal(&got, &own, sizeof(got));
	assert_int_equal(nexthops_source_towards(nh, &nowhere, &got), -ENETUNREACH);
}

/* Presence of 192.0.2.70 as it was told, and the number of all calls for IPv4 addresses. */
static int watched;
static unsigned int address_events;

static void hear_address(void *ctx, const struct xrp_addr *a, bool present)
{
	struct xrp_addr it = addr("192.0.2.70");

	(void)ctx;
	address_events += addr_is_v4(a);
	if (xrp_addr_equal(a, &it))
		watched += present ? 1 : -1;
}

static void addresses_are_told(void **state)
{
	(void)state;
	address_events = 0;
	watched = 0;
	nexthops_local_addresses(nh, hear_address, NULL);
	assert_int_equal(address_events, 3); /* 127.0.0.1, near0, near1 */
	run("ip addr add 192.0.2.70/32 dev near0; ip addr add 192.0.2.70/32 dev near1");
	wait_for(watched == 1);
	run("ip addr del 192.0.2.70/32 dev near0");
	settle();
	assert_int_equal(watched, 1);
	run("ip link del near1");
	wait_for(watched == 0);
	wait_for(address_events == 6); /* .70 came and went, near1's own went */
}

static bool chosen(const char *name, const char *listen, unsigned int *count)
{
	struct xrp_addr a = addr(listen);
	char names[4][16];
	bool found = false;

	*count = nexthops_default_interfaces(nh, &a, 1, names, 4);
	for (unsigned int i = 0; i < *count; i++)
		found |= !strcmp(names[i], name);
	return found;
}

static void default_interfaces(void **state)
{
	unsigned int count;

	(void)state;
	assert_true(chosen("near0", "0.0.0.0", &count));
	assert_true(chosen("near1", "0.0.0.0", &count));
	assert_int_equal(count, 2);
	assert_true(chosen("near1", "192.0.2.1", &count)); /* by its connected route */
	run("ip addr flush dev near1");
	settle();
	assert_false(chosen("near1", "0.0.0.0", &count));
	assert_int_equal(count, 1);
	run("ip route add default dev near1");
	assert_true(chosen("near1", "192.0.2.1", &count));
	assert_false(chosen("lo", "127.0.0.1", &count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(resolves_a_neighbour_on_link),
		TEST(resolves_through_a_gateway),
		TEST(neighbour_is_kept_fresh_while_in_use),
		TEST(permanent_neighbour_stays_permanent),
		TEST(gateways_new_mac_is_one_row_written),
		TEST(lost_events_are_made_good),
		TEST(changed_route_is_told_once),
		TEST(carrier_off_clears_the_row_and_keeps_the_id),
		TEST(interface_down_and_up_again),
		TEST(interface_deleted),
		TEST(interface_renamed),
		TEST(mtu_of_interface_and_route),
		TEST(removed_address_takes_its_routes),
		TEST(rule_by_source_is_followed),
		TEST(what_has_no_row_says_why),
		TEST(unresolved_neighbour_has_an_id_and_no_row),
		TEST(flushed_neighbour_is_resolved_again),
		TEST(interface_not_accelerated),
		TEST(many_routes_share_one_row),
		TEST(rows_run_out_and_come_back),
		TEST(failed_write_is_told_and_made_good),
		TEST(ipv6_resolves_too),
		TEST(questions_about_addresses),
		TEST(addresses_are_told),
		TEST(default_interfaces),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
