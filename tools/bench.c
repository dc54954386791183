/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench: the measuring part of tools/bench.sh, which builds the rigs around it. Each command
 * measures one thing and prints one JSON object on one line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include <base/endpoint.h>
#include "bench/control.h"
#include "bench/media.h"
#include "bench/xdp.h"

struct command {
	const char *name;
	int words;
	json_t *(*run)(char **word);
	const char *help;
};

static struct xrp_endpoint endpoint_argument(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[ADDR_TEXT] = "";
	struct xrp_addr addr;

	if (colon && (size_t)(colon - text) < sizeof(host))
		memcpy(host, text, (size_t)(colon - text));
	if (!colon || addr_parse(host, &addr)) {
		fprintf(stderr, "bench: '%s' is not ADDRESS:PORT\n", text);
		exit(2);
	}
	return endpoint_make(&addr, (uint16_t)strtoul(colon + 1, NULL, 10));
}

/* xdp FLOWS ROUNDS PACKETS GENERATOR IN OUT SINK */
static json_t *run_xdp(char **word)
{
	const struct xdp_rig rig = {word[3], word[4], word[5], word[6]};
	struct xdp_result r;

	if (xdp_measure(&rig, (uint32_t)strtoul(word[0], NULL, 10),
			(unsigned int)strtoul(word[1], NULL, 10),
			(uint32_t)strtoul(word[2], NULL, 10), &r))
		return NULL;
	return json_pack("{s:s, s:I, s:f, s:f, s:f, s:f, s:f, s:I, s:I}", "what", "xdp", "flows",
			 (json_int_t)r.flows, "relay_pps", r.relay_pps, "floor_pps", r.floor_pps,
			 "ratio", r.ratio, "program_ns", r.program_ns, "floor_ns", r.floor_ns,
			 "sent", (json_int_t)r.sent, "lost", (json_int_t)r.lost);
}

static json_t *run_load(const struct control_load *load, const char *what)
{
	struct control_result r;

	if (control_run(load, &r))
		return NULL;
	return json_pack("{s:s, s:I, s:I, s:f, s:I, s:I, s:f, s:f}", "what", what, "window",
			 (json_int_t)load->window, "calls", (json_int_t)r.calls, "calls_per_s",
			 (double)r.calls / r.seconds, "errors", (json_int_t)r.errors, "resent",
			 (json_int_t)r.resent, "p50_us", r.p50_us, "p99_us", r.p99_us);
}

/* control SERVER CALLER CALLEE WINDOW SECONDS */
static json_t *run_control(char **word)
{
	struct control_load load = {.server = endpoint_argument(word[0])};

	load.caller = endpoint_argument(word[1]).addr;
	load.callee = endpoint_argument(word[2]).addr;
	load.window = (unsigned int)strtoul(word[3], NULL, 10);
	load.seconds = strtod(word[4], NULL);
	return run_load(&load, "control");
}

/* hold SERVER CALLER CALLEE CALLS */
static json_t *run_hold(char **word)
{
	struct control_load load = {
		.server = endpoint_argument(word[0]), .window = 16, .hold = true};

	load.caller = endpoint_argument(word[1]).addr;
	load.callee = endpoint_argument(word[2]).addr;
	load.calls = strtoull(word[3], NULL, 10);
	return run_load(&load, "hold");
}

/* flood LOCAL REMOTE PPS SECONDS */
static json_t *run_flood(char **word)
{
	struct xrp_endpoint local = endpoint_argument(word[0]), remote = endpoint_argument(word[1]);
	int64_t sent = media_flood(&local, &remote, strtod(word[2], NULL), strtod(word[3], NULL));

	if (sent < 0)
		return NULL;
	return json_pack("{s:s, s:I, s:f}", "what", "flood", "packets", (json_int_t)sent, "pps",
			 (double)sent / strtod(word[3], NULL));
}

/* count LOCAL PATIENCE */
static json_t *run_count(char **word)
{
	struct xrp_endpoint local = endpoint_argument(word[0]);
	struct media_count r;

	if (media_count(&local, strtod(word[1], NULL), &r))
		return NULL;
	return json_pack("{s:s, s:I, s:I, s:f}", "what", "count", "packets", (json_int_t)r.packets,
			 "gaps", (json_int_t)r.gaps, "pps", r.pps);
}

static const struct command commands[] = {
	{"xdp", 7, run_xdp, "FLOWS ROUNDS PACKETS GENERATOR IN OUT SINK"},
	{"control", 5, run_control, "SERVER CALLER CALLEE WINDOW SECONDS"},
	{"hold", 4, run_hold, "SERVER CALLER CALLEE CALLS"},
	{"flood", 4, run_flood, "LOCAL REMOTE PPS SECONDS"},
	{"count", 2, run_count, "LOCAL PATIENCE"},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *command = &commands[i];
		json_t *result;

		if (strcmp(command->name, argv[1]) != 0 || argc - 2 != command->words)
			continue;
		result = command->run(argv + 2);
		if (!result)
			return 1;
		json_dumpf(result, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10));
		putchar('\n');
		json_decref(result);
		return 0;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stderr, "usage: bench %s %s\n", commands[i].name, commands[i].help);
	return 2;
}
