/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory of a fuzz target's own, for parsers of files; it goes when the process does. */
#ifndef XRP_TESTS_FUZZ_FILES_H
#define XRP_TESTS_FUZZ_FILES_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <dirent.h>
#include <sys/stat.h>

static char files_path[] = "/dev/shm/xrp-fuzz.XXXXXX";
static int files_dir = -1;

static inline void demand(bool right)
{
	if (!right)
		abort();
}

static void files_remove(void)
{
	DIR *dir = opendir(files_path);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(files_dir, entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(files_path);
}

/* Opens it, once. */
static inline void files_open(void)
{
	if (files_dir >= 0)
		return;
	demand(mkdtemp(files_path) != NULL);
	files_dir = open(files_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	demand(files_dir >= 0 && !atexit(files_remove));
}

static inline void files_write(const char *name, const uint8_t *data, size_t size)
{
	int fd = openat(files_dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	demand(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

#endif
