/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces, links and alice's sockets. The namespaces live as long as the test's process. */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "rig.h"
#include "steer.skel.h"

struct xrp_endpoint relay4, relay4_other, relay6, alice4, alice6;

static int relay_ns, alice_ns;
static struct steer_bpf *steer;

struct xrp_endpoint rig_endpoint(const char *text, uint16_t port)
{
	struct xrp_addr addr;

	assert_int_equal(addr_parse(text, &addr), 0);
	return endpoint_make(&addr, port);
}

static void enter(int ns)
{
	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
}

static int new_namespace(void)
{
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	return open("/proc/thread-self/ns/net", O_RDONLY);
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* A row for a local endpoint: the steering program looks for no more than that. */
static void add_flow(const struct xrp_endpoint *self)
{
	struct xrp_flow flow = {.self = *self, .flags = XRP_FLOW_OPEN | XRP_FLOW_LEARN_ANY};

	assert_int_equal(bpf_map_update_elem(bpf_map__fd(steer->maps.flows), self, &flow, BPF_ANY),
			 0);
}

void rig_steer(int family, int socket)
{
	uint32_t key = family == AF_INET6;
	uint64_t value = (uint64_t)socket;

	assert_true(socket >= 0);
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(steer->maps.steer_sockets), &key, &value, BPF_ANY),
		0);
}

static void make_network(void)
{
	char move[64];

	alice_ns = new_namespace();
	relay_ns = new_namespace();
	run("ip link set lo up && ip link add relay0 type veth peer name alice0");
	snprintf(move, sizeof(move), "ip link set alice0 netns /proc/self/fd/%d", alice_ns);
	run(move);
	run("ip addr add 198.51.100.1/24 dev relay0 && ip addr add 198.51.100.3/24 dev relay0 &&"
	    " ip addr add 2001:db8::1/64 dev relay0 nodad && ip link set relay0 up");
	enter(alice_ns);
	run("ip addr add 198.51.100.2/24 dev alice0 && ip addr add 2001:db8::2/64 dev alice0 nodad"
	    " && ip link set alice0 up && ip link set lo up");
	enter(relay_ns);
}

void rig_setup(void)
{
	relay4 = rig_endpoint("198.51.100.1", 20000);
	relay4_other = rig_endpoint("198.51.100.3", 30000);
	relay6 = rig_endpoint("2001:db8::1", 20000);
	alice4 = rig_endpoint("198.51.100.2", 4000);
	alice6 = rig_endpoint("2001:db8::2", 4000);
	make_network();
	steer = steer_bpf__open();
	assert_non_null(steer);
	bpf_map__set_max_entries(steer->maps.flows, 64);
	assert_int_equal(steer_bpf__load(steer), 0);
	steer->links.xrp_steer = bpf_program__attach_netns(steer->progs.xrp_steer, relay_ns);
	assert_non_null(steer->links.xrp_steer);
	add_flow(&relay4);
	add_flow(&relay6);
}

void rig_teardown(void)
{
	steer_bpf__destroy(steer);
	close(alice_ns);
	close(relay_ns);
}

int rig_socket(const struct xrp_endpoint *local, int type)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(local, &ss);
	int size = 4 << 20, on = 1;
	int fd;

	enter(alice_ns);
	fd = socket(ss.ss_family, type, IPPROTO_UDP);
	enter(relay_ns);
	assert_true(fd >= 0);
	if (type == SOCK_RAW && ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&ss)->sin6_port = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&ss, len), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (ss.ss_family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof(on));
		setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on));
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof(on));
	}
	return fd;
}

void rig_send(int fd, const struct xrp_endpoint *to, const void *data, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t salen = endpoint_to_sockaddr(to, &ss);

	assert_int_equal(sendto(fd, data, len, 0, (struct sockaddr *)&ss, salen), len);
}

void rig_receive(int fd, struct received *r)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	_Alignas(struct cmsghdr) char control[256];
	struct sockaddr_storage ss;
	struct iovec vector = {r->data, sizeof(r->data)};
	struct msghdr message = {.msg_name = &ss,
				 .msg_namelen = sizeof(ss),
				 .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t n;

	assert_int_equal(poll(&p, 1, RIG_DEADLINE_MS), 1);
	n = recvmsg(fd, &message, 0);
	assert_true(n >= 0);
	r->len = (size_t)n;
	r->from = endpoint_from_sockaddr((struct sockaddr *)&ss);
	r->tos = r->ttl = -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_type == IP_TOS || c->cmsg_type == IPV6_TCLASS)
			r->tos = *CMSG_DATA(c);
		if (c->cmsg_type == IP_TTL || c->cmsg_type == IPV6_HOPLIMIT)
			r->ttl = *CMSG_DATA(c);
	}
}
