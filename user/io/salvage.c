/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See salvage.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include <io/leftover.h>
#include <io/salvage.h>
#include <io/worker.h>

struct salvage_name {
	struct salvage_name *next;
	char name[CAPTURE_NAME];
};

struct salvage {
	struct capture_dirs dirs;
	pthread_t thread;
	bool started; /* the thread is */
	pthread_mutex_t lock;
	pthread_cond_t news;
	struct salvage_name *names; /* lock */
	struct salvage_stats stats; /* lock */
	atomic_bool stop;
};

static void count(struct salvage *s, int err, uint64_t cut, bool moved)
{
	/* Others' files, those that a daemon writes, or that another one took, are none of ours. */
	if (err == -EINVAL || err == -EBUSY || err == -ENOENT || err == -ELOOP)
		return;
	pthread_mutex_lock(&s->lock);
	s->stats.cut += cut > 0;
	s->stats.moved += moved && !err;
	s->stats.failed += err != 0;
	if (err)
		s->stats.last_error = err;
	pthread_mutex_unlock(&s->lock);
}

/* Of the open directory, not of its path: that may lead elsewhere for who has few privileges. */
static void empty_spool(struct salvage *s)
{
	int fd = openat(s->dirs.spool, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir) {
		count(s, -errno, 0, false);
		if (fd >= 0)
			close(fd);
		return;
	}
	while (!s->stop && (entry = readdir(dir))) {
		uint64_t cut = 0;
		int err;

		if (entry->d_name[0] == '.') /* no name of ours begins so */
			continue;
		err = leftover_move(&s->dirs, entry->d_name, &cut);
		count(s, err, cut, true);
	}
	closedir(dir);
}

static struct salvage_name *next_name(struct salvage *s)
{
	struct salvage_name *name;

	pthread_mutex_lock(&s->lock);
	while (!s->names && !s->stop)
		pthread_cond_wait(&s->news, &s->lock);
	name = s->names;
	if (name)
		LL_DELETE(s->names, name);
	pthread_mutex_unlock(&s->lock);
	return name;
}

static void *salvage_thread(void *arg)
{
	struct salvage *s = arg;
	struct salvage_name *name;

	if (s->dirs.spool >= 0)
		empty_spool(s);
	while (!s->stop && (name = next_name(s))) {
		uint64_t cut = 0;
		int err = leftover_mend(s->dirs.record, name->name, &cut);

		count(s, err, cut, false);
		free(name);
	}
	return NULL;
}

struct salvage *salvage_new(const struct capture_dirs *dirs)
{
	struct salvage *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->dirs = *dirs;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->news, NULL);
	return s;
}

int salvage_start(struct salvage *s)
{
	int err = worker_start(&s->thread, "salvage", salvage_thread, s);

	s->started = !err;
	return err;
}

void salvage_free(struct salvage *s)
{
	struct salvage_name *name;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->news);
	pthread_mutex_unlock(&s->lock);
	if (s->started)
		pthread_join(s->thread, NULL);
	while ((name = s->names)) {
		s->names = name->next;
		free(name);
	}
	pthread_cond_destroy(&s->news);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void salvage_add(struct salvage *s, const char *name)
{
	struct salvage_name *n = calloc(1, sizeof(*n));

	if (!n) {
		count(s, -ENOMEM, 0, false);
		return;
	}
	strncpy(n->name, name, sizeof(n->name) - 1);
	pthread_mutex_lock(&s->lock);
	LL_PREPEND(s->names, n);
	pthread_cond_signal(&s->news);
	pthread_mutex_unlock(&s->lock);
}

struct salvage_stats salvage_stats(struct salvage *s)
{
	struct salvage_stats stats;

	pthread_mutex_lock(&s->lock);
	stats = s->stats;
	pthread_mutex_unlock(&s->lock);
	return stats;
}
