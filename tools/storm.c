/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * storm: thousands of calls with media at a rate that no socket could send, through a running
 * daemon, to see what a restart of it costs them. It is started in the relay's network namespace
 * (for the control socket) and sends from the parties':
 *
 *   storm --server 127.0.0.1:22222 --netns PATH --interface IF=ADDRESS/RELAY-MAC (caller's, then
 *         callee's) --calls N --pps R [--churn C] [--keep]
 *
 * It prints "up" when all calls are set up and media runs. With --churn C calls a second end and
 * others take their place. On SIGTERM the media stops; what was lost is counted, each call asked
 * for with Q and ended with D (--keep: left), and one JSON object is printed. The exit status is 0
 * when no packet was lost and every call was there.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <base/endpoint.h>
#include "storm/calls.h"
#include "storm/live.h"

struct party {
	char interface[16];
	struct xrp_addr addr;
	uint8_t mac[6];
};

struct options {
	struct xrp_endpoint server;
	const char *netns;
	struct party party[2];
	int parties;
	uint32_t calls;
	double pps;
	double churn; /* calls a second */
	bool keep;
};

struct tally {
	uint32_t unanswered, undeleted;
	uint64_t churned; /* calls that ended for others */
};

static volatile bool stop;

static void on_signal(int number)
{
	(void)number;
	stop = true;
}

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noreturn)) static void fail(const char *what, const char *why)
{
	fprintf(stderr, "storm: %s: %s\n", what, why);
	exit(2);
}

static void parse_party(struct party *p, const char *text)
{
	char addr[ADDR_TEXT];
	unsigned int mac[6];

	if (sscanf(text, "%15[^=]=%45[^/]/%x:%x:%x:%x:%x:%x", p->interface, addr, &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5]) != 8 ||
	    addr_parse(addr, &p->addr))
		fail(text, "not IF=ADDRESS/MAC");
	for (int i = 0; i < 6; i++)
		p->mac[i] = (uint8_t)mac[i];
}

static void parse_server(struct xrp_endpoint *server, const char *text)
{
	char host[ADDR_TEXT];
	struct xrp_addr addr;
	unsigned int port;

	if (sscanf(text, "%45[^:]:%u", host, &port) != 2 || addr_parse(host, &addr))
		fail(text, "not ADDRESS:PORT");
	*server = endpoint_make(&addr, (uint16_t)port);
}

static void parse_one(struct options *o, int found)
{
	switch (found) {
	case 's':
		parse_server(&o->server, optarg);
		break;
	case 'n':
		o->netns = optarg;
		break;
	case 'i':
		if (o->parties < 2)
			parse_party(&o->party[o->parties++], optarg);
		break;
	case 'c':
		o->calls = (uint32_t)strtoul(optarg, NULL, 10);
		break;
	case 'p':
		o->pps = strtod(optarg, NULL);
		break;
	case 'r':
		o->churn = strtod(optarg, NULL);
		break;
	case 'k':
		o->keep = true;
		break;
	default:
		exit(2);
	}
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {{"server", required_argument, NULL, 's'},
					      {"netns", required_argument, NULL, 'n'},
					      {"interface", required_argument, NULL, 'i'},
					      {"calls", required_argument, NULL, 'c'},
					      {"pps", required_argument, NULL, 'p'},
					      {"keep", no_argument, NULL, 'k'},
					      {"churn", required_argument, NULL, 'r'},
					      {NULL, 0, NULL, 0}};
	int found;

	while ((found = getopt_long(argc, argv, "", names, NULL)) != -1)
		parse_one(o, found);
	if (!o->netns || o->parties != 2 || !o->calls || o->calls > STORM_FLOWS / 2 || o->pps <= 0)
		fail("usage", "--server A:P --netns PATH --interface IF=A/MAC twice --calls N "
			      "--pps R [--churn C] [--keep]");
}

/* Both directions of call n as flows 2n and 2n + 1. */
static void add_flows(const struct options *o, struct live *live, uint32_t n,
		      const struct xrp_endpoint to[2])
{
	for (int side = 0; side < 2; side++) {
		const struct party *p = &o->party[side];
		struct storm_flow flow = {
			.saddr = p->addr.word[3],
			.daddr = to[side].addr.word[3],
			.sport = htons(storm_calls_port(n, side)),
			.dport = to[side].port,
		};

		memcpy(flow.dmac, p->mac, sizeof(flow.dmac));
		live_flow(live, 2 * n + (uint32_t)side, &flow, side);
	}
}

