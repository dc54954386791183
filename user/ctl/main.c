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
#include <base/instance.h>
#include <io/ctlclient.h>
#include "detach.h"
#include "view.h"

#define DIGITS 12 /* of numbers, as the daemon writes them */

enum { EXIT_OK, EXIT_ERROR, EXIT_USAGE, EXIT_NOT_FOUND };
#define EXIT_NO_AUDIT EXIT_USAGE /* 1 tells of differences */

struct settings {
	const char *socket, *pin_root;
	bool json, repair;
	char own_socket[INSTANCE_PATH], own_pin_root[INSTANCE_PATH];
};

struct command {
	const char *name;
	const char *key;      /* the request's member that the argument goes to; NULL: none */
	const char *argument; /* its name in the help */
	const char *key2;     /* likewise of a second argument, ... */
	const char *argument2;
	void (*view)(const json_t *answer, FILE *out);
	const char *list; /* the member that comes in pages; NULL: none */
	/* Exit codes: when the daemon answers with an error, and when none answers. */
	int refused, absent;
	/* That of an answer; NULL: EXIT_OK. */
	int (*verdict)(const json_t *answer);
	const char *help;
};

static const struct command commands[] = {
	{"status", NULL, NULL, NULL, NULL, view_status, NULL, EXIT_ERROR, EXIT_ERROR, NULL,
	 "interfaces, calls, ports, packets, and why packets went where they did"},
	{"calls", NULL, NULL, NULL, NULL, view_calls, "calls", EXIT_ERROR, EXIT_ERROR, NULL,
	 "one row for each media stream"},
	{"show", "call_id", "CALL-ID", NULL, NULL, view_show, NULL, EXIT_NOT_FOUND, EXIT_ERROR,
	 NULL, "one call: addresses, packets, loss and next hop of each leg"},
	{"learn", "call_id", "CALL-ID", "policy", "POLICY", view_learn, NULL, EXIT_NOT_FOUND,
	 EXIT_ERROR, NULL, "who may become a peer in this call: strict, host, auto or any"},
	{"audit", NULL, "[--repair]", NULL, NULL, view_audit, NULL, EXIT_NO_AUDIT, EXIT_NO_AUDIT,
	 audit_verdict, "do calls, journal, rows, ports, slots and next hops agree?"},
	{"reload", NULL, NULL, NULL, NULL, view_reload, NULL, EXIT_ERROR, EXIT_ERROR, NULL,
	 "read the configuration again; calls are not touched"},
	{"drain", NULL, NULL, NULL, NULL, view_drain, NULL, EXIT_ERROR, EXIT_ERROR, NULL,
	 "take no new calls, end when the last is gone"},
	{"stop", NULL, NULL, NULL, NULL, view_stop, NULL, EXIT_ERROR, EXIT_ERROR, NULL,
	 "end the daemon; calls go on in the kernel"},
	{"detach", NULL, NULL, NULL, NULL, view_detach, NULL, EXIT_ERROR, EXIT_ERROR, NULL,
	 "end the daemon and remove all that is pinned"},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static unsigned int command_arguments(const struct command *command)
{
	return !!command->key + !!command->key2;
}

static void print_help(FILE *out)
{
	char usage[32];

	fputs("usage: xdp-rtpctl [option ...] COMMAND\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++) {
		snprintf(usage, sizeof(usage), "%s%s%s",
			 commands[i].argument ? commands[i].argument : "",
			 commands[i].argument2 ? " " : "",
			 commands[i].argument2 ? commands[i].argument2 : "");
		fprintf(out, "  %-7s%-15s %s\n", commands[i].name, usage, commands[i].help);
	}
	fprintf(out,
		"\n  -s, --socket PATH    the daemon's control socket (%s)\n"
		"      --ctl PATH       the same\n"
		"      --instance NAME  the daemon with this --instance\n"
		"      --pin-root DIR   what detach removes (%s)\n"
		"      --repair         audit mends what differs\n"
		"  -j, --json           print the daemon's answer as JSON\n"
		"  -h, --help           print this\n"
		"  -V, --version        print the version\n",
		INSTANCE_CTL, INSTANCE_PIN_ROOT);
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
	else if (words < 3 && command->key2)
		fprintf(stderr, "xdp-rtpctl: %s needs a %s\n", command->name, command->argument2);
	else if ((unsigned int)words > 1 + command_arguments(command))
		fprintf(stderr, "xdp-rtpctl: '%s' is one argument too many for %s\n",
			word[1 + command_arguments(command)], command->name);
	else
		return command;
	return NULL;
}

/* All pages as one answer; a refusal as it is. NULL, and the sentence in `error`. */
static json_t *ask_for_pages(const struct command *command, json_t *request, const char *path,
			     char *error, size_t size)
{
	json_t *answer = ctlclient_ask(path, request, error, size), *page, *next;

	while (command->list && answer && (next = json_object_get(answer, "next"))) {
		json_object_set(request, "after", next);
		page = ctlclient_ask(path, request, error, size);
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

/* The daemon's answer, or that of `detach`, which none gives. NULL with the sentence. */
static json_t *command_answer(const struct command *command, char *const argument[],
			      const struct settings *settings, char *error, size_t size)
{
	json_t *request, *answer;

	if (command->view == view_detach)
		return detach_run(settings->socket, settings->pin_root, error, size);
	request = json_pack("{s:s}", "command", command->name);
	if (command->key)
		json_object_set_new(request, command->key, json_string(argument[0]));
	if (command->key2)
		json_object_set_new(request, command->key2, json_string(argument[1]));
	if (command->view == view_audit)
		json_object_set_new(request, "repair", json_boolean(settings->repair));
	answer = ask_for_pages(command, request, settings->socket, error, size);
	json_decref(request);
	return answer;
}

/* Is the argument text that JSON can hold? */
static bool is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string != NULL;
}

static int command_run(const struct command *command, char *const argument[],
		       const struct settings *settings)
{
	const char *refusal;
	char error[512];
	json_t *answer;
	int status = EXIT_OK;

	for (unsigned int i = 0; i < command_arguments(command); i++) {
		if (is_utf8(argument[i]))
			continue;
		fprintf(stderr, "xdp-rtpctl: '%s' is not UTF-8 text\n", argument[i]);
		return EXIT_USAGE;
	}
	answer = command_answer(command, argument, settings, error, sizeof(error));
	if (!answer) {
		fprintf(stderr, "xdp-rtpctl: %s\n", error);
		return command->absent;
	}
	refusal = json_string_value(json_object_get(answer, "error"));
	if (refusal)
		fprintf(stderr, "xdp-rtpctl: %s\n", refusal);
	if (settings->json) {
		json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
		putchar('\n');
	} else if (!refusal) {
		command->view(answer, stdout);
	}
	if (refusal)
		status = command->refused;
	else if (command->verdict)
		status = command->verdict(answer);
	json_decref(answer);
	return status;
}

/* Takes --instance NAME: its paths stand where no others are given. 0 or EXIT_USAGE. */
static int take_instance(struct settings *settings, const char *name)
{
	if (!instance_is_name(name)) {
		fprintf(stderr,
			"xdp-rtpctl: --instance wants up to %d letters, digits, - and _, not "
			"'%s'\n",
			INSTANCE_NAME, name);
		return EXIT_USAGE;
	}
	instance_path(settings->own_socket, INSTANCE_RUN, name, "ctl.sock");
	instance_path(settings->own_pin_root, INSTANCE_PIN_ROOT, name, NULL);
	return 0;
}

enum { OPTION_INSTANCE = 256, OPTION_PIN_ROOT, OPTION_REPAIR };

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

/* One option. EXIT_OK after what ends the program, -1: go on. */
static int take_option(struct settings *settings, int option, char **argv)
{
	switch (option) {
	case 's':
		settings->socket = optarg;
		return -1;
	case 'j':
		settings->json = true;
		return -1;
	case OPTION_INSTANCE:
		return take_instance(settings, optarg) ? EXIT_USAGE : -1;
	case OPTION_PIN_ROOT:
		settings->pin_root = optarg;
		return -1;
	case OPTION_REPAIR:
		settings->repair = true;
		return -1;
	case 'h':
		print_help(stdout);
		return EXIT_OK;
	case 'V':
		puts("xdp-rtpctl " XRP_VERSION);
		return EXIT_OK;
	default:
		return option_wrong(option, argv);
	}
}

/* Reads the options and fills in what none says. -1, or the exit code. */
static int settings_parse(struct settings *settings, int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"ctl", required_argument, NULL, 's'},
		{"instance", required_argument, NULL, OPTION_INSTANCE},
		{"pin-root", required_argument, NULL, OPTION_PIN_ROOT},
		{"repair", no_argument, NULL, OPTION_REPAIR},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int option, end = -1;

	opterr = 0;
	strcpy(settings->own_socket, INSTANCE_CTL);
	strcpy(settings->own_pin_root, INSTANCE_PIN_ROOT);
	while (end < 0 && (option = getopt_long(argc, argv, ":s:jhV", options, NULL)) != -1)
		end = take_option(settings, option, argv);
	if (!settings->socket)
		settings->socket = settings->own_socket;
	if (!settings->pin_root)
		settings->pin_root = settings->own_pin_root;
	return end;
}

int main(int argc, char **argv)
{
	struct settings settings = {0};
	const struct command *command;
	int end = settings_parse(&settings, argc, argv);

	if (end >= 0)
		return end;
	command = command_parse(argc - optind, argv + optind);
	if (!command)
		return EXIT_USAGE;
	if (settings.repair && command->view != view_audit) {
		fprintf(stderr, "xdp-rtpctl: --repair is for audit, not for %s\n", command->name);
		return EXIT_USAGE;
	}
	return command_run(command, argv + optind + 1, &settings);
}
