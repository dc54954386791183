/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See audit.h. What the calls need is marked first (ports, slots, next hops), each with its row;
 * then everything that is there is held against it. audit_journal.c does the journal.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <daemon/audit_private.h>
#include <daemon/relay.h>
#include <daemon/sync.h>
#include <io/nexthops.h>

#define PAIRS 32768 /* of ports of an address family */
#define ID    128

static bool bit_test(const uint64_t *bits, unsigned int index)
{
	return bits[index / 64] >> (index % 64) & 1;
}

/* True when it was set already. */
static bool bit_set(uint64_t *bits, unsigned int index)
{
	bool was = bit_test(bits, index);

	bits[index / 64] |= 1ULL << (index % 64);
	return was;
}

bool audit_differs(struct audit *a, const char *what, const char *format, ...)
{
	char detail[512];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	if (a->found++ < AUDIT_TOLD)
		json_array_append_new(a->differences,
				      json_pack("{s:s, s:s}", "what", what, "detail", detail));
	a->repaired += a->repair;
	return a->repair;
}

static const char *audit_name(const struct stream *s, char text[ID])
{
	return log_value(s->call->id, s->call->id_len, text, ID);
}

/* The row of a channel with a port. */
static void audit_row(struct audit *a, struct channel *ch)
{
	char local[ENDPOINT_TEXT], id[ID];
	const char *what = NULL;
	struct xrp_flow row, planned;
	int err = datapath_kernel_flow(a->relay->datapath, &ch->local, &row);

	row.self_end = 0; /* rows are compared unsealed */
	if (err == -EUCLEAN)
		what = "direct_differs";
	else if (err)
		what = "row_missing";
	else if (memcmp(&row, &ch->row, sizeof(row)) != 0)
		what = "row_differs";
	sync_planned(ch, &planned);
	if (!what && memcmp(&row, &planned, sizeof(row)) != 0)
		what = "row_stale";
	if (!what || !audit_differs(a, what, "call_id=%s local=%s", audit_name(ch->stream, id),
				    endpoint_format(&ch->local, local)))
		return;
	ch->written = false;
	calls_dirty(&a->relay->engine.calls, ch->stream);
}

static void audit_slot(struct audit *a, struct channel *ch)
{
	struct slots *slots = a->relay->engine.slots;
	char id[ID];

	if (!ch->generation)
		return;
	a->slots++;
	if (bit_set(a->slot_used, ch->slot))
		audit_differs(a, "slot_twice", "call_id=%s slot=%u", audit_name(ch->stream, id),
			      ch->slot);
	else if (!slots_is_taken(slots, ch->slot) &&
		 audit_differs(a, "slot_free", "call_id=%s slot=%u", audit_name(ch->stream, id),
			       ch->slot))
		slots_claim(slots, ch->slot, ch->generation);
}

static void audit_hop(struct audit *a, const struct channel *ch)
{
	uint32_t id = ch->route ? route_id(ch->route) : 0;
	char name[ID];

	if (id && id < RELAY_NEXTHOPS)
		bit_set(a->hop_used, id);
	if (ch->written && ch->row.nexthop && ch->row.nexthop != id &&
	    audit_differs(a, "nexthop_differs", "call_id=%s row=%u route=%u",
			  audit_name(ch->stream, name), ch->row.nexthop, id))
		calls_dirty(&a->relay->engine.calls, ch->stream);
}

static struct ports *audit_ports_of(const struct audit *a, bool v6)
{
	return v6 ? a->relay->engine.ports6 : a->relay->engine.ports4;
}

/* Is a pair one of the configured range? Calls of an earlier start may have others. */
static bool audit_in_range(const struct audit *a, uint16_t even)
{
	const struct options *o = a->relay->options;
	unsigned int first = o->port_min < 2 ? 2 : (o->port_min + 1U) & ~1U;

	return even >= first && even + 1U <= o->port_max;
}

static void audit_pair(struct audit *a, const struct stream *s, const struct xrp_endpoint *local)
{
	bool v6 = !addr_is_v4(&local->addr);
	uint16_t even = endpoint_port(local);
	char id[ID];

	a->ports++;
	if (bit_set(a->pair_used, xrp_port_rest_index(v6, even)))
		audit_differs(a, "port_twice", "call_id=%s port=%u", audit_name(s, id), even);
	else if (audit_in_range(a, even) && !ports_is_taken(audit_ports_of(a, v6), even) &&
		 audit_differs(a, "port_free", "call_id=%s port=%u", audit_name(s, id), even))
		ports_claim(audit_ports_of(a, v6), even);
}

static void audit_stream(struct audit *a, struct stream *s)
{
	for (int side = 0; side < 2; side++) {
		struct leg *leg = &s->leg[side];

		if (leg->has_port)
			audit_pair(a, s, &leg->channel[CHANNEL_RTP].local);
		if (endpoint_port(&leg->media.copy_from))
			audit_pair(a, s, &leg->media.copy_from);
		for (int kind = 0; kind < 2; kind++) {
			audit_slot(a, &leg->channel[kind]);
			audit_hop(a, &leg->channel[kind]);
			if (leg->has_port)
				audit_row(a, &leg->channel[kind]);
		}
	}
}

