/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtpgen: one end of a call, for tests; or of many calls at once (rtpgen/crowd.c). Sends RTP (or
 * RTCP, or STUN) from one UDP endpoint and receives there, checks every packet that comes by
 * sequence, SSRC, payload bytes and source, and says what it saw. A wrong UDP checksum shows as
 * loss: the kernel drops such a packet.
 */
#include <stdio.h>
#include <time.h>

#include "rtpgen/crowd.h"
#include "rtpgen/end.h"

#define START_POLL 5000000U /* ns between two looks for the start file */

/* May it send now? The time of the next packet goes to `next`. */
static bool sending_due(struct end *end, uint64_t now, uint64_t *next)
{
	if (!end_may_start(end, now)) {
		*next = now + START_POLL;
		end->last = now;
		return false;
	}
	*next = end->started + end->sent * end->options.interval;
	return now >= *next;
}

static void wait_until(struct end *end, uint64_t when, uint64_t now)
{
	uint64_t left = when > now ? when - now : 0;
	struct timespec t = {.tv_sec = (time_t)(left / 1000000000U),
			     .tv_nsec = (long)(left % 1000000000U)};

	if (ppoll(end->sockets, end->socket_count, &t, NULL) <= 0)
		return;
	for (unsigned int i = 0; i < end->socket_count; i++)
		while (end_receive(end, end->sockets[i].fd))
			;
}

static void run(struct end *end)
{
	uint64_t now = end_clock();

	end->began = end->last = now;
	while (!end_satisfied(end)) {
		uint64_t next = end->last + end->options.timeout;

		if (end->sent < end->options.count) {
			if (sending_due(end, now, &next)) {
				end_send(end, now);
				next = now;
			}
		} else if (now >= next) {
			break;
		}
		wait_until(end, next, now);
		now = end_clock();
	}
}

/* Milliseconds from the start of sending (or of listening) to the first packet; -1: none came. */
static double first_ms(const struct end *end)
{
	uint64_t from = end->started ? end->started : end->began;

	if (!end->tally.received)
		return -1;
	return end->tally.first > from ? (double)(end->tally.first - from) / 1e6 : 0;
}

static void print_pairs(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		printf("%s=", key);
		json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
		putchar(' ');
	}
}

/* Writes the report and lets go of it. */
static void print(json_t *object, bool json)
{
	if (json)
		json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	else
		print_pairs(object);
	putchar('\n');
	json_decref(object);
}

static json_t *report(const struct end *end, bool ok)
{
	json_t *object = json_object();

	json_object_set_new(object, "ok", json_boolean(ok));
	json_object_set_new(object, "kind",
			    json_string(packet_kind_name(end->options.packet.kind)));
	json_object_set_new(object, "sent", json_integer((json_int_t)end->sent));
	json_object_set_new(object, "send_errors", json_integer((json_int_t)end->send_errors));
	tally_report(&end->tally, object);
	json_object_set_new(object, "first_ms", json_real(first_ms(end)));
	return object;
}

static bool call(const struct options *options)
{
	static struct end end;
	bool ok;

	end.options = *options;
	end_open(&end);
	fputs("ready\n", stderr);
	run(&end);
	ok = end_as_expected(&end);
	print(report(&end, ok), options->json);
	return ok;
}

static bool calls(const struct options *options)
{
	bool ok;
	json_t *object = crowd_run(options, &ok);

	print(object, options->json);
	return ok;
}

int main(int argc, char **argv)
{
	struct options options;

	options_read(&options, argc, argv);
	return (options.calls ? calls(&options) : call(&options)) ? 0 : 1;
}
