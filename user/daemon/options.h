/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: one table row gives an option's letter, name, argument, range, default and
 * sentence; it feeds getopt_long, --help and the check that the manual names every option.
 */
#ifndef XRP_DAEMON_OPTIONS_H
#define XRP_DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <core/learn.h>
#include <xdp-rtpproxy/abi.h>

#define OPTIONS_SOCKETS	   16
#define OPTIONS_INTERFACES 64

enum options_action { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_DETACH };

struct options {
	enum options_action action;
	/* rtpproxy's */
	struct xrp_addr listen;
	char advertised[256];
	const char *sockets[OPTIONS_SOCKETS];
	unsigned int socket_count;
	unsigned int port_min, port_max;
	bool ordered_ports;
	unsigned int ttl, setup_ttl; /* s; setup_ttl 0: as ttl */
	unsigned int tos;
	bool foreground, any_user;
	const char *pid_file;
	int log_level, log_facility;
	/* ours */
	char interfaces[OPTIONS_INTERFACES][16];
	unsigned int interface_count; /* 0: found by address and route */
	bool no_xdp, no_pin, no_reserve_ports;
	const char *pin_root, *ctl_path;
	char reserve_record[256]; /* where it is noted which ports we reserved: beside ctl_path */
	enum learn_policy policy;
	unsigned int max_calls;
	unsigned int port_rest; /* s */
	unsigned int punt_rate, punt_burst;
};

/*
 * Reads the command line over the defaults. 0, or -EINVAL and one sentence in `error` that says
 * what was wrong and what would be right.
 */
int options_parse(struct options *options, int argc, char **argv, char *error, size_t size);
/* Prints the table for a person. */
void options_help(void);

#endif
