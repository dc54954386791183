/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's thread. It sleeps until there is a message; while there are branches it also looks
 * into the ring every few milliseconds, which costs less than being woken for each copy.
 *
 * Order: the ring is emptied, and before each copy go the slow path's packets that are not younger.
 * They are looked for at each copy, not once a round: when a flow leaves the slow path, the packets
 * that went there were queued before its first copy was made.
 *
 * Ends are taken before the ring is emptied and handled after, so all that was made before an end
 * reaches its branch. Packets behind an end in time are never for what ends, so they may go first.
 * A copy whose flow no branch wants (any more) is passed over.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>
#include <bpf/libbpf.h>
#include <base/endpoint.h>
#include <io/recorder_private.h>
#include <io/worker.h>

#define NS_PER_S 1000000000ULL

/* A packet from either side. */
struct taken {
	const struct xrp_endpoint *source, *local;
	uint64_t time; /* ns of CLOCK_MONOTONIC */
	const uint8_t *data;
	size_t len;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* --- where packets go ------------------------------------------------------------------------ */

static void note_error(struct recorder_file *file, int err)
{
	if (err && !file->error)
		file->error = err;
}

static void no_longer_unflushed(struct recorder *r, struct recorder_file *file)
{
	if (file->unflushed)
		DL_DELETE2(r->unflushed, file, flush_prev, flush_next);
	file->unflushed = false;
}

/* What is in memory is lost when the daemon is killed: no more than of one period. */
static void flush_files(struct recorder *r, uint64_t now)
{
	struct recorder_file *f;

	if (now - r->flushed < RECORDER_FLUSH)
		return;
	r->flushed = now;
	while ((f = r->unflushed)) {
		note_error(f, capture_flush(f->capture));
		no_longer_unflushed(r, f);
	}
}

static void write_to_file(struct recorder *r, struct recorder_file *file, const struct taken *p)
{
	const struct capture_packet packet = {
		.source = *p->source,
		.local = *p->local,
		.time = p->time + r->epoch,
		.data = p->data,
		.len = p->len,
	};
	int err = capture_write(file->capture, &packet);

	note_error(file, err);
	if (!file->unflushed)
		DL_APPEND2(r->unflushed, file, flush_prev, flush_next);
	file->unflushed = true;
	pthread_mutex_lock(&r->lock);
	if (err) {
		r->stats.write_errors++;
	} else {
		r->stats.packets++;
		r->stats.bytes += p->len;
	}
	pthread_mutex_unlock(&r->lock);
}

static void flush_outbox(struct recorder *r, struct outbox *box)
{
	if (!box->count)
		return;
	sender_flush(box->sender, &r->sent);
	box->count = 0;
}

static void flush_all(struct recorder *r)
{
	flush_outbox(r, &r->outbox[0]);
	flush_outbox(r, &r->outbox[1]);
	pthread_mutex_lock(&r->lock);
	r->stats.sent = r->sent.sent;
	r->stats.send_errors = r->sent.send_errors;
	pthread_mutex_unlock(&r->lock);
}

static void send_copy(struct recorder *r, const struct branch *b, const struct taken *p)
{
	struct slowpath_send send;
	struct outbox *box;
	uint8_t *room;

	pthread_mutex_lock(&r->lock);
	send = b->send;
	pthread_mutex_unlock(&r->lock);
	if (!endpoint_is_set(&send.dst))
		return;
	box = &r->outbox[addr_family(&send.dst.addr) == AF_INET6];
	if (box->count == RECORDER_BATCH)
		flush_outbox(r, box);
	room = box->room[box->count];
	if (p->len > RECORDER_ROOM) {
		r->sent.send_errors++;
		return;
	}
	memcpy(room + SENDER_HEADER, p->data, p->len);
	if (box->sender && !sender_add(box->sender, &send, room, p->len))
		box->count++;
	else
		r->sent.send_errors++;
}

static void deliver(struct recorder *r, struct branch *b, const struct taken *p)
{
	if (b->file)
		write_to_file(r, b->file, p);
	else
		send_copy(r, b, p);
}

/* --- the slow path's packets ----------------------------------------------------------------- */

/* Takes the packets that came by `until` out of the queue. */
static struct message *take_packets(struct recorder *r, uint64_t until)
{
	struct message **at = &r->packets.first, *taken;

