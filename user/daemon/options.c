/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See options.h. Letters and their meaning are rtpproxy's; names without a letter are ours. */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <base/endpoint.h>
#include <daemon/options.h>

struct options_error {
	char *text;
	size_t size;
};

#define OPTIONS_FAIL(error, ...) (snprintf((error)->text, (error)->size, __VA_ARGS__), -EINVAL)

struct options_row;
typedef int options_setter(struct options *o, const struct options_row *row, const char *value,
			   struct options_error *error);

struct options_row {
	char letter;	      /* 0: none */
	const char *name;     /* long name */
	const char *argument; /* NULL: a switch */
	options_setter *set;
	size_t offset;		  /* of its member in struct options */
	unsigned int least, most; /* of numbers */
	const char *fallback;	  /* the default, as text; NULL: none */
	const char *sentence;
};

static int set_number(struct options *o, const struct options_row *row, const char *value,
		      struct options_error *error)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(value, &end, 10);
	if (errno || end == value || *end || *value == '-' || n < row->least || n > row->most)
		return OPTIONS_FAIL(error, "--%s wants a number from %u to %u, not '%s'", row->name,
				    row->least, row->most, value);
	*(unsigned int *)((char *)o + row->offset) = (unsigned int)n;
	return 0;
}

static int set_switch(struct options *o, const struct options_row *row, const char *value,
		      struct options_error *error)
{
	(void)value;
	(void)error;
	*(bool *)((char *)o + row->offset) = true;
	return 0;
}

static int set_text(struct options *o, const struct options_row *row, const char *value,
		    struct options_error *error)
{
	if (!*value)
		return OPTIONS_FAIL(error, "--%s wants a %s, not nothing", row->name,
				    row->argument);
	*(const char **)((char *)o + row->offset) = value;
	return 0;
}

static int set_action(struct options *o, const struct options_row *row, const char *value,
		      struct options_error *error)
{
	(void)value;
	(void)error;
	o->action = (enum options_action)row->least;
	return 0;
}

static int set_advertised(struct options *o, const struct options_row *row, const char *value,
			  struct options_error *error)
{
	(void)row;
	if (strchr(value, '/'))
		return OPTIONS_FAIL(error,
				    "--advertised '%s': two addresses are for bridging two "
				    "networks, which this release does not do; give one",
				    value);
	if (!*value || strlen(value) >= sizeof(o->advertised) || strpbrk(value, " \t\r\n"))
		return OPTIONS_FAIL(error, "--advertised wants an address or host name, not '%s'",
				    value);
	strcpy(o->advertised, value);
	return 0;
}

static int set_listen(struct options *o, const struct options_row *row, const char *value,
		      struct options_error *error)
{
	const char *equals = strchr(value, '=');
	size_t len = equals ? (size_t)(equals - value) : strlen(value);
	char addr[ADDR_TEXT];

	if (equals && set_advertised(o, row, equals + 1, error))
		return -EINVAL;
	if (len == 1 && *value == '*') {
		o->listen = addr_any(AF_INET);
		return 0;
	}
	if (memchr(value, '/', len))
		return OPTIONS_FAIL(error,
				    "--listen '%s': bridging two networks is not done by this "
				    "release; give one address",
				    value);
	snprintf(addr, sizeof(addr), "%.*s", (int)len, value);
	if (len >= sizeof(addr) || addr_parse(addr, &o->listen) || !addr_is_v4(&o->listen))
		return OPTIONS_FAIL(error,
				    "--listen wants an IPv4 address of this host or '*', not "
				    "'%s'",
				    value);
	return 0;
}

static int set_socket(struct options *o, const struct options_row *row, const char *value,
		      struct options_error *error)
{
	(void)row;
	if (o->socket_count == OPTIONS_SOCKETS)
		return OPTIONS_FAIL(error, "--socket '%s' is one too many: at most %d are served",
				    value, OPTIONS_SOCKETS);
	o->sockets[o->socket_count++] = value;
	return 0;
}

static int add_interface(struct options *o, const char *name, size_t len,
			 struct options_error *error)
{
	if (!len || len >= IFNAMSIZ)
		return OPTIONS_FAIL(error, "--interface wants names like 'eth0,eth1', not '%.*s'",
				    (int)len, name);
	if (o->interface_count == OPTIONS_INTERFACES)
		return OPTIONS_FAIL(error, "--interface names more than %d", OPTIONS_INTERFACES);
	memcpy(o->interfaces[o->interface_count], name, len);
	o->interfaces[o->interface_count][len] = '\0';
	if (!if_nametoindex(o->interfaces[o->interface_count]))
		return OPTIONS_FAIL(error,
				    "--interface '%.*s': no such interface; `ip link` lists "
				    "them",
				    (int)len, name);
	o->interface_count++;
	return 0;
}

