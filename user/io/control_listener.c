/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listening control sockets. The connections are bounded over all of them together: further ones
 * are accepted and closed, so that a client is told at once instead of hanging in the backlog.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <event2/event.h>
#include <base/log.h>
#include <io/control_access.h>
#include <io/control_socket.h>

#define ACCEPT_BATCH  32 /* in one turn of the event loop */
#define SILENT_SECS   60 /* a TCP client this long silent is asked whether it is still there ... */
#define SILENT_PROBES 3	 /* ... so often, */
#define PAUSE_US      200000 /* without accepting, when there is no descriptor left */
#define PROBE_SECS    10     /* this far apart, and given up: it would hold a place for ever */

static void on_end(struct control_stream *stream, void *ctx)
{
	struct control_listener *l = ctx;
	int fd = control_stream_fd(stream);

	for (unsigned int i = 0; i < CONTROL_CONNECTIONS; i++)
		if (l->streams[i] == stream)
			l->streams[i] = NULL;
	l->hub->connections--;
	control_stream_free(stream);
	close(fd);
}

/* Where it is not TCP, these fail and are not needed. */
static void tune(int fd)
{
	const int on = 1, silent = SILENT_SECS, probes = SILENT_PROBES, between = PROBE_SECS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &silent, sizeof(silent));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof(between));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static struct control_stream **free_place(struct control_listener *l)
{
	if (l->hub->connections >= CONTROL_CONNECTIONS)
		return NULL;
	for (unsigned int i = 0; i < CONTROL_CONNECTIONS; i++)
		if (!l->streams[i])
			return &l->streams[i];
	return NULL;
}

/* Who connects to a unix socket: the mode of its file let him in. */
static void log_peer(int fd, const struct sockaddr *client)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (client->sa_family != AF_UNIX || !log_wants(LOG_DEBUG) ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return;
	log_event(LOG_DEBUG, "control_peer", "pid=%ld uid=%lu gid=%lu", (long)peer.pid,
		  (unsigned long)peer.uid, (unsigned long)peer.gid);
}

static void welcome(struct control_listener *l, int fd)
{
	const struct control_stream_ends ends = {.in = fd, .out = fd, .framing = l->framing};
	const struct control_stream_owner owner = {on_end, l};
	struct control_stream **place = free_place(l);

	if (place) {
		tune(fd);
		*place = control_stream_new(l->hub, &ends, &owner);
	}
	if (place && *place)
		l->hub->connections++;
	else
		close(fd);
}

/* Without a descriptor the client stays in the backlog; asking at once again would be all we do. */
static void pause_accepting(struct control_listener *l)
{
	static struct log_limit limit = LOG_LIMIT(1);
	const struct timeval pause = {0, PAUSE_US};
	unsigned int suppressed;

	if (log_allow(&limit, &suppressed))
		log_event(LOG_ERR, "accept_failed", "error=\"%s\" suppressed=%u", strerror(errno),
			  suppressed);
	event_del(l->event);
	event_add(l->pause, &pause);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct control_listener *l = arg;

	(void)fd;
	(void)what;
	event_add(l->event, NULL);
}

static void on_connection(evutil_socket_t listener, short what, void *arg)
{
	struct control_listener *l = arg;

	(void)what;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
		const struct sockaddr *client = (const struct sockaddr *)&ss;
		socklen_t len = sizeof(ss);
		int fd = accept4(listener, (struct sockaddr *)&ss, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			    errno == ENOMEM)
				pause_accepting(l);
			return;
		}
		log_peer(fd, client);
		if (control_admits(l->hub, client))
			welcome(l, fd);
		else
			close(fd);
	}
}

int control_listener_start(struct control_listener *l, const struct complaint_text *to)
{
	l->event = event_new(l->hub->loop, l->fd, EV_READ | EV_PERSIST, on_connection, l);
	l->pause = evtimer_new(l->hub->loop, on_pause_over, l);
	if (!l->event || !l->pause || event_add(l->event, NULL))
		return control_complain(to, -ENOMEM, "the event loop does not take it");
	return 0;
}

void control_listener_stop(struct control_listener *l)
{
	for (unsigned int i = 0; i < CONTROL_CONNECTIONS; i++)
		if (l->streams[i])
			on_end(l->streams[i], l);
	if (l->event)
		event_free(l->event);
	if (l->pause)
		event_free(l->pause);
	if (l->fd >= 0)
		close(l->fd);
}
