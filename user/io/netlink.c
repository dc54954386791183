/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the kernel over netlink: see the header. */
#include "io/netlink.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include "base/endpoint.h"

struct netlink {
	struct mnl_socket *socket;
	uint32_t seq;
	uint16_t flags;
	bool interrupted; /* the dump being read is not consistent */
	_Alignas(struct nlmsghdr) char request[512];
	_Alignas(struct nlmsghdr) char answer[NETLINK_BUFFER];
};

struct netlink *netlink_new(int protocol)
{
	struct netlink *nl = calloc(1, sizeof(*nl));
	struct timeval timeout = {.tv_sec = 1};
	int err;

	if (!nl)
		return NULL;
	nl->socket = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl->socket)
		goto fail;
	if (mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		goto fail;
	if (setsockopt(mnl_socket_get_fd(nl->socket), SOL_SOCKET, SO_RCVTIMEO, &timeout,
		       sizeof(timeout)) < 0)
		goto fail;
	return nl;
fail:
	err = errno;
	netlink_free(nl);
	errno = err;
	return NULL;
}

void netlink_free(struct netlink *nl)
{
	if (!nl)
		return;
	if (nl->socket)
		mnl_socket_close(nl->socket);
	free(nl);
}

struct nlmsghdr *netlink_begin(struct netlink *nl, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(nl->request);

	message->nlmsg_type = type;
	message->nlmsg_flags = flags | NLM_F_REQUEST;
	message->nlmsg_seq = ++nl->seq;
	nl->flags = message->nlmsg_flags;
	return message;
}

/*
 * Handles one message of the answer. 1: there may be more; 0: that was all; or -errno. A dump is
 * read to its end even when it is not consistent: another cannot begin before.
 */
static int take(struct netlink *nl, const struct nlmsghdr *message, netlink_fn *fn, void *ctx)
{
	bool dump = (nl->flags & NLM_F_DUMP) == NLM_F_DUMP;
	const int *error = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_seq != nl->seq)
		return 1; /* late answer to a request that timed out */
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->interrupted = true;
	if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE)
		return mnl_nlmsg_get_payload_len(message) >= sizeof(*error) ? *error : 0;
	if (message->nlmsg_type < NLMSG_MIN_TYPE)
		return 1;
	if (fn)
		fn(message, ctx);
	return dump || (nl->flags & NLM_F_ACK);
}

int netlink_ask(struct netlink *nl, netlink_fn *fn, void *ctx)
{
	const struct nlmsghdr *request = (const struct nlmsghdr *)nl->request;
	int more = 1;

	nl->interrupted = false;
	if (mnl_socket_sendto(nl->socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > 0) {
		ssize_t got = mnl_socket_recvfrom(nl->socket, nl->answer, sizeof(nl->answer));
		const struct nlmsghdr *message = (const struct nlmsghdr *)nl->answer;
		int left = (int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		for (; more > 0 && mnl_nlmsg_ok(message, left);
		     message = mnl_nlmsg_next(message, &left))
			more = take(nl, message, fn, ctx);
	}
	return !more && nl->interrupted ? -EINTR : more;
}

const void *netlink_get_header(const struct nlmsghdr *message, size_t size)
{
	return mnl_nlmsg_get_payload_len(message) >= size ? mnl_nlmsg_get_payload(message) : NULL;
}

uint32_t netlink_get_u32(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) >= sizeof(uint32_t) ? mnl_attr_get_u32(attr) : 0;
}

void netlink_get_text(const struct nlattr *attr, char *buf, size_t size)
{
	snprintf(buf, size, "%.*s", (int)mnl_attr_get_payload_len(attr),
		 (const char *)mnl_attr_get_payload(attr));
}

void netlink_put_addr(struct nlmsghdr *message, uint16_t type, const struct xrp_addr *addr)
{
	if (addr_is_v4(addr))
		mnl_attr_put_u32(message, type, addr_to_v4(addr));
	else
		mnl_attr_put(message, type, sizeof(*addr), addr);
}

int netlink_get_addr(const struct nlattr *attr, int family, struct xrp_addr *addr)
{
	uint16_t len = mnl_attr_get_payload_len(attr);

	if (family == AF_INET && len == 4)
		*addr = addr_from_v4(mnl_attr_get_u32(attr));
	else if (family == AF_INET6 && len == sizeof(*addr))
		memcpy(addr, mnl_attr_get_payload(attr), sizeof(*addr));
	else
		return -EINVAL;
	return 0;
}
