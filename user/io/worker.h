/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread of the daemon's beside its main one. It works on what is open already: signals stay the
 * main thread's, and so do capabilities. Only root's, who may have to write into directories of
 * others, keeps CAP_DAC_OVERRIDE.
 */
#ifndef XRP_IO_WORKER_H
#define XRP_IO_WORKER_H

#include <pthread.h>
#include <stdbool.h>

/*
 * Starts it with a name (up to 15 characters), scheduled as ordinary programs are, and returns when
 * it has given up its capabilities. 0 or -errno.
 */
int worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);
/* The same, but scheduled as its starter is. */
int worker_start_inheriting(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);
/*
 * For one that is to be in real time though the right to that is given up before it is started:
 * puts the calling thread there, at the lowest priority, unless it is already or may not. True when
 * worker_lower is to follow, after worker_start_inheriting.
 */
bool worker_raise(void);
void worker_lower(void);

#endif
