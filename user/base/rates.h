/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each of many addresses may do something: a token bucket for each, in a table of a
 * fixed size that forgets the address that was quiet for longest. Who is forgotten begins with a
 * full bucket, so what gets through is bounded by addresses that really differ.
 */
#ifndef XRP_BASE_RATES_H
#define XRP_BASE_RATES_H

#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

#define RATES_CLIENTS 1024

struct rates;

/* NULL: no memory. hash_seed comes first: strangers choose the keys. */
struct rates *rates_new(void);
void rates_free(struct rates *rates);
/*
 * Takes one token of this address, which is given `rate` a second (1 to 10,000,000) and holds as
 * many. 0, or the nanoseconds until there is one. `now` in nanoseconds, never running back.
 */
uint64_t rates_take(struct rates *rates, const struct xrp_addr *addr, unsigned int rate,
		    uint64_t now);
/* Addresses that are remembered. */
unsigned int rates_count(const struct rates *rates);

#endif
