/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to one listener, and the notifications for it.
 *
 * A listener may end the connection whenever it likes; SIP servers do after a restart, and after a
 * line they do not understand. Writing to a connection that has just ended succeeds, and the line
 * is gone. So its end is watched for, and looked for before each write; and what was written is
 * kept until it is known to have arrived, as far as that can be known: over TCP what is not
 * acknowledged has not arrived, and a connection that is reset had something unread, so at least
 * the last line. These are written again. Nothing is that may have been read: a digit must not come
 * twice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <event2/event.h>
#include "io/notify_private.h"

#define QUEUE_BYTES   (256UL * 1024) /* that wait for a target */
#define KEPT_BYTES    (64UL * 1024)  /* of lines written, at most; the last line in any case */
#define RETRIES	      3
#define CONNECT_SECS  5
#define BACKLOG_USECS 50000 /* until a full backlog is tried again ... */
#define BACKLOG_TRIES (CONNECT_SECS * 1000000 / BACKLOG_USECS) /* ... so often */
#define ACK_MSECS     10000 /* a host that does not acknowledge for so long is gone */
#define SILENT_SECS   60    /* an idle connection this old is asked whether it is still there */
/* A reset so long after the last line was written is a router's that has forgotten us. */
#define RECENT_NS     (10 * 1000000000ULL)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static void forget_connection(struct notify_target *t)
{
	if (t->reader)
		event_free(t->reader);
	if (t->writer)
		event_free(t->writer);
	t->reader = t->writer = NULL;
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->state = NOTIFY_CLOSED;
}

static void tell_lost(struct notify_target *t, unsigned int count, const char *why)
{
	struct notify *n = t->notify;
	unsigned int suppressed;

	n->count.lost += count;
	if (log_allow(&n->log_limit, &suppressed))
		log_event(LOG_WARNING, "notify_lost",
			  "target=\"%s\" lost=%u reason=\"%s\" suppressed=%u", t->name, count, why,
			  suppressed);
}

/* Takes the first line off the list, which must be a written one. */
static void drop_written(struct notify_target *t)
{
	struct notify_line *line = t->first;

	t->first = line->next;
	if (!t->first)
		t->last = NULL;
	t->written_bytes -= line->len;
	free(line);
}

/* Takes the first line off the list when all are waiting. */
static void drop_waiting(struct notify_target *t)
{
	struct notify_line *line = t->first;

	t->first = t->unsent = line->next;
	if (!t->first)
		t->last = NULL;
	t->waiting--;
	t->waiting_bytes -= line->len;
	free(line);
}

/*
 * Bytes of the lines written that the other end has not taken: over TCP, not acknowledged (the
 * kernel still knows that after the end). On a unix socket it is more than the bytes, or none.
 */
static size_t bytes_outstanding(const struct notify_target *t)
{
	size_t begun = t->unsent ? t->unsent->done : 0;
	int bytes = 0;

	if (t->fd < 0 || ioctl(t->fd, SIOCOUTQ, &bytes) || bytes < 0)
		return 0;
	return (size_t)bytes > begun ? (size_t)bytes - begun : 0;
}

/* NULL: none is kept. */
static struct notify_line *oldest_written(const struct notify_target *t)
{
	return t->first == t->unsent ? NULL : t->first;
}

/* Forgets lines that have arrived; never the last one, which a reset may bring back. */
static void forget_arrived(struct notify_target *t)
{
	size_t outstanding = bytes_outstanding(t);
	struct notify_line *line;

	while ((line = oldest_written(t)) && line->next != t->unsent &&
	       (t->written_bytes - line->len >= outstanding || t->written_bytes > KEPT_BYTES))
		drop_written(t);
}

/* Makes the written line `line` a waiting one; it is the first that is not dropped. */
static void take_back(struct notify_target *t, struct notify_line *line)
{
	t->written_bytes -= line->len;
	t->waiting_bytes += line->len;
	t->waiting++;
	t->notify->count.sent--;
	t->notify->count.resent++;
	line->done = 0;
	line->tries++;
}

