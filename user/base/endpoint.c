/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and endpoints. All of them are 16 bytes inside, an IPv4 address v4-mapped (RFC 4291,
 * 2.5.5.2), so that no other part has two cases. Only numeric text is read: a name would mean a
 * look-up, and that can block.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <base/endpoint.h>

struct xrp_addr addr_from_v4(__be32 v4)
{
	return (struct xrp_addr){{0, 0, htonl(XRP_V4MAPPED_WORD2_HOST), v4}};
}

bool addr_is_v4(const struct xrp_addr *addr)
{
	return !addr->word[0] && !addr->word[1] && addr->word[2] == htonl(XRP_V4MAPPED_WORD2_HOST);
}

__be32 addr_to_v4(const struct xrp_addr *addr)
{
	return addr->word[3];
}

int addr_family(const struct xrp_addr *addr)
{
	return addr_is_v4(addr) ? AF_INET : AF_INET6;
}

struct xrp_addr addr_any(int family)
{
	return family == AF_INET ? addr_from_v4(0) : (struct xrp_addr){{0}};
}

bool addr_is_unspecified(const struct xrp_addr *addr)
{
	return !addr->word[0] && !addr->word[1] && !addr->word[3] &&
	       (!addr->word[2] || addr->word[2] == htonl(XRP_V4MAPPED_WORD2_HOST));
}

/* A prefix of at most 32 bits and what an address in it is. */
struct prefix {
	uint32_t value, mask;
	enum addr_kind kind;
};

#define PREFIX_MASK(bits) (0xffffffffU << (32 - (bits)))

static const struct prefix v4_prefixes[] = {
	{0x00000000, PREFIX_MASK(8), ADDR_UNSPECIFIED}, /* 0/8 */
	{0x0a000000, PREFIX_MASK(8), ADDR_PRIVATE},	/* 10/8 */
	{0x64400000, PREFIX_MASK(10), ADDR_PRIVATE},	/* 100.64/10 */
	{0x7f000000, PREFIX_MASK(8), ADDR_LOOPBACK},	/* 127/8 */
	{0xa9fe0000, PREFIX_MASK(16), ADDR_LINK_LOCAL}, /* 169.254/16 */
	{0xac100000, PREFIX_MASK(12), ADDR_PRIVATE},	/* 172.16/12 */
	{0xc0a80000, PREFIX_MASK(16), ADDR_PRIVATE},	/* 192.168/16 */
	{0xe0000000, PREFIX_MASK(4), ADDR_MULTICAST},	/* 224/4 */
	{0xf0000000, PREFIX_MASK(4), ADDR_BROADCAST},	/* 240/4 */
};

static const struct prefix v6_prefixes[] = {
	{0xfc000000, PREFIX_MASK(7), ADDR_PRIVATE},	/* fc00::/7 */
	{0xfe800000, PREFIX_MASK(10), ADDR_LINK_LOCAL}, /* fe80::/10 */
	{0xfec00000, PREFIX_MASK(10), ADDR_PRIVATE},	/* fec0::/10, RFC 3879 */
	{0xff000000, PREFIX_MASK(8), ADDR_MULTICAST},	/* ff00::/8 */
};

static enum addr_kind kind_of_prefix(uint32_t word, const struct prefix *row, size_t rows)
{
	for (size_t i = 0; i < rows; i++)
		if ((word & row[i].mask) == row[i].value)
			return row[i].kind;
	return ADDR_GLOBAL;
}

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

enum addr_kind addr_kind(const struct xrp_addr *addr)
{
	if (addr_is_v4(addr))
		return kind_of_prefix(ntohl(addr->word[3]), v4_prefixes, ROWS(v4_prefixes));
	if (!addr->word[0] && !addr->word[1] && !addr->word[2]) {
		if (!addr->word[3])
			return ADDR_UNSPECIFIED;
		if (addr->word[3] == htonl(1))
			return ADDR_LOOPBACK;
	}
	return kind_of_prefix(ntohl(addr->word[0]), v6_prefixes, ROWS(v6_prefixes));
}

int addr_parse(const char *text, struct xrp_addr *addr)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		*addr = addr_from_v4(v4.s_addr);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &v6) == 1) {
		memcpy(addr, &v6, sizeof(*addr));
		return 0;
	}
	return -EINVAL;
}

char *addr_format(const struct xrp_addr *addr, char *buf)
{
	if (addr_is_v4(addr))
		inet_ntop(AF_INET, &addr->word[3], buf, ADDR_TEXT);
	else
		inet_ntop(AF_INET6, addr, buf, ADDR_TEXT);
	return buf;
}

struct xrp_endpoint endpoint_make(const struct xrp_addr *addr, uint16_t port_host_order)
{
	return (struct xrp_endpoint){.addr = *addr, .port = htons(port_host_order)};
}

uint16_t endpoint_port(const struct xrp_endpoint *ep)
{
	return ntohs(ep->port);
}

bool endpoint_is_set(const struct xrp_endpoint *ep)
{
	return ep->port && !addr_is_unspecified(&ep->addr);
}

char *endpoint_format(const struct xrp_endpoint *ep, char *buf)
{
	bool v4 = addr_is_v4(&ep->addr);
	char addr[ADDR_TEXT];

	addr_format(&ep->addr, addr);
	snprintf(buf, ENDPOINT_TEXT, "%s%s%s:%u", v4 ? "" : "[", addr, v4 ? "" : "]",
		 endpoint_port(ep));
	return buf;
}

struct xrp_endpoint endpoint_from_sockaddr(const struct sockaddr *sa)
{
	struct xrp_endpoint ep = {.zero = 0};

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		ep.addr = addr_from_v4(in.sin_addr.s_addr);
		ep.port = in.sin_port;
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(&ep.addr, &in6.sin6_addr, sizeof(ep.addr));
		ep.port = in6.sin6_port;
	}
	return ep;
}

socklen_t endpoint_to_sockaddr(const struct xrp_endpoint *ep, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = ep->port};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = ep->port};

	memset(ss, 0, sizeof(*ss));
	if (addr_is_v4(&ep->addr)) {
		in.sin_addr.s_addr = addr_to_v4(&ep->addr);
		memcpy(ss, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, &ep->addr, sizeof(in6.sin6_addr));
	memcpy(ss, &in6, sizeof(in6));
	return sizeof(in6);
}
