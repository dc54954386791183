/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports of the media range that UDP sockets hold: see the header. */
#include "io/foreign.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "io/netlink.h"

#define PORTS 65536

struct foreign {
	struct netlink *nl;
	uint16_t min, max;
	uint8_t held[PORTS / 8]; /* at the last scan */
	uint8_t seen[PORTS / 8]; /* in the scan that runs */
};

static bool bit(const uint8_t *bits, uint16_t port)
{
	return bits[port / 8] & (1U << (port % 8));
}

struct foreign *foreign_new(uint16_t min, uint16_t max)
{
	struct foreign *f;

	if (!min || max < min) {
		errno = EINVAL;
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->min = min;
	f->max = max;
	f->nl = netlink_new(NETLINK_SOCK_DIAG);
	if (f->nl)
		return f;
	free(f);
	return NULL;
}

void foreign_free(struct foreign *f)
{
	if (!f)
		return;
	netlink_free(f->nl);
	free(f);
}

static void take_socket(const struct nlmsghdr *message, void *ctx)
{
	const struct inet_diag_msg *socket = mnl_nlmsg_get_payload(message);
	struct foreign *f = ctx;
	uint16_t port;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*socket))
		return;
	port = ntohs(socket->id.idiag_sport);
	if (port >= f->min && port <= f->max)
		f->seen[port / 8] |= (uint8_t)(1U << (port % 8));
}

/*
 * Has the kernel send sockets of the range only. The filter is a little program: an operation is
 * followed by its port, `yes` and `no` are the bytes to the next one; its length is accepted, four
 * more rejected.
 */
static void put_range(struct nlmsghdr *request, uint16_t min, uint16_t max)
{
	struct inet_diag_bc_op code[4] = {
		{.code = INET_DIAG_BC_S_GE, .yes = 8, .no = sizeof(code) + 4},
		{.no = min},
		{.code = INET_DIAG_BC_S_LE, .yes = 8, .no = 12},
		{.no = max},
	};

	mnl_attr_put(request, INET_DIAG_REQ_BYTECODE, sizeof(code), code);
}

static int scan_family(struct foreign *f, uint8_t family)
{
	struct nlmsghdr *request = netlink_begin(f->nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	struct inet_diag_req_v2 *sockets = mnl_nlmsg_put_extra_header(request, sizeof(*sockets));

	sockets->sdiag_family = family;
	sockets->sdiag_protocol = IPPROTO_UDP;
	sockets->idiag_states = UINT32_MAX; /* connected or not */
	put_range(request, f->min, f->max);
	return netlink_ask(f->nl, take_socket, f);
}

int foreign_scan(struct foreign *f, foreign_fn *fn, void *ctx)
{
	int err;

	memset(f->seen, 0, sizeof(f->seen));
	err = scan_family(f, AF_INET);
	if (!err)
		err = scan_family(f, AF_INET6);
	if (err)
		return err;
	for (uint32_t port = f->min; port <= f->max; port++) {
		bool held = bit(f->seen, (uint16_t)port);

		if (held != bit(f->held, (uint16_t)port))
			fn(ctx, (uint16_t)port, held);
	}
	memcpy(f->held, f->seen, sizeof(f->held));
	return 0;
}
