/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line and the configuration file: one table row gives an option's letter, name,
 * argument, range, default and sentence; it feeds getopt_long, the file, --help and the check that
 * the manual names every option.
 */
#ifndef XRP_DAEMON_OPTIONS_H
#define XRP_DAEMON_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <base/cidr.h>
#include <base/instance.h>
#include <core/engine.h>
#include <io/sandbox.h>

#define OPTIONS_SOCKETS	   16
#define OPTIONS_INTERFACES 64
#define OPTIONS_NOTIFY	   66
#define OPTIONS_WARNINGS   16
#define OPTIONS_MAX	   80 /* rows of the table */

enum options_action {
	OPTIONS_RUN,
	OPTIONS_HELP,
	OPTIONS_USAGE, /* rtpproxy's -?: the same to stderr, exit 1 */
	OPTIONS_VERSION,
	OPTIONS_FEATURES,
	OPTIONS_CLOCK,
	OPTIONS_DETACH,
};

/* Paths that --instance makes. */
struct options_paths {
	char pin_root[INSTANCE_PATH], ctl[INSTANCE_PATH], pid[INSTANCE_PATH], socket[INSTANCE_PATH];
};

struct options_text; /* values out of the file */

/* A host name of -l or -6, to be looked up once all options are read. */
struct options_name {
	struct xrp_addr *addr; /* where its address goes */
	int family;
	char text[256];
};

struct options {
	enum options_action action;
	/* rtpproxy's */
	struct engine_address network[2]; /* i and e; the second only when bridging */
	struct engine_address labelled[ENGINE_ADDRESSES - 2];
	unsigned int labelled_count;
	struct options_name names[ENGINE_ADDRESSES];
	unsigned int name_count;
	bool no_resolve;
	char advertised[2][256]; /* -A a/b */
	const char *sockets[OPTIONS_SOCKETS];
	unsigned int socket_count;
	const char *notify[OPTIONS_NOTIFY];
	unsigned int notify_count;
	struct cidr_list allow, allow_copy;
	unsigned int control_rate; /* commands a second of a client; 0: no limit */
	const char *prompt_dir;	   /* NULL: prompts are anywhere */
	unsigned int port_min, port_max;
	unsigned int ttl, setup_ttl; /* s; setup_ttl 0: as ttl */
	unsigned int tos;
	bool network_set[2], bridge, bridge_symmetric, force_asymmetric;
	bool ordered_ports, independent_ttl;
	bool foreground, any_user, no_chdir, no_redirect;
	bool no_rtcp_record, pcap, record_all;
	const char *pid_file;
	struct {
		int level, facility;
	} log;
	const char *record_dir, *spool_dir; /* NULL: none */
	const char *user;		    /* user[:group], or NULL */
	unsigned int socket_mode;
	const char *socket_mode_text; /* as it was written */
	unsigned int nofile;	      /* 0: as it is */
	int scheduler;		      /* SCHED_OTHER, SCHED_FIFO or SCHED_RR */
	int nice;
	/* ours */
	char interfaces[OPTIONS_INTERFACES][16];
	unsigned int interface_count; /* 0: found by address and route */
	bool no_xdp, no_pin, no_reserve_ports, takeover, drop_unallocated;
	const char *instance; /* NULL: the only one */
	struct options_paths own;
	unsigned int heartbeat_timeout; /* s; 0: never */
	const char *pin_root, *ctl_path;
	char reserve_record[256]; /* where it is noted which ports we reserved: beside ctl_path */
	enum sandbox sandbox;
	enum learn_policy policy;
	bool handover;
	bool rtcp_own;
	unsigned int max_calls, max_rate, max_load; /* max_load in percent; 0: no limit */
	unsigned int refuse_code;		    /* the N of EN for calls above a limit */
	unsigned int port_rest;			    /* s */
	unsigned int punt_rate, punt_burst;
	struct rate_config rate_cap;
	/* What was accepted but does something else here, a sentence each. */
	const char *warnings[OPTIONS_WARNINGS];
	unsigned int warning_count;
	/* By rows of the table: the command line has these, and a file is not to change them. */
	bool given[OPTIONS_MAX];
	/* To read them again. */
	int argc;
	char **argv;
	char directory[PATH_MAX]; /* that a relative --config starts from */
	struct options_text *texts;
};

/*
 * Reads the command line over the configuration file over the defaults. An option of the command
 * line wins over the file's lines of that name, wherever --config stands. 0, or -EINVAL and one
 * sentence in `error` that says what was wrong and what would be right.
 */
int options_parse(struct options *options, int argc, char **argv, char *error, size_t size);
/*
 * Reads the same command line, and the file as it is now, into another struct. Errors as above;
 * then, too, options_release is to be called.
 */
int options_parse_again(struct options *next, const struct options *running, char *error,
			size_t size);
/* Keeps a copy of a value until options_release. NULL: no memory. */
const char *options_keep(struct options *o, const char *value);
/* Keeps a sentence for the log; it must last. */
void options_warn(struct options *o, const char *sentence);
/* Gives up the values that came out of the file. */
void options_release(struct options *options);
/*
 * The names of the options that differ, one a call: `at` is 0 first and is moved on. NULL: no more.
 */
const char *options_changed(const struct options *a, const struct options *b, unsigned int *at);
/* Are the local addresses others? What is advertised for them does not count. */
bool options_listen_differs(const struct options *a, const struct options *b);
/*
 * Looks the host names of -l and -6 up, for as long as the resolver takes. 0, or -EINVAL and a
 * sentence: no address, several, or --no_resolve.
 */
int options_resolve(struct options *options, char *error, size_t size);
/* Prints the table for a person. */
void options_help(bool to_stderr);
/* What is told instead of addresses: for i from 0 on, "" where nothing is, NULL behind the last.
 */
const char *options_advertised(const struct options *options, unsigned int i);
/* The addresses as the engine wants them. */
void options_addresses(const struct options *options, struct engine_config *config);

#endif
