/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attack: what an attacker of a media relay does, for the security tests. One command sprays a
 * range of ports, scans it, injects into a call, forges a source, lies in RTCP or floods:
 *
 *   attack --from IP:PORT --to IP:PORT[-PORT] [--kind rtp] [--ssrc N --seq N] [--burst N]
 *          [--pps R] [--count N | --seconds S] [--spoof [--fragments]]
 *
 * Without --to it listens: a third party that counts what it is sent. On SIGTERM, or when all is
 * sent, it prints one JSON object. "ready" on standard error says that it listens.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <base/endpoint.h>
#include "attack/attack.h"
#include "attack/flood.h"
#include "attack/payload.h"
#include "attack/sender.h"

static volatile bool stop;

static void on_signal(int number)
{
	(void)number;
	stop = true;
}

__attribute__((noreturn)) static void refuse(const char *what, const char *value)
{
	fprintf(stderr, "attack: %s '%s': see tools/attack.c\n", what, value);
	exit(2);
}

static double number_of(const char *text, double most)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value <= most))
		refuse("not a number in range:", text);
	return value;
}

/* IP:PORT, or IP:PORT-PORT where `last` is wanted. */
static struct xrp_endpoint endpoint_of(const char *text, unsigned int *last)
{
	char host[ADDR_TEXT];
	struct xrp_addr addr;
	unsigned int port, end;
	int found = sscanf(text, "%45[^:]:%u-%u", host, &port, &end);

	if (found < 2 || (found > 2 && (!last || end < port || end > 65535)) || port > 65535 ||
	    addr_parse(host, &addr) || !addr_is_v4(&addr))
		refuse("not an IPv4 address and port:", text);
	if (last)
		*last = found > 2 ? end : port;
	return endpoint_make(&addr, (uint16_t)port);
}

static void parse_live(struct attack *a, const char *text)
{
	unsigned int mac[6];

	if (sscanf(text, "%15[^=]=%x:%x:%x:%x:%x:%x", a->interface, &mac[0], &mac[1], &mac[2],
		   &mac[3], &mac[4], &mac[5]) != 7)
		refuse("not INTERFACE=MAC:", text);
	for (int i = 0; i < 6; i++)
		a->mac[i] = (uint8_t)mac[i];
}

static const struct option names[] = {
	{"from", required_argument, NULL, 'f'},	     {"to", required_argument, NULL, 't'},
	{"kind", required_argument, NULL, 'k'},	     {"ssrc", required_argument, NULL, 'r'},
	{"seq", required_argument, NULL, 'q'},	     {"burst", required_argument, NULL, 'b'},
	{"size", required_argument, NULL, 'z'},	     {"pps", required_argument, NULL, 'p'},
	{"count", required_argument, NULL, 'c'},     {"seconds", required_argument, NULL, 's'},
	{"linger-ms", required_argument, NULL, 'l'}, {"step", required_argument, NULL, 'e'},
	{"live", required_argument, NULL, 'i'},	     {"spoof", no_argument, NULL, 'x'},
	{"fragments", no_argument, NULL, 'g'},	     {NULL, 0, NULL, 0},
};

static void take_packet(struct attack *a, int option)
{
	switch (option) {
	case 'k':
		a->kind = payload_named(optarg);
		if (!a->kind)
			refuse("no such kind of payload:", optarg);
		break;
	case 'r':
		a->ssrc_known = true;
		a->ssrc = (uint32_t)number_of(optarg, UINT32_MAX);
		break;
	case 'q':
		a->sequence_known = true;
		a->sequence = (uint16_t)number_of(optarg, UINT16_MAX);
		break;
	case 'z':
		a->size = (unsigned int)number_of(optarg, PAYLOAD_MAX);
		break;
	default:
		exit(2);
	}
}

static void take(struct attack *a, int option, unsigned int *last)
{
	switch (option) {
	case 'f':
		a->from = endpoint_of(optarg, NULL);
		break;
	case 't':
		a->to = endpoint_of(optarg, last);
		break;
	case 'g':
		a->fragments = true;
		break;
	case 'x':
		a->spoof = true;
		break;
	case 'e':
		a->step = (unsigned int)number_of(optarg, 1000);
		break;
	case 'b':
		a->burst = (unsigned int)number_of(optarg, 1e6);
		break;
	case 'p':
		a->pps = number_of(optarg, 1e8);
		break;
	case 'c':
		a->count = (uint64_t)number_of(optarg, 1e12);
		break;
	case 's':
		a->seconds = number_of(optarg, 1e6);
		break;
	case 'l':
		a->linger = (unsigned int)number_of(optarg, 1e6);
		break;
	case 'i':
		parse_live(a, optarg);
		break;
	default:
		take_packet(a, option);
	}
}

static void parse(struct attack *a, int argc, char **argv)
{
	unsigned int last = 0;
	int option;

	*a = (struct attack){
		.kind = payload_named("rtp"), .step = 1, .burst = 1, .pps = 1000, .linger = 300};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		take(a, option, &last);
	if (optind < argc)
		refuse("no such argument:", argv[optind]);
	if (!a->from.port)
		refuse("wanted is", "--from IP:PORT");
	if (!a->step || !a->burst)
		refuse("not 0:", "--step, --burst");
	a->ports = a->to.port ? (last - endpoint_port(&a->to)) / a->step + 1 : 0;
}

static void report(const struct attack *a, const struct attack_result *r)
{
	char last[ENDPOINT_TEXT];

	printf("{\"sent\": %llu, \"failed\": %llu, \"rounds\": %.2f, \"received\": %llu, "
	       "\"received_bytes\": %llu, \"last_from\": \"%s\"}\n",
	       (unsigned long long)r->sent, (unsigned long long)r->failed,
	       a->ports ? (double)r->sent / a->ports : 0.0, (unsigned long long)r->received,
	       (unsigned long long)r->received_bytes,
	       r->received ? endpoint_format(&r->last, last) : "");
}

static int run_sender(const struct attack *a, struct attack_result *result)
{
	struct sender *sender = sender_new(a);

	if (!sender)
		return -errno;
	fputs("ready\n", stderr);
	sender_run(sender, &stop, result);
	sender_free(sender);
	return 0;
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct attack_result result = {0};
	struct attack attack;
	int err;

	parse(&attack, argc, argv);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	srandom((unsigned int)time(NULL));
	err = attack.interface[0] ? flood_run(&attack, &stop, &result)
				  : run_sender(&attack, &result);
	if (err) {
		fprintf(stderr, "attack: %s\n", strerror(-err));
		return 2;
	}
	report(&attack, &result);
	return 0;
}
