/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sk_lookup program by BPF_PROG_TEST_RUN: which datagrams are given to the slow path's sockets.
 * The answer is the cookie of the socket chosen, 0 for none.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "frame.h"
#include "steer.skel.h"

enum { IPV4, IPV6, FAMILIES }; /* as in the map steer_sockets */

static const uint8_t v6_local[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}; /* 2001:db8::1 */

static struct steer_bpf *skel;
static int sockets[FAMILIES];
static uint64_t cookies[FAMILIES];

/* The cookie of the socket that a datagram to port 10000 of the relay gets. */
static uint64_t steered(int family, int protocol, uint16_t port)
{
	struct bpf_sk_lookup ctx = {.family = family == IPV4 ? AF_INET : AF_INET6,
				    .protocol = (uint32_t)protocol,
				    .remote_port = htons(4000),
				    .local_port = port};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .ctx_out = &ctx, .ctx_size_out = sizeof(ctx), .repeat = 1);

	if (family == IPV4) {
		ctx.remote_ip4 = person_address(ALICE);
		ctx.local_ip4 = person_address(RELAY_ALICE);
	} else {
		memcpy(ctx.local_ip6, v6_local, sizeof(v6_local));
	}
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.xrp_steer), &opts), 0);
	assert_int_equal(opts.retval, SK_PASS);
	return ctx.cookie;
}

static void set_switches(uint32_t switches)
{
	struct xrp_control control = {.switches = switches};
	uint32_t only = 0;

	assert_int_equal(bpf_map__update_elem(skel->maps.control, &only, sizeof(only), &control,
					      sizeof(control), BPF_ANY),
			 0);
}

static struct xrp_endpoint v6_endpoint(const uint8_t address[16])
{
	struct xrp_endpoint ep = {.port = htons(10000)};

	memcpy(ep.addr.word, address, sizeof(ep.addr.word));
	return ep;
}

static void add_flow(struct xrp_endpoint self)
{
	struct xrp_flow row = {.self = self};

	assert_int_equal(bpf_map__update_elem(skel->maps.flows, &self, sizeof(self), &row,
					      sizeof(row), BPF_ANY),
			 0);
}

static int delete_flow(struct xrp_endpoint self)
{
	return bpf_map__delete_elem(skel->maps.flows, &self, sizeof(self), 0);
}

static void test_flows_of_both_families(void **state)
{
	(void)state;
	set_switches(0);
	add_flow(person_endpoint(RELAY_ALICE));
	assert_true(steered(IPV4, IPPROTO_UDP, 10000) == cookies[IPV4]);
	assert_true(steered(IPV6, IPPROTO_UDP, 10000) == 0);
	add_flow(v6_endpoint(v6_local));
	assert_true(steered(IPV6, IPPROTO_UDP, 10000) == cookies[IPV6]);
}

static void test_what_is_not_ours(void **state)
{
	(void)state;
	set_switches(0);
	add_flow(person_endpoint(RELAY_ALICE));
	assert_true(steered(IPV4, IPPROTO_UDP, 10001) == 0);
	assert_true(steered(IPV4, IPPROTO_TCP, 10000) == 0);
}

static void test_wildcard(void **state)
{
	static const uint8_t any[16];

	(void)state;
	set_switches(0);
	add_flow(frame_endpoint(0, 10000));
	add_flow(v6_endpoint(any));
	assert_true(steered(IPV4, IPPROTO_UDP, 10000) == 0);
	set_switches(XRP_SWITCH_WILDCARD);
	assert_true(steered(IPV4, IPPROTO_UDP, 10000) == cookies[IPV4]);
	assert_true(steered(IPV6, IPPROTO_UDP, 10000) == cookies[IPV6]);
	delete_flow(v6_endpoint(any));
	assert_true(steered(IPV6, IPPROTO_UDP, 10000) == 0);
	delete_flow(frame_endpoint(0, 10000));
}

/* Before the slow path has its socket, and after it has gone, the stack decides. */
static void test_no_socket(void **state)
{
	uint32_t index = IPV4;
	uint64_t fd = (uint64_t)sockets[IPV4];

	(void)state;
	add_flow(person_endpoint(RELAY_ALICE));
	assert_int_equal(bpf_map__delete_elem(skel->maps.steer_sockets, &index, sizeof(index), 0),
			 0);
	assert_true(steered(IPV4, IPPROTO_UDP, 10000) == 0);
	assert_int_equal(bpf_map__update_elem(skel->maps.steer_sockets, &index, sizeof(index), &fd,
					      sizeof(fd), BPF_ANY),
			 0);
	assert_true(steered(IPV4, IPPROTO_UDP, 10000) == cookies[IPV4]);
}

static int forget_flows(void **state)
{
	(void)state;
	delete_flow(person_endpoint(RELAY_ALICE));
	delete_flow(v6_endpoint(v6_local));
	return 0;
}

/* A UDP socket on some port of the loopback interface's namespace, into the map. 0 or -1. */
static int open_socket(uint32_t index)
{
	struct sockaddr_storage any = {.ss_family = index == IPV4 ? AF_INET : AF_INET6};
	socklen_t size = sizeof(cookies[index]);
	uint64_t fd;

	sockets[index] = socket(any.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sockets[index] < 0)
		return -1;
	fd = (uint64_t)sockets[index];
	if (bind(sockets[index], (struct sockaddr *)&any,
		 index == IPV4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)) ||
	    getsockopt(sockets[index], SOL_SOCKET, SO_COOKIE, &cookies[index], &size))
		return -1;
	return bpf_map__update_elem(skel->maps.steer_sockets, &index, sizeof(index), &fd,
				    sizeof(fd), BPF_ANY);
}

static int open_all(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET))
		return -1;
	skel = steer_bpf__open();
	if (!skel)
		return -1;
	bpf_map__set_max_entries(skel->maps.flows, 16);
	if (steer_bpf__load(skel))
		return -1;
	return open_socket(IPV4) || open_socket(IPV6) ? -1 : 0;
}

static int close_all(void **state)
{
	(void)state;
	close(sockets[IPV4]);
	close(sockets[IPV6]);
	steer_bpf__destroy(skel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_flows_of_both_families, forget_flows),
		cmocka_unit_test_teardown(test_what_is_not_ours, forget_flows),
		cmocka_unit_test_teardown(test_wildcard, forget_flows),
		cmocka_unit_test_teardown(test_no_socket, forget_flows),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
