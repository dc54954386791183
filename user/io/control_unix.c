/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unix stream sockets of control: their files. A connection of "unix:" brings one command, in one
 * read, with or without a newline; it is answered and closed; one that stays silent is closed after
 * some seconds, so that silent ones cannot use up the places there are. Those of "cunix:" bring
 * lines and stay open.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <io/control_socket.h>

struct unix_socket {
	struct control_listener listener;
	struct sockaddr_un address;
	struct stat made; /* the file that we made: another one at its path is not ours to unlink */
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void unix_close(struct control_socket *socket)
{
	struct unix_socket *s = (struct unix_socket *)socket;
	struct stat now;

	control_listener_stop(&s->listener);
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

/* With the right mode from the first moment on; only its upper bits and the owner come later. */
static int make_file(struct unix_socket *s, const struct control_files *files)
{
	const char *path = s->address.sun_path;
	mode_t before = umask(0777 & ~files->mode);
	int err = bind(s->listener.fd, (const struct sockaddr *)&s->address, sizeof(s->address));

	err = err ? -errno : 0;
	umask(before);
	if (!err && lstat(path, &s->made))
		err = -errno;
	if (!err && (files->uid != (uid_t)-1 || files->gid != (gid_t)-1) &&
	    lchown(path, files->uid, files->gid))
		err = -errno;
	if (!err && (files->mode & 07000) && chmod(path, files->mode))
		err = -errno;
	return err;
}

static int open_listener(struct unix_socket *s, const struct complaint_text *error)
{
	int err;

	s->listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listener.fd < 0)
		return complain_bind(error, errno);
	err = clear_path(s->address.sun_path, error);
	if (err)
		return err;
	err = make_file(s, &s->listener.hub->files);
	if (!err && listen(s->listener.fd, CONTROL_BACKLOG))
		err = -errno;
	return err ? complain_bind(error, -err) : control_listener_start(&s->listener, error);
}

int control_unix_open(struct control_hub *hub, int option, const char *where,
		      const struct complaint_text *to, struct control_socket **socket)
{
	struct unix_socket *s;
	int err;

	if (!*where)
		return control_complain(to, -EINVAL, "needs a path: unix:PATH");
	if (strlen(where) >= sizeof(s->address.sun_path))
		return control_complain(to, -ENAMETOOLONG,
					"the path is longer than %zu bytes: choose a shorter one",
					sizeof(s->address.sun_path) - 1);
	s = calloc(1, sizeof(*s));
	if (!s)
		return control_complain(to, -ENOMEM, "no memory");
	s->listener.base.close = unix_close;
	s->listener.hub = hub;
	s->listener.framing = (enum control_framing)option;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, where, strlen(where) + 1);
	err = open_listener(s, to);
	if (err) {
		unix_close(&s->listener.base);
		return err;
	}
	*socket = &s->listener.base;
	return 0;
}
