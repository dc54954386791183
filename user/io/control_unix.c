/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control over unix stream sockets: a connection brings one command, in one read, with or without a
 * newline; it is answered and closed. A client that connects and stays silent is closed after some
 * seconds, so that silent ones cannot use up the places there are.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <event2/event.h>
#include <io/control_socket.h>

#define BACKLOG	     128
#define CONNECTIONS  100 /* open at a time; further ones are accepted and closed */
#define ACCEPT_BATCH 32	 /* in one turn of the event loop */
#define IDLE_SECONDS 5

struct unix_socket;

struct connection {
	struct unix_socket *socket;
	struct event *event; /* NULL: the place is free */
	int fd;
};

struct unix_socket {
	struct control_socket base;
	const struct control_ops *ops;
	struct event_base *loop;
	struct event *event;
	int fd;
	struct connection connections[CONNECTIONS];
	struct sockaddr_un address;
	struct stat made; /* the file that we made: another one at its path is not ours to unlink */
	char data[CONTROL_BUFFER];
	char reply[CONTROL_REPLY];
};

static void hang_up(struct connection *c)
{
	event_free(c->event);
	c->event = NULL;
	close(c->fd);
}

/* The reply is far smaller than a socket's buffer, so it is taken as a whole or not at all. */
static void answer(struct connection *c, size_t len)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNIX};
	struct unix_socket *s = c->socket;
	const struct control_request request = {
		.data = s->data,
		.len = len,
		.client = &nobody,
		.client_len = sizeof(nobody.sa_family),
	};
	size_t reply_len = control_answer(s->ops, &request, s->reply);

	if (reply_len)
		(void)!send(c->fd, s->reply, reply_len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void on_command(evutil_socket_t fd, short what, void *arg)
{
	struct connection *c = arg;
	ssize_t len = 0;

	if (what & EV_READ) {
		len = recv(fd, c->socket->data, CONTROL_BUFFER - 1, MSG_DONTWAIT);
		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
	}
	if (len > 0)
		answer(c, (size_t)len);
	hang_up(c);
}

static struct connection *free_place(struct unix_socket *s)
{
	for (int i = 0; i < CONNECTIONS; i++)
		if (!s->connections[i].event)
			return &s->connections[i];
	return NULL;
}

static void welcome(struct unix_socket *s, int fd)
{
	const struct timeval idle = {.tv_sec = IDLE_SECONDS};
	struct connection *c = free_place(s);

	if (c)
		c->event = event_new(s->loop, fd, EV_READ | EV_PERSIST, on_command, c);
	if (!c || !c->event) {
		close(fd);
		return;
	}
	c->socket = s;
	c->fd = fd;
	if (event_add(c->event, &idle))
		hang_up(c);
}

static void on_connection(evutil_socket_t listener, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		welcome(arg, fd);
	}
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void unix_close(struct control_socket *socket)
{
	struct unix_socket *s = (struct unix_socket *)socket;
	struct stat now;

	for (int i = 0; i < CONNECTIONS; i++)
		if (s->connections[i].event)
			hang_up(&s->connections[i]);
	if (s->event)
		event_free(s->event);
	if (s->fd >= 0)
		close(s->fd);
	if (s->made.st_ino && !lstat(s->address.sun_path, &now) && same_file(&s->made, &now))
		unlink(s->address.sun_path);
	free(s);
}

/* A socket that an earlier run left is in the way; anything else there is somebody's. */
static int clear_path(const char *path, const struct complaint_text *error)
{
	struct stat st;

	if (lstat(path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return control_complain(error, -EEXIST,
					"there is a file of that name, and it is not a socket: "
					"remove it or choose another path");
	if (unlink(path))
		return control_complain(error, -errno, "the old socket cannot be removed: %s",
					strerror(errno));
	return 0;
}

static int complain_bind(const struct complaint_text *error, int err)
{
	if (err == ENOENT)
		return control_complain(error, -err,
					"the directory does not exist: create it first");
	if (err == ENOTDIR)
		return control_complain(error, -err,
					"a part of the path is not a directory: choose another");
	if (err == EACCES || err == EROFS)
		return control_complain(error, -err,
					"no permission to create it there: run as root or choose "
					"another directory");
	return control_complain(error, -err, "cannot be opened: %s", strerror(err));
}

static int open_listener(struct unix_socket *s, const struct complaint_text *error)
{
	const struct sockaddr *address = (const struct sockaddr *)&s->address;
	int err;

	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return complain_bind(error, errno);
	err = clear_path(s->address.sun_path, error);
	if (err)
		return err;
	if (bind(s->fd, address, sizeof(s->address)))
		return complain_bind(error, errno);
	if (lstat(s->address.sun_path, &s->made) || listen(s->fd, BACKLOG))
		return complain_bind(error, errno);
	s->event = event_new(s->loop, s->fd, EV_READ | EV_PERSIST, on_connection, s);
	if (!s->event || event_add(s->event, NULL))
		return control_complain(error, -ENOMEM, "the event loop does not take it");
	return 0;
}

int control_unix_open(struct event_base *base, const struct control_ops *ops, const char *path,
		      const struct complaint_text *error, struct control_socket **socket)
{
	struct unix_socket *s;
	int err;

	if (!*path)
		return control_complain(error, -EINVAL, "needs a path: unix:PATH");
	if (strlen(path) >= sizeof(s->address.sun_path))
		return control_complain(error, -ENAMETOOLONG,
					"the path is longer than %zu bytes: choose a shorter one",
					sizeof(s->address.sun_path) - 1);
	s = calloc(1, sizeof(*s));
	if (!s)
		return control_complain(error, -ENOMEM, "no memory");
	s->base.close = unix_close;
	s->ops = ops;
	s->loop = base;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, path, strlen(path) + 1);
	err = open_listener(s, error);
	if (err) {
		unix_close(&s->base);
		return err;
	}
	*socket = &s->base;
	return 0;
}
