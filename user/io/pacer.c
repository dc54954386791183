/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See pacer.h. What plays stands in a heap, the next due first. The lock is held while packets are
 * made, not while they are sent: a packet that was made just before its prompt was stopped may
 * leave just after.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <base/endpoint.h>
#include <io/pacer.h>
#include <io/slowpath_sender.h>
#include <io/worker.h>

#define NS_PER_S    1000000000ULL
#define FAMILIES    2
#define HEAP_LEAST  16
#define TIMER_SLACK 1 /* ns */
#define ROOT	    0 /* of the heap */

struct pace {
	struct playout playout;
	struct slowpath_send to;
	uint64_t due, sent;
	size_t at; /* in the heap, unless it is over */
	bool over;
};

struct pacer {
	pthread_mutex_t lock; /* of what follows, up to the senders */
	pthread_cond_t changed;
	struct pace **heap;
	size_t count, room;
	bool stop;
	bool running;
	pthread_t thread;
	int over; /* eventfd */
	/* The thread's own: */
	struct sender *senders[FAMILIES]; /* IPv4, IPv6 (NULL: none) */
	struct slowpath_stats stats;
	uint8_t packet[SLOWPATH_BATCH][SENDER_HEADER + PLAYOUT_PACKET];
};

static uint64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* --- the heap ------------------------------------------------------------------------------ */

static void heap_put(struct pacer *p, size_t at, struct pace *pace)
{
	p->heap[at] = pace;
	pace->at = at;
}

static void heap_up(struct pacer *p, struct pace *pace)
{
	size_t at = pace->at;

	for (; at != ROOT && p->heap[(at - 1) / 2]->due > pace->due; at = (at - 1) / 2)
		heap_put(p, at, p->heap[(at - 1) / 2]);
	heap_put(p, at, pace);
}

static void heap_down(struct pacer *p, struct pace *pace)
{
	size_t at = pace->at, child;

	while ((child = 2 * at + 1) < p->count) {
		if (child + 1 < p->count && p->heap[child + 1]->due < p->heap[child]->due)
			child++;
		if (p->heap[child]->due >= pace->due)
			break;
		heap_put(p, at, p->heap[child]);
		at = child;
	}
	heap_put(p, at, pace);
}

/* 0 or -ENOMEM. */
static int heap_add(struct pacer *p, struct pace *pace)
{
	size_t room = p->room ? 2 * p->room : HEAP_LEAST;
	struct pace **heap;

	if (p->count == p->room) {
		heap = realloc(p->heap, room * sizeof(struct pace *));
		if (!heap)
			return -ENOMEM;
		p->heap = heap;
		p->room = room;
	}
	heap_put(p, p->count++, pace);
	heap_up(p, pace);
	return 0;
}

static void heap_take(struct pacer *p, const struct pace *pace)
{
	struct pace *last = p->heap[--p->count];

	if (last == pace)
		return;
	heap_put(p, pace->at, last);
	heap_up(p, last);
	heap_down(p, last);
}

/* --- the thread ---------------------------------------------------------------------------- */

