/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of notification share. */
#ifndef XRP_TESTS_NOTIFY_FIXTURE_H
#define XRP_TESTS_NOTIFY_FIXTURE_H

#include <stdarg.h>
#include <setjmp.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <io/notify.h>

struct fixture {
	struct event_base *base;
	struct notify *notify;
	char directory[64];
	char target[128]; /* of the listener made last */
	char error[512];
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	strcpy(f->directory, "/tmp/test_notify.XXXXXX");
	if (!mkdtemp(f->directory)) {
		free(f);
		return -1;
	}
	f->base = event_base_new();
	f->notify = notify_new(f->base);
	*state = f;
	return f->notify ? 0 : -1;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	notify_free(f->notify);
	event_base_free(f->base);
	rmdir(f->directory);
	free(f);
	return 0;
}

static inline int allow(struct fixture *f, const char *target)
{
	f->error[0] = '\0';
	return notify_allow(f->notify, target, f->error, sizeof(f->error));
}

static inline struct notify_target *find(struct fixture *f, const char *word)
{
	struct notify_target *t = notify_find(f->notify, text_of(word), NULL, NULL);

	if (t)
		notify_target_release(t); /* the test knows it as long as it lives */
	return t;
}

static inline struct sockaddr_in v4(const char *address)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(4711)};

	inet_pton(AF_INET, address, &sin.sin_addr);
	return sin;
}

#endif
