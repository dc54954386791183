/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole sequences of commands, run as the daemon runs them: parsed, carried out by the engine,
 * brought to rows and journal by the synchroniser, answered. After each of them ports, slots, rows,
 * records and counts are those of the calls that there are (relay_world_check), and at the end
 * nothing is left.
 *
 * An input is lines. A line is a command, but for those that begin with
 *   @N   N seconds pass, and all streams are swept
 *   ~    media functions fail from now on, or succeed again
 *   !N   a packet by the slow path to port 35000 + N, from where it was signalled; !N X: from X
 *   ^    routes have changed: all is planned anew
 */
#include <stdint.h>
#include "relay_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES 200 /* of one input; more tell nothing new */

/* The number at the beginning of a text, and the text without it. */
static unsigned int number(struct text *text)
{
	unsigned int n = 0;

	while (text->len && text->at[0] >= '0' && text->at[0] <= '9' && n < 100000) {
		n = n * 10 + (unsigned int)(text->at[0] - '0');
		text->at++;
		text->len--;
	}
	return n;
}

static void pass_time(struct relay_world *r, struct text line)
{
	r->world->now += number(&line) * SECOND;
	sweep(&r->relay.engine, r->relay.engine.calls.count, r->world->now);
}

/* What comes to a port, whose call may be gone. */
static void packet(struct relay_world *r, struct text line)
{
	const uint8_t rtp[20] = {0x80, 0, 0, (uint8_t)line.len, [11] = 7};
	struct judge_packet p = {.data = rtp, .len = sizeof(rtp), .now = r->world->now};
	const struct channel *ch;
	struct judge_send send;

	p.local.port = htons((uint16_t)(35000 + number(&line) % 48));
	DEMAND(!addr_parse(line.len % 2 ? "2001:db8::1" : "192.0.2.1", &p.local.addr));
	ch = calls_channel(&r->relay.engine.calls, &p.local);
	p.source = ch ? ch->learn.signalled : p.local;
	if (line.len > 1)
		p.source.addr.word[3] ^= htonl((uint32_t)line.at[1]);
	judge(&r->relay.engine, &p, &send);
}

static void plan_anew(struct relay_world *r)
{
	r->relay.engine.calls.resync = r->relay.engine.calls.all;
	while (sync_some(&r->relay, 3))
		continue;
}

static void run_line(struct relay_world *r, struct text line)
{
	char kind = line.len ? line.at[0] : ' ';
	struct text rest = {line.at + 1, line.len ? line.len - 1 : 0};

	r->world->said[0] = '\0';
	if (kind == '@')
		pass_time(r, rest);
	else if (kind == '~')
		r->world->fail = !r->world->fail;
	else if (kind == '!')
		packet(r, rest);
	else if (kind == '^')
		plan_anew(r);
	else
		relay_world_run(r, line.at, line.len);
	sync_run(&r->relay);
	relay_world_check(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = {(const char *)data, size};
	struct relay_world *r = relay_world_new();

	for (int lines = 0; rest.len && lines < LINES; lines++) {
		const char *end = memchr(rest.at, '\n', rest.len);
		struct text line = {rest.at, end ? (size_t)(end - rest.at) : rest.len};
		size_t taken = line.len + (end != NULL);

		run_line(r, line);
		rest.at += taken;
		rest.len -= taken;
	}
	relay_world_free(r);
	return 0;
}
