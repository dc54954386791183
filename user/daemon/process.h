/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process: going to the background, the pid file. */
#ifndef XRP_DAEMON_PROCESS_H
#define XRP_DAEMON_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Forks. The parent waits until the child calls process_ready and then exits 0, or exits with the
 * child's status when that ends before. `to_root`: changes to /. Returns the child's end of the
 * pipe, or -errno.
 */
int process_background(bool to_root);
/* Lets the waiting parent go; `redirect` turns stdin, stdout and stderr to /dev/null. */
void process_ready(int pipe_end, bool redirect);
/*
 * Writes "pid\n" and locks the file for as long as it is open: who finds it locked has met a
 * running daemon. Sets `fd`, -1 for "/dev/null", which means none. 0; -EBUSY: locked, the sentence
 * has the pid; -EINVAL: not a regular file, or one with something else in it; -errno and a
 * sentence.
 */
int process_write_pid(const char *path, int *fd, char *error, size_t size);
/*
 * Unlinks the pid file, when it is still the one that was written to `fd`, and closes that. Where
 * that is not allowed (-u) the file stays and is empty.
 */
void process_remove_pid(const char *path, int fd);

#endif