static int set_interface(struct options *o, const struct options_row *row, const char *value,
			 struct options_error *error)
{
	(void)row;
	for (;;) {
		size_t len = strcspn(value, ",");
		int err = add_interface(o, value, len, error);

		if (err || !value[len])
			return err;
		value += len + 1;
	}
}

static int set_policy(struct options *o, const struct options_row *row, const char *value,
		      struct options_error *error)
{
	(void)row;
	if (learn_policy_parse(value, &o->policy))
		return OPTIONS_FAIL(error, "--learn wants strict, host, auto or any, not '%s'",
				    value);
	return 0;
}

struct options_word {
	const char *name;
	int value;
};

static const struct options_word log_levels[] = {
	{"dbug", LOG_DEBUG}, {"info", LOG_INFO}, {"warn", LOG_WARNING},
	{"err", LOG_ERR},    {"crit", LOG_CRIT}, {NULL, 0},
};

static const struct options_word log_facilities[] = {
	{"daemon", LOG_DAEMON},
	{"user", LOG_USER},
	{"local0", LOG_LOCAL0},
	{"local1", LOG_LOCAL1},
	{"local2", LOG_LOCAL2},
	{"local3", LOG_LOCAL3},
	{"local4", LOG_LOCAL4},
	{"local5", LOG_LOCAL5},
	{"local6", LOG_LOCAL6},
	{"local7", LOG_LOCAL7},
	{NULL, 0},
};

