/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See worker.h. */
#include <cap-ng.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>
#include <io/worker.h>

/* Of the starting thread's stack: it waits until `begun`. */
struct worker {
	const char *name;
	void *(*run)(void *);
	void *arg;
	sem_t begun;
};

static void drop_capabilities(void)
{
	bool files = false;

	if (!geteuid() && !capng_get_caps_process())
		files = capng_have_capability(CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	capng_clear(CAPNG_SELECT_BOTH);
	if (files)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_OVERRIDE);
	capng_apply(CAPNG_SELECT_CAPS);
}

static void *worker_thread(void *arg)
{
	struct worker *worker = arg;
	const struct worker mine = *worker;

	pthread_setname_np(pthread_self(), mine.name);
	drop_capabilities();
	sem_post(&worker->begun);
	return mine.run(mine.arg);
}

/* Signals stay with who starts it. */
static int start(pthread_t *thread, const pthread_attr_t *attr, struct worker *worker)
{
	sigset_t all, before;
	int err;

	sem_init(&worker->begun, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, attr, worker_thread, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	while (!err && sem_wait(&worker->begun))
		continue;
	sem_destroy(&worker->begun);
	return -err;
}

int worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg)
{
	struct worker worker = {.name = name, .run = run, .arg = arg};
	const struct sched_param param = {0};
	pthread_attr_t attr;
	int err;

	pthread_attr_init(&attr);
	if (sched_getscheduler(0) != SCHED_OTHER) { /* a sandbox may forbid what is not needed */
		pthread_attr_setschedpolicy(&attr, SCHED_OTHER);
		pthread_attr_setschedparam(&attr, &param);
		pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	}
	err = start(thread, &attr, &worker);
	pthread_attr_destroy(&attr);
	return err;
}

int worker_start_inheriting(pthread_t *thread, const char *name, void *(*run)(void *), void *arg)
{
	struct worker worker = {.name = name, .run = run, .arg = arg};

	return start(thread, NULL, &worker);
}

bool worker_raise(void)
{
	const struct sched_param lowest = {.sched_priority = sched_get_priority_min(SCHED_FIFO)};

	return sched_getscheduler(0) == SCHED_OTHER && !sched_setscheduler(0, SCHED_FIFO, &lowest);
}

/* That is allowed to anyone. */
void worker_lower(void)
{
	const struct sched_param none = {0};

	sched_setscheduler(0, SCHED_OTHER, &none);
}
