/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Next hops against the real kernel: a network namespace of the test's own with a veth pair, whose
 * far end stands in a second one, held open by a child. Each test makes its addresses and routes
 * anew.
 *
 *   here                               far
 *   near0 192.0.2.1/24     ----------  far0 192.0.2.2/24, .3, .4
 *   near1 198.51.100.1/24  ----------  far1 198.51.100.2/24
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>
#include <base/endpoint.h>
#include <io/nexthops.h>

#define ROWS	 64
#define DEADLINE 8 /* s */

static pid_t far_pid;
static struct event_base *base;
static struct nexthops *nh;

/* The map as it was written, and how often. */
static struct xrp_nexthop map[ROWS];
static unsigned int writes, changes;
static int write_error;
static uint32_t unusable;

static int write_row(void *ctx, uint32_t id, const struct xrp_nexthop *row)
{
	(void)ctx;
	assert_in_range(id, 1, ROWS - 1);
	assert_int_equal(row->version, row->version_end);
	if (row->version)
		assert_int_not_equal(row->version, map[id].version);
	if (write_error)
		return write_error;
	map[id] = *row;
	writes++;
	return 0;
}

static void count_change(void *ctx)
{
	(void)ctx;
	changes++;
}

static bool usable(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	return ifindex != unusable;
}

/* Runs shell lines here; the test fails when one of them does. `far` before a command runs it
 * there. */
static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *format, ...)
{
	char command[2048];
	va_list args;
	int len = snprintf(command, sizeof(command), "set -e; far() { nsenter -t %d -n \"$@\"; }; ",
			   (int)far_pid);

	va_start(args, format);
	vsnprintf(command + len, sizeof(command) - (size_t)len, format, args);
	va_end(args);
	if (system(command))
		fail_msg("failed: %s", command);
}

/* Starts the process that holds the far end's namespace; returns when it has it. */
static pid_t far_start(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		if (unshare(CLONE_NEWNET) || write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static int group_setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET))
		return -1;
	far_pid = far_start();
	return far_pid > 0 ? 0 : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	kill(far_pid, SIGKILL);
	waitpid(far_pid, NULL, 0);
	return 0;
}

static int setup(void **state)
{
	static const struct nexthops_ops ops = {
		.write = write_row, .changed = count_change, .usable = usable};

	(void)state;
	run("for f in '' far; do $f sysctl -qw net.ipv6.conf.default.accept_dad=0; done;"
	    "ip link set lo up;"
	    "for i in 0 1; do ip link add near$i type veth peer name far$i netns %d;"
	    "far ip link set far$i up; ip link set near$i up; done;"
	    "ip addr add 192.0.2.1/24 dev near0; ip addr add 198.51.100.1/24 dev near1;"
	    "far ip addr add 192.0.2.2/24 dev far0; far ip addr add 192.0.2.3/24 dev far0;"
	    "far ip addr add 192.0.2.4/24 dev far0; far ip addr add 198.51.100.2/24 dev far1;",
	    (int)far_pid);
	memset(map, 0, sizeof(map));
	writes = changes = unusable = 0;
	write_error = 0;
	base = event_base_new();
	nh = nexthops_new(base, &ops, ROWS);
	return nh ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	nexthops_free(nh);
	event_base_free(base);
	run("ip link del near0 2>/dev/null || :; ip link del near1 2>/dev/null || :");
	return 0;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Turns the event loop until `condition` holds; fails after the deadline. */
#define wait_for(condition)                                                                        \
	do {                                                                                       \
		double until_ = seconds() + DEADLINE;                                              \
		while (!(condition)) {                                                             \
			turn();                                                                    \
			if (seconds() > until_)                                                    \
				fail_msg("waited in vain for: %s", #condition);                    \
		}                                                                                  \
	} while (0)

static void tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* One turn of the loop, of 10 ms at most. */
static void turn(void)
{
	const struct timeval tv = {.tv_usec = 10000};

	event_base_once(base, -1, EV_TIMEOUT, tick, NULL, &tv);
	event_base_loop(base, EVLOOP_ONCE);
}

/* Turns the loop for long enough that what the kernel has told so far is worked on. */
static void settle(void)
{
	double until = seconds() + 0.1;

	while (seconds() < until)
		turn();
}

static struct xrp_addr addr(const char *text)
{
	struct xrp_addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static struct route *get(const char *dst, const char *src)
{
	struct xrp_addr d = addr(dst), s = addr(src);
	struct route *route = nexthops_get(nh, &d, &s);

	assert_non_null(route);
	return route;
}

static struct nexthop_report report(const struct route *route)
{
	struct nexthop_report r;

	route_report(nh, route, &r);
	return r;
}

static const char *state_of(const struct route *route)
{
	static struct nexthop_report r;

	route_report(nh, route, &r);
	return r.state;
}

static const struct xrp_nexthop *row(const struct route *route)
{
	return &map[route_id(route)];
}

static bool valid(const struct route *route)
{
	return route_id(route) && row(route)->version;
}

/* The MAC of an interface, here or in the far namespace, as bytes. */
static void mac_of(bool far, const char *name, uint8_t mac[6])
{
	char command[256];
	FILE *f;

	snprintf(command, sizeof(command),
		 "nsenter -n -t %d ip -br link show dev %s | awk '{print $3}'",
		 (int)(far ? far_pid : getpid()), name);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2],
				&mac[3], &mac[4], &mac[5]),
			 6);
	pclose(f);
}

/* Does the command's output contain `text`? */
static bool shows(const char *command, const char *text)
{
	char out[4096];
	FILE *f = popen(command, "r");
	size_t len;

	assert_non_null(f);
	len = fread(out, 1, sizeof(out) - 1, f);
	out[len] = 0;
	pclose(f);
	return strstr(out, text);
}

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
	wait_for(!map[id].version);
	assert_int_equal(route_id(route), id);
	assert_string_equal(state_of(route), "no carrier");
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