static int word_value(const struct options_word *words, const char *name, size_t len, int *value)
{
	for (; words->name; words++) {
		if (strlen(words->name) == len && !strncasecmp(words->name, name, len)) {
			*value = words->value;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_log(struct options *o, const struct options_row *row, const char *value,
		   struct options_error *error)
{
	size_t len = strcspn(value, ":");
	const char *facility = value[len] ? value + len + 1 : "daemon";

	(void)row;
	if (facility[0] == 'L' && !strncmp(facility, "LOG_", 4))
		facility += 4;
	if (word_value(log_levels, value, len, &o->log_level) ||
	    word_value(log_facilities, facility, strlen(facility), &o->log_facility))
		return OPTIONS_FAIL(error,
				    "--log wants LEVEL[:FACILITY], level dbug info warn err crit, "
				    "facility daemon user local0 ... local7, not '%s'",
				    value);
	return 0;
}

#define AT(member) offsetof(struct options, member)

static const struct options_row options_table[] = {
	{'l', "listen", "ADDRESS[=ADVERTISED]", set_listen, 0, 0, 0, "*",
	 "local address that media ports are on; * is any"},
	{'A', "advertised", "ADDRESS", set_advertised, 0, 0, 0, NULL,
	 "address or name to tell instead of the local one (a host behind NAT)"},
	{'s', "socket", "SOCKET", set_socket, 0, 0, 0, NULL,
	 "control socket: udp:host:port, or unix:path; may be given again "
	 "(unix:/var/run/rtpproxy.sock)"},
	{'m', "port-min", "PORT", set_number, AT(port_min), 1, 65535, "35000", "lowest media port"},
	{'M', "port-max", "PORT", set_number, AT(port_max), 1, 65535, "65000",
	 "highest media port"},
	{'b', "ordered-ports", NULL, set_switch, AT(ordered_ports), 0, 0, NULL,
	 "give ports out in order, not at random"},
	{'T', "ttl", "SECONDS", set_number, AT(ttl), 1, 1000000, "60",
	 "end a call after this long without a packet"},
	{'W', "setup-ttl", "SECONDS", set_number, AT(setup_ttl), 1, 1000000, NULL,
	 "the same for a call that has one side only yet (as --ttl)"},
	{'t', "tos", "TOS", set_number, AT(tos), 0, 255, "184", "IPv4 TOS of what is sent"},
	{'f', "foreground", NULL, set_switch, AT(foreground), 0, 0, NULL,
	 "stay in the foreground and log to stderr"},
	{'F', "any-user", NULL, set_switch, AT(any_user), 0, 0, NULL,
	 "serve a UDP control socket though running as root"},
	{'p', "pid-file", "FILE", set_text, AT(pid_file), 0, 0, "/var/run/rtpproxy.pid",
	 "where to write the process ID"},
	{'d', "log", "LEVEL[:FACILITY]", set_log, 0, 0, 0, "info",
	 "least important level to log: dbug info warn err crit"},
	{0, "interface", "IF[,IF...]", set_interface, 0, 0, 0, NULL,
	 "interfaces to relay on in XDP (those of the listen address and the routes)"},
	{0, "no-xdp", NULL, set_switch, AT(no_xdp), 0, 0, NULL,
	 "attach no XDP program: the slow path relays everything"},
	{0, "no-pin", NULL, set_switch, AT(no_pin), 0, 0, NULL,
	 "pin nothing: everything goes when the daemon does"},
	{0, "pin-root", "DIR", set_text, AT(pin_root), 0, 0, "/sys/fs/bpf/xdp-rtpproxy",
	 "directory of the pinned maps and links, on a bpffs"},
	{0, "detach", NULL, set_action, 0, OPTIONS_DETACH, 0, NULL,
	 "remove all that is pinned and the port reservation, and exit"},
	{0, "no-reserve-ports", NULL, set_switch, AT(no_reserve_ports), 0, 0, NULL,
	 "leave net.ipv4.ip_local_reserved_ports alone"},
	{0, "ctl", "PATH", set_text, AT(ctl_path), 0, 0, "/run/xdp-rtpproxy/ctl.sock",
	 "socket that xdp-rtpctl speaks to"},
	{0, "learn", "POLICY", set_policy, 0, 0, 0, "auto",
	 "who may become a leg's peer: strict host auto any"},
	{0, "max-calls", "N", set_number, AT(max_calls), 1, 1000000, "16384",
	 "most media streams at a time"},
	{0, "port-rest", "SECONDS", set_number, AT(port_rest), 0, 3600, "5",
	 "how long a port stays unused after a call"},
	{0, "punt-rate", "N", set_number, AT(punt_rate), 1, 10000000, "1000",
	 "packets a second that one flow may send to the slow path"},
	{0, "punt-burst", "N", set_number, AT(punt_burst), 1, 10000000, "250",
	 "how many of these may come at once"},
	{'V', "version", NULL, set_action, 0, OPTIONS_VERSION, 0, NULL, "print the version"},
	{'?', "help", NULL, set_action, 0, OPTIONS_HELP, 0, NULL, "print this list"},
};

#define OPTIONS_ROWS (sizeof(options_table) / sizeof(options_table[0]))
#define OPTIONS_BASE 256 /* getopt's value of the first row */

static void options_getopt(char *letters, struct option *names)
{
	*letters++ = ':'; /* tell a missing argument apart */
	for (unsigned int i = 0; i < OPTIONS_ROWS; i++) {
		const struct options_row *row = &options_table[i];

		names[i] =
			(struct option){row->name, row->argument ? required_argument : no_argument,
					NULL, (int)(OPTIONS_BASE + i)};
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

static int options_check(struct options *o, struct options_error *error)
{
	if (o->port_min > o->port_max)
		return OPTIONS_FAIL(error, "--port-min %u is above --port-max %u", o->port_min,
				    o->port_max);
	if (o->no_xdp && o->interface_count)
		return OPTIONS_FAIL(error, "--interface and --no-xdp exclude each other");
	if (!o->socket_count)
		o->sockets[o->socket_count++] = "unix:/var/run/rtpproxy.sock";
	if (!o->setup_ttl)
		o->setup_ttl = o->ttl;
	if ((size_t)snprintf(o->reserve_record, sizeof(o->reserve_record), "%s.ports",
			     o->ctl_path) >= sizeof(o->reserve_record))
		return OPTIONS_FAIL(error, "--ctl '%s' is too long", o->ctl_path);
	return 0;
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
	if (found == '?' && optopt)
		return OPTIONS_FAIL(error, "unknown option -%c; --help lists them", optopt);
	if (found == '?')
		return OPTIONS_FAIL(error, "unknown option %s; --help lists them",
				    argv[optind - 1]);
	row = options_row(found);
	return row->set(o, row, optarg, error);
}

int options_parse(struct options *options, int argc, char **argv, char *text, size_t size)
{
	struct options_error error = {text, size};
	struct option names[OPTIONS_ROWS + 1] = {0};
	char letters[2 * OPTIONS_ROWS + 2];
	int found, err;

	err = options_defaults(options, &error);
	options_getopt(letters, names);
	opterr = 0;
	optind = 1;
	while (!err && (found = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		if (found == '?' && optopt == '?') {
			options->action = OPTIONS_HELP;
			return 0;
		}
		err = options_take(options, found, argv, &error);
	}
	if (err)
		return err;
	if (optind < argc)
		return OPTIONS_FAIL(&error, "'%s' is not an option; --help lists them",
				    argv[optind]);
	return options_check(options, &error);
}

void options_help(void)
{
	printf("usage: xdp-rtpproxy [option ...]\n"
	       "An RTP/RTCP relay in XDP that speaks the rtpproxy control protocol.\n\n");
	for (unsigned int i = 0; i < OPTIONS_ROWS; i++) {
		const struct options_row *row = &options_table[i];
		char name[64];

		snprintf(name, sizeof(name), "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
			 row->argument ? " " : "", row->argument ? row->argument : "");
		printf("  %-36s %s%s%s%s\n", name, row->sentence, row->fallback ? " (" : "",
		       row->fallback ? row->fallback : "", row->fallback ? ")" : "");
	}
}
