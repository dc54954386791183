/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses a pin root: /proc/locks tells whose the lock on its directory is (see pins.c). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <datapath/pins_holder.h>

/* The process that holds a flock on the open directory; 0 where that cannot be seen. */
static int find_holder(int fd)
{
	char want[64], line[256], pid[16], at[64];
	int found = 0;
	struct stat st;
	FILE *locks;

	if (fstat(fd, &st))
		return 0;
	locks = fopen("/proc/locks", "re");
	if (!locks)
		return 0;
	snprintf(want, sizeof(want), "%02x:%02x:%llu", major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino);
	while (!found && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*s FLOCK %*s %*s %15s %63s", pid, at) == 2 && !strcmp(at, want))
			found = (int)strtol(pid, NULL, 10);
	fclose(locks);
	return found;
}

int pins_holder(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), pid;

	if (fd < 0)
		return 0;
	pid = find_holder(fd);
	if (!pid && flock(fd, LOCK_SH | LOCK_NB))
		pid = -EBUSY;
	close(fd);
	return pid;
}
