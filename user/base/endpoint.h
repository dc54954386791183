/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses and endpoints: reading, writing, comparing, and what kind of address one is. */
#ifndef XRP_BASE_ENDPOINT_H
#define XRP_BASE_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <xdp-rtpproxy/abi.h>
#include <xdp-rtpproxy/admit.h>

#define ADDR_TEXT     46 /* room for any address as text, with its NUL */
#define ENDPOINT_TEXT 56 /* room for "[address]:port", with its NUL */

enum addr_kind {
	ADDR_GLOBAL,	  /* globally routable */
	ADDR_PRIVATE,	  /* RFC 1918, RFC 4193, shared 100.64/10 (RFC 6598) */
	ADDR_LINK_LOCAL,  /* 169.254/16, fe80::/10 */
	ADDR_LOOPBACK,	  /* 127/8, ::1 */
	ADDR_UNSPECIFIED, /* 0.0.0.0 (and all of 0/8), :: */
	ADDR_MULTICAST,	  /* 224/4, ff00::/8 */
	ADDR_BROADCAST,	  /* 255.255.255.255, and the reserved 240/4 */
};

/* Makes a v4-mapped address of an IPv4 one (network order). */
struct xrp_addr addr_from_v4(__be32 v4);
bool addr_is_v4(const struct xrp_addr *addr);
/* The IPv4 address of a v4-mapped one, network order. */
__be32 addr_to_v4(const struct xrp_addr *addr);
/* AF_INET or AF_INET6. */
int addr_family(const struct xrp_addr *addr);
enum addr_kind addr_kind(const struct xrp_addr *addr);
bool addr_is_unspecified(const struct xrp_addr *addr);
/* The unspecified address of a family: 0.0.0.0 as ::ffff:0.0.0.0, or ::. */
struct xrp_addr addr_any(int family);

/* Reads a numeric IPv4 or IPv6 address without brackets. 0, or -EINVAL. */
int addr_parse(const char *text, struct xrp_addr *addr);
/* Writes the address (IPv4 dotted, IPv6 RFC 5952) to `buf` of ADDR_TEXT bytes; returns buf. */
char *addr_format(const struct xrp_addr *addr, char *buf);

struct xrp_endpoint endpoint_make(const struct xrp_addr *addr, uint16_t port_host_order);
uint16_t endpoint_port(const struct xrp_endpoint *ep); /* host order */
/* Is there an address (not unspecified) and a port other than 0? */
bool endpoint_is_set(const struct xrp_endpoint *ep);
/* "192.0.2.1:4000" or "[2001:db8::1]:4000" to `buf` of ENDPOINT_TEXT bytes; returns buf. */
char *endpoint_format(const struct xrp_endpoint *ep, char *buf);
/* From and to socket addresses; a v4-mapped endpoint makes a sockaddr_in. */
struct xrp_endpoint endpoint_from_sockaddr(const struct sockaddr *sa);
socklen_t endpoint_to_sockaddr(const struct xrp_endpoint *ep, struct sockaddr_storage *ss);

#endif
