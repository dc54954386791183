/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See options.h. Letters and their meaning are rtpproxy's; names without a letter are mostly ours.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <base/endpoint.h>
#include <daemon/options_private.h>

#define AT(member) offsetof(struct options, member)

static const struct options_row options_table[] = {
	{'l', "listen", "[LABEL@]A[/B][=ADV]", set_listen, 0, 0, 0, NULL,
	 "local IPv4 address that media ports are on, * for any; a/b are two networks to bridge; "
	 "may be given again with labels (*)"},
	{'6', "listen6", "[LABEL@]A[/B][=ADV]", set_listen6, 0, 0, 0, NULL, "the same for IPv6"},
	{'A', "advertised", "A[/B]", set_advertised, 0, 0, 0, NULL,
	 "address or name to tell instead of the local one (a host behind NAT)"},
	{'s', "socket", "SOCKET", set_socket, 0, 0, 0, NULL,
	 "control socket: unix: cunix: udp: udp6: tcp: tcp6: stdio: stdioc: systemd:; may be given "
	 "again (unix:/var/run/rtpproxy.sock)"},
	{0, "allow", "CIDR[,CIDR...]", set_networks, AT(allow), 0, 0, NULL,
	 "who, besides loopback, may send commands by UDP and TCP; may be given again"},
	{0, "control-rate", "N", set_number, AT(control_rate), 0, 10000000, "10000",
	 "commands a second that one of them may send; 0 is no limit"},
	{'n', "notify", "SOCKET", set_notify, 0, 0, 0, NULL,
	 "where a timeout may be notified to: unix:path or tcp:host:port; may be given again"},
	{'m', "port-min", "PORT", set_number, AT(port_min), 1, 65535, "35000", "lowest media port"},
	{'M', "port-max", "PORT", set_number, AT(port_max), 1, 65535, "65000",
	 "highest media port"},
	{'b', "ordered-ports", NULL, set_switch, AT(ordered_ports), 0, 0, NULL,
	 "give ports out in order, not at random"},
	{'T', "ttl", "SECONDS", set_number, AT(ttl), 1, 1000000, "60",
	 "end a call after this long without a packet"},
	{'W', "setup-ttl", "SECONDS", set_number, AT(setup_ttl), 1, 1000000, NULL,
	 "the same for a call that has one side only yet (as --ttl)"},
	{'i', "independent-ttl", NULL, set_switch, AT(independent_ttl), 0, 0, NULL,
	 "each leg must have packets, not only one of them"},
	{'t', "tos", "TOS", set_tos, AT(tos), 0, 255, "184",
	 "IPv4 TOS of what is sent; -1 is 0, with a warning"},
	{'r', "record-dir", "DIR", set_text, AT(record_dir), 0, 0, NULL,
	 "directory of recordings; without it nothing is recorded"},
	{'S', "spool-dir", "DIR", set_text, AT(spool_dir), 0, 0, NULL,
	 "directory of recordings while they are written"},
	{0, "allow-copy", "CIDR[,CIDR...]", set_networks, AT(allow_copy), 0, 0, NULL,
	 "where, besides this host, commands may have media copied to; may be given again "
	 "(private addresses)"},
	{0, "prompt-dir", "DIR", set_text, AT(prompt_dir), 0, 0, NULL,
	 "directory that prompts are played from; without it they may be anywhere"},
	{'R', "no-rtcp-record", NULL, set_switch, AT(no_rtcp_record), 0, 0, NULL,
	 "do not record RTCP"},
	{'P', "pcap", NULL, set_switch, AT(pcap), 0, 0, NULL,
	 "record in pcap format, not in rtpproxy's own"},
	{'a', "record-all", NULL, set_switch, AT(record_all), 0, 0, NULL,
	 "record every call, both directions"},
	{'f', "foreground", NULL, set_switch, AT(foreground), 0, 0, NULL,
	 "stay in the foreground and log to stderr"},
	{'F', "any-user", NULL, set_switch, AT(any_user), 0, 0, NULL,
	 "serve a UDP control socket though running as root"},
	{'D', "no-chdir", NULL, set_switch, AT(no_chdir), 0, 0, NULL,
	 "do not change to / in the background"},
	{'p', "pid-file", "FILE", set_text, AT(pid_file), 0, 0, "/var/run/rtpproxy.pid",
	 "where to write the process ID"},
	{'d', "log", "LEVEL[:FACILITY]", set_log, 0, 0, 0, "info",
	 "least important level to log: dbug info warn err crit"},
	{'u', "user", "[USER][:GROUP]", set_text, AT(user), 0, 0, NULL,
	 "run as this user, with only the capabilities that are needed"},
	{'w', "socket-mode", "MODE", set_mode, AT(socket_mode), 0, 4095, "493",
	 "mode of the unix control socket, decimal, when a group is given"},
	{'L', "nofile", "N", set_number, AT(nofile), 16, 10000000, NULL,
	 "limit of open files; calls need none here"},
	{'c', "scheduler", "fifo|rr", set_scheduler, 0, 0, 0, NULL, "real-time scheduling"},
	{'2', "twice", NULL, set_warning, 0, 0, 0, NULL,
	 "-2 is accepted and does nothing: small packets are sent once"},
	{'N', "selection", "WORD", set_warning, 0, 0, 0, NULL,
	 "-N is accepted and does nothing, as in rtpproxy since 2.1: ports are given out at random, "
	 "or with -b in order"},
	{0, "nice", "N", set_nice, 0, 0, 0, NULL, "scheduling priority"},
	{0, "bridge_symmetric", NULL, set_switch, AT(bridge_symmetric), 0, 0, NULL,
	 "legs are symmetric when bridging, too"},
	{0, "force_asymmetric", NULL, set_switch, AT(force_asymmetric), 0, 0, NULL,
	 "legs are asymmetric unless a command says s"},
	{0, "overload_prot", "[=N]", set_warning, 0, 0, 0, NULL,
	 "--overload_prot is accepted and does nothing, as in rtpproxy 3: see --max-load"},
	{0, "no_resolve", NULL, set_switch, AT(no_resolve), 0, 0, NULL,
	 "take no host names in -l and -6; commands may never have any"},
	{0, "no_redirect", NULL, set_switch, AT(no_redirect), 0, 0, NULL,
	 "keep stdout and stderr in the background"},
	{0, "dso", "FILE", set_warning, 0, 0, 0, NULL,
	 "--dso is accepted and does nothing: there are no modules, what they do is built in"},
	{0, "config", "FILE", set_config, 0, 0, 0, NULL,
	 "file of `name = value` lines with these names"},
	{0, "interface", "IF[,IF...]", set_interface, 0, 0, 0, NULL,
	 "interfaces to relay on in XDP (those of the listen addresses and of the routes)"},
	{0, "no-xdp", NULL, set_switch, AT(no_xdp), 0, 0, NULL,
	 "attach no XDP program: the slow path relays everything"},
	{0, "no-pin", NULL, set_switch, AT(no_pin), 0, 0, NULL,
	 "pin nothing: everything goes when the daemon does"},
	{0, "pin-root", "DIR", set_text, AT(pin_root), 0, 0, INSTANCE_PIN_ROOT,
	 "directory of the pinned maps and links, on a bpffs"},
	{0, "instance", "NAME", set_instance, 0, 0, 0, NULL,
	 "name of one of several daemons on a host, which has paths of its own then"},
	{0, "takeover", NULL, set_switch, AT(takeover), 0, 0, NULL,
	 "have the daemon that runs hand its calls over and leave"},
	{0, "heartbeat-timeout", "SECONDS", set_number, AT(heartbeat_timeout), 0, 31536000, "3600",
	 "the XDP program lets everything pass when no daemon ran for so long; 0 is never"},
	{0, "detach", NULL, set_action, 0, OPTIONS_DETACH, 0, NULL,
	 "remove all that is pinned and the port reservation, and exit"},
	{0, "no-reserve-ports", NULL, set_switch, AT(no_reserve_ports), 0, 0, NULL,
	 "leave net.ipv4.ip_local_reserved_ports alone"},
	{0, "ctl", "PATH", set_text, AT(ctl_path), 0, 0, INSTANCE_CTL,
	 "socket that xdp-rtpctl speaks to"},
	{0, "seccomp", "refuse|kill|log|off", set_sandbox, 0, 0, 0, "refuse",
	 "what becomes of system calls that the running daemon does not need"},
	{0, "learn", "POLICY", set_policy, 0, 0, 0, "auto",
	 "who may become a leg's peer: strict host auto any"},
	{0, "handover", NULL, set_switch, AT(handover), 0, 0, NULL,
	 "a stream may go on from another IP address after 500 ms of silence (not strict)"},
	{0, "rtcp", "forward|regenerate", set_rtcp, 0, 0, 0, "forward",
	 "pass RTCP on, or consume it and send reports of our own"},
	{0, "max-calls", "N", set_number, AT(max_calls), 1, 1000000, "16384",
	 "most media streams at a time"},
	{0, "max-rate", "N", set_number, AT(max_rate), 0, 10000000, "0",
	 "most new media streams a second; 0 is no limit"},
	{0, "max-load", "PERCENT", set_number, AT(max_load), 0, 100, "0",
	 "refuse new calls above this share of a CPU; 0 is no limit"},
	{0, "refuse-with", "CODE", set_number, AT(refuse_code), 7, 98, "98",
	 "error code of calls above a limit; 7 to 10 make OpenSIPS try another relay"},
	{0, "port-rest", "SECONDS", set_number, AT(port_rest), 0, 3600, "5",
	 "how long a port stays unused after a call"},
	{0, "punt-rate", "N", set_number, AT(punt_rate), 1, 10000000, "1000",
	 "packets a second that one flow may send to the slow path"},
	{0, "punt-burst", "N", set_number, AT(punt_burst), 1, 10000000, "250",
	 "how many of these may come at once"},
	{0, "drop-unallocated", NULL, set_switch, AT(drop_unallocated), 0, 0, NULL,
	 "drop in XDP what comes to media ports that no call has (IPv4)"},
	{0, "rate-cap", "auto|off|PPS[,KBITS]", set_rate_cap, AT(rate_cap), 0, 0, "auto",
	 "most that a party may send: by its codec, anything, or so many packets and kbit a second"},
	{'v', "features", NULL, set_action, 0, OPTIONS_FEATURES, 0, NULL,
	 "list the protocol's features that are supported"},
	{'C', "clock", NULL, set_action, 0, OPTIONS_CLOCK, 0, NULL,
	 "print which clock times calls"},
	{'V', "version", NULL, set_action, 0, OPTIONS_VERSION, 0, NULL, "print the version"},
	{'?', "help", NULL, set_action, 0, OPTIONS_HELP, 0, NULL, "print this list"},
};

