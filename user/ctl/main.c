/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp-rtpctl: asks the running daemon and prints the answer. A command is one row of a table: its
 * name, its argument, what to print, what an error of the daemon means. A long list comes in pages,
 * so that the daemon is never busy with it for long; here they become one answer.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "client.h"
#include "view.h"

#define DIGITS 12 /* of numbers, as the daemon writes them */

enum { EXIT_OK, EXIT_ERROR, EXIT_USAGE, EXIT_NOT_FOUND };

struct command {
	const char *name;
	const char *key;      /* the request's member that the argument goes to; NULL: none */
	const char *argument; /* its name in the help */
	void (*view)(const json_t *answer, FILE *out);
	const char *list; /* the member that comes in pages; NULL: none */
	int refused;	  /* exit code when the daemon answers with an error */
	const char *help;
};

static const struct command commands[] = {
	{"status", NULL, NULL, view_status, NULL, EXIT_ERROR,
	 "interfaces, calls, ports, packets, and why packets went where they did"},
	{"calls", NULL, NULL, view_calls, "calls", EXIT_ERROR, "one row for each media stream"},
	{"show", "call_id", "CALL-ID", view_show, NULL, EXIT_NOT_FOUND,
	 "one call: addresses, packets, loss and next hop of each leg"},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fputs("usage: xdp-rtpctl [--socket PATH] [--json] COMMAND\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-7s%-9s%s\n", commands[i].name,
			commands[i].argument ? commands[i].argument : "", commands[i].help);
	fprintf(out,
		"\n  -s, --socket PATH  the daemon's control socket (%s)\n"
		"  -j, --json         print the daemon's answer as JSON\n"
		"  -h, --help         print this\n"
		"  -V, --version      print the version\n",
		CLIENT_SOCKET);
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* The command that the words name, with its argument in place, or NULL after saying why not. */
static const struct command *command_parse(int words, char **word)
{
	const struct command *command = words ? command_find(word[0]) : NULL;

	if (!words)
		fputs("xdp-rtpctl: which command? Try 'xdp-rtpctl --help'\n", stderr);
	else if (!command)
		fprintf(stderr, "xdp-rtpctl: no command '%s': try 'xdp-rtpctl --help'\n", word[0]);
	else if (words < 2 && command->key)
		fprintf(stderr, "xdp-rtpctl: %s needs a %s\n", command->name, command->argument);
	else if (words > 1 + !!command->key)
		fprintf(stderr, "xdp-rtpctl: '%s' is one argument too many for %s\n",
			word[1 + !!command->key], command->name);
	else
		return command;
	return NULL;
}

/* All pages as one answer; a refusal as it is. NULL, and the sentence in `error`. */
static json_t *command_ask(const struct command *command, json_t *request, const char *path,
			   char *error, size_t size)
{
	json_t *answer = client_ask(path, request, error, size), *page, *next;

	while (command->list && answer && (next = json_object_get(answer, "next"))) {
		json_object_set(request, "after", next);
		page = client_ask(path, request, error, size);
		if (page && !json_object_get(page, "error")) {
			json_array_extend(json_object_get(answer, command->list),
					  json_object_get(page, command->list));
			json_object_del(answer, "next");
			json_object_update_missing(answer, page);
			json_decref(page);
		} else {
			json_decref(answer);
			answer = page;
		}
	}
	return answer;
}

static int command_run(const struct command *command, const char *argument, const char *path,
		       bool json)
{
	json_t *request = json_pack("{s:s}", "command", command->name), *answer;
	const char *refusal;
	char error[512];

	if (command->key && json_object_set_new(request, command->key, json_string(argument))) {
		fprintf(stderr, "xdp-rtpctl: '%s' is not UTF-8 text\n", argument);
		json_decref(request);
		return EXIT_USAGE;
	}
	answer = command_ask(command, request, path, error, sizeof(error));
	json_decref(request);
	if (!answer) {
		fprintf(stderr, "xdp-rtpctl: %s\n", error);
		return EXIT_ERROR;
	}
	refusal = json_string_value(json_object_get(answer, "error"));
	if (refusal)
		fprintf(stderr, "xdp-rtpctl: %s\n", refusal);
	if (json) {
		json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
		putchar('\n');
	} else if (!refusal) {
		command->view(answer, stdout);
	}
	json_decref(answer);
	return refusal ? command->refused : EXIT_OK;
}

/* What getopt complains of, as a sentence. */
static int option_wrong(int found, char **argv)
{
	if (found == ':')
		fprintf(stderr, "xdp-rtpctl: %s wants an argument: try 'xdp-rtpctl --help'\n",
			argv[optind - 1]);
	else if (optopt && !strncmp(argv[optind - 1], "--", 2))
		fprintf(stderr,
			"xdp-rtpctl: %s: this option takes no argument: try 'xdp-rtpctl --help'\n",
			argv[optind - 1]);
	else if (optopt)
		fprintf(stderr, "xdp-rtpctl: unknown option -%c: try 'xdp-rtpctl --help'\n",
			optopt);
	else
		fprintf(stderr, "xdp-rtpctl: unknown option %s: try 'xdp-rtpctl --help'\n",
			argv[optind - 1]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	const struct command *command;
	const char *path = CLIENT_SOCKET;
	bool json = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":s:jhV", options, NULL)) != -1) {
		if (c == 's') {
			path = optarg;
		} else if (c == 'j') {
			json = true;
		} else if (c == 'h') {
			print_help(stdout);
			return EXIT_OK;
		} else if (c == 'V') {
			puts("xdp-rtpctl " XRP_VERSION);
			return EXIT_OK;
		} else {
			return option_wrong(c, argv);
		}
	}
	command = command_parse(argc - optind, argv + optind);
	if (!command)
		return EXIT_USAGE;
	return command_run(command, argv[optind + 1], path, json);
}
