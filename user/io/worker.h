/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread of the daemon's beside its main one. It works on what is open already: signals stay the
 * main thread's, and so do capabilities. Only root's, who may have to write into directories of
 * others, keeps CAP_DAC_OVERRIDE.
 */
#ifndef XRP_IO_WORKER_H
#define XRP_IO_WORKER_H

#include <pthread.h>

/*
 * Starts it with a name (up to 15 characters), scheduled as ordinary programs are, and returns when
 * it has given up its capabilities. 0 or -errno.
 */
int worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);
/* The same, but scheduled as its starter is. */
int worker_start_inheriting(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);

#endif
