/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See process.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
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

int process_background(void)
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
	return chdir("/") ? -errno : ends[1];
}

void process_ready(int pipe_end)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	if (write(pipe_end, "r", 1) < 0 && errno != EPIPE)
		abort(); /* the parent reads until we write or end: nothing else can happen */
	close(pipe_end);
}

static bool process_is_regular(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISREG(st.st_mode);
}

int process_write_pid(const char *path, char *error, size_t size)
{
	int fd, err = 0;

	if (!strcmp(path, "/dev/null"))
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (err)
		snprintf(error, size, "the pid file %s cannot be written: %s; name another with -p",
			 path, strerror(-err));
	return err;
}

void process_remove_pid(const char *path)
{
	long pid = 0;
	FILE *file;

	if (!process_is_regular(path))
		return;
	file = fopen(path, "re");
	if (!file)
		return;
	if (fscanf(file, "%ld", &pid) == 1 && pid == (long)getpid())
		unlink(path);
	fclose(file);
}
