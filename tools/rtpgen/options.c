/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of rtpgen: one table gives getopt's options and the help. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

enum key {
	LOCAL = 'A',
	REMOTE,
	COUNT,
	INTERVAL,
	SIZE,
	SSRC,
	SEQUENCE,
	TYPE,
	RTCP,
	STUN,
	EXPECT,
	EXPECT_FROM,
	EXPECT_SSRC,
	MAY_LOSE,
	TIMEOUT,
	REBIND_AFTER,
	START_FILE,
	PLAY,
	DUMP,
	CALLS,
	JSON,
	HELP,
};

static const struct {
	const char *name;
	enum key key;
	const char *argument, *sentence;
} table[] = {
	{"local", LOCAL, "IP:PORT", "send from and receive at this endpoint (must be given)"},
	{"remote", REMOTE, "IP:PORT", "send there; without it, only listen"},
	{"count", COUNT, "N", "how many packets to send (default 50)"},
	{"interval-ms", INTERVAL, "MS", "time between two packets, may be a fraction (default 20)"},
	{"payload-size", SIZE, "BYTES", "RTP payload, 0 to 65495 (default 160)"},
	{"ssrc", SSRC, "N", "SSRC to send (default 0x1234)"},
	{"seq", SEQUENCE, "N", "first sequence number (default 1)"},
	{"pt", TYPE, "N", "RTP payload type, 0 to 127 (default 8)"},
	{"rtcp", RTCP, NULL, "RTCP sender reports instead of RTP"},
	{"stun", STUN, NULL, "STUN binding requests instead of RTP"},
	{"expect", EXPECT, "N", "so many have to come; 0: nothing may come until the timeout"},
	{"expect-from", EXPECT_FROM, "IP:PORT", "where they have to come from"},
	{"expect-ssrc", EXPECT_SSRC, "N", "their SSRC"},
	{"may-lose", MAY_LOSE, "N", "so many may miss in between (default 0)"},
	{"timeout", TIMEOUT, "S", "wait so long after the last packet sent (default 2)"},
	{"rebind-after", REBIND_AFTER, "N", "send from another local port after N packets"},
	{"start-file", START_FILE, "PATH", "begin to send only when this file exists"},
	{"play", PLAY, "PATH", "send these packets instead: a line of hex digits each"},
	{"dump", DUMP, "PATH", "judge nothing that comes, write it: time (ns), source, hex digits"},
	{"calls", CALLS, "PATH",
	 "many calls: a line LOCAL REMOTE each, instead of these options; the next SSRCs for each"},
	{"json", JSON, NULL, "report as JSON"},
	{"help", HELP, NULL, "this list"},
};

#define ROWS (sizeof(table) / sizeof(table[0]))

__attribute__((noreturn)) static void refuse(const char *what, const char *value)
{
	fprintf(stderr, "rtpgen: %s \"%s\" (try --help)\n", what, value);
	exit(2);
}

__attribute__((noreturn)) static void help(void)
{
	puts("rtpgen: sends RTP from one endpoint, receives there, checks all of it\n");
	for (size_t i = 0; i < ROWS; i++) {
		char left[40];

		snprintf(left, sizeof(left), "--%s %s", table[i].name,
			 table[i].argument ? table[i].argument : "");
		printf("  %-24s%s\n", left, table[i].sentence);
	}
	puts("\nIt writes \"ready\" to stderr when it listens. Exit status: 0 when all came that\n"
	     "had to and nothing else, 1 when not, 2 for bad usage.");
	exit(0);
}

static unsigned long read_number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (end == text || *end || *text == '-' || value > max)
		refuse("not a number in range:", text);
	return value;
}

/* A decimal number of `unit` ns each. */
static uint64_t read_time(const char *text, double unit)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value < 1e6))
		refuse("not a time:", text);
	return (uint64_t)(value * unit);
}