static void set_up_one(const struct options *o, struct calls *calls, struct live *live, uint32_t n)
{
	struct xrp_endpoint to[2];

	if (storm_calls_set_up(calls, n, to))
		fail("a call was answered", storm_calls_answer(calls));
	add_flows(o, live, n, to);
}

static void set_up(const struct options *o, struct calls *calls, struct live *live)
{
	for (uint32_t n = 0; n < o->calls && !stop; n++)
		set_up_one(o, calls, live, n);
}

#define CHURN_BATCH 20

/* Ends a batch of calls, from `n` on, and sets up as many in their place. */
static void replace(const struct options *o, struct calls *calls, struct live *live, uint32_t n,
		    struct tally *t)
{
	uint32_t end = n + CHURN_BATCH < o->calls ? n + CHURN_BATCH : o->calls;

	live_pause(live, 2 * n, 2 * (end - n));
	for (; n < end; n++) {
		if (storm_calls_delete(calls, n) && !t->undeleted++)
			fprintf(stderr, "storm: D of call %u: %s\n", n, storm_calls_answer(calls));
		set_up_one(o, calls, live, n);
		t->churned++;
	}
}

/* Until the end, and in time: what a restart delayed is made up for. */
static void churn(const struct options *o, struct calls *calls, struct live *live, struct tally *t)
{
	const struct timespec nap = {.tv_nsec = 5000000};
	double began = seconds_now();

	for (uint32_t n = 0; !stop; nanosleep(&nap, NULL)) {
		if (o->churn <= 0 || t->churned > (seconds_now() - began) * o->churn)
			continue;
		replace(o, calls, live, n, t);
		n = n + CHURN_BATCH < o->calls ? n + CHURN_BATCH : 0;
	}
}

static void take_down(const struct options *o, struct calls *calls, struct tally *t)
{
	for (uint32_t n = 0; n < o->calls; n++) {
		if (storm_calls_query(calls, n) && !t->unanswered++)
			fprintf(stderr, "storm: Q of call %u: %s\n", n, storm_calls_answer(calls));
		if (!o->keep && storm_calls_delete(calls, n) && !t->undeleted++)
			fprintf(stderr, "storm: D of call %u: %s\n", n, storm_calls_answer(calls));
	}
}

static int report(const struct live_result *r, const struct tally *t)
{
	uint64_t lost = r->sent > r->received ? r->sent - r->received : 0;

	printf("{\"sent\": %llu, \"received\": %llu, \"lost\": %llu, \"jumps\": %llu, \"silent\": "
	       "%u, \"longest_gap_ms\": %.1f, \"unanswered\": %u, \"undeleted\": %u, \"churned\": %llu}\n",
	       (unsigned long long)r->sent, (unsigned long long)r->received,
	       (unsigned long long)lost, (unsigned long long)r->jumps, r->silent, r->longest_gap_ms,
	       t->unanswered, t->undeleted, (unsigned long long)t->churned);
	return lost || r->jumps || r->silent || t->unanswered || t->undeleted;
}

static void enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET))
		fail(netns, strerror(errno));
	close(fd);
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct options o = {0};
	struct live_result result;
	struct calls *calls;
	struct tally tally = {0};
	struct live *live;
	int status;

	parse(&o, argc, argv);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	calls = storm_calls_new(&o.server, &o.party[0].addr, &o.party[1].addr);
	enter(o.netns);
	live = live_new((const char *const[]){o.party[0].interface, o.party[1].interface},
			2 * o.calls);
	if (!calls || !live)
		return 2;
	set_up(&o, calls, live);
	if (live_start(live, o.pps))
		return 2;
	puts("up");
	fflush(stdout);
	churn(&o, calls, live, &tally);
	if (live_stop(live))
		return 2;
	result = live_settle(live);
	take_down(&o, calls, &tally);
	status = report(&result, &tally);
	live_free(live);
	storm_calls_free(calls);
	return status;
}
