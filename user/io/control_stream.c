/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection that brings commands, or stdin and stdout. In a turn of the event loop it answers
 * some commands, then writes what replies there are. While replies wait for a client that does not
 * read them there comes a point where no command is taken, and then nothing is read either: so the
 * buffers here are all there is, and nothing ever waits in a system call.
 *
 * The descriptors may be anything: sockets are asked not to wait in each call; a pipe or a terminal
 * is polled first and written to in pieces that it takes whole (its flags are shared with other
 * programs and not ours to change); files and /dev/null, which epoll refuses, are always ready.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <event2/event.h>
#include <io/control_access.h>
#include <io/control_socket.h>

#define REPLIES	     (16UL * 1024) /* bytes of replies that wait at most */
#define COMMANDS     64		   /* in one turn of the event loop */
#define IDLE_SECS    5		   /* for the one command of CONTROL_ONE to come */
#define READING_SECS 10		   /* a client that reads nothing for so long is hung up on */
#define HOLD_US	     20000	   /* between looks whether one that sends too much may go on */

/* One direction. */
struct way {
	int fd;
	struct event *event;
	const struct timeval *limit; /* NULL: none; of a file: at once */
	bool is_file;
};

struct control_stream {
	struct control_hub *hub;
	struct control_stream_owner owner;
	enum control_framing framing;
	struct way in, out;
	struct sockaddr_storage client, local;
	socklen_t client_len, local_len;
	bool finished; /* no more is read */
	bool held;     /* lines wait, and nothing is read, until the hold is over */
	struct event *hold;
	size_t data_len, replies_len;
	char data[CONTROL_BUFFER];
	char replies[REPLIES];
};

static const struct timeval idle_limit = {.tv_sec = IDLE_SECS};
static const struct timeval reading_limit = {.tv_sec = READING_SECS};
static const struct timeval at_once;

static bool is_file(int fd)
{
	struct epoll_event wanted = {.events = EPOLLIN};
	socklen_t len = sizeof(int);
	int type, epoll;
	bool refused;

	if (!getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len))
		return false;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	refused = epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted) && errno == EPERM;
	if (epoll >= 0)
		close(epoll);
	return refused;
}

static bool poll_says(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};

	return poll(&p, 1, 0) > 0;
}

static ssize_t read_some(int fd, char *buf, size_t size)
{
	ssize_t len = recv(fd, buf, size, MSG_DONTWAIT);

	if (len >= 0 || errno != ENOTSOCK)
		return len;
	if (poll_says(fd, POLLIN))
		return read(fd, buf, size);
	errno = EAGAIN;
	return -1;
}

static ssize_t write_some(int fd, const char *buf, size_t len)
{
	ssize_t sent = send(fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0 || errno != ENOTSOCK)
		return sent;
	if (poll_says(fd, POLLOUT))
		return write(fd, buf, len < PIPE_BUF ? len : PIPE_BUF);
	errno = EAGAIN;
	return -1;
}

static bool try_later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void answer(struct control_stream *s, size_t len)
{
	const struct control_request request = {
		.data = s->data,
		.len = len,
		.client = (const struct sockaddr *)&s->client,
		.client_len = s->client_len,
		.local = (const struct sockaddr *)&s->local,
		.local_len = s->local_len,
	};

	s->replies_len += control_answer(s->hub, &request, s->replies + s->replies_len);
}

/* May the next line be taken? If not, we come back when the client has rested. */
static bool hold_back(struct control_stream *s)
{
	const struct timeval pause = {0, HOLD_US};

	s->held = control_hold(s->hub, (const struct sockaddr *)&s->client) != 0;
	if (s->held)
		event_add(s->hold, &pause);
	return s->held;
}

static void forget_data(struct control_stream *s, size_t len)
{
	s->data_len -= len;
	memmove(s->data, s->data + len, s->data_len);
}

/* Answers the one command, when it is there; of a client that sends too many, not. */
static void answer_one(struct control_stream *s)
{
	if (s->data_len && !control_hold(s->hub, (const struct sockaddr *)&s->client))
		answer(s, s->data_len);
	s->data_len = 0;
	s->finished = true;
}

/* Answers lines, some; says whether there are more. */
static bool answer_lines(struct control_stream *s)
{
	unsigned int count = 0;
	const char *end;

	while ((end = memchr(s->data, '\n', s->data_len))) {
		if (count++ == COMMANDS || s->replies_len + CONTROL_REPLY > REPLIES)
			return true;
		if (hold_back(s))
			return false;
		answer(s, (size_t)(end - s->data));
		forget_data(s, (size_t)(end - s->data) + 1);
	}
	if (s->data_len == CONTROL_BUFFER) { /* a line that does not fit */
		s->data_len = 0;
		s->finished = true;
	}
	return false;
}

