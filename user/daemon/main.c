/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xdp-rtpproxy, the daemon. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <base/log.h>
#include <daemon/attachlog.h>
#include <daemon/options.h>
#include <daemon/process.h>
#include <daemon/relay.h>
#include <io/reserve.h>

static int fail(const char *error)
{
	fprintf(stderr, "xdp-rtpproxy: %s\n", error);
	return EXIT_FAILURE;
}

static int detach(const struct options *o)
{
	int err = datapath_kernel_detach(o->pin_root);

	if (err == -EBUSY)
		return fail("a daemon still runs on what is pinned; stop it first");
	if (err) {
		fprintf(stderr, "xdp-rtpproxy: %s cannot be removed: %s\n", o->pin_root,
			strerror(-err));
		return EXIT_FAILURE;
	}
	reserve_remove(o->reserve_record);
	return EXIT_SUCCESS;
}

/* rtpproxy's rule: commands by UDP come from anyone, so as root that must be meant. */
static const char *udp_as_root(const struct options *o)
{
	for (unsigned int i = 0; i < o->socket_count && !o->any_user && !geteuid(); i++) {
		if (!strncmp(o->sockets[i], "udp", 3))
			return o->sockets[i];
	}
	return NULL;
}

static void log_ready(const struct relay *relay)
{
	const struct datapath_interface *interfaces;

	attachlog_all(relay->datapath);
	if (!datapath_kernel_interfaces(relay->datapath, &interfaces))
		log_event(LOG_WARNING, "no_xdp", "the slow path relays everything%s",
			  relay->options->no_xdp ? "" : ": no interface was found to attach to");
	log_event(LOG_NOTICE, "ready", "version=%s pid=%ld ports=%u-%u max_calls=%u learn=%s",
		  XRP_VERSION, (long)getpid(), relay->options->port_min, relay->options->port_max,
		  relay->options->max_calls, learn_policy_name(relay->options->policy));
}

static int run(const struct options *o)
{
	char error[RELAY_ERROR];
	struct relay relay;
	int parent = o->foreground ? 0 : process_background();
	int err;

	if (parent < 0)
		return fail(strerror(-parent));
	log_setup(!o->foreground, o->log_facility, o->log_level);
	err = relay_start(&relay, o, error, sizeof(error));
	if (err) {
		relay_stop(&relay);
		return fail(error);
	}
	log_ready(&relay);
	if (!o->foreground)
		process_ready(parent);
	relay_serve(&relay);
	relay_stop(&relay);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	char error[RELAY_ERROR];
	struct options options;
	const char *exposed;

	if (options_parse(&options, argc, argv, error, sizeof(error)))
		return fail(error);
	switch (options.action) {
	case OPTIONS_HELP:
		options_help();
		return EXIT_SUCCESS;
	case OPTIONS_VERSION:
		puts(XRP_VERSION);
		return EXIT_SUCCESS;
	case OPTIONS_DETACH:
		return detach(&options);
	case OPTIONS_RUN:
		break;
	}
	exposed = udp_as_root(&options);
	if (exposed) {
		snprintf(
			error, sizeof(error),
			"%s as root lets anyone who reaches it command the relay: say -F if that is "
			"meant, or use a unix socket",
			exposed);
		return fail(error);
	}
	return run(&options);
}
