/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread of the daemon's beside its main one. It works on what is open already and can wait:
 * signals stay the main thread's, and so do real-time scheduling and capabilities. Only root's, who
 * may have to write into directories of others, keeps CAP_DAC_OVERRIDE.
 */
#ifndef XRP_IO_WORKER_H
#define XRP_IO_WORKER_H

#include <pthread.h>

/*
 * Starts it with a name (up to 15 characters), scheduled as ordinary programs are, and returns when
 * it has given up its capabilities. 0 or -errno.
 */
int worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg);

#endif
