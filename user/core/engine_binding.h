/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which local address a leg gets, and how it is told. Reference, 8.1 and 16. */
#ifndef XRP_CORE_ENGINE_BINDING_H
#define XRP_CORE_ENGINE_BINDING_H

#include <core/engine.h>

/* The addresses that a U or L means: of the leg that faces its party, and of the other leg. */
struct binding {
	struct xrp_addr party, other;
	/* The configured addresses that were meant; NULL: an address was named as such. */
	const struct engine_address *party_of, *other_of;
	bool given; /* by l, r or 6: also for a leg whose address was settled before */
};

/* What the modifiers say. OK, or why they cannot be followed. */
enum answer_status binding_of(struct engine *engine, const struct command_update *u,
			      struct binding *binding);
/* What is told of a leg's RTP endpoint. */
void binding_answer(const struct engine *engine, const struct leg *leg,
		    struct answer_endpoint *answer);
/* The same of any local endpoint. */
void binding_tell(const struct engine *engine, const struct xrp_endpoint *local,
		  struct answer_endpoint *answer);

#endif
