/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See engine_binding.h. */
#include <string.h>
#include <base/endpoint.h>
#include <core/engine_binding.h>

/* The configured address of a direction letter; none: network i, the first. */
static const struct engine_address *binding_network(const struct engine *engine, char letter)
{
	return &engine->config.address[engine->config.bridge && letter == 'e' ? 1 : 0];
}

static const struct engine_address *binding_label(const struct engine *engine, struct text label)
{
	for (unsigned int i = 0; i < engine->config.address_count; i++) {
		const struct engine_address *a = &engine->config.address[i];

		if (a->label[0] && text_equal(label, text_of(a->label)))
			return a;
	}
	return NULL;
}

/* The address of this family that was configured or named last. NULL: none. */
static const struct xrp_addr *binding_family(const struct engine *engine, bool ipv6)
{
	const struct xrp_addr *named = ipv6 ? &engine->last_ipv6 : &engine->last_ipv4;

	if (!addr_is_unspecified(named))
		return named;
	for (unsigned int i = engine->config.address_count; i > 0; i--) {
		if (addr_is_v4(&engine->config.address[i - 1].addr) != ipv6)
			return &engine->config.address[i - 1].addr;
	}
	return NULL;
}

/* l, r and l{label}: both legs go there. */
static enum answer_status binding_explicit(struct engine *engine, const struct command_update *u,
					   struct binding *b)
{
	const struct engine_address *labelled;

	b->given = true;
	b->party = u->bind_address;
	if (u->bind == COMMAND_BIND_LABEL) {
		labelled = binding_label(engine, u->bind_label);
		if (!labelled)
			return ANSWER_BAD_LABEL;
		b->party = labelled->addr;
		b->party_of = b->other_of = labelled;
	}
	if (u->bind == COMMAND_BIND_REMOTE &&
	    engine->ops.source_towards(engine->ops.ctx, &u->bind_address, &b->party))
		return ANSWER_NO_ROUTE;
	b->other = b->party;
	if (addr_is_v4(&b->party))
		engine->last_ipv4 = b->party;
	else
		engine->last_ipv6 = b->party;
	return ANSWER_OK;
}

enum answer_status binding_of(struct engine *engine, const struct command_update *u,
			      struct binding *binding)
{
	const struct xrp_addr *family;

	memset(binding, 0, sizeof(*binding));
	if (u->bind != COMMAND_BIND_DEFAULT)
		return binding_explicit(engine, u, binding);
	binding->party_of = binding_network(engine, u->direction[0]);
	binding->other_of = binding_network(engine, u->direction[1]);
	binding->party = binding->party_of->addr;
	binding->other = binding->other_of->addr;
	if (u->direction[0] || addr_is_v4(&binding->party) != u->ipv6)
		return ANSWER_OK;
	family = binding_family(engine, u->ipv6);
	if (!family)
		return ANSWER_NO_FAMILY;
	*binding = (struct binding){.party = *family, .other = *family, .given = true};
	return ANSWER_OK;
}

/* The first one with the address: networks stand before labels. */
static const struct engine_address *binding_at(const struct engine *engine,
					       const struct xrp_addr *addr)
{
	for (unsigned int i = 0; i < engine->config.address_count; i++) {
		if (xrp_addr_equal(&engine->config.address[i].addr, addr))
			return &engine->config.address[i];
	}
	return NULL;
}

static void tell(const struct engine *engine, const struct xrp_endpoint *local,
		 const struct engine_address *of, struct answer_endpoint *answer)
{
	const char *advertised =
		of && of->advertised[0] ? of->advertised : engine->config.advertised;

	answer->port = endpoint_port(local);
	answer->ipv6 = !addr_is_v4(&local->addr);
	answer->wildcard = !advertised[0] && addr_is_unspecified(&local->addr);
	if (advertised[0])
		memcpy(answer->address, advertised, sizeof(answer->address));
	else
		addr_format(&local->addr, answer->address);
}

void binding_tell(const struct engine *engine, const struct xrp_endpoint *local,
		  struct answer_endpoint *answer)
{
	tell(engine, local, binding_at(engine, &local->addr), answer);
}

void binding_answer(const struct engine *engine, const struct leg *leg,
		    struct answer_endpoint *answer)
{
	const struct xrp_endpoint *local = &leg->channel[CHANNEL_RTP].local;

	if (leg->bound)
		tell(engine, local, leg->bound, answer);
	else
		binding_tell(engine, local, answer);
}
