/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Networks as operators write them, "192.0.2.0/24" (RFC 4632) and "2001:db8::/32" (RFC 4291, 2.3),
 * and lists of them that say who may do something. An address alone is a network of one host.
 */
#ifndef XRP_BASE_CIDR_H
#define XRP_BASE_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <xdp-rtpproxy/abi.h>

#define CIDR_LIST 64 /* most networks in one list */

struct cidr {
	struct xrp_addr addr; /* with no bit set behind the prefix */
	unsigned int bits;    /* of the prefix, counted in the address as IPv6 writes it */
};

struct cidr_list {
	unsigned int count;
	struct cidr entry[CIDR_LIST];
};

/*
 * Reads "ADDRESS[/BITS]", `len` bytes. 0; -EINVAL: it is none, or IPv4 in the dress of IPv6;
 * -ERANGE: the prefix is longer than the address; -EDOM: bits of the host are set behind the
 * prefix, so one of both is a slip.
 */
int cidr_parse(const char *text, size_t len, struct cidr *cidr);
/* IPv4 and IPv6 are apart: ::/0 has no IPv4 address. */
bool cidr_has(const struct cidr *cidr, const struct xrp_addr *addr);

/*
 * Adds the networks of "A,B,C". 0, or one of cidr_parse's errors, or -ENOSPC for more than
 * CIDR_LIST; then `at` and `len` are the word that is wrong.
 */
int cidr_list_add(struct cidr_list *list, const char *text, const char **at, size_t *len);
bool cidr_list_has(const struct cidr_list *list, const struct xrp_addr *addr);
/* The same networks in the same order? */
bool cidr_list_equal(const struct cidr_list *a, const struct cidr_list *b);

#endif
