/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See worker.h. */
#include <cap-ng.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>
#include <io/worker.h>

/* Signals stay with who starts it. */
static int start(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, attr, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

int worker_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	const struct sched_param param = {0};
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	if (sched_getscheduler(0) != SCHED_OTHER) { /* a sandbox may forbid what is not needed */
		pthread_attr_setschedpolicy(&attr, SCHED_OTHER);
		pthread_attr_setschedparam(&attr, &param);
		pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	}
	err = start(thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	return err;
}

int worker_start_inheriting(pthread_t *thread, void *(*run)(void *), void *arg)
{
	return start(thread, NULL, run, arg);
}

void worker_begin(const char *name)
{
	pthread_setname_np(pthread_self(), name);
	if (!geteuid())
		return;
	capng_clear(CAPNG_SELECT_BOTH);
	capng_apply(CAPNG_SELECT_CAPS);
}