static void tell_over(const struct pacer *p)
{
	const uint64_t one = 1;

	while (write(p->over, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Makes the packet that is due of the heap's first, and puts it with those to be sent. */
static void make(struct pacer *p, uint64_t now, uint8_t *buf)
{
	struct pace *pace = p->heap[ROOT];
	struct sender *sender = p->senders[!addr_is_v4(&pace->to.dst.addr)];
	size_t len = playout_next(&pace->playout, now, buf + SENDER_HEADER, PLAYOUT_PACKET);

	if (len) {
		pace->sent++;
		if (sender && endpoint_is_set(&pace->to.dst))
			sender_add(sender, &pace->to, buf, len);
	}
	pace->due = len ? playout_due(&pace->playout) : UINT64_MAX;
	if (pace->due != UINT64_MAX) {
		heap_down(p, pace);
		return;
	}
	pace->over = true;
	heap_take(p, pace);
	tell_over(p);
}

/* Sends what is due, a batch at most. The lock is held before and after. */
static void send_due(struct pacer *p, uint64_t now)
{
	unsigned int i;

	for (i = 0; i < SLOWPATH_BATCH && p->count && p->heap[ROOT]->due <= now; i++)
		make(p, now, p->packet[i]);
	pthread_mutex_unlock(&p->lock);
	for (int f = 0; f < FAMILIES; f++) {
		if (p->senders[f])
			sender_flush(p->senders[f], &p->stats);
	}
	pthread_mutex_lock(&p->lock);
}

/* Until the first is due, or something else has become the first. */
static void wait_due(struct pacer *p)
{
	uint64_t due = p->count ? p->heap[ROOT]->due : UINT64_MAX;
	const struct timespec until = {(time_t)(due / NS_PER_S), (long)(due % NS_PER_S)};

	if (due == UINT64_MAX)
		pthread_cond_wait(&p->changed, &p->lock);
	else
		pthread_cond_timedwait(&p->changed, &p->lock, &until);
}

static void *run(void *arg)
{
	struct pacer *p = arg;

	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		uint64_t now = clock_now();

		if (p->count && p->heap[ROOT]->due <= now)
			send_due(p, now);
		else
			wait_due(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* --- for the loop -------------------------------------------------------------------------- */

static void init_lock(struct pacer *p)
{
	pthread_mutexattr_t mutex;
	pthread_condattr_t cond;

	pthread_mutexattr_init(&mutex);
	/* The loop, when it holds the lock, is not to be kept from giving it back. */
	pthread_mutexattr_setprotocol(&mutex, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&p->lock, &mutex);
	pthread_mutexattr_destroy(&mutex);
	pthread_condattr_init(&cond);
	pthread_condattr_setclock(&cond, CLOCK_MONOTONIC);
	pthread_cond_init(&p->changed, &cond);
	pthread_condattr_destroy(&cond);
}

struct pacer *pacer_new(void)
{
	struct pacer *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return NULL;
	init_lock(p);
	p->over = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->senders[0] = sender_new(AF_INET);
	if (p->over >= 0 && p->senders[0]) {
		p->senders[1] = sender_new(AF_INET6); /* NULL on hosts without IPv6 */
		return p;
	}
	err = errno;
	pacer_free(p);
	errno = err;
	return NULL;
}

int pacer_start(struct pacer *p)
{
	int err;

	prctl(PR_SET_TIMERSLACK, TIMER_SLACK); /* inherited, too */
	err = worker_start_inheriting(&p->thread, "prompts", run, p);
	prctl(PR_SET_TIMERSLACK, 0); /* as it was */
	p->running = !err;
	return err;
}

void pacer_free(struct pacer *p)
{
	if (!p)
		return;
	if (p->running) {
		pthread_mutex_lock(&p->lock);
		p->stop = true;
		pthread_cond_signal(&p->changed);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	for (int f = 0; f < FAMILIES; f++)
		sender_free(p->senders[f]);
	if (p->over >= 0)
		close(p->over);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p->heap);
	free(p);
}

int pacer_fd(const struct pacer *p)
{
	return p->over;
}

struct pace *pacer_play(struct pacer *p, const struct playout_prompt *prompt,
			const struct slowpath_send *to)
{
	struct pace *pace = calloc(1, sizeof(*pace));
	int err = pace ? playout_start(&pace->playout, prompt) : -ENOMEM;

	if (!err) {
		pace->to = *to;
		pace->due = playout_due(&pace->playout);
		pthread_mutex_lock(&p->lock);
		err = heap_add(p, pace);
		pthread_cond_signal(&p->changed);
		pthread_mutex_unlock(&p->lock);
	}
	if (!err)
		return pace;
	free(pace);
	errno = -err;
	return NULL;
}

void pacer_aim(struct pacer *p, struct pace *pace, const struct slowpath_send *to)
{
	pthread_mutex_lock(&p->lock);
	pace->to = *to;
	pthread_mutex_unlock(&p->lock);
}

static struct pace_state state_of(const struct pace *pace)
{
	return (struct pace_state){pace->sent, pace->playout.prompt.count, pace->over};
}

struct pace_state pacer_look(struct pacer *p, const struct pace *pace)
{
	struct pace_state state;

	pthread_mutex_lock(&p->lock);
	state = state_of(pace);
	pthread_mutex_unlock(&p->lock);
	return state;
}

struct pace_state pacer_stop(struct pacer *p, struct pace *pace)
{
	struct pace_state state;

	pthread_mutex_lock(&p->lock);
	if (!pace->over)
		heap_take(p, pace);
	state = state_of(pace);
	pthread_mutex_unlock(&p->lock);
	free(pace);
	return state;
}
