/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The framing of control connections (tcp:, cunix:, stdio:, and unix: with its one command): bytes
 * in any pieces, from a client that reads its replies now or later. What is handed up are the lines
 * that were sent, each once and in order, whatever the pieces; a line too long ends it.
 *
 * An input: a byte (bit 0: one command and no lines), then pieces: a byte of length, of which bit 7
 * says that the client reads now and bit 6 that the length is 64 times as much; the piece.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <io/control_socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SENT_MOST (64U << 10)
#define TURNS	  2000 /* of the event loop: far more than anything here needs */

struct run {
	struct control_hub hub;
	struct control_stream *stream;
	int client;
	bool one, ended;
	uint8_t sent[SENT_MOST];
	size_t sent_len, asked; /* bytes; how far they have been handed up */
	size_t replied, replies_read;
};

static void demand(bool right)
{
	if (!right)
		abort();
}

/* It is the next of what was sent. The reply's length is anything that the line says. */
static size_t on_request(void *ctx, const struct control_request *request, char *reply, size_t size)
{
	struct run *run = ctx;
	size_t len = request->len ? (size_t)(uint8_t)request->data[0] * 8 : 1;

	demand(size == CONTROL_REPLY && len <= size && !request->cookie && request->client);
	demand(request->len <= CONTROL_BUFFER && run->asked + request->len <= run->sent_len);
	demand(!memcmp(request->data, run->sent + run->asked, request->len));
	run->asked += request->len;
	if (!run->one) {
		demand(!memchr(request->data, '\n', request->len));
		demand(run->asked < run->sent_len && run->sent[run->asked] == '\n');
		run->asked++;
	}
	memset(reply, 'r', len);
	run->replied += len;
	return len;
}

static void on_end(struct control_stream *stream, void *ctx)
{
	struct run *run = ctx;

	demand(stream == run->stream && !run->ended);
	close(control_stream_fd(stream));
	control_stream_free(stream);
	run->ended = true;
}

static void read_replies(struct run *run)
{
	uint8_t buf[16384];
	ssize_t got;

	while ((got = recv(run->client, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		run->replies_read += (size_t)got;
}

static void turn(struct run *run)
{
	event_base_loop(run->hub.loop, EVLOOP_NONBLOCK);
}

/* Sends as much as the socket takes. */
static void say(struct run *run, const uint8_t *data, size_t len)
{
	ssize_t sent;

	if (len > SENT_MOST - run->sent_len)
		len = SENT_MOST - run->sent_len;
	sent = len ? send(run->client, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
	if (sent <= 0)
		return;
	memcpy(run->sent + run->sent_len, data, (size_t)sent);
	run->sent_len += (size_t)sent;
	turn(run);
}

/* After the last byte all whole lines have been handed up, but for what follows one too long. */
static void check_end(const struct run *run)
{
	const uint8_t *rest = run->sent + run->asked;
	size_t left = run->sent_len - run->asked;
	const uint8_t *newline = memchr(rest, '\n', left);

	demand(run->ended);
	demand(run->replies_read <= run->replied);
	if (run->one)
		demand(run->asked <= CONTROL_BUFFER && (run->asked > 0 || !run->sent_len));
	else
		demand(!newline || newline - rest >= CONTROL_BUFFER);
}

static void open_stream(struct run *run)
{
	const struct control_stream_owner owner = {on_end, run};
	struct control_stream_ends ends = {.framing = run->one ? CONTROL_ONE : CONTROL_LINES};
	int pair[2];

	demand(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
	run->client = pair[0];
	ends.in = ends.out = pair[1];
	run->stream = control_stream_new(&run->hub, &ends, &owner);
	demand(run->stream != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct event_base *base;
	static struct run run; /* large */
	const uint8_t *at = data + 1, *end = data + size;

	if (!size)
		return 0;
	base = base ? base : event_base_new();
	demand(base != NULL);
	run = (struct run){.one = data[0] & 1};
	run.hub = (struct control_hub){.loop = base, .ops = {.request = on_request, .ctx = &run}};
	open_stream(&run);
	while (at < end) {
		size_t len = (size_t)(*at & 63) * (*at & 64 ? 64 : 1),
		       left = (size_t)(end - at - 1);

		if (*at & 128)
			read_replies(&run);
		at++;
		len = len < left ? len : left;
		say(&run, at, len);
		at += len;
	}
	shutdown(run.client, SHUT_WR);
	for (int i = 0; i < TURNS && !run.ended; i++) {
		read_replies(&run);
		turn(&run);
	}
	check_end(&run);
	close(run.client);
	return 0;
}
