/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See supervisor.h. A datagram that the manager has no room for is lost: nothing waits for it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <event2/event.h>
#include <io/supervisor.h>

#define SUPERVISOR_STATUS 256

struct supervisor {
	int fd;
	struct event *watchdog;
	char status[SUPERVISOR_STATUS]; /* that was sent last */
};

static void supervisor_say(const struct supervisor *s, const char *text)
{
	if (s)
		send(s->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void on_watchdog(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	supervisor_say(ctx, "WATCHDOG=1");
}

/* Starts the watchdog's timer, where the manager wants one of this process. */
static void start_watchdog(struct supervisor *s, struct event_base *base)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	unsigned long long half = usec ? strtoull(usec, NULL, 10) / 2 : 0;
	const struct timeval period = {(time_t)(half / 1000000), (suseconds_t)(half % 1000000)};

	if (!half || (pid && strtol(pid, NULL, 10) != getpid()))
		return;
	s->watchdog = event_new(base, -1, EV_PERSIST, on_watchdog, s);
	if (s->watchdog)
		event_add(s->watchdog, &period);
}

/* A socket to the manager; a name that begins with @ is an abstract one. -1: none. */
static int connect_manager(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd;

	if ((name[0] != '/' && name[0] != '@') || !name[1] || len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address,
			       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len))) {
		close(fd);
		return -1;
	}
	return fd;
}

struct supervisor *supervisor_new(struct event_base *base)
{
	const char *name = getenv("NOTIFY_SOCKET");
	int fd = name ? connect_manager(name) : -1;
	struct supervisor *s;

	if (fd < 0)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		close(fd);
		return NULL;
	}
	s->fd = fd;
	start_watchdog(s, base);
	return s;
}

void supervisor_ready(struct supervisor *s)
{
	supervisor_say(s, "READY=1");
}

void supervisor_reloading(struct supervisor *s)
{
	struct timespec now;
	char text[80];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000);
	supervisor_say(s, text);
}

void supervisor_stopping(struct supervisor *s)
{
	supervisor_say(s, "STOPPING=1");
}

void supervisor_status(struct supervisor *s, const char *format, ...)
{
	char text[SUPERVISOR_STATUS];
	va_list args;
	int len;

	if (!s)
		return;
	len = snprintf(text, sizeof(text), "STATUS=");
	va_start(args, format);
	vsnprintf(text + len, sizeof(text) - (size_t)len, format, args);
	va_end(args);
	if (!strcmp(text, s->status))
		return;
	strcpy(s->status, text);
	supervisor_say(s, text);
}

void supervisor_free(struct supervisor *s)
{
	if (!s)
		return;
	if (s->watchdog)
		event_free(s->watchdog);
	close(s->fd);
	free(s);
}
