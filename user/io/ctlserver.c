/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own control socket. Each client is a bufferevent: libevent keeps what a slow reader
 * has not taken yet, and tells when the last byte has left, which is when we close.
 */
#include "ctlserver.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#define DIGITS 12 /* of numbers: with all 17 a rounded one reads 5.9990000000000006 */

struct client {
	struct ctlserver *server;
	struct bufferevent *bev;
	struct client *next, **link; /* `link`: what points to this one */
	bool answered;
};

struct ctlserver {
	struct event_base *base;
	struct evconnlistener *listener;
	struct client *clients;
	unsigned int client_count;
	ctlserver_handler handle;
	void *ctx;
	struct sockaddr_un address;
	bool made_directory;
};

static void client_free(struct client *client)
{
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	client->server->client_count--;
	evconnlistener_enable(client->server->listener);
	bufferevent_free(client->bev);
	free(client);
}

static void reply_release(const void *data, size_t len, void *arg)
{
	(void)len;
	(void)arg;
	free((void *)data);
}

/* Queues the answer. Without memory the client sees the connection closed without one. */
static void client_reply(struct client *client, json_t *answer)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);
	char *text = answer ? json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS)) : NULL;

	json_decref(answer);
	client->answered = true;
	bufferevent_disable(client->bev, EV_READ);
	if (!text || evbuffer_add_reference(out, text, strlen(text), reply_release, NULL)) {
		free(text);
		client_free(client);
		return;
	}
	evbuffer_add(out, "\n", 1);
}

static json_t *error_answer(const char *sentence)
{
	return json_pack("{s:s}", "error", sentence);
}

static void client_request(struct client *client, const char *line, size_t len)
{
	struct ctlserver *server = client->server;
	json_t *request = json_loadb(line, len, 0, NULL);

	if (json_is_object(request))
		client_reply(client, server->handle(server->ctx, request));
	else
		client_reply(client, error_answer("the request is not a JSON object"));
	json_decref(request);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len;
	char *line;

	if (client->answered)
		return;
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
	if (line)
		client_request(client, line, len);
	else if (evbuffer_get_length(in) >= CTLSERVER_REQUEST)
		client_reply(client, error_answer("the request is too long"));
	free(line);
}

/* The output is empty: if that was the answer, we are done. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if (client->answered)
		client_free(client);
}

/* A client may shut down its sending side after the request, with or without a line feed. */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);

	if (!(what & BEV_EVENT_EOF)) {
		client_free(client);
	} else if (!client->answered) {
		if (len)
			client_request(client, (const char *)evbuffer_pullup(in, -1), len);
		else
			client_free(client);
	}
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
		      int socklen, void *arg)
{
	const struct timeval patience = {.tv_sec = CTLSERVER_PATIENCE};
	struct ctlserver *server = arg;
	struct client *client;

	(void)listener, (void)address, (void)socklen;
	client = calloc(1, sizeof(*client));
	if (client)
		client->bev = bufferevent_socket_new(server->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!client || !client->bev) {
		free(client);
		close(fd);
		return;
	}
	client->server = server;
	client->next = server->clients;
	client->link = &server->clients;
	if (client->next)
		client->next->link = &client->next;
	server->clients = client;
	if (++server->client_count == CTLSERVER_CLIENTS)
		evconnlistener_disable(server->listener);
	bufferevent_setcb(client->bev, on_read, on_written, on_event, client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, CTLSERVER_REQUEST);
	bufferevent_set_timeouts(client->bev, &patience, &patience);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

/* The directory of the path; empty: none of its own. */
static void directory_of(const struct sockaddr_un *address, char *directory, size_t size)
{
	char *slash;

	snprintf(directory, size, "%s", address->sun_path);
	slash = strrchr(directory, '/');
	directory[slash ? slash - directory : 0] = '\0';
}

static bool make_directory(const struct sockaddr_un *address)
{
	char directory[sizeof(address->sun_path)];

	directory_of(address, directory, sizeof(directory));
	return directory[0] && !mkdir(directory, 0755); /* bind says what is wrong */
}

/* Does somebody serve it? Its queue may be full: that is an answer, too. */
static bool answers(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool served =
		fd >= 0 && (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) ||
			    errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return served;
}

bool ctlserver_answers(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return false;
	strcpy(address.sun_path, path);
	return answers(&address);
}

/* Removes a socket that nobody serves any more. 0, or -errno with a sentence. */
static int clear_path(const struct sockaddr_un *address, char *error, size_t size)
{
	struct stat st;

	if (lstat(address->sun_path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(error, size,
			 "%s exists and is not a socket: remove it or choose another path",
			 address->sun_path);
		return -EEXIST;
	}
	if (answers(address)) {
		snprintf(error, size,
			 "%s is served by a running daemon: stop it, or choose another path",
			 address->sun_path);
		return -EADDRINUSE;
	}
	unlink(address->sun_path);
	return 0;
}

/* The descriptor of the bound socket, or -errno with a sentence. */
static int bind_path(const struct sockaddr_un *address, mode_t mode, char *error, size_t size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t umask_before = umask(0777 & ~mode);
	int rc = 0;

	if (fd < 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		rc = -errno;
	umask(umask_before);
	if (!rc)
		return fd;
	snprintf(error, size, "cannot make the operator's socket %s: %s; choose another with --ctl",
		 address->sun_path, strerror(-rc));
	if (fd >= 0)
		close(fd);
	return rc;
}

struct ctlserver *ctlserver_new(struct event_base *base, const char *path, mode_t mode,
				ctlserver_handler handle, void *ctx, char *error, size_t size)
{
	struct ctlserver *server = calloc(1, sizeof(*server));
	int fd;

	if (!server || strlen(path) >= sizeof(server->address.sun_path)) {
		snprintf(error, size, "the path of the control socket is too long: %s", path);
		goto fail;
	}
	*server = (struct ctlserver){.base = base, .handle = handle, .ctx = ctx};
	server->address.sun_family = AF_UNIX;
	strcpy(server->address.sun_path, path);
	signal(SIGPIPE, SIG_IGN); /* a client that has gone is an error of its own write only */
	server->made_directory = make_directory(&server->address);
	if (clear_path(&server->address, error, size))
		goto fail;
	fd = bind_path(&server->address, mode, error, size);
	if (fd < 0)
		goto fail;
	server->listener = evconnlistener_new(base, on_accept, server,
					      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
					      CTLSERVER_CLIENTS, fd);
	if (server->listener)
		return server;
	snprintf(error, size, "cannot listen on %s: %s", path, strerror(errno));
	close(fd);
	unlink(path);
fail:
	free(server);
	return NULL;
}

int ctlserver_give(const struct ctlserver *server, uid_t uid, gid_t gid)
{
	char directory[sizeof(server->address.sun_path)];

	directory_of(&server->address, directory, sizeof(directory));
	if (!server->made_directory && strcmp(directory, CTLSERVER_DIRECTORY) != 0)
		return 0;
	return lchown(directory, uid, gid) ? -errno : 0;
}

void ctlserver_free(struct ctlserver *server)
{
	struct client *next;

	if (!server)
		return;
	for (struct client *client = server->clients; client; client = next) {
		next = client->next;
		client_free(client);
	}
	evconnlistener_free(server->listener);
	unlink(server->address.sun_path);
	free(server);
}
