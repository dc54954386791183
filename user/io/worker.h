/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread of the daemon's beside its main one. It works on what is open already and can wait:
 * signals stay the main thread's, and so do, under -u, capabilities.
 */
#ifndef XRP_IO_WORKER_H
#define XRP_IO_WORKER_H

#include <pthread.h>

/* Starts it, scheduled as ordinary programs are. 0 or -errno. */
int worker_start(pthread_t *thread, void *(*run)(void *), void *arg);
/* The same, but scheduled as its starter is. */
int worker_start_inheriting(pthread_t *thread, void *(*run)(void *), void *arg);
/*
 * To be called by it first: gives it its name (up to 15 characters) and takes its capabilities,
 * unless it is root's, who may have to write into directories of others.
 */
void worker_begin(const char *name);

#endif
