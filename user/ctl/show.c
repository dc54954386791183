/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `show CALL-ID`: one call, its streams, and of each the two legs side by side, because what an
 * operator asks at night is on which side the audio stops.
 */
#include "view.h"

#include <string.h>
#include "format.h"
#include "table.h"

/* Cells of the rows that are more than one member. `chan` may be NULL: "-". */
static const char *cell_lost(const json_t *chan)
{
	double expected = format_number(chan, "expected"), lost = format_number(chan, "lost");

	if (expected <= 0)
		return "-";
	return format_print("%s of %s (%.2f %%)", format_count_of(lost), format_count_of(expected),
			    lost / expected * 100);
}

static const char *cell_jitter(const json_t *chan)
{
	return format_number(chan, "expected") > 0
		       ? format_print("%.1f ms", format_number(chan, "jitter_ms"))
		       : "-";
}

static const char *cell_payload(const json_t *chan)
{
	return format_number(chan, "expected") > 0 ? format_text(chan, "payload_type") : "-";
}

static const char *cell_ssrc(const json_t *chan)
{
	const json_t *ssrc = json_object_get(chan, "ssrc");

	if (format_number(chan, "expected") <= 0)
		return "-";
	return json_is_integer(ssrc) ? format_print("0x%08llx", json_integer_value(ssrc))
				     : format_text(chan, "ssrc");
}

static const char *cell_last(const json_t *chan)
{
	return json_is_number(json_object_get(chan, "last_seen_ms"))
		       ? format_print("%s ago",
				      format_seconds_of(format_number(chan, "last_seen_ms") / 1000))
		       : "never";
}

static const char *cell_gap(const json_t *chan)
{
	return json_is_number(json_object_get(chan, "longest_gap_ms"))
		       ? format_seconds_of(format_number(chan, "longest_gap_ms") / 1000)
		       : "-";
}

static const char *cell_strangers(const json_t *chan)
{
	return json_is_string(json_object_get(chan, "last_stranger"))
		       ? format_print("%s, last %s", format_count(chan, "strangers"),
				      format_text(chan, "last_stranger"))
		       : format_count(chan, "strangers");
}

static const char *cell_nexthop(const json_t *chan)
{
	const json_t *hop = json_object_get(chan, "nexthop");

	if (!json_is_object(hop))
		return "-";
	if (!json_is_string(json_object_get(hop, "interface")))
		return "none";
	return format_print("%s via %s", format_text(hop, "interface"),
			    format_text(hop, "gateway"));
}

static const char *cell_mode(const json_t *chan)
{
	if (!json_is_boolean(json_object_get(chan, "asymmetric")))
		return "-";
	return format_true(chan, "asymmetric") ? "asymmetric" : "symmetric";
}

static const char *cell_learning(const json_t *chan)
{
	return format_print("%s%s", format_text(chan, "policy"),
			    format_true(chan, "handover") ? ", handover" : "");
}

/* An unresolved one has no MAC address: its state says why. */
static const char *cell_neighbour(const json_t *chan)
{
	const json_t *hop = json_object_get(chan, "nexthop");
	const char *mac = format_text(hop, "mac");
	bool known = strspn(mac, "0:-") < strlen(mac);

	if (!json_is_object(hop))
		return "-";
	if (!json_is_integer(json_object_get(hop, "mtu")))
		return format_text(hop, "state");
	return format_print("%s%s%s, MTU %s", known ? mac : "", known ? " " : "",
			    format_text(hop, "state"), format_text(hop, "mtu"));
}