/* "192.0.2.1:4000" or "[2001:db8::1]:4000" */
struct xrp_endpoint options_endpoint(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[ADDR_TEXT];
	struct xrp_addr addr;
	bool brackets;
	size_t len;

	if (!colon)
		refuse("not an address and port:", text);
	brackets = *text == '[' && colon[-1] == ']';
	len = (size_t)(colon - text) - (brackets ? 2 : 0);
	snprintf(host, sizeof(host), "%.*s", (int)len, text + brackets);
	if (len >= sizeof(host) || addr_parse(host, &addr))
		refuse("not an address and port:", text);
	return endpoint_make(&addr, (uint16_t)read_number(colon + 1, 65535));
}

static void take_packet(struct packet *packet, int key, const char *value)
{
	switch (key) {
	case SIZE:
		packet->payload = read_number(value, PACKET_MAX - 12);
		break;
	case SSRC:
		packet->ssrc = (uint32_t)read_number(value, UINT32_MAX);
		break;
	case SEQUENCE:
		packet->sequence = (uint32_t)read_number(value, UINT32_MAX);
		break;
	case TYPE:
		packet->payload_type = (uint8_t)read_number(value, 127);
		break;
	case RTCP:
		packet->kind = PACKET_RTCP;
		break;
	case STUN:
		packet->kind = PACKET_STUN;
		break;
	}
}

static void take_expectation(struct options *o, int key, const char *value)
{
	switch (key) {
	case EXPECT:
		o->expect = read_number(value, UINT32_MAX);
		o->expect_given = true;
		break;
	case EXPECT_FROM:
		o->expect_from = options_endpoint(value);
		break;
	case EXPECT_SSRC:
		o->expect_ssrc = (uint32_t)read_number(value, UINT32_MAX);
		o->expect_ssrc_given = true;
		break;
	case MAY_LOSE:
		o->may_lose = read_number(value, UINT32_MAX);
		break;
	case TIMEOUT:
		o->timeout = read_time(value, 1e9);
		break;
	}
}

static FILE *open_file(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (!file)
		refuse("cannot be opened:", path);
	return file;
}

static void take(struct options *o, int key, const char *value)
{
	switch (key) {
	case LOCAL:
		o->local = options_endpoint(value);
		break;
	case REMOTE:
		o->remote = options_endpoint(value);
		break;
	case COUNT:
		o->count = read_number(value, UINT32_MAX);
		break;
	case INTERVAL:
		o->interval = read_time(value, 1e6);
		break;
	case REBIND_AFTER:
		o->rebind_after = read_number(value, UINT32_MAX);
		break;
	case START_FILE:
		o->start_file = value;
		break;
	case PLAY:
		o->play = open_file(value, "r");
		break;
	case DUMP:
		o->dump = open_file(value, "w");
		break;
	case CALLS:
		o->calls = open_file(value, "r");
		break;
	case JSON:
		o->json = true;
		break;
	case HELP:
		help();
	case '?':
		exit(2); /* getopt has said why */
	default:
		take_packet(&o->packet, key, value);
		take_expectation(o, key, value);
	}
}

void options_read(struct options *o, int argc, char **argv)
{
	struct option rows[ROWS + 1] = {0};
	int key;

	for (size_t i = 0; i < ROWS; i++)
		rows[i] = (struct option){table[i].name,
					  table[i].argument ? required_argument : no_argument, NULL,
					  (int)table[i].key};
	*o = (struct options){
		.packet = {.payload_type = 8, .ssrc = 0x1234, .sequence = 1, .payload = 160},
		.count = 50,
		.interval = 20000000,
		.timeout = 2000000000,
	};
	while ((key = getopt_long(argc, argv, "", rows, NULL)) != -1)
		take(o, key, optarg);
	if (optind < argc)
		refuse("unexpected argument", argv[optind]);
	if (o->calls && (o->play || o->dump || o->rebind_after))
		refuse("with --calls there is no", "--play, --dump or --rebind-after");
	if (o->calls)
		return;
	if (!o->local.port)
		refuse("missing option", "--local");
	if (!endpoint_is_set(&o->remote))
		o->count = 0;
}