/* What is taken, though no call has it. */
static void audit_leaks(struct audit *a)
{
	struct slots *slots = a->relay->engine.slots;

	for (unsigned int i = 0; i < 2 * PAIRS; i++) {
		bool v6 = i >= PAIRS;
		uint16_t even = (uint16_t)(2 * (i % PAIRS));

		if (!bit_test(a->pair_used, i) && ports_is_taken(audit_ports_of(a, v6), even) &&
		    audit_differs(a, "port_leaked", "port=%u family=%s", even, v6 ? "6" : "4"))
			ports_give(audit_ports_of(a, v6), even, relay_now());
	}
	for (uint32_t slot = 0; slot < a->max_slots; slot++) {
		if (!bit_test(a->slot_used, slot) && slots_is_taken(slots, slot) &&
		    audit_differs(a, "slot_leaked", "slot=%u", slot))
			slots_give(slots, slot, relay_now());
	}
}

static int audit_flow(void *ctx, const struct xrp_flow *row)
{
	struct audit *a = ctx;
	struct relay *relay = a->relay;
	const struct channel *ch = calls_channel(&relay->engine.calls, &row->self);
	char local[ENDPOINT_TEXT];

	a->rows++;
	if (ch && xrp_endpoint_equal(&ch->local, &row->self))
		return 0;
	if (audit_differs(a, "row_of_no_call", "local=%s", endpoint_format(&row->self, local)))
		relay->datapath->ops->flow_delete(relay->datapath, &row->self);
	return 0;
}

static int audit_nexthop(void *ctx, uint32_t id, const struct xrp_nexthop *row)
{
	const struct xrp_nexthop none = {0};
	struct audit *a = ctx;

	a->nexthops++;
	if (id < RELAY_NEXTHOPS && bit_test(a->hop_used, id))
		return 0;
	if (audit_differs(a, "nexthop_of_no_call", "id=%u ifindex=%u", id, row->ifindex))
		a->relay->datapath->ops->nexthop_set(a->relay->datapath, id, &none);
	return 0;
}

static bool audit_allocate(struct audit *a)
{
	a->pair_used = calloc(2 * PAIRS / 64, sizeof(*a->pair_used));
	a->slot_used = calloc(a->max_slots / 64 + 1, sizeof(*a->slot_used));
	a->hop_used = calloc(RELAY_NEXTHOPS / 64 + 1, sizeof(*a->hop_used));
	a->differences = json_array();
	return a->pair_used && a->slot_used && a->hop_used && a->differences;
}

static void audit_free(struct audit *a)
{
	free(a->pair_used);
	free(a->slot_used);
	free(a->hop_used);
	json_decref(a->differences);
}

/* 0 or -errno: a map that could not be walked. */
static int audit_all(struct audit *a)
{
	struct relay *relay = a->relay;
	struct stream *s;
	int err;

	for (s = relay->engine.calls.all; s; s = s->next)
		audit_stream(a, s);
	audit_leaks(a);
	err = datapath_kernel_flows(relay->datapath, audit_flow, a);
	if (!err)
		err = datapath_kernel_nexthops(relay->datapath, audit_nexthop, a);
	if (!err && !relay->options->no_pin)
		err = audit_journal(a);
	if (a->repair) {
		datapath_kernel_repair_direct(relay->datapath);
		sync_run(relay);
	}
	return err;
}

static json_t *audit_answer(const struct audit *a, uint64_t began)
{
	const struct calls *calls = &a->relay->engine.calls;

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:f, s:i, s:i, s:O}", "calls",
			 (int)HASH_COUNT(calls->by_id), "streams", (int)calls->count, "rows",
			 (int)a->rows, "records", (int)a->records, "ports", (int)a->ports, "slots",
			 (int)a->slots, "nexthops", (int)a->nexthops, "ms",
			 (double)(relay_now() - began) / 1e6, "found", (int)a->found, "repaired",
			 (int)a->repaired, "differences", a->differences);
}

json_t *audit_handle(struct relay *relay, json_t *request)
{
	struct audit a = {
		.relay = relay,
		.repair = json_is_true(json_object_get(request, "repair")),
		.max_slots = datapath_kernel_found(relay->datapath)->max_slots,
	};
	uint64_t began = relay_now();
	json_t *answer = NULL;
	int err;

	sync_run(relay); /* what waits to be written is no difference */
	err = audit_allocate(&a) ? audit_all(&a) : -ENOMEM;
	if (!err)
		answer = audit_answer(&a, began);
	else if (err != -ENOMEM)
		answer = json_pack("{s:s}", "error", strerror(-err));
	audit_free(&a);
	return answer;
}