#define OPTIONS_ROWS (sizeof(options_table) / sizeof(options_table[0]))
#define OPTIONS_BASE 256 /* getopt's value of the first row */

_Static_assert(OPTIONS_ROWS <= OPTIONS_MAX, "struct options has a place for each row");

bool options_optional(const struct options_row *row)
{
	return row->argument && !strncmp(row->argument, "[=", 2);
}

bool options_is_switch(const struct options_row *row)
{
	return !row->argument && row->set != set_action;
}

int options_switch(struct options *o, const struct options_row *row, const char *word,
		   struct options_error *error)
{
	if (word && strcmp(word, "yes") != 0 && strcmp(word, "no") != 0)
		return OPTIONS_FAIL(error, "%s wants yes or no, not '%s'", row->name, word);
	return row->set(o, row, word, error);
}

static int options_argument(const struct options_row *row)
{
	if (options_is_switch(row))
		return optional_argument; /* --pcap=no */
	if (!row->argument)
		return no_argument;
	return options_optional(row) ? optional_argument : required_argument;
}

static void options_getopt(char *letters, struct option *names)
{
	*letters++ = ':'; /* tell a missing argument apart */
	for (unsigned int i = 0; i < OPTIONS_ROWS; i++) {
		const struct options_row *row = &options_table[i];

		names[i] = (struct option){row->name, options_argument(row), NULL,
					   (int)(OPTIONS_BASE + i)};
		if (!row->letter || row->letter == '?')
			continue;
		*letters++ = row->letter;
		if (row->argument)
			*letters++ = ':';
	}
	*letters = '\0';
}