/* The rows of a leg: what is a member of CHAN as it is, or by a function. */
static const struct row {
	const char *label;
	const char *key;
	const char *(*format)(const json_t *object, const char *key);
	const char *(*cell)(const json_t *chan);
	bool rtp_only; /* RTCP is told in brief: all of it is in the JSON */
} rows[] = {
	{"local", "local", format_text, NULL, false},
	{"signalled", "signalled", format_text, NULL, false},
	{"learned", "learned", format_text, NULL, false},
	{"we send to", "sends_to", format_text, NULL, false},
	{"state", "state", format_text, NULL, false},
	{"learning", NULL, NULL, cell_learning, true},
	{"mode", NULL, NULL, cell_mode, true},
	{"packets from it", "packets", format_count, NULL, false},
	{"  in the kernel", "kernel_packets", format_count, NULL, true},
	{"  by the slow path", "slow_packets", format_count, NULL, true},
	{"  relayed", "relayed", format_count, NULL, true},
	{"  dropped", "dropped", format_count, NULL, false},
	{"payload bytes", "bytes", format_count, NULL, true},
	{"lost", NULL, NULL, cell_lost, true},
	{"jitter", NULL, NULL, cell_jitter, true},
	{"payload type", NULL, NULL, cell_payload, true},
	{"SSRC", NULL, NULL, cell_ssrc, true},
	{"last packet", NULL, NULL, cell_last, false},
	{"longest gap", NULL, NULL, cell_gap, true},
	{"above the cap", "rate_dropped", format_count, NULL, false},
	{"strangers", NULL, NULL, cell_strangers, false},
	{"passed up", "punted", format_count, NULL, true},
	{"next hop", NULL, NULL, cell_nexthop, true},
	{"  neighbour", NULL, NULL, cell_neighbour, true},
};

static const json_t *leg_of(const json_t *stream, const char *side)
{
	const json_t *leg;
	size_t i;

	json_array_foreach(json_object_get(stream, "legs"), i, leg)
	{
		const char *name = json_string_value(json_object_get(leg, "side"));

		if (name && !strcmp(name, side))
			return leg;
	}
	return NULL;
}

/* One kind of media ("rtp", "rtcp") of both legs. */
static void print_channels(const json_t *stream, const char *kind, const char *title, FILE *out)
{
	const json_t *caller = json_object_get(leg_of(stream, "caller"), kind);
	const json_t *callee = json_object_get(leg_of(stream, "callee"), kind);
	struct table *table = table_new("lll");

	table_cell(table, "%s", title);
	table_cell(table, "caller");
	table_cell(table, "callee");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		if (row->rtp_only && strcmp(kind, "rtp") != 0)
			continue;
		table_cell(table, "%s", row->label);
		table_cell(table, "%s",
			   row->cell ? row->cell(caller) : row->format(caller, row->key));
		table_cell(table, "%s",
			   row->cell ? row->cell(callee) : row->format(callee, row->key));
	}
	table_print(table, 2, out);
	table_free(table);
}

/* The verdict has a clause for each side: a line each. */
static void print_verdict(const char *verdict, FILE *out)
{
	const char *second = strstr(verdict, "; callee:");

	if (second)
		fprintf(out, "  verdict: %.*s\n           %s\n", (int)(second - verdict), verdict,
			second + 2);
	else
		fprintf(out, "  verdict: %s\n", verdict);
}

/* What is done to a side's media beyond relaying it. */
static void print_services(const json_t *stream, const char *side, FILE *out)
{
	const json_t *leg = leg_of(stream, side);

	if (format_true(leg, "recorded"))
		fprintf(out, "  what the %s sends is recorded\n", side);
	if (format_true(leg, "copied"))
		fprintf(out, "  what the %s sends is copied elsewhere\n", side);
	if (json_is_string(json_object_get(leg, "prompt")))
		fprintf(out, "  the prompt %s plays to the %s\n", format_text(leg, "prompt"), side);
}

static void print_stream(const json_t *stream, size_t number, FILE *out)
{
	fprintf(out, "\nstream %zu: from-tag %s, %s\n", number, format_text(stream, "from_tag"),
		format_true(stream, "complete") ? "both sides known" : "one side only yet");
	print_verdict(format_text(stream, "verdict"), out);
	print_services(stream, "caller", out);
	print_services(stream, "callee", out);
	fprintf(out, "  %s old, idle for %s, ends after %s without packets\n\n",
		format_seconds(stream, "age_s"), format_seconds(stream, "idle_s"),
		format_seconds(stream, "ttl_s"));
	print_channels(stream, "rtp", "RTP", out);
	fputc('\n', out);
	print_channels(stream, "rtcp", "RTCP", out);
}

void view_show(const json_t *answer, FILE *out)
{
	const json_t *stream;
	size_t i;

	fprintf(out, "call %s\n", format_text(answer, "call_id"));
	json_array_foreach(json_object_get(answer, "streams"), i, stream)
		print_stream(stream, i + 1, out);
}
