/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See verdict.h. A direction is judged from its sender on: has anything come, did we let it in, do
 * we know where to send it, does it leave.
 */
#include <stdio.h>
#include <base/endpoint.h>
#include <core/verdict.h>

#define SILENT_NS 2000000000ULL /* a sender is called silent after this long */

/* Nothing came from the party: were there packets that we did not let in? */
static void verdict_unheard(const struct verdict_facts *f, const char *from, char *buf, size_t size)
{
	char signalled[ENDPOINT_TEXT] = "an address not signalled yet", source[ENDPOINT_TEXT];

	if (endpoint_is_set(&f->learn->signalled))
		endpoint_format(&f->learn->signalled, signalled);
	if (f->hold)
		snprintf(buf, size,
			 "%s: on hold (its SDP has the address 0.0.0.0), nothing has arrived",
			 from);
	else if (f->refused)
		snprintf(buf, size,
			 "%s: %llu packets refused, the last from %s, while %s is expected (policy "
			 "%s)",
			 from, (unsigned long long)f->refused,
			 endpoint_format(&f->stranger, source), signalled,
			 learn_policy_name(f->learn->policy));
	else
		snprintf(buf, size,
			 "%s: nothing has arrived; expected from %s: check its firewall, and the "
			 "address in the SDP we answered with",
			 from, signalled);
}

/* A side that is sent to where it said: does its own media come from elsewhere? */
static const char *verdict_asymmetric(const struct verdict_facts *f, char *buf, size_t size)
{
	char source[ENDPOINT_TEXT];

	buf[0] = '\0';
	if (f->to->asymmetric && endpoint_is_set(&f->to->source) &&
	    !xrp_endpoint_equal(&f->to->source, &f->to->dest))
		snprintf(buf, size,
			 ", as it signalled (asymmetric), while it sends from %s: if the %s hears "
			 "nothing, %s makes the relay send there",
			 endpoint_format(&f->to->source, source), leg_side_name(!f->from),
			 f->bridge ? "the modifier s or --bridge_symmetric" : "the modifier s");
	return buf;
}

/* What comes in is known where to send: does it leave? */
static void verdict_way(const struct verdict_facts *f, const char *from, char *buf, size_t size)
{
	char dest[ENDPOINT_TEXT], host[ADDR_TEXT], hop[ADDR_TEXT], more[VERDICT_TEXT / 2];

	verdict_asymmetric(f, more, sizeof(more));
	endpoint_format(&f->to->dest, dest);
	addr_format(&f->to->dest.addr, host);
	addr_format(&f->hop, hop);
	switch (f->way) {
	case VERDICT_KERNEL:
		snprintf(buf, size, "%s: relayed to %s%s", from, dest, more);
		break;
	case VERDICT_SLOW_PATH:
		snprintf(buf, size, "%s: relayed to %s by the slow path%s", from, dest, more);
		break;
	case VERDICT_NO_ROUTE:
		snprintf(buf, size,
			 "%s: heard, but there is no route to %s (%s): its packets are dropped",
			 from, host, f->error);
		break;
	case VERDICT_SILENT_HOP:
		snprintf(buf, size,
			 "%s: heard, but the next hop %s on %s does not answer (neighbour failed): "
			 "its packets to %s are dropped",
			 from, hop, f->interface, dest);
		break;
	case VERDICT_UNRESOLVED_HOP:
		snprintf(
			buf, size,
			"%s: heard, but the next hop %s on %s has not answered yet: its packets to "
			"%s wait",
			from, hop, f->interface, dest);
		break;
	case VERDICT_NO_CARRIER:
		snprintf(buf, size,
			 "%s: heard, but the interface %s has no carrier: its packets to %s are "
			 "dropped",
			 from, f->interface, dest);
		break;
	case VERDICT_SEND_FAILED:
		snprintf(
			buf, size,
			"%s: heard, but the host does not send to %s (%s): its packets are dropped",
			from, dest, f->error);
		break;
	}
}

const char *verdict_of(const struct verdict_facts *f, char *buf, size_t size)
{
	const char *from = leg_side_name(f->from), *other = leg_side_name(!f->from);

	if (f->prompt)
		snprintf(buf, size, "%s: %s back, as the prompt %s plays to the %s", from,
			 f->heard ? "held" : "not heard yet, and would be held", f->prompt, other);
	else if (!f->heard)
		verdict_unheard(f, from, buf, size);
	else if (f->idle > SILENT_NS)
		snprintf(buf, size, "%s: %ssilent for %.1f s", from,
			 f->hold ? "on hold (its SDP has the address 0.0.0.0), " : "",
			 (double)f->idle / 1e9);
	else if (!endpoint_is_set(&f->to->dest) && f->to_hold)
		snprintf(
			buf, size,
			"%s: heard, but the %s is on hold (its SDP has the address 0.0.0.0) and has "
			"no address to send to",
			from, other);
	else if (!endpoint_is_set(&f->to->dest))
		snprintf(buf, size,
			 "%s: heard, but where to send it is not known: the %s has "
			 "signalled no usable address and sent nothing",
			 from, other);
	else
		verdict_way(f, from, buf, size);
	return buf;
}