static const struct options_row *options_row(int value)
{
	if (value >= OPTIONS_BASE)
		return &options_table[value - OPTIONS_BASE];
	for (unsigned int i = 0; i < OPTIONS_ROWS; i++) {
		if (options_table[i].letter == value)
			return &options_table[i];
	}
	return NULL;
}

const struct options_row *options_named(const char *name, size_t len)
{
	for (unsigned int i = 0; i < OPTIONS_ROWS; i++) {
		if (strlen(options_table[i].name) == len &&
		    !memcmp(options_table[i].name, name, len))
			return &options_table[i];
	}
	return NULL;
}

bool options_given(const struct options *o, const struct options_row *row)
{
	if (row->set == set_listen || row->set == set_listen6)
		return o->given[options_named("listen", 6) - options_table] ||
		       o->given[options_named("listen6", 7) - options_table];
	return o->given[row - options_table];
}

/* What the command line names, before any file is read. Errors are found when it is taken. */
static void options_glance(struct options *o, int argc, char **argv, const char *letters,
			   const struct option *names)
{
	const struct options_row *row;
	int found;

	while ((found = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		row = found == ':' || found == '?' ? NULL : options_row(found);
		if (row)
			o->given[row - options_table] = true;
	}
	optind = 1;
}

static int options_check(struct options *o, struct options_error *error)
{
	if (o->port_min > o->port_max)
		return OPTIONS_FAIL(error, "--port-min %u is above --port-max %u", o->port_min,
				    o->port_max);
	if (o->no_xdp && o->interface_count)
		return OPTIONS_FAIL(error, "--interface and --no-xdp exclude each other");
	if (o->bridge && !(o->network_set[0] && o->network_set[1]))
		return OPTIONS_FAIL(error, "bridging needs both networks: -l a/b, or -l a -6 /b");
	if (o->bridge && o->advertised[0][0] && !o->advertised[1][0])
		return OPTIONS_FAIL(error, "-A with two networks wants two addresses, as a/b");
	if (!o->bridge && o->advertised[1][0])
		options_warn(o, "-A a/b is for two networks, but -l names one: a is told");
	if (!o->network_set[0])
		o->network[0].addr = addr_any(AF_INET);
	if (o->record_all && !o->record_dir)
		return OPTIONS_FAIL(error, "-a records, so it needs a directory: -r DIR");
	if (o->spool_dir && !o->record_dir)
		return OPTIONS_FAIL(error,
				    "-S is where recordings of -r DIR are written; -r is missing");
	if (o->takeover && o->no_pin)
		return OPTIONS_FAIL(error, "--takeover and --no-pin exclude each other: only what "
					   "is pinned can be handed over");
	options_instance(o);
	if (!o->socket_count)
		o->sockets[o->socket_count++] = "unix:/var/run/rtpproxy.sock";
	if (options_absolute(o, error))
		return -ENOMEM;
	if (!o->setup_ttl)
		o->setup_ttl = o->ttl;
	if ((size_t)snprintf(o->reserve_record, sizeof(o->reserve_record), "%s.ports",
			     o->ctl_path) >= sizeof(o->reserve_record))
		return OPTIONS_FAIL(error, "--ctl '%s' is too long", o->ctl_path);
	return options_check_advertised(o, error);
}

static int options_defaults(struct options *o, struct options_error *error)
{
	memset(o, 0, sizeof(*o));
	for (unsigned int i = 0; i < OPTIONS_ROWS; i++) {
		const struct options_row *row = &options_table[i];

		if (row->fallback && row->set(o, row, row->fallback, error))
			return -EINVAL;
	}
	return 0;
}

/* One option that getopt found, or what it complains of. */
static int options_take(struct options *o, int found, char **argv, struct options_error *error)
{
	const struct options_row *row;

	if (found == ':')
		return OPTIONS_FAIL(error, "%s wants an argument; --help lists the options",
				    argv[optind - 1]);
	if (found == '?' && optopt >= OPTIONS_BASE)
		return OPTIONS_FAIL(error, "--%s takes no argument: leave out what stands behind =",
				    options_row(optopt)->name);
	if (found == '?' && optopt)
		return OPTIONS_FAIL(error, "unknown option -%c; --help lists them", optopt);
	if (found == '?')
		return OPTIONS_FAIL(error, "unknown option %s; --help lists them",
				    argv[optind - 1]);
	row = options_row(found);
	return options_is_switch(row) ? options_switch(o, row, optarg, error)
				      : row->set(o, row, optarg, error);
}

static int options_read(struct options *options, struct options_error *error)
{
	struct option names[OPTIONS_ROWS + 1] = {0};
	char letters[2 * OPTIONS_ROWS + 2];
	int argc = options->argc, found, err = 0;
	char **argv = options->argv;

	options_getopt(letters, names);
	opterr = 0;
	optind = 1;
	options_glance(options, argc, argv, letters, names);
	while (!err && (found = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (found == '?' && optopt == '?') {
			options->action = OPTIONS_USAGE;
			return 0;
		}
		err = options_take(options, found, argv, error);
	}
	if (err)
		return err;
	if (optind < argc)
		return OPTIONS_FAIL(error, "'%s' is not an option; --help lists them",
				    argv[optind]);
	return options_check(options, error);
}

int options_parse(struct options *options, int argc, char **argv, char *text, size_t size)
{
	struct options_error error = {text, size};
	int err = options_defaults(options, &error);

	if (err)
		return err;
	options->argc = argc;
	options->argv = argv;
	if (!getcwd(options->directory, sizeof(options->directory)))
		options->directory[0] = '\0';
	return options_read(options, &error);
}

int options_parse_again(struct options *next, const struct options *running, char *text,
			size_t size)
{
	struct options_error error = {text, size};
	int err = options_defaults(next, &error);

	if (err)
		return err;
	next->argc = running->argc;
	next->argv = running->argv;
	memcpy(next->directory, running->directory, sizeof(next->directory));
	err = options_read(next, &error);
	options_resolved(next, running);
	return err;
}

const char *options_changed(const struct options *a, const struct options *b, unsigned int *at)
{
	while (*at < OPTIONS_ROWS) {
		const struct options_row *row = &options_table[(*at)++];

		if (options_row_differs(row, a, b))
			return row->name;
	}
	return NULL;
}

void options_help(bool to_stderr)
{
	FILE *out = to_stderr ? stderr : stdout;

	fprintf(out, "usage: xdp-rtpproxy [option ...]\n"
		     "An RTP/RTCP relay in XDP that speaks the rtpproxy control protocol.\n\n");
	for (unsigned int i = 0; i < OPTIONS_ROWS; i++) {
		const struct options_row *row = &options_table[i];
		char name[64];

		snprintf(name, sizeof(name), "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
			 row->argument && !options_optional(row) ? " " : "",
			 row->argument ? row->argument : "");
		fprintf(out, "  %-36s %s%s%s%s\n", name, row->sentence, row->fallback ? " (" : "",
			row->fallback ? row->fallback : "", row->fallback ? ")" : "");
	}
}