/* The connection has ended: sorts what was written into what has arrived and what has not. */
static void sort_written(struct notify_target *t, size_t outstanding, bool last_unread)
{
	struct notify_line *line;

	while ((line = oldest_written(t)) && t->written_bytes - line->len >= outstanding &&
	       !(last_unread && line->next == t->unsent))
		drop_written(t);
	if (!line && t->unsent) { /* the one that could not be written */
		t->unsent->done = 0;
		t->unsent->tries++;
	}
	for (; line && line != t->unsent; line = line->next)
		take_back(t, line);
	if (t->unsent)
		t->unsent->done = 0;
	t->unsent = t->first;
}

/* Those that have been tried too often are the first ones. */
static void give_up_hopeless(struct notify_target *t)
{
	unsigned int count = 0;

	for (; t->first && t->first->tries > RETRIES; count++)
		drop_waiting(t);
	if (count)
		tell_lost(t, count, "the listener ends the connection");
}

static void connect_later(struct notify_target *t, long usecs)
{
	const struct timeval later = {.tv_usec = usecs};

	event_add(t->again, &later);
}

static void on_broken(struct notify_target *t, int err)
{
	bool tcp = t->remote.sa.sa_family == AF_INET;
	bool recent = !tcp || now_ns() - t->written_at < RECENT_NS;

	sort_written(t, tcp ? bytes_outstanding(t) : 0, err == -ECONNRESET && recent);
	forget_connection(t);
	give_up_hopeless(t);
	if (t->unsent)
		connect_later(t, 0);
}

/* All that waits is lost. What was written has had its end before. */
static void on_no_connection(struct notify_target *t, int err)
{
	unsigned int count = t->waiting;

	forget_connection(t);
	while (t->first)
		drop_waiting(t);
	t->attempts = 0;
	if (count)
		tell_lost(t, count, strerror(-err));
}

/* Reads what nobody wants; 0, or -errno when the connection is over (-EPIPE: in good order). */
static int read_away(const struct notify_target *t)
{
	char unwanted[1024];
	ssize_t len;

	for (int i = 0; i < 16; i++) {
		len = recv(t->fd, unwanted, sizeof(unwanted), MSG_DONTWAIT);
		if (len == 0)
			return -EPIPE;
		if (len < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	}
	return 0;
}

static void count_written(struct notify_target *t)
{
	struct notify_line *line = t->unsent;

	t->unsent = line->next;
	t->waiting--;
	t->waiting_bytes -= line->len;
	t->written_bytes += line->len;
	t->written_at = now_ns();
	t->notify->count.sent++;
}

/* Writes as much as the connection takes; 0, or -errno when it is over. */
static int write_lines(struct notify_target *t)
{
	while (t->unsent) {
		struct notify_line *line = t->unsent;
		ssize_t len = send(t->fd, line->data + line->done, line->len - line->done,
				   MSG_DONTWAIT | MSG_NOSIGNAL);

		if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
			event_add(t->writer, NULL);
			return 0;
		}
		if (len < 0)
			return -errno;
		line->done += (size_t)len;
		if (line->done == line->len)
			count_written(t);
	}
	return 0;
}

static void flush(struct notify_target *t)
{
	int err = read_away(t);

	forget_arrived(t);
	if (!err)
		err = write_lines(t);
	if (err)
		on_broken(t, err);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct notify_target *t = arg;
	int err = read_away(t);

	(void)fd;
	(void)what;
	if (err)
		on_broken(t, err);
}

/*
 * A connection to a port of this host that nobody listens on may meet itself, when the kernel picks
 * that very port for our end.
 */
static bool is_to_itself(int fd)
{
	struct sockaddr_in ours = {0}, theirs = {0};
	socklen_t ours_len = sizeof(ours), theirs_len = sizeof(theirs);

	return !getsockname(fd, (struct sockaddr *)&ours, &ours_len) &&
	       !getpeername(fd, (struct sockaddr *)&theirs, &theirs_len) &&
	       ours.sin_family == AF_INET && ours.sin_port == theirs.sin_port &&
	       ours.sin_addr.s_addr == theirs.sin_addr.s_addr;
}

