/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control over a socket that systemd has opened and we inherit (sd_listen_fds(3), without needing
 * its library): one command a connection, as with unix sockets. The file, if it has one, is
 * systemd's to remove.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <io/control_access.h>
#include <io/control_socket.h>

#define FIRST_FD 3 /* where inherited descriptors begin */

static void systemd_close(struct control_socket *socket)
{
	struct control_listener *l = (struct control_listener *)socket;

	control_listener_stop(l);
	free(l);
}

static long number_in(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long number;

	if (!text || !*text)
		return -1;
	number = strtol(text, &end, 10);
	return *end ? -1 : number;
}

/* Is it meant for us? In the background we are the child of the process that systemd started. */
static bool meant_for_us(void)
{
	long pid = number_in("LISTEN_PID");

	return pid > 0 && (pid == getpid() || pid == getppid());
}

static bool is_listening_stream(int fd)
{
	int type = 0, listening = 0;
	socklen_t len = sizeof(int);

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) && type == SOCK_STREAM &&
	       !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) && listening;
}

/* Takes the socket, which is there to be taken once. */
static int take(const struct complaint_text *to)
{
	long count = meant_for_us() ? number_in("LISTEN_FDS") : -1;

	if (count < 1)
		return control_complain(to, -ENOTCONN,
					"no socket was inherited: start us from a systemd service "
					"that has a socket unit");
	if (count > 1)
		return control_complain(to, -EINVAL,
					"%ld sockets were inherited: give the socket unit one "
					"ListenStream= only",
					count);
	if (!is_listening_stream(FIRST_FD))
		return control_complain(to, -EINVAL,
					"what was inherited is not a listening stream socket: use "
					"ListenStream= with Accept=no");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
	fcntl(FIRST_FD, F_SETFL, fcntl(FIRST_FD, F_GETFL) | O_NONBLOCK);
	return FIRST_FD;
}

/* It was bound by somebody else, but commands come to us. */
static int check_address(const struct control_listener *l, const struct complaint_text *to)
{
	struct sockaddr_storage at;
	socklen_t len = sizeof(at);

	if (getsockname(l->fd, (struct sockaddr *)&at, &len))
		return control_complain(to, -errno, "its address cannot be read: %s",
					strerror(errno));
	return control_may_bind(l->hub, (const struct sockaddr *)&at, to);
}

int control_systemd_open(struct control_hub *hub, int option, const char *where,
			 const struct complaint_text *to, struct control_socket **socket)
{
	struct control_listener *l;
	int err;

	(void)option;
	if (*where)
		return control_complain(to, -EINVAL, "is to be given without anything behind it");
	l = calloc(1, sizeof(*l));
	if (!l)
		return control_complain(to, -ENOMEM, "no memory");
	l->base.close = systemd_close;
	l->hub = hub;
	l->framing = CONTROL_ONE;
	l->fd = take(to);
	err = l->fd < 0 ? l->fd : check_address(l, to);
	if (!err)
		err = control_listener_start(l, to);
	if (err) {
		systemd_close(&l->base);
		return err;
	}
	*socket = &l->base;
	return 0;
}
