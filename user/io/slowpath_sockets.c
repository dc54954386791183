/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of the slow path.
 *
 * The receiving one has to be bound, for only then a steering program may select it. To which port
 * does not matter, so it takes any free one of the loopback address, where nobody else sends to.
 *
 * The sending one is raw but not IP_HDRINCL: that one refuses what is larger than the MTU, while
 * here the kernel fragments. A raw socket is handed a copy of every UDP packet of the host. Bound
 * to a multicast group that it never joins, it matches none of them, and sending is not affected
 * (a multicast address is not taken as source). A filter and a minimal buffer stand behind that.
 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/slowpath_sockets.h"

#define BUFFER_BYTES (8 << 20) /* about 50 ms of small packets at 150,000 a second */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct option {
	int level, name, value;
};

static const struct option receive_v4[] = {
	{IPPROTO_IP, IP_RECVORIGDSTADDR, 1}, {IPPROTO_IP, IP_FREEBIND, 1}, /* lo may be down yet */
};

static const struct option receive_v6[] = {
	{IPPROTO_IPV6, IPV6_V6ONLY, 1},
	{IPPROTO_IPV6, IPV6_RECVORIGDSTADDR, 1},
	{IPPROTO_IPV6, IPV6_FREEBIND, 1},
};

static const struct option send_v4[] = {
	/* A path MTU learned from whoever must not refuse a datagram: fragment it. */
	{IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT},
};

static const struct option send_v6[] = {
	{IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT},
	{IPPROTO_IPV6, IPV6_CHECKSUM, 6}, /* where the checksum stands in a UDP header */
};

static int set_options(int fd, const struct option *options, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof(options[i].value)) < 0)
			return -errno;
	return 0;
}

/* Large buffers, past the host's limit where we may. */
static void set_buffer(int fd, int forced, int polite)
{
	int bytes = BUFFER_BYTES;

	if (setsockopt(fd, SOL_SOCKET, forced, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, polite, &bytes, sizeof(bytes));
}

static int bind_v4(int fd, uint32_t address)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};

	return bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) < 0 ? -errno : 0;
}

static int bind_v6(int fd, const struct in6_addr *address)
{
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_addr = *address};

	return bind(fd, (const struct sockaddr *)&sin6, sizeof(sin6)) < 0 ? -errno : 0;
}

static int bind_loopback(int fd, int family)
{
	return family == AF_INET ? bind_v4(fd, INADDR_LOOPBACK) : bind_v6(fd, &in6addr_loopback);
}

/* Binds to groups that are reserved for documentation (RFC 6676): nobody sends there. */
static int bind_nowhere(int fd, int family)
{
	static const struct in6_addr group = {
		.s6_addr = {0xff, 0x0e, [10] = 0x0d, [11] = 0xb8}}; /* ff0e::db8:0:0 */

	return family == AF_INET ? bind_v4(fd, 0xe9fc0000) : bind_v6(fd, &group); /* 233.252.0.0 */
}

/* Drops all that is received. */
static int deafen(int fd)
{
	struct sock_filter drop_all = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = {.len = 1, .filter = &drop_all};
	int least = 1; /* the kernel raises it to its minimum */

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	return 0;
}

static int setup_receive(int fd, int family)
{
	int err = family == AF_INET ? set_options(fd, receive_v4, COUNT(receive_v4))
				    : set_options(fd, receive_v6, COUNT(receive_v6));

	if (err)
		return err;
	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
	return bind_loopback(fd, family);
}

static int setup_send(int fd, int family)
{
	int err = deafen(fd);

	if (!err)
		err = bind_nowhere(fd, family);
	if (err)
		return err;
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
	return family == AF_INET ? set_options(fd, send_v4, COUNT(send_v4))
				 : set_options(fd, send_v6, COUNT(send_v6));
}

static int make_socket(int family, int type, int (*setup)(int fd, int family))
{
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP);
	int err;

	if (fd < 0)
		return -errno;
	err = setup(fd, family);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int slowpath_receive_socket(int family)
{
	return make_socket(family, SOCK_DGRAM, setup_receive);
}

int slowpath_send_socket(int family)
{
	return make_socket(family, SOCK_RAW, setup_send);
}