static void on_connected(struct notify_target *t)
{
	if (is_to_itself(t->fd)) {
		on_no_connection(t, -ECONNREFUSED);
		return;
	}
	t->state = NOTIFY_OPEN;
	t->attempts = 0;
	t->notify->count.connects++;
	event_add(t->reader, NULL);
	flush(t);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct notify_target *t = arg;
	socklen_t len = sizeof(int);
	int err = 0;

	if (t->state == NOTIFY_OPEN) {
		flush(t);
		return;
	}
	if (what & EV_TIMEOUT)
		err = ETIMEDOUT;
	else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len))
		err = errno;
	if (err)
		on_no_connection(t, -err);
	else
		on_connected(t);
}

static void tune(int fd)
{
	const int on = 1, silent = SILENT_SECS;
	const unsigned int patience = ACK_MSECS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &silent, sizeof(silent));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static int open_connection(struct notify_target *t)
{
	t->fd = socket(t->remote.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		return -errno;
	if (t->remote.sa.sa_family == AF_INET)
		tune(t->fd);
	t->reader = event_new(t->notify->loop, t->fd, EV_READ | EV_PERSIST, on_readable, t);
	t->writer = event_new(t->notify->loop, t->fd, EV_WRITE, on_writable, t);
	if (!t->reader || !t->writer)
		return -ENOMEM;
	if (t->local.len && bind(t->fd, &t->local.sa, t->local.len))
		return -errno;
	return connect(t->fd, &t->remote.sa, t->remote.len) ? -errno : 0;
}

static void begin_connection(struct notify_target *t)
{
	const struct timeval limit = {.tv_sec = CONNECT_SECS};
	int err = open_connection(t);

	t->state = NOTIFY_CONNECTING;
	if (!err) {
		on_connected(t);
	} else if (err == -EINPROGRESS) {
		event_add(t->writer, &limit);
	} else if (err == -EAGAIN && t->attempts++ < BACKLOG_TRIES) { /* a unix socket's backlog */
		forget_connection(t);
		connect_later(t, BACKLOG_USECS);
	} else {
		on_no_connection(t, err);
	}
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	begin_connection(arg);
}

struct notify_target *notify_target_new(struct notify *notify)
{
	struct notify_target *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->notify = notify;
	t->fd = -1;
	t->again = event_new(notify->loop, -1, 0, on_again, t);
	if (t->again)
		return t;
	free(t);
	return NULL;
}

void notify_target_free(struct notify_target *target)
{
	if (target->state == NOTIFY_OPEN)
		write_lines(target);
	forget_connection(target);
	while (oldest_written(target))
		drop_written(target);
	while (target->first)
		drop_waiting(target);
	event_free(target->again);
	free(target);
}

bool notify_target_is_idle(const struct notify_target *target)
{
	return !target->refs && !target->waiting;
}

struct notify_target *notify_target_hold(struct notify_target *target)
{
	target->refs++;
	return target;
}

void notify_target_release(struct notify_target *target)
{
	if (target)
		target->refs--;
}

static void append(struct notify_target *t, struct notify_line *line)
{
	if (t->last)
		t->last->next = line;
	else
		t->first = line;
	t->last = line;
	if (!t->unsent)
		t->unsent = line;
	t->waiting++;
	t->waiting_bytes += line->len;
}

void notify_send(struct notify_target *target, struct text tag)
{
	bool full = target->waiting_bytes + tag.len + 1 > QUEUE_BYTES;
	struct notify_line *line = full ? NULL : calloc(1, sizeof(*line) + tag.len + 1);

	if (!line) {
		tell_lost(target, 1, full ? "the listener does not read" : "no memory");
		return;
	}
	line->len = tag.len + 1;
	memcpy(line->data, tag.at, tag.len);
	line->data[tag.len] = '\n';
	append(target, line);
	if (target->state == NOTIFY_OPEN && !event_pending(target->writer, EV_WRITE, NULL))
		flush(target);
	else if (target->state == NOTIFY_CLOSED && !event_pending(target->again, EV_TIMEOUT, NULL))
		begin_connection(target);
}
