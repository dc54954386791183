/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking the values of options: numbers, switches, words, lists. */
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <daemon/options_private.h>

int set_number(struct options *o, const struct options_row *row, const char *value,
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

void options_warn(struct options *o, const char *sentence)
{
	if (o->warning_count < OPTIONS_WARNINGS)
		o->warnings[o->warning_count++] = sentence;
}

/* rtpproxy's manual has -1 for "leave it alone", which is 0 for a socket of one's own. */
int set_tos(struct options *o, const struct options_row *row, const char *value,
	    struct options_error *error)
{
	if (strcmp(value, "-1") != 0)
		return set_number(o, row, value, error);
	o->tos = 0;
	options_warn(o, "-t -1 is accepted: what is sent has TOS 0");
	return 0;
}

int set_mode(struct options *o, const struct options_row *row, const char *value,
	     struct options_error *error)
{
	o->socket_mode_text = value;
	return set_number(o, row, value, error);
}

int set_switch(struct options *o, const struct options_row *row, const char *value,
	       struct options_error *error)
{
	(void)error;
	*(bool *)((char *)o + row->offset) = !value || strcmp(value, "no") != 0;
	return 0;
}

int set_text(struct options *o, const struct options_row *row, const char *value,
	     struct options_error *error)
{
	if (!*value)
		return OPTIONS_FAIL(error, "--%s wants a %s, not nothing", row->name,
				    row->argument);
	*(const char **)((char *)o + row->offset) = value;
	return 0;
}

int set_action(struct options *o, const struct options_row *row, const char *value,
	       struct options_error *error)
{
	(void)value;
	(void)error;
	o->action = (enum options_action)row->least;
	return 0;
}

int set_socket(struct options *o, const struct options_row *row, const char *value,
	       struct options_error *error)
{
	(void)row;
	if (o->socket_count == OPTIONS_SOCKETS)
		return OPTIONS_FAIL(error, "--socket '%s' is one too many: at most %d are served",
				    value, OPTIONS_SOCKETS);
	o->sockets[o->socket_count++] = value;
	return 0;
}

/* What is wrong with one network of a list. */
static int networks_error(const struct options_row *row, const char *word, size_t len, int err,
			  struct options_error *error)
{
	int shown = len < 100 ? (int)len : 100;

	if (err == -ENOSPC)
		return OPTIONS_FAIL(error, "--%s names more than %d networks", row->name,
				    CIDR_LIST);
	if (err == -ERANGE)
		return OPTIONS_FAIL(error,
				    "--%s '%.*s': the prefix is longer than the address, at most "
				    "/32 for IPv4 and /128 for IPv6",
				    row->name, shown, word);
	if (err == -EDOM)
		return OPTIONS_FAIL(error,
				    "--%s '%.*s': bits are set behind the prefix; clear them for "
				    "the network, or leave the prefix out for one host",
				    row->name, shown, word);
	return OPTIONS_FAIL(error, "--%s wants networks as 192.0.2.0/24,2001:db8::1, not '%.*s'",
			    row->name, shown, word);
}

int set_networks(struct options *o, const struct options_row *row, const char *value,
		 struct options_error *error)
{
	struct cidr_list *list = (struct cidr_list *)((char *)o + row->offset);
	const char *word;
	size_t len;
	int err = cidr_list_add(list, value, &word, &len);

	return err ? networks_error(row, word, len, err, error) : 0;
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

int set_interface(struct options *o, const struct options_row *row, const char *value,
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

int set_policy(struct options *o, const struct options_row *row, const char *value,
	       struct options_error *error)
{
	(void)row;
	if (learn_policy_parse(value, &o->policy))
		return OPTIONS_FAIL(error, "--learn wants strict, host, auto or any, not '%s'",
				    value);
	return 0;
}

int set_rate_cap(struct options *o, const struct options_row *row, const char *value,
		 struct options_error *error)
{
	(void)row;
	if (rate_parse(value, &o->rate_cap))
		return OPTIONS_FAIL(error,
				    "--rate-cap wants auto, off, or packets a second (%d to %d) "
				    "and, after a comma, kbit a second (%d to %d), not '%s'",
				    RATE_PPS_MIN, RATE_PPS_MAX, RATE_KBITS_MIN, RATE_KBITS_MAX,
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
	{"auth", LOG_AUTH},	{"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
	{"daemon", LOG_DAEMON}, {"ftp", LOG_FTP},	    {"kern", LOG_KERN},
	{"lpr", LOG_LPR},	{"mail", LOG_MAIL},	    {"news", LOG_NEWS},
	{"syslog", LOG_SYSLOG}, {"user", LOG_USER},	    {"uucp", LOG_UUCP},
	{"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},	    {"local2", LOG_LOCAL2},
	{"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},	    {"local5", LOG_LOCAL5},
	{"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},	    {NULL, 0},
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

int set_log(struct options *o, const struct options_row *row, const char *value,
	    struct options_error *error)
{
	size_t len = strcspn(value, ":");
	const char *facility = value[len] ? value + len + 1 : "daemon";

	(void)row;
	if (!strncasecmp(facility, "LOG_", 4))
		facility += 4;
	if (word_value(log_levels, value, len, &o->log.level) ||
	    word_value(log_facilities, facility, strlen(facility), &o->log.facility))
		return OPTIONS_FAIL(
			error,
			"--log wants LEVEL[:FACILITY], level dbug info warn err crit, "
			"facility one of syslog(3): daemon user mail ... local7, not '%s'",
			value);
	return 0;
}

int set_warning(struct options *o, const struct options_row *row, const char *value,
		struct options_error *error)
{
	(void)error;
	if (!row->argument && value && !strcmp(value, "no"))
		return 0;
	options_warn(o, row->sentence);
	return 0;
}

int set_notify(struct options *o, const struct options_row *row, const char *value,
	       struct options_error *error)
{
	(void)row;
	if (o->notify_count == OPTIONS_NOTIFY)
		return OPTIONS_FAIL(error, "--notify '%s' is one too many: at most %d are kept",
				    value, OPTIONS_NOTIFY);
	o->notify[o->notify_count++] = value;
	return 0;
}

int set_rtcp(struct options *o, const struct options_row *row, const char *value,
	     struct options_error *error)
{
	(void)row;
	o->rtcp_own = !strcmp(value, "regenerate");
	if (!o->rtcp_own && strcmp(value, "forward") != 0)
		return OPTIONS_FAIL(error, "--rtcp wants forward or regenerate, not '%s'", value);
	return 0;
}

int set_sandbox(struct options *o, const struct options_row *row, const char *value,
		struct options_error *error)
{
	(void)row;
	if (sandbox_parse(value, &o->sandbox))
		return OPTIONS_FAIL(error, "--seccomp wants refuse, kill, log or off, not '%s'",
				    value);
	return 0;
}

int set_nice(struct options *o, const struct options_row *row, const char *value,
	     struct options_error *error)
{
	char *end;
	long n = strtol(value, &end, 10);

	(void)row;
	if (end == value || *end || n < -20 || n > 19)
		return OPTIONS_FAIL(error, "--nice wants a number from -20 to 19, not '%s'", value);
	o->nice = (int)n;
	return 0;
}

int set_scheduler(struct options *o, const struct options_row *row, const char *value,
		  struct options_error *error)
{
	static const struct options_word schedulers[] = {
		{"fifo", SCHED_FIFO}, {"rr", SCHED_RR}, {NULL, 0}};

	(void)row;
	if (word_value(schedulers, value, strlen(value), &o->scheduler))
		return OPTIONS_FAIL(error, "--scheduler wants fifo or rr, not '%s'", value);
	return 0;
}
