/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The storm's calls, by the control protocol over UDP. As the SIP servers do, a command that is not
 * answered is sent again, the same bytes: the daemon may be away for a while. */
#ifndef XRP_STORM_CALLS_H
#define XRP_STORM_CALLS_H

#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

struct calls;

/* NULL after saying why on stderr. The parties are at these addresses, on ports from 4000 on. */
struct calls *storm_calls_new(const struct xrp_endpoint *server, const struct xrp_addr *caller,
			      const struct xrp_addr *callee);
void storm_calls_free(struct calls *calls);
/* Call `n` is set up: `to` gets where the caller and the callee send to. 0 or -EPROTO. */
int storm_calls_set_up(struct calls *calls, uint32_t n, struct xrp_endpoint to[2]);
/* Does Q answer for it? Does D end it? 0 or -EPROTO. */
int storm_calls_query(struct calls *calls, uint32_t n);
int storm_calls_delete(struct calls *calls, uint32_t n);
/* What the last failure was answered. */
const char *storm_calls_answer(const struct calls *calls);
/* The port of a party's end (0 the caller's, 1 the callee's) in call n. */
uint16_t storm_calls_port(uint32_t n, int side);

#endif