/* Writes what can be written; false: the client has gone. */
static bool write_replies(struct control_stream *s)
{
	while (s->replies_len) {
		ssize_t sent = write_some(s->out.fd, s->replies, s->replies_len);

		if (sent < 0)
			return try_later();
		s->replies_len -= (size_t)sent;
		memmove(s->replies, s->replies + sent, s->replies_len);
	}
	return true;
}

static int want(const struct way *way, bool wanted)
{
	if (!wanted)
		return event_del(way->event);
	return event_add(way->event, way->is_file ? &at_once : way->limit);
}

static void end(struct control_stream *s)
{
	s->owner.ended(s, s->owner.ctx);
}

/* Does what can be done; may free the stream. With lines left to answer, the way out wakes us. */
static void take_turn(struct control_stream *s)
{
	bool more = s->framing == CONTROL_LINES && !s->held && answer_lines(s);

	if (!write_replies(s) || (s->finished && !more && !s->held && !s->replies_len)) {
		end(s);
		return;
	}
	if (want(&s->out, more || s->replies_len) ||
	    want(&s->in, !more && !s->held && !s->finished))
		end(s);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct control_stream *s = arg;
	size_t room = s->framing == CONTROL_ONE ? CONTROL_BUFFER - 1 : CONTROL_BUFFER - s->data_len;
	ssize_t len;

	(void)fd;
	if ((what & EV_TIMEOUT) && !s->in.is_file) {
		end(s);
		return;
	}
	if (!control_admits(s->hub, (const struct sockaddr *)&s->client)) {
		end(s); /* it was admitted once: the list has changed */
		return;
	}
	len = read_some(s->in.fd, s->data + s->data_len, room);
	if (len < 0 && !try_later()) {
		end(s);
		return;
	}
	if (len == 0)
		s->finished = true;
	else if (len > 0)
		s->data_len += (size_t)len;
	if (s->framing == CONTROL_ONE && len >= 0)
		answer_one(s);
	take_turn(s);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct control_stream *s = arg;

	(void)fd;
	if ((what & EV_TIMEOUT) && !s->out.is_file)
		end(s);
	else
		take_turn(s);
}

static void on_hold_over(evutil_socket_t fd, short what, void *arg)
{
	struct control_stream *s = arg;

	(void)fd;
	(void)what;
	s->held = false;
	take_turn(s);
}

static void ask_addresses(struct control_stream *s)
{
	s->client_len = sizeof(s->client);
	if (getpeername(s->in.fd, (struct sockaddr *)&s->client, &s->client_len) ||
	    s->client.ss_family == AF_UNSPEC) {
		s->client = (struct sockaddr_storage){.ss_family = AF_UNIX};
		s->client_len = sizeof(s->client.ss_family);
	}
	s->local_len = sizeof(s->local);
	if (getsockname(s->in.fd, (struct sockaddr *)&s->local, &s->local_len) ||
	    s->local.ss_family == AF_UNSPEC) {
		s->local = (struct sockaddr_storage){.ss_family = AF_UNIX};
		s->local_len = sizeof(s->local.ss_family);
	}
}

static void open_way(struct control_stream *s, struct way *way, short events, event_callback_fn fn)
{
	way->is_file = is_file(way->fd);
	way->event = event_new(s->hub->loop, way->is_file ? -1 : way->fd, way->is_file ? 0 : events,
			       fn, s);
}

struct control_stream *control_stream_new(struct control_hub *hub,
					  const struct control_stream_ends *ends,
					  const struct control_stream_owner *owner)
{
	struct control_stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->hub = hub;
	s->owner = *owner;
	s->framing = ends->framing;
	s->in = (struct way){.fd = ends->in,
			     .limit = ends->framing == CONTROL_ONE ? &idle_limit : NULL};
	s->out = (struct way){.fd = ends->out, .limit = ends->patient ? NULL : &reading_limit};
	ask_addresses(s);
	open_way(s, &s->in, EV_READ, on_readable);
	open_way(s, &s->out, EV_WRITE, on_writable);
	s->hold = evtimer_new(hub->loop, on_hold_over, s);
	if (s->in.event && s->out.event && s->hold && !want(&s->in, true))
		return s;
	control_stream_free(s);
	return NULL;
}

int control_stream_fd(const struct control_stream *stream)
{
	return stream->in.fd;
}

void control_stream_free(struct control_stream *stream)
{
	if (stream->in.event)
		event_free(stream->in.event);
	if (stream->out.event)
		event_free(stream->out.event);
	if (stream->hold)
		event_free(stream->hold);
	free(stream);
}
