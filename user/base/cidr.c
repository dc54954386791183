/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See cidr.h. Addresses are kept as IPv6 writes them, IPv4 behind ::ffff:, 96 bits further on. */
#include <errno.h>
#include <string.h>
#include <base/cidr.h>
#include <base/endpoint.h>

#define V4_BITS 96 /* in front of a mapped IPv4 address */
#define ALL	128

/* The address with all bits behind the prefix cleared. */
static struct xrp_addr network_of(const struct xrp_addr *addr, unsigned int bits)
{
	struct xrp_addr network = *addr;
	uint8_t *byte = (uint8_t *)&network;

	for (unsigned int i = 0; i < ALL / 8; i++) {
		unsigned int kept = bits > 8 * i ? bits - 8 * i : 0;

		if (kept < 8)
			byte[i] &= (uint8_t)(0xff00U >> kept);
	}
	return network;
}

/* Digits only, three at most. */
static int parse_bits(const char *text, unsigned int *bits)
{
	size_t len = strspn(text, "0123456789");

	if (!len || len > 3 || text[len])
		return -EINVAL;
	*bits = 0;
	for (; *text; text++)
		*bits = *bits * 10 + (unsigned int)(*text - '0');
	return 0;
}

int cidr_parse(const char *text, size_t len, struct cidr *cidr)
{
	char buf[ADDR_TEXT + 4], *slash;
	unsigned int most;
	struct cidr c;

	if (!len || len >= sizeof(buf) || memchr(text, '\0', len))
		return -EINVAL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	slash = strchr(buf, '/');
	if (slash)
		*slash = '\0';
	if (addr_parse(buf, &c.addr))
		return -EINVAL;
	if (addr_is_v4(&c.addr) && strchr(buf, ':'))
		return -EINVAL; /* whose bits would the prefix count? */
	most = addr_is_v4(&c.addr) ? ALL - V4_BITS : ALL;
	c.bits = most;
	if (slash && parse_bits(slash + 1, &c.bits))
		return -EINVAL;
	if (c.bits > most)
		return -ERANGE;
	c.bits += ALL - most;
	*cidr = (struct cidr){network_of(&c.addr, c.bits), c.bits};
	return xrp_addr_equal(&cidr->addr, &c.addr) ? 0 : -EDOM;
}

bool cidr_has(const struct cidr *cidr, const struct xrp_addr *addr)
{
	struct xrp_addr network = network_of(addr, cidr->bits);

	return addr_is_v4(addr) == addr_is_v4(&cidr->addr) && xrp_addr_equal(&network, &cidr->addr);
}

int cidr_list_add(struct cidr_list *list, const char *text, const char **at, size_t *len)
{
	for (*at = text;; *at += *len + 1) {
		struct cidr cidr;
		int err;

		*len = strcspn(*at, ",");
		err = cidr_parse(*at, *len, &cidr);
		if (err)
			return err;
		if (list->count == CIDR_LIST)
			return -ENOSPC;
		list->entry[list->count++] = cidr;
		if (!(*at)[*len])
			return 0;
	}
}

bool cidr_list_has(const struct cidr_list *list, const struct xrp_addr *addr)
{
	for (unsigned int i = 0; i < list->count; i++) {
		if (cidr_has(&list->entry[i], addr))
			return true;
	}
	return false;
}

bool cidr_list_equal(const struct cidr_list *a, const struct cidr_list *b)
{
	bool equal = a->count == b->count;

	for (unsigned int i = 0; i < a->count && equal; i++)
		equal = a->entry[i].bits == b->entry[i].bits &&
			xrp_addr_equal(&a->entry[i].addr, &b->entry[i].addr);
	return equal;
}
