/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A window of N means N calls that go on independently: each sends its next command as soon as the
 * answer to the last one has come. Batches of datagrams keep the client cheaper than the daemon.
 */
#include "control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <base/endpoint.h>

#define WINDOW_MAX 1024
#define MESSAGE	   512
#define RESEND	   1000000000ULL /* ns */
#define LATENCIES  100000	 /* us; the last one is "or more" */

enum step { STEP_UPDATE, STEP_LOOKUP, STEP_DELETE, STEP_DONE };

/* One call of the window. */
struct slot {
	enum step step;
	uint64_t call, cookie, sent;
	char message[MESSAGE];
	size_t len;
};

struct client {
	const struct control_load *load;
	struct control_result *result;
	struct slot *slots;
	char caller[ADDR_TEXT], callee[ADDR_TEXT];
	uint32_t *latency; /* counts by us */
	uint64_t next_call, next_cookie, began, run;
	int fd;
	struct mmsghdr in[WINDOW_MAX], out[WINDOW_MAX];
	struct iovec in_iov[WINDOW_MAX], out_iov[WINDOW_MAX];
	char (*buffer)[MESSAGE];
	unsigned int queued;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void compose(struct client *c, struct slot *slot)
{
	unsigned long long call = slot->call, run = c->run, cookie = ++c->next_cookie;
	unsigned int port = 20000 + (unsigned int)(call % 20000) * 2;
	char *m = slot->message;
	int len;

	slot->cookie = cookie;
	if (slot->step == STEP_UPDATE)
		len = snprintf(m, MESSAGE, "%llx_%llx U %llx-%llx@bench %s %u f%llx;1\n", run,
			       cookie, run, call, c->caller, port, call);
	else if (slot->step == STEP_LOOKUP)
		len = snprintf(m, MESSAGE, "%llx_%llx L %llx-%llx@bench %s %u f%llx;1 t%llx;1\n",
			       run, cookie, run, call, c->callee, port, call, call);
	else
		len = snprintf(m, MESSAGE, "%llx_%llx D %llx-%llx@bench f%llx t%llx\n", run, cookie,
			       run, call, call, call);
	slot->len = (size_t)len;
}

static void queue(struct client *c, struct slot *slot)
{
	struct iovec *iov = &c->out_iov[c->queued];

	slot->sent = now_ns();
	*iov = (struct iovec){slot->message, slot->len};
	c->out[c->queued++].msg_hdr = (struct msghdr){.msg_iov = iov, .msg_iovlen = 1};
}

static void flush(struct client *c)
{
	unsigned int done = 0;

	while (done < c->queued) {
		int n = sendmmsg(c->fd, c->out + done, c->queued - done, 0);

		if (n < 0 && errno != EINTR)
			break; /* those not sent are sent again after a second */
		done += n > 0 ? (unsigned int)n : 0;
	}
	c->queued = 0;
}

static bool may_begin(const struct client *c)
{
	const struct control_load *load = c->load;

	return load->seconds > 0 ? (double)(now_ns() - c->began) < load->seconds * 1e9
				 : c->next_call < load->calls;
}

static void begin_call(struct client *c, struct slot *slot)
{
	slot->step = STEP_DONE;
	if (!may_begin(c))
		return;
	slot->step = STEP_UPDATE;
	slot->call = c->next_call++;
	compose(c, slot);
	queue(c, slot);
}

static void note_latency(struct client *c, uint64_t ns)
{
	uint64_t us = ns / 1000;

	c->latency[us < LATENCIES ? us : LATENCIES - 1]++;
}

/* The answer to what the slot has asked: the next command, or the next call. */
static void go_on(struct client *c, struct slot *slot, bool error)
{
	note_latency(c, now_ns() - slot->sent);
	c->result->commands++;
	c->result->errors += error;
	slot->step++;
	if (slot->step == STEP_DELETE && c->load->hold)
		slot->step = STEP_DONE;
	if (slot->step == STEP_DONE) {
		c->result->calls++;
		begin_call(c, slot);
	} else {
		compose(c, slot);
		queue(c, slot);
	}
}

static void answered(struct client *c, char *text, size_t len)
{
	char *mark, *end;
	uint64_t cookie;

	text[len < MESSAGE ? len : MESSAGE - 1] = '\0';
	mark = strchr(text, '_');
	cookie = mark ? strtoull(mark + 1, &end, 16) : 0;
	if (!mark || strtoull(text, NULL, 16) != c->run)
		return;
	for (unsigned int i = 0; i < c->load->window; i++)
		if (c->slots[i].step != STEP_DONE && c->slots[i].cookie == cookie) {
			go_on(c, &c->slots[i], end[0] == ' ' && end[1] == 'E');
			return;
		}
}

static void receive(struct client *c)
{
	int n;

	for (unsigned int i = 0; i < c->load->window; i++) {
		c->in_iov[i] = (struct iovec){c->buffer[i], MESSAGE - 1};
		c->in[i].msg_hdr = (struct msghdr){.msg_iov = &c->in_iov[i], .msg_iovlen = 1};
	}
	n = recvmmsg(c->fd, c->in, c->load->window, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		answered(c, c->buffer[i], c->in[i].msg_len);
}

/* The same bytes again, as SIP servers do. Returns how many calls are still under way. */
static unsigned int resend(struct client *c)
{
	unsigned int busy = 0;
	uint64_t now = now_ns();

	for (unsigned int i = 0; i < c->load->window; i++) {
		struct slot *slot = &c->slots[i];

		if (slot->step == STEP_DONE)
			continue;
		busy++;
		if (now > slot->sent + RESEND) {
			c->result->resent++;
			queue(c, slot);
		}
	}
	return busy;
}

static double percentile(const struct client *c, double share)
{
	double wanted = share * (double)c->result->commands, seen = 0;

	for (unsigned int us = 0; us < LATENCIES; us++) {
		seen += c->latency[us];
		if (seen >= wanted)
			return us;
	}
	return LATENCIES;
}

static int run(struct client *c)
{
	uint64_t limit = (uint64_t)(c->load->seconds * 1e9) + 60000000000ULL;
	struct pollfd pfd = {.fd = c->fd, .events = POLLIN};

	c->began = now_ns();
	c->run = c->began & 0xffffffffff;
	for (unsigned int i = 0; i < c->load->window; i++)
		begin_call(c, &c->slots[i]);
	flush(c);
	do {
		poll(&pfd, 1, 100);
		receive(c);
		if (now_ns() - c->began > limit) {
			fprintf(stderr, "bench: the daemon stopped answering\n");
			return -ETIMEDOUT;
		}
		flush(c);
	} while (resend(c));
	c->result->seconds = (double)(now_ns() - c->began) / 1e9;
	c->result->p50_us = percentile(c, 0.5);
	c->result->p99_us = percentile(c, 0.99);
	return 0;
}

static int open_socket(const struct xrp_endpoint *server)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(server, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 4 << 20;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&ss, len))
		return fd;
	fprintf(stderr, "bench: the control socket: %s\n", strerror(errno));
	return -errno;
}

int control_run(const struct control_load *load, struct control_result *result)
{
	struct client *c = calloc(1, sizeof(*c));
	int rc = -ENOMEM;

	*result = (struct control_result){0};
	if (!c || load->window > WINDOW_MAX)
		goto out;
	c->load = load;
	c->result = result;
	c->slots = calloc(load->window, sizeof(*c->slots));
	c->latency = calloc(LATENCIES, sizeof(*c->latency));
	c->buffer = calloc(load->window, sizeof(*c->buffer));
	addr_format(&load->caller, c->caller);
	addr_format(&load->callee, c->callee);
	c->fd = open_socket(&load->server);
	rc = c->fd;
	if (c->slots && c->latency && c->buffer && c->fd >= 0) {
		rc = run(c);
		close(c->fd);
	}
	free(c->slots);
	free(c->latency);
	free(c->buffer);
out:
	free(c);
	return rc;
}
