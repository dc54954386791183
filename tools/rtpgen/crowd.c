/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See crowd.h. A process for each end of hundreds of calls would measure the scheduler. One process
 * sends for all: the ends take turns, spread evenly over the interval, and what is due is looked
 * for each millisecond. After a pause that others caused it catches up a few packets at a time, so
 * that no queue on the way is flooded by what is this program's own lateness.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include "crowd.h"
#include "end.h"

#define PAUSE  1000000U /* ns between two looks */
#define BURST  64	/* packets sent at a look, at most */
#define EVENTS 128	/* sockets asked about at once */
#define FAILED 5	/* calls that the report names, at most */

struct crowd {
	struct end *ends;
	size_t count;
	uint64_t took;	    /* from the first packet sent to the last, ns */
	unsigned long turn; /* the next packet's: end turn % count, its packet turn / count */
	int epoll;
};

static void enter(struct crowd *crowd, const struct options *options, const char *local,
		  const char *remote)
{
	struct end *ends = realloc(crowd->ends, (crowd->count + 1) * sizeof(*ends)), *end;

	if (!ends) {
		perror("rtpgen");
		exit(2);
	}
	crowd->ends = ends;
	end = &ends[crowd->count];
	*end = (struct end){.options = *options};
	end->options.local = options_endpoint(local);
	end->options.remote = options_endpoint(remote);
	end->options.packet.ssrc += (uint32_t)crowd->count;
	end->options.expect_ssrc += (uint32_t)crowd->count;
	crowd->count++;
}

static void gather(struct crowd *crowd, const struct options *options)
{
	char local[80], remote[80];

	while (fscanf(options->calls, "%79s %79s", local, remote) == 2)
		enter(crowd, options, local, remote);
	if (!crowd->count) {
		fputs("rtpgen: --calls has no line \"LOCAL REMOTE\"\n", stderr);
		exit(2);
	}
}

/* When all stand where they stay. */
static void open_all(struct crowd *crowd)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	crowd->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < crowd->count; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = &crowd->ends[i]};

		end_open(&crowd->ends[i]);
		if (epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, crowd->ends[i].sockets[0].fd, &event)) {
			perror("rtpgen: epoll");
			exit(2);
		}
	}
}

/* When the next packet is to go, ns. */
static uint64_t due(const struct crowd *crowd)
{
	const struct end *first = &crowd->ends[0];
	uint64_t interval = first->options.interval;

	return first->started + crowd->turn / crowd->count * interval +
	       crowd->turn % crowd->count * interval / crowd->count;
}

static bool sending(const struct crowd *crowd)
{
	return crowd->turn < crowd->ends[0].options.count * crowd->count;
}

static void send_due(struct crowd *crowd, uint64_t now)
{
	if (!end_may_start(&crowd->ends[0], now))
		return;
	for (int i = 0; i < BURST && sending(crowd) && due(crowd) <= now; i++)
		end_send(&crowd->ends[crowd->turn++ % crowd->count], now);
}

static void receive_all(struct crowd *crowd)
{
	struct epoll_event events[EVENTS];
	int n;

	do {
		n = epoll_wait(crowd->epoll, events, EVENTS, 0);
		for (int i = 0; i < n; i++) {
			struct end *end = events[i].data.ptr;

			while (end_receive(end, end->sockets[0].fd))
				;
		}
	} while (n == EVENTS);
}

static bool satisfied(const struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->count; i++) {
		if (!end_satisfied(&crowd->ends[i]))
			return false;
	}
	return true;
}

static void run(struct crowd *crowd)
{
	const struct timespec pause = {.tv_nsec = PAUSE};
	uint64_t now = end_clock(), last = now;

	for (;;) {
		if (sending(crowd)) {
			send_due(crowd, now);
			last = now;
			crowd->took = now - crowd->ends[0].started;
		} else if (now - last > crowd->ends[0].options.timeout || satisfied(crowd)) {
			break;
		}
		nanosleep(&pause, NULL);
		receive_all(crowd);
		now = end_clock();
	}
}

static json_t *failed_call(const struct end *end, size_t number)
{
	json_t *object =
		json_pack("{s:I, s:I}", "call", (json_int_t)number, "sent", (json_int_t)end->sent);

	tally_report(&end->tally, object);
	return object;
}

static json_t *report(const struct crowd *crowd)
{
	unsigned long sent = 0, errors = 0, received = 0, failed = 0;
	json_t *list = json_array();

	for (size_t i = 0; i < crowd->count; i++) {
		const struct end *end = &crowd->ends[i];

		sent += end->sent;
		errors += end->send_errors;
		received += end->tally.received;
		if (end_as_expected(end))
			continue;
		if (failed++ < FAILED)
			json_array_append_new(list, failed_call(end, i));
	}
	return json_pack("{s:b, s:f, s:I, s:I, s:I, s:I, s:I, s:o}", "ok", !failed, "seconds",
			 (double)crowd->took / 1e9, "calls", (json_int_t)crowd->count, "sent",
			 (json_int_t)sent, "send_errors", (json_int_t)errors, "received",
			 (json_int_t)received, "failed", (json_int_t)failed, "first_failed", list);
}

json_t *crowd_run(const struct options *options, bool *ok)
{
	struct crowd crowd = {0};
	json_t *object;

	gather(&crowd, options);
	open_all(&crowd);
	fputs("ready\n", stderr);
	run(&crowd);
	object = report(&crowd);
	*ok = json_is_true(json_object_get(object, "ok"));
	free(crowd.ends);
	return object;
}
