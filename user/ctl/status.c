/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `status`: the whole daemon on one screen, what is wrong first. */
#include "view.h"

#include <pwd.h>

#include "format.h"
#include "table.h"

/* "lab@192.0.2.1 as 198.51.100.9", "192.0.2.1 (i)" */
static void print_listen(const json_t *addresses, FILE *out)
{
	const json_t *a;
	size_t i;

	fputs("listens on  ", out);
	json_array_foreach(addresses, i, a)
	{
		bool labelled = json_is_string(json_object_get(a, "label"));
		bool told = json_is_string(json_object_get(a, "advertised"));
		bool network = json_is_string(json_object_get(a, "network"));

		fprintf(out, "%s%s%s%s", i ? ", " : "", labelled ? format_text(a, "label") : "",
			labelled ? "@" : "", format_text(a, "address"));
		if (network)
			fprintf(out, " (%s)", format_text(a, "network"));
		if (told)
			fprintf(out, " as %s", format_text(a, "advertised"));
	}
	fputc('\n', out);
}

/* A daemon of before this was told says nothing of it. */
static void print_privileges(const json_t *privileges, FILE *out)
{
	const json_t *capabilities = json_object_get(privileges, "capabilities"), *name;
	const struct passwd *user;
	size_t i;

	if (!privileges) {
		fputc('\n', out);
		return;
	}
	user = getpwuid((uid_t)format_number(privileges, "uid"));
	fprintf(out, "runs as     %s with ", user ? user->pw_name : format_text(privileges, "uid"));
	json_array_foreach(capabilities, i, name)
		fprintf(out, "%s%s", i ? ", " : "", json_string_value(name));
	fprintf(out, "%s; seccomp %s\n\n", i ? "" : "no capability",
		format_text(privileges, "seccomp"));
}

/* How each interface forwards, and why not better. */
static void print_interfaces(const json_t *status, FILE *out)
{
	const json_t *interfaces = json_object_get(status, "interfaces"), *row;
	struct table *table;
	size_t i;

	if (!format_true(status, "xdp") || !json_array_size(interfaces)) {
		fprintf(out, "XDP is off: the slow path relays all media (%s)\n\n",
			format_text(status, "no_xdp"));
		return;
	}
	table = table_new("lll");
	table_cell(table, "INTERFACE");
	table_cell(table, "XDP");
	table_cell(table, "NOTE");
	json_array_foreach(interfaces, i, row)
	{
		const char *why = json_string_value(json_object_get(row, "why"));

		table_cell(table, "%s", format_text(row, "name"));
		table_cell(table, "%s", format_text(row, "mode"));
		table_cell(table, "%s", why && *why ? format_text(row, "why") : "");
	}
	table_print(table, 0, out);
	table_free(table);
	fputc('\n', out);
}

/* Nothing where nothing was dropped. */
static void print_drops(const json_t *drops, const char *why, FILE *out)
{
	if (json_integer_value(json_object_get(drops, "count")))
		fprintf(out, "            %s %s, the last from %s\n", format_count(drops, "count"),
			why, format_text(drops, "last_source"));
}

static void print_totals(const json_t *status, FILE *out)
{
	const json_t *calls = json_object_get(status, "calls");
	const json_t *ports = json_object_get(status, "ports");
	const json_t *packets = json_object_get(status, "packets");
	const json_t *slow = json_object_get(status, "slow_path");
	const json_t *control = json_object_get(status, "control");

	fprintf(out, "calls       %s active with %s streams of %s; %s created, %s timed out\n",
		format_count(calls, "active"), format_count(calls, "streams"),
		format_count(calls, "max_streams"), format_count(calls, "created"),
		format_count(calls, "timed_out"));
	fprintf(out,
		"ports       %s-%s: %s pairs; %s taken, %s resting, %s held by other programs\n",
		format_text(ports, "min"), format_text(ports, "max"), format_count(ports, "pairs"),
		format_count(ports, "taken"), format_count(ports, "resting"),
		format_count(ports, "foreign"));
	fprintf(out, "packets     %s in the kernel, %s by the slow path: %.2f %% in the kernel\n",
		format_count(packets, "kernel"), format_count(packets, "slow_path"),
		format_number(packets, "kernel_percent"));
	fprintf(out, "slow path   %s received, %s sent, %s send errors, %s refused\n",
		format_count(slow, "received"), format_count(slow, "sent"),
		format_count(slow, "send_errors"), format_count(slow, "refused"));
	fprintf(out, "control     %s commands, %s duplicates, %s errors\n",
		format_count(control, "commands"), format_count(control, "duplicates"),
		format_count(control, "errors"));
	print_drops(json_object_get(control, "refused"), "from who may not send commands (--allow)",
		    out);
	print_drops(json_object_get(control, "limited"), "held back by --control-rate", out);
}

/* What is done to media beyond relaying it, and who is told of it. */
static void print_services(const json_t *status, FILE *out)
{
	const json_t *recording = json_object_get(status, "recording");
	const json_t *prompts = json_object_get(status, "prompts");
	const json_t *notify = json_object_get(status, "notify");

	fprintf(out,
		"recording   %s sides of calls, %s open files; %s packets written, %s copies sent; "
		"%s lost, %s write errors\n",
		format_count(recording, "sides"), format_count(recording, "files"),
		format_count(recording, "packets"), format_count(recording, "copies_sent"),
		format_count(recording, "copies_lost"), format_count(recording, "write_errors"));
	fprintf(out, "prompts     %s playing; %s started, %s packets\n",
		format_count(prompts, "playing"), format_count(prompts, "started"),
		format_count(prompts, "packets"));
	fprintf(out,
		"notify      %s targets, %s connected; %s sent, %s again, %s queued, %s lost\n\n",
		format_count(notify, "targets"), format_count(notify, "connected"),
		format_count(notify, "sent"), format_count(notify, "resent"),
		format_count(notify, "queued"), format_count(notify, "lost"));
}

/* Only the reasons that occurred: the rest is in the manual. */
static void print_reasons(const json_t *reasons, FILE *out)
{
	struct table *table = table_new("lrrl");
	const json_t *row;
	size_t i, shown = 0;

	table_cell(table, "REASON");
	table_cell(table, "PACKETS");
	table_cell(table, "FRAME BYTES");
	table_cell(table, "MEANING");
	json_array_foreach(reasons, i, row)
	{
		if (!format_number(row, "packets"))
			continue;
		table_cell(table, "%s", format_text(row, "name"));
		table_cell(table, "%s", format_count(row, "packets"));
		table_cell(table, "%s", format_count(row, "bytes"));
		table_cell(table, "%s", format_text(row, "meaning"));
		shown++;
	}
	if (shown)
		table_print(table, 0, out);
	else
		fputs("The XDP program has seen no packet yet.\n", out);
	table_free(table);
}

void view_status(const json_t *answer, FILE *out)
{
	fprintf(out, "xdp-rtpproxy %s, pid %s, up %s, learning %s, ABI %s\n",
		format_text(answer, "version"), format_text(answer, "pid"),
		format_seconds(answer, "uptime_s"), format_text(answer, "learn"),
		format_text(answer, "abi"));
	print_listen(json_object_get(answer, "addresses"), out);
	print_privileges(json_object_get(answer, "privileges"), out);
	print_interfaces(answer, out);
	print_totals(answer, out);
	print_services(answer, out);
	print_reasons(json_object_get(answer, "reasons"), out);
}