	pthread_mutex_lock(&r->lock);
	for (; *at && (*at)->time <= until; at = &(*at)->next)
		r->queued -= sizeof(**at) + (*at)->len;
	taken = at == &r->packets.first ? NULL : r->packets.first;
	if (taken) {
		r->packets.first = *at;
		*at = NULL;
		if (!r->packets.first)
			r->packets.last = &r->packets.first;
	}
	pthread_mutex_unlock(&r->lock);
	return taken;
}

static void deliver_packets(struct recorder *r, uint64_t until)
{
	struct message *m, *next;

	for (m = take_packets(r, until); m; m = next) {
		const struct taken p = {&m->source, &m->local, m->time, (const uint8_t *)(m + 1),
					m->len};

		next = m->next;
		deliver(r, m->branch, &p);
		free(m);
	}
}

/* --- the ring -------------------------------------------------------------------------------- */

/* The branches of a flow, linked by their `next`. */
static struct branch *find_branches(struct recorder *r, uint32_t slot, uint32_t generation)
{
	struct branch *found = NULL;
	const struct source *s;

	pthread_mutex_lock(&r->lock);
	for (s = *recorder_bucket(r, slot); s; s = s->next) {
		if (s->slot == slot && s->generation == generation) {
			s->branch->next = found;
			found = s->branch;
		}
	}
	pthread_mutex_unlock(&r->lock);
	return found;
}

int recorder_copy(void *ctx, void *data, size_t size)
{
	struct recorder *r = ctx;
	const struct xrp_copy *copy = data;
	struct taken p = {&copy->source, &copy->local, copy->time, (const uint8_t *)(copy + 1),
			  copy->length};

	if (size < sizeof(*copy) || copy->length > size - sizeof(*copy))
		return 0;
	deliver_packets(r, copy->time);
	for (struct branch *b = find_branches(r, copy->slot, copy->generation); b; b = b->next)
		deliver(r, b, &p);
	return 0;
}

static void empty_ring(struct recorder *r)
{
	if (r->ring)
		ring_buffer__consume(r->ring);
}

/* --- ends ------------------------------------------------------------------------------------ */

static void remove_source(struct recorder *r, const struct source *s)
{
	struct source **at = recorder_bucket(r, s->slot);

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
}

static void end_branch(struct recorder *r, struct branch *b)
{
	struct source *s, *next;

	pthread_mutex_lock(&r->lock);
	for (s = b->sources; s; s = next) {
		next = s->next_here;
		remove_source(r, s);
		free(s);
	}
	pthread_mutex_unlock(&r->lock);
	free(b);
}

/* Closes it, and gives it its last name unless another has that by now. */
static int close_file(struct recorder *r, struct recorder_file *f)
{
	int err = capture_flush(f->capture); /* may take long: not under the lock */

	pthread_mutex_lock(&r->naming);
	if (f->superseded)
		capture_abandon(f->capture);
	else
		err = capture_close(f->capture);
	f->named = true;
	pthread_mutex_unlock(&r->naming);
	return err;
}

static void end_file(struct recorder *r, struct recorder_file *f)
{
	int err;

	no_longer_unflushed(r, f);
	err = close_file(r, f);
	pthread_mutex_lock(&r->lock);
	if (!f->error)
		f->error = err;
	f->next = r->closed;
	r->closed = f;
	pthread_mutex_unlock(&r->lock);
}

/* Handles those in the list; false when the thread is to end. */
static bool handle_ends(struct recorder *r, struct message *m)
{
	struct message *next;
	bool go_on = true;

	for (; m; m = next) {
		next = m->next;
		if (m->kind == MESSAGE_END)
			end_branch(r, m->branch);
		else if (m->kind == MESSAGE_FILE_END)
			end_file(r, m->file);
		else
			go_on = false;
	}
	return go_on;
}

static struct message *take_ends(struct recorder *r)
{
	struct message *ends;

	pthread_mutex_lock(&r->lock);
	ends = r->ends.first;
	r->ends = (struct queue){NULL, &r->ends.first};
	pthread_mutex_unlock(&r->lock);
	return ends;
}

/* --- the thread ------------------------------------------------------------------------------ */

/* Sleeps until a message comes, or it is time to look into the ring. */
static void wait(struct recorder *r)
{
	struct pollfd fd = {r->wake, POLLIN, 0};
	uint64_t count;
	bool idle;

	pthread_mutex_lock(&r->lock);
	idle = !r->stats.branches && !r->packets.first && !r->ends.first;
	pthread_mutex_unlock(&r->lock);
	if (poll(&fd, 1, idle ? -1 : RECORDER_PERIOD) > 0 &&
	    read(r->wake, &count, sizeof(count)) < 0)
		return; /* nothing was to be read: as good as a wake-up for nothing */
}

void recorder_work(struct recorder *r)
{
	struct message *ends;
	bool go_on = true;
	uint64_t now;

	while (go_on) {
		wait(r);
		now = clock_ns(CLOCK_MONOTONIC);
		r->epoch = clock_ns(CLOCK_REALTIME) - now;
		ends = take_ends(r);
		empty_ring(r);
		deliver_packets(r, UINT64_MAX);
		go_on = handle_ends(r, ends);
		flush_files(r, now);
		flush_all(r);
	}
}

void *recorder_thread(void *arg)
{
	recorder_work(arg);
	return NULL;
}
