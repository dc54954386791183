/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the kernel over netlink: one socket, one request at a time, its answers through a
 * callback. The kernel answers within the system call, so asking does not wait on anybody; a
 * timeout of a second guards against the day it does not.
 */
#ifndef XRP_IO_NETLINK_H
#define XRP_IO_NETLINK_H

#include <stdint.h>
#include <libmnl/libmnl.h>
#include <xdp-rtpproxy/abi.h>

#define NETLINK_BUFFER 65536 /* room for any message of a link with many virtual functions */

struct netlink;
typedef void netlink_fn(const struct nlmsghdr *message, void *ctx);

/* `protocol`: NETLINK_ROUTE, NETLINK_SOCK_DIAG. NULL with errno set on error. */
struct netlink *netlink_new(int protocol);
void netlink_free(struct netlink *nl);
/*
 * Begins a request in the socket's own buffer; the caller appends the family header and attributes
 * (mnl_nlmsg_put_extra_header, mnl_attr_put). NLM_F_REQUEST is added to `flags`.
 */
struct nlmsghdr *netlink_begin(struct netlink *nl, uint16_t type, uint16_t flags);
/*
 * Sends what was begun and calls `fn` (may be NULL) for each message of the answer: all of a dump,
 * one of a plain question, none where NLM_F_ACK was asked for. `fn` must not ask on this socket. 0,
 * or -errno as the kernel says it; -EINTR: a dump was not consistent; -ETIMEDOUT.
 */
int netlink_ask(struct netlink *nl, netlink_fn *fn, void *ctx);

/*
 * What a message and its attributes hold, where they are as long as they are to be. The family
 * header that a message begins with; NULL: it is shorter than `size`.
 */
const void *netlink_get_header(const struct nlmsghdr *message, size_t size);
/* A number; 0: the attribute is shorter. */
uint32_t netlink_get_u32(const struct nlattr *attr);
/* Text, cut to `size` with its NUL, which the attribute need not have. */
void netlink_get_text(const struct nlattr *attr, char *buf, size_t size);
/* Appends an address as an attribute, 4 or 16 bytes by its family. */
void netlink_put_addr(struct nlmsghdr *message, uint16_t type, const struct xrp_addr *addr);
/* Reads an address attribute of `family`. 0, or -EINVAL when length and family do not agree. */
int netlink_get_addr(const struct nlattr *attr, int family, struct xrp_addr *addr);

#endif
