/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp-rtpproxy, the daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <base/log.h>
#include <daemon/attachlog.h>
#include <daemon/detach.h>
#include <daemon/options.h>
#include <daemon/privileges.h>
#include <daemon/process.h>
#include <daemon/relay.h>
#include <daemon/warnings.h>
#include <io/control.h>
#include <io/supervisor.h>
#include <proto/rtpproxy.h>

static int fail(const char *error)
{
	fprintf(stderr, "xdp-rtpproxy: %s\n", error);
	return EXIT_FAILURE;
}

/* rtpproxy's rule: commands by UDP come from anyone, so as root that must be meant. */
static const char *udp_as_root(const struct options *o)
{
	bool stays_root = !o->user || o->user[0] == ':';

	for (unsigned int i = 0; i < o->socket_count && !o->any_user && stays_root && !geteuid();
	     i++) {
		if (!strncmp(o->sockets[i], "udp", 3))
			return o->sockets[i];
	}
	return NULL;
}

static void log_ready(const struct relay *relay)
{
	const char *none = attachlog_none(relay->options, relay->datapath);

	attachlog_all(relay->datapath);
	if (none)
		log_event(LOG_WARNING, "no_xdp", "the slow path relays everything: %s", none);
	log_event(LOG_NOTICE, "ready", "version=%s pid=%ld ports=%u-%u max_calls=%u learn=%s",
		  XRP_VERSION, (long)getpid(), relay->options->port_min, relay->options->port_max,
		  relay->options->max_calls, learn_policy_name(relay->options->policy));
}

static int run(struct options *o)
{
	char error[RELAY_ERROR];
	struct relay relay;
	int parent = o->foreground ? 0 : process_background(!o->no_chdir);
	int err;

	if (parent < 0)
		return fail(strerror(-parent));
	log_setup(!o->foreground, o->log.facility, o->log.level);
	warnings_log(o);
	err = relay_start(&relay, o, error, sizeof(error));
	if (err) {
		relay_stop(&relay);
		return fail(error);
	}
	log_ready(&relay);
	relay.supervisor = supervisor_new(relay.base);
	supervisor_ready(relay.supervisor);
	if (!o->foreground)
		process_ready(parent, !o->no_redirect);
	relay_serve(&relay);
	supervisor_stopping(relay.supervisor);
	supervisor_free(relay.supervisor);
	relay_stop(&relay);
	return EXIT_SUCCESS;
}

/* What the options exclude together, as a sentence in `error`. */
static int check_sockets(const struct options *o, char *error, size_t size)
{
	const char *exposed = udp_as_root(o);

	for (unsigned int i = 0; i < o->socket_count; i++) {
		if (o->foreground || !control_name_is_stdio(o->sockets[i]))
			continue;
		snprintf(error, size, "%s needs the foreground: add -f", o->sockets[i]);
		return -EINVAL;
	}
	if (!exposed)
		return 0;
	snprintf(error, size,
		 "%s as root lets anyone who reaches it command the relay: say -F if that is "
		 "meant, or -u USER, or use a unix socket",
		 exposed);
	return -EINVAL;
}

/* All but running. */
static int inform(const struct options *o)
{
	const char *date, *what;

	switch (o->action) {
	case OPTIONS_HELP:
		options_help(false);
		return EXIT_SUCCESS;
	case OPTIONS_USAGE:
		options_help(true);
		return EXIT_FAILURE;
	case OPTIONS_VERSION:
		puts(XRP_VERSION);
		return EXIT_SUCCESS;
	case OPTIONS_FEATURES:
		puts("Basic version: 20040107");
		for (unsigned int i = 0; (date = rtpproxy_feature_at(i, &what)); i++)
			printf("Extension %s: %s\n", date, what);
		return EXIT_SUCCESS;
	case OPTIONS_CLOCK:
		puts("CLOCK_MONOTONIC");
		return EXIT_SUCCESS;
	case OPTIONS_DETACH:
		return detach(o);
	case OPTIONS_RUN:
		break;
	}
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static struct options options; /* large */
	char error[RELAY_ERROR];

	if (options_parse(&options, argc, argv, error, sizeof(error)))
		return fail(error);
	if (options.action != OPTIONS_RUN)
		return inform(&options);
	if (options_resolve(&options, error, sizeof(error)) ||
	    check_sockets(&options, error, sizeof(error)) ||
	    privileges_check(error, sizeof(error)) ||
	    privileges_schedule(&options, error, sizeof(error)) ||
	    privileges_dirs(&options, error, sizeof(error)))
		return fail(error);
	return run(&options);
}
