/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See recorder.h. The caller's side: everything is a message to the thread, or a short lock. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <io/recorder_private.h>
#include <io/worker.h>

/* --- start and end --------------------------------------------------------------------------- */

static int make_parts(struct recorder *r, int ring)
{
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->wake < 0)
		return -errno;
	r->pcap = pcapwriter_new();
	if (!r->pcap)
		return -errno;
	r->outbox[0].sender = sender_new(AF_INET);
	if (!r->outbox[0].sender)
		return -errno;
	r->outbox[1].sender = sender_new(AF_INET6); /* not there on hosts without IPv6 */
	if (ring < 0)
		return 0;
	r->ring = ring_buffer__new(ring, recorder_copy, r, NULL);
	return r->ring ? 0 : -errno;
}

static void free_parts(struct recorder *r)
{
	ring_buffer__free(r->ring);
	sender_free(r->outbox[0].sender);
	sender_free(r->outbox[1].sender);
	if (r->wake >= 0)
		close(r->wake);
	pcapwriter_free(r->pcap);
	pthread_mutex_destroy(&r->naming);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

struct recorder *recorder_new(int ring)
{
	struct recorder *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return NULL;
	r->packets.last = &r->packets.first;
	r->ends.last = &r->ends.first;
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_init(&r->naming, NULL);
	err = make_parts(r, ring);
	if (!err)
		return r;
	free_parts(r);
	errno = -err;
	return NULL;
}

/* The ring belongs to the thread from here on. */
int recorder_start(struct recorder *r)
{
	int err = worker_start(&r->thread, "recorder", recorder_thread, r);

	r->started = !err;
	return err;
}

static void wake(struct recorder *r)
{
	uint64_t one = 1;
	ssize_t n = write(r->wake, &one, sizeof(one));

	(void)n; /* it can only fail because the thread is to wake already */
}

static void append(struct queue *queue, struct message *m)
{
	m->next = NULL;
	*queue->last = m;
	queue->last = &m->next;
}

/* An order. While there are branches the thread looks for them every few milliseconds anyway. */
static void order(struct recorder *r, struct message *m)
{
	bool sleeps;

	pthread_mutex_lock(&r->lock);
	append(&r->ends, m);
	sleeps = !r->stats.branches;
	pthread_mutex_unlock(&r->lock);
	if (sleeps)
		wake(r);
}

/* Those that were closed since; the thread has done with them. */
static struct recorder_file *take_closed(struct recorder *r)
{
	struct recorder_file *closed;

	pthread_mutex_lock(&r->lock);
	closed = r->closed;
	r->closed = NULL;
	for (const struct recorder_file *f = closed; f; f = f->next) {
		r->stats.files--;
		if (f->error) {
			r->stats.failed_files++;
			r->stats.last_error = f->error;
		}
	}
	pthread_mutex_unlock(&r->lock);
	return closed;
}

static void forget_closed(struct recorder *r)
{
	struct recorder_file *f, *next;

	for (f = take_closed(r); f; f = next) {
		next = f->next;
		if (!f->superseded)
			HASH_DEL(r->files, f);
		free(f);
	}
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	r->stop.kind = MESSAGE_STOP;
	order(r, &r->stop);
	if (r->started)
		pthread_join(r->thread, NULL);
	else
		recorder_work(r);
	forget_closed(r);
	free_parts(r);
}

/* --- files ----------------------------------------------------------------------------------- */

static struct recorder_file *find_file(struct recorder *r, const char *name)
{
	struct recorder_file *f;

	HASH_FIND(hh, r->files, name, strlen(name), f);
	return f;
}

/* Takes its name from a file that was given back. */
static void supersede(struct recorder *r, const struct capture_dirs *dirs, struct recorder_file *f)
{
	pthread_mutex_lock(&r->naming);
	if (!f->named)
		capture_unname(dirs, f->name);
	f->superseded = true;
	pthread_mutex_unlock(&r->naming);
	HASH_DEL(r->files, f);
}

static int open_file(struct recorder *r, const struct capture_dirs *dirs, const char *name,
		     bool pcap, struct recorder_file **file)
{
	struct recorder_file *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	err = capture_open(dirs, name, pcap ? r->pcap : NULL, &f->capture);
	if (err) {
		free(f);
		return err;
	}
	strcpy(f->name, name);
	f->users = 1;
	HASH_ADD_STR(r->files, name, f);
	pthread_mutex_lock(&r->lock);
	r->stats.files++;
	pthread_mutex_unlock(&r->lock);
	*file = f;
	return 0;
}

int recorder_file(struct recorder *r, const struct capture_dirs *dirs, const char *name, bool pcap,
		  struct recorder_file **file)
{
	struct recorder_file *f;

	forget_closed(r);
	f = find_file(r, name);
	if (f && f->users) {
		f->users++;
		*file = f;
		return 0;
	}
	if (f)
		supersede(r, dirs, f);
	return open_file(r, dirs, name, pcap, file);
}

bool recorder_has(struct recorder *r, const char *name)
{
	const struct recorder_file *f = find_file(r, name);

	return f && f->users;
}

void recorder_file_end(struct recorder *r, struct recorder_file *file)
{
	if (!file || --file->users)
		return;
	file->end = (struct message){.kind = MESSAGE_FILE_END, .file = file};
	order(r, &file->end);
}

/* --- branches -------------------------------------------------------------------------------- */

struct branch *recorder_branch(struct recorder *r, struct recorder_file *file)
{
	struct branch *b = calloc(1, sizeof(*b));
	bool first;

	if (!b)
		return NULL;
	b->file = file;
	pthread_mutex_lock(&r->lock);
	first = !r->stats.branches++;
	pthread_mutex_unlock(&r->lock);
	if (first)
		wake(r); /* it looks into the ring from now on */
	return b;
}

static bool is_known(const struct source *s, const struct source *wanted)
{
	while (s && (s->slot != wanted->slot || s->generation != wanted->generation ||
		     s->branch != wanted->branch))
		s = s->next;
	return s;
}

int recorder_source(struct recorder *r, struct branch *branch, uint32_t slot, uint32_t generation)
{
	struct source *s = malloc(sizeof(*s)), **bucket = recorder_bucket(r, slot);
	bool known;

	if (!s)
		return -ENOMEM;
	*s = (struct source){.slot = slot, .generation = generation, .branch = branch};
	pthread_mutex_lock(&r->lock);
	known = is_known(*bucket, s);
	if (!known) {
		s->next = *bucket;
		*bucket = s;
		s->next_here = branch->sources;
		branch->sources = s;
	}
	pthread_mutex_unlock(&r->lock);
	if (known)
		free(s);
	return 0;
}

void recorder_target(struct recorder *r, struct branch *branch, const struct slowpath_send *send)
{
	pthread_mutex_lock(&r->lock);
	branch->send = *send;
	pthread_mutex_unlock(&r->lock);
}

static void count_lost(struct recorder *r)
{
	pthread_mutex_lock(&r->lock);
	r->stats.lost++;
	pthread_mutex_unlock(&r->lock);
}

void recorder_packet(struct recorder *r, struct branch *branch,
		     const struct slowpath_packet *packet)
{
	size_t size = sizeof(struct message) + packet->len;
	struct message *m = malloc(size);
	bool taken;

	if (!m) {
		count_lost(r);
		return;
	}
	*m = (struct message){
		.kind = MESSAGE_PACKET,
		.branch = branch,
		.source = packet->source,
		.local = packet->local,
		.time = packet->now,
		.len = packet->len,
	};
	if (packet->len)
		memcpy(m + 1, packet->data, packet->len);
	pthread_mutex_lock(&r->lock);
	taken = r->queued + size <= RECORDER_QUEUE;
	if (taken) {
		append(&r->packets, m);
		r->queued += size;
	}
	pthread_mutex_unlock(&r->lock);
	if (taken)
		return;
	count_lost(r);
	free(m);
}

void recorder_end(struct recorder *r, struct branch *branch)
{
	if (!branch)
		return;
	pthread_mutex_lock(&r->lock);
	r->stats.branches--;
	pthread_mutex_unlock(&r->lock);
	branch->end = (struct message){.kind = MESSAGE_END, .branch = branch};
	order(r, &branch->end);
}

struct recorder_stats recorder_stats(struct recorder *r)
{
	struct recorder_stats stats;

	forget_closed(r);
	pthread_mutex_lock(&r->lock);
	stats = r->stats;
	pthread_mutex_unlock(&r->lock);
	return stats;
}
