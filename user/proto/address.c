/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading addresses. Nothing is looked up: no names of hosts and none of services. An IPv4 address
 * written as an IPv6 one (::ffff:1.2.3.4) is refused: no IPv6 socket could send there.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <base/endpoint.h>
#include <proto/address.h>

#define V4_SHORTEST 7  /* 1.2.3.4 */
#define V4_LONGEST  15 /* 255.255.255.255 */
#define V6_SHORTEST 2  /* :: */
#define V6_LONGEST  45

/* inet_aton would stop at a blank and ignore the rest: let only digits, points and 0x through. */
static bool only_v4_characters(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		const char c = text.at[i];

		if (!isxdigit((unsigned char)c) && c != '.' && c != 'x' && c != 'X')
			return false;
	}
	return true;
}

static int read_v4(const char *text, struct xrp_addr *addr)
{
	struct in_addr in;

	if (!inet_aton(text, &in))
		return -EINVAL;
	*addr = addr_from_v4(in.s_addr);
	return 0;
}

static int read_v6(const char *text, struct xrp_addr *addr)
{
	struct in6_addr in;

	if (inet_pton(AF_INET6, text, &in) != 1 || IN6_IS_ADDR_V4MAPPED(&in))
		return -EINVAL;
	memcpy(addr, &in, sizeof(*addr));
	return 0;
}

int address_read(struct text text, bool ipv6, struct xrp_addr *addr)
{
	char copy[V6_LONGEST + 1];

	if (!text.len || text.len > V6_LONGEST || memchr(text.at, '\0', text.len))
		return -EINVAL;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (ipv6)
		return read_v6(copy, addr);
	return only_v4_characters(text) ? read_v4(copy, addr) : -EINVAL;
}

/*
 * A port the way getaddrinfo(3) reads one: a number that need not be below 65536, of which the low
 * bits count. What does not fit an int was never a port there.
 */
static int read_port(struct text text, uint16_t *port)
{
	uint64_t value = 0;
	size_t i = text.len > 1 && text.at[0] == '+';

	for (; i < text.len; i++) {
		if (!isdigit((unsigned char)text.at[i]))
			return -EINVAL;
		value = value * 10 + (uint64_t)(text.at[i] - '0');
		if (value > INT32_MAX)
			return -EINVAL;
	}
	*port = (uint16_t)value;
	return 0;
}

static bool plausible_length(struct text ip, bool ipv6)
{
	return ip.len >= (ipv6 ? V6_SHORTEST : V4_SHORTEST) &&
	       ip.len <= (ipv6 ? V6_LONGEST : V4_LONGEST);
}

void address_of_party(struct text ip, struct text port, struct command_update *update)
{
	struct xrp_addr addr;
	uint16_t number;

	update->address_kind = COMMAND_ADDRESS_NONE;
	if (!plausible_length(ip, update->ipv6))
		return;
	update->address_kind = COMMAND_ADDRESS_BAD;
	if (address_read(ip, update->ipv6, &addr) || read_port(port, &number))
		return;
	update->address_kind =
		addr_is_unspecified(&addr) ? COMMAND_ADDRESS_HOLD : COMMAND_ADDRESS_GIVEN;
	update->address = endpoint_make(&addr, number);
}
