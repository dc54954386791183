/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random lookups over random flows: the sk_lookup program by BPF_PROG_TEST_RUN must choose the
 * socket that a few lines of C choose. XRP_SEED repeats a run, XRP_LOOKUPS makes it longer.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "../packet/frame.h"
#include "steer.skel.h"

#define LOOKUPS	   100000U
#define A_WORLD	   500U /* lookups until flows and switches are drawn anew */
#define FLOWS	   24
#define FIRST_PORT 10000
#define SEEN	   100 /* of each choice at least, lest the test tests nothing */

enum { IPV4, IPV6, FAMILIES, NONE = FAMILIES };

static struct steer_bpf *skel;
static int sockets[FAMILIES];
static uint64_t cookies[FAMILIES + 1]; /* none has 0 */
static uint64_t random_state;
static unsigned int seen[FAMILIES + 1];

static struct xrp_endpoint flows[FLOWS];
static bool wildcard, has_socket[FAMILIES];

/* xorshift64* */
static uint32_t draw(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 2685821657736338717ULL) >> 32) % below;
}

/* Few addresses and ports, so that lookups meet flows; unspecified ones and v4-mapped IPv6 too. */
static struct xrp_endpoint draw_endpoint(int family)
{
	struct xrp_endpoint ep = frame_endpoint(htonl(draw(3)), (uint16_t)(FIRST_PORT + draw(8)));

	if (family == IPV6) {
		ep.addr.word[0] = draw(4) ? htonl(draw(3)) : 0;
		ep.addr.word[1] = draw(4) ? 0 : draw(2);
		ep.addr.word[2] = draw(8) ? 0 : htonl(0xffff);
	}
	return ep;
}

static void set_socket(uint32_t family, bool there)
{
	uint64_t fd = (uint64_t)sockets[family];
	int map = bpf_map__fd(skel->maps.steer_sockets);

	if (there != has_socket[family])
		assert_int_equal(there ? bpf_map_update_elem(map, &family, &fd, BPF_ANY)
				       : bpf_map_delete_elem(map, &family),
				 0);
	has_socket[family] = there;
}

static void draw_world(void)
{
	struct xrp_control control = {0};
	uint32_t only = 0;

	for (int i = 0; i < FLOWS; i++) /* some stand there twice: the second is not found */
		bpf_map__delete_elem(skel->maps.flows, &flows[i], sizeof(flows[i]), 0);
	for (int i = 0; i < FLOWS; i++) {
		struct xrp_flow row = {.self = draw_endpoint((int)draw(FAMILIES))};

		flows[i] = row.self;
		assert_int_equal(bpf_map__update_elem(skel->maps.flows, &row.self, sizeof(row.self),
						      &row, sizeof(row), BPF_ANY),
				 0);
	}
	wildcard = draw(2);
	control.switches = (wildcard ? XRP_SWITCH_WILDCARD : 0) | (draw(2) << 16);
	assert_int_equal(bpf_map__update_elem(skel->maps.control, &only, sizeof(only), &control,
					      sizeof(control), BPF_ANY),
			 0);
	set_socket(IPV4, draw(8));
	set_socket(IPV6, draw(8));
}

static bool is_flow(struct xrp_endpoint ep)
{
	for (int i = 0; i < FLOWS; i++)
		if (!memcmp(&flows[i], &ep, sizeof(ep)))
			return true;
	return false;
}

/* The model: whose socket gets a datagram to this endpoint. */
static int model_choice(int family, uint32_t protocol, struct xrp_endpoint to)
{
	struct xrp_endpoint any = {.port = to.port};

	if (family == IPV4)
		any = frame_endpoint(0, ntohs(to.port));
	if (protocol != IPPROTO_UDP || !has_socket[family])
		return NONE;
	return is_flow(to) || (wildcard && is_flow(any)) ? family : NONE;
}

static uint64_t program_choice(int family, uint32_t protocol, const struct xrp_endpoint *to)
{
	struct bpf_sk_lookup ctx = {.family = family == IPV4 ? AF_INET : AF_INET6,
				    .protocol = protocol,
				    .remote_port = (__be16)draw(0x10000),
				    .local_port = ntohs(to->port)};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
		    .ctx_out = &ctx, .ctx_size_out = sizeof(ctx), .repeat = 1);

	for (int i = 0; family == IPV6 && i < 4; i++)
		ctx.remote_ip6[i] = draw(UINT32_MAX);
	if (family == IPV6)
		memcpy(ctx.local_ip6, to->addr.word, sizeof(ctx.local_ip6));
	else
		ctx.local_ip4 = to->addr.word[3];
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skel->progs.xrp_steer), &opts), 0);
	assert_int_equal(opts.retval, SK_PASS);
	return ctx.cookie;
}

static void test_program_and_model_agree(void **state)
{
	static const uint32_t protocols[] = {IPPROTO_UDP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_TCP};
	const char *lookups = getenv("XRP_LOOKUPS");
	unsigned long i, count = lookups ? strtoul(lookups, NULL, 0) : LOOKUPS;

	(void)state;
	for (i = 0; i < count; i++) {
		int family = (int)draw(FAMILIES), choice;
		struct xrp_endpoint to = draw_endpoint(family);
		uint32_t protocol = protocols[draw(4)];

		if (i % A_WORLD == 0)
			draw_world();
		choice = model_choice(family, protocol, to);
		seen[choice]++;
		if (program_choice(family, protocol, &to) != cookies[choice])
			fail_msg("lookup %lu: the model chooses %d", i, choice);
	}
	for (int choice = 0; choice <= NONE; choice++)
		assert_true(seen[choice] >= SEEN);
}

/* 0 or -1. */
static int open_socket(uint32_t family)
{
	struct sockaddr_storage any = {.ss_family = family == IPV4 ? AF_INET : AF_INET6};
	socklen_t size = sizeof(cookies[family]);

	sockets[family] = socket(any.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sockets[family] < 0 ||
	    bind(sockets[family], (struct sockaddr *)&any,
		 family == IPV4 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)))
		return -1;
	return getsockopt(sockets[family], SOL_SOCKET, SO_COOKIE, &cookies[family], &size);
}

static int open_all(void **state)
{
	const char *seed = getenv("XRP_SEED");

	(void)state;
	random_state = seed ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) << 20 | 1;
	random_state += !random_state; /* 0 would stay 0 */
	printf("XRP_SEED=%llu\n", (unsigned long long)random_state);
	if (unshare(CLONE_NEWNET))
		return -1;
	skel = steer_bpf__open();
	if (!skel)
		return -1;
	bpf_map__set_max_entries(skel->maps.flows, FLOWS);
	return steer_bpf__load(skel) || open_socket(IPV4) || open_socket(IPV6) ? -1 : 0;
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
		cmocka_unit_test(test_program_and_model_agree),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
