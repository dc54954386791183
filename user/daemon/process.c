/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See process.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <base/log.h>
#include <daemon/process.h>

static void process_wait_for(pid_t child, int pipe_end)
{
	char ready;
	int status = 0;

	if (read(pipe_end, &ready, 1) == 1)
		_exit(0);
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int process_background(bool to_root)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	child = fork();
	if (child < 0)
		return -errno;
	if (child) {
		close(ends[1]);
		process_wait_for(child, ends[0]);
	}
	close(ends[0]);
	setsid();
	return to_root && chdir("/") ? -errno : ends[1];
}

void process_ready(int pipe_end, bool redirect)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; redirect && fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (write(pipe_end, "r", 1) < 0 && errno != EPIPE)
		abort(); /* the parent reads until we write or end: nothing else can happen */
	close(pipe_end);
}

/* Is the open file still the one of that name? */
static bool process_is_there(const char *path, int fd)
{
	struct stat opened, named;

	return !fstat(fd, &opened) && !lstat(path, &named) && opened.st_ino == named.st_ino &&
	       opened.st_dev == named.st_dev;
}

/* The pid in the file; 0: the file is empty; -1: that is no pid file. */
static long process_read_pid(int fd)
{
	char text[32] = "", *end;
	struct stat st;
	ssize_t got;
	long pid;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -1;
	got = pread(fd, text, sizeof(text) - 1, 0);
	if (got <= 0)
		return got;
	pid = strtol(text, &end, 10);
	return end > text && end[strspn(end, " \n")] == '\0' && pid > 0 ? pid : -1;
}

/* Opens and locks the file. Its descriptor or -errno, with a sentence where it is not ours to take.
 */
static int process_lock_pid(const char *path, char *error, size_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	int err = 0;
	long pid;

	if (fd < 0)
		return -errno;
	pid = process_read_pid(fd);
	if (pid < 0) {
		err = -EINVAL;
		snprintf(error, size, "%s is there and is no pid file; name another with -p", path);
	} else if (flock(fd, LOCK_EX | LOCK_NB) || !process_is_there(path, fd)) {
		err = -EBUSY;
		snprintf(error, size,
			 "the pid file %s is another running xdp-rtpproxy's (pid %ld): stop that "
			 "one, or name another with -p",
			 path, pid);
	}
	if (err)
		close(fd);
	return err ? err : fd;
}

int process_write_pid(const char *path, int *fd, char *error, size_t size)
{
	int err;

	*fd = -1;
	error[0] = '\0';
	if (!strcmp(path, "/dev/null"))
		return 0;
	err = process_lock_pid(path, error, size);
	if (err < 0 && error[0])
		return err;
	if (err < 0) {
		log_event(LOG_WARNING, "no_pid_file", "file=%s error=\"%s\" it goes on without",
			  path, strerror(-err));
		return 0;
	}
	*fd = err;
	if (!ftruncate(*fd, 0) && dprintf(*fd, "%ld\n", (long)getpid()) > 0)
		return 0;
	err = -errno;
	snprintf(error, size, "the pid file %s cannot be written: %s; name another with -p", path,
		 strerror(-err));
	process_remove_pid(path, *fd);
	*fd = -1;
	return err;
}

void process_remove_pid(const char *path, int fd)
{
	if (fd < 0)
		return;
	/* A user (-u) may not unlink in root's directory: an empty file names no process either. */
	if (process_is_there(path, fd) && unlink(path) && ftruncate(fd, 0))
		log_event(LOG_WARNING, "pid_file_kept", "file=%s error=\"%s\"", path,
			  strerror(errno));
	close(fd);
}
