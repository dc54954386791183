/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's end of the control socket: blocking, with a time limit on each read. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <io/ctlclient.h>

static void explain_connect(int code, const char *path, char *error, size_t size)
{
	if (code == ENOENT || code == ECONNREFUSED)
		snprintf(error, size,
			 "no daemon answers at %s (%s): start one with 'xdp-rtpproxy -f', or name "
			 "its socket with --socket PATH",
			 path, strerror(code));
	else if (code == EACCES || code == EPERM)
		snprintf(error, size, "%s is not open to this user: run as root", path);
	else
		snprintf(error, size, "cannot connect to %s: %s", path, strerror(code));
}

/* A connected socket, or -1 with the sentence. */
static int client_connect(const char *path, char *error, size_t size)
{
	const struct timeval patience = {.tv_sec = CTLCLIENT_PATIENCE};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, code;

	if (strlen(path) >= sizeof(address.sun_path)) {
		snprintf(error, size, "the path of the socket is too long: %s", path);
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
		return fd;
	}
	code = errno;
	explain_connect(code, path, error, size);
	if (fd >= 0)
		close(fd);
	errno = code;
	return -1;
}

static int client_send(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len, done = 0;

	if (!text)
		return -ENOMEM;
	len = strlen(text);
	text[len++] = '\n'; /* in the NUL's place */
	while (done < len) {
		ssize_t n = send(fd, text + done, len - done, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	free(text);
	return done == len ? 0 : -errno;
}

/* Feeds the JSON reader. The reader cannot tell the end from an error: `code` keeps it. */
struct source {
	int fd, code;
};

static size_t client_read(void *buffer, size_t len, void *arg)
{
	struct source *source = arg;
	ssize_t n;

	do {
		n = recv(source->fd, buffer, len, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		source->code = errno;
	return n < 0 ? (size_t)-1 : (size_t)n;
}

/* Asks over a connection, which it closes. */
static json_t *ask_over(int fd, const char *path, const json_t *request, char *error, size_t size)
{
	struct source source = {.fd = fd};
	int rc = client_send(fd, request);
	json_t *answer = NULL;
	json_error_t wrong;

	if (!rc)
		answer = json_load_callback(client_read, &source, 0, &wrong);
	close(fd);
	if (json_is_object(answer))
		return answer;
	json_decref(answer);
	if (source.code == EAGAIN)
		snprintf(error, size, "the daemon at %s did not answer within %d s", path,
			 CTLCLIENT_PATIENCE);
	else if (rc || source.code)
		snprintf(error, size, "the daemon at %s broke the connection: %s", path,
			 strerror(rc ? -rc : source.code));
	else
		snprintf(error, size, "what answers at %s is no xdp-rtpproxy: %s", path,
			 wrong.text);
	errno = rc ? -rc : source.code ? source.code : EPROTO;
	return NULL;
}

json_t *ctlclient_ask(const char *path, const json_t *request, char *error, size_t size)
{
	int fd = client_connect(path, error, size);

	return fd < 0 ? NULL : ask_over(fd, path, request, error, size);
}

/* The pid of who serves the other end of the connection. */
static pid_t client_peer(int fd)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) ? 0 : peer.pid;
}

/* Says "leave" over the connection, which it closes. 0, or -errno with the sentence. */
static int say_leave(int fd, const char *path, char *error, size_t size)
{
	json_t *request = json_pack("{s:s}", "command", "leave"), *answer;
	const char *refusal;
	int rc = 0;

	answer = ask_over(fd, path, request, error, size);
	if (!answer)
		rc = -errno;
	refusal = json_string_value(json_object_get(answer, "error"));
	if (refusal) {
		snprintf(error, size, "the daemon at %s will not leave: %s", path, refusal);
		rc = -EPERM;
	}
	json_decref(answer);
	json_decref(request);
	return rc;
}

int ctlclient_leave(const char *path, int wanted, char *error, size_t size)
{
	int fd = client_connect(path, error, size), rc;
	struct pollfd process = {.events = POLLIN};
	pid_t pid;

	if (fd < 0)
		return errno == ECONNREFUSED ? -ENOENT : -errno;
	pid = client_peer(fd);
	if (wanted > 0 && pid != wanted) {
		close(fd);
		snprintf(error, size,
			 "pid %d answers at %s, which is another daemon: name the socket of pid %d",
			 (int)pid, path, wanted);
		return -ESRCH;
	}
	/* Held before it is asked, so that the number cannot be another process's by then. */
	process.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	rc = say_leave(fd, path, error, size);
	if (!rc && process.fd >= 0 && poll(&process, 1, CTLCLIENT_PATIENCE * 1000) <= 0) {
		snprintf(error, size, "the daemon at %s (pid %d) has not ended within %d s", path,
			 (int)pid, CTLCLIENT_PATIENCE);
		rc = -ETIMEDOUT;
	}
	if (process.fd >= 0)
		close(process.fd);
	return rc ? rc : (int)pid;
}
