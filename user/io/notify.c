/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom we may notify: names. Sites write a target with and without its prefix, and SIP servers have
 * put it in front or left it out from one version to the next; so names are compared in one form,
 * which always has it.
 */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include "io/notify_private.h"

#define SELF "%%CC_SELF%%" /* as it is written: both signs of percent are part of it */

struct notify *notify_new(struct event_base *base)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->loop = base;
	n->log_limit = (struct log_limit)LOG_LIMIT(5);
	return n;
}

static void free_list(struct notify_target *list)
{
	while (list) {
		struct notify_target *first = list;

		list = first->next;
		notify_target_free(first);
	}
}

void notify_free(struct notify *notify)
{
	if (!notify)
		return;
	free_list(notify->fixed);
	free_list(notify->dynamic);
	free(notify);
}

static bool begins(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* The port behind the last colon, or 0. */
static uint16_t port_of(const char *name)
{
	const char *colon = strrchr(name, ':');
	unsigned long port = 0;
	char *end;

	if (!colon || !isdigit((unsigned char)colon[1]))
		return 0;
	port = strtoul(colon + 1, &end, 10);
	return *end || port > 65535 ? 0 : (uint16_t)port;
}

/* Puts the prefix in front where it is missing. -ENAMETOOLONG, or -EINVAL for a NUL in it. */
static int with_prefix(struct text word, char name[NOTIFY_NAME])
{
	char text[NOTIFY_NAME];
	const char *prefix = "unix:";

	if (word.len >= NOTIFY_NAME)
		return -ENAMETOOLONG;
	if (memchr(word.at, '\0', word.len))
		return -EINVAL;
	memcpy(text, word.at, word.len);
	text[word.len] = '\0';
	if (begins(text, "unix:") || begins(text, "tcp:"))
		prefix = "";
	else if (!strchr(text, '/') && port_of(text))
		prefix = "tcp:";
	return snprintf(name, NOTIFY_NAME, "%s%s", prefix, text) < NOTIFY_NAME ? 0 : -ENAMETOOLONG;
}

struct complaint {
	const char *target;
	char *buf;
	size_t size;
};

static int complain(const struct complaint *to, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int complain(const struct complaint *to, int err, const char *format, ...)
{
	int used = snprintf(to->buf, to->size, "notification target %s: ", to->target);
	va_list ap;

	va_start(ap, format);
	if (used >= 0 && (size_t)used < to->size)
		(void)vsnprintf(to->buf + used, to->size - (size_t)used, format, ap);
	va_end(ap);
	return err;
}

static int read_unix(const char *path, const struct complaint *to, struct notify_address *address)
{
	if (!*path)
		return complain(to, -EINVAL, "needs a path: unix:/PATH");
	if (strlen(path) >= sizeof(address->un.sun_path))
		return complain(to, -EINVAL, "the path is longer than %zu bytes",
				sizeof(address->un.sun_path) - 1);
	address->len = sizeof(address->un);
	address->un.sun_family = AF_UNIX;
	memcpy(address->un.sun_path, path, strlen(path) + 1);
	return 0;
}

/* `host_port` has a port. */
static int read_tcp(const char *host_port, const struct complaint *to,
		    struct notify_address *address)
{
	const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	char host[NOTIFY_NAME];
	struct addrinfo *found;
	int err;

	snprintf(host, sizeof(host), "%.*s", (int)(strrchr(host_port, ':') - host_port), host_port);
	err = getaddrinfo(host, NULL, &hints, &found);
	if (err)
		return complain(to, -EADDRNOTAVAIL, "\"%s\" is no IPv4 address (%s)", host,
				gai_strerror(err));
	address->len = sizeof(address->in);
	memcpy(&address->in, found->ai_addr, sizeof(address->in));
	address->in.sin_port = htons(port_of(host_port));
	freeaddrinfo(found);
	return 0;
}

static struct notify_target *find_fixed(struct notify *n, const char *name)
{
	struct notify_target *t = n->fixed;

	while (t && strcmp(t->name, name) != 0)
		t = t->next;
	return t;
}

static const struct notify_wildcard *find_wildcard(const struct notify *n, const char *name)
{
	for (unsigned int i = 0; i < n->wildcard_count; i++)
		if (!strcmp(n->wildcards[i].name, name))
			return &n->wildcards[i];
	return NULL;
}

static int allow_wildcard(struct notify *n, const char *name, const struct complaint *to)
{
	struct notify_wildcard *w = &n->wildcards[n->wildcard_count];

	if (find_wildcard(n, name))
		return 0;
	if (n->wildcard_count == NOTIFY_WILDCARDS)
		return complain(to, -ENOSPC, "there are %d with %s already", NOTIFY_WILDCARDS,
				SELF);
	strcpy(w->name, name); /* NOLINT: of the same size */
	w->port = port_of(name);
	n->wildcard_count++;
	return 0;
}

static int allow_fixed(struct notify *n, const char *name, const struct complaint *to)
{
	struct notify_address remote;
	struct notify_target *t;
	int err;

	if (find_fixed(n, name))
		return 0;
	if (n->fixed_count == NOTIFY_TARGETS)
		return complain(to, -ENOSPC, "there are %d already", NOTIFY_TARGETS);
	err = begins(name, "unix:") ? read_unix(name + 5, to, &remote)
				    : read_tcp(name + 4, to, &remote);
	if (err)
		return err;
	t = notify_target_new(n);
	if (!t)
		return complain(to, -ENOMEM, "no memory");
	strcpy(t->name, name); /* NOLINT: of the same size */
	t->remote = remote;
	t->next = n->fixed;
	n->fixed = t;
	n->fixed_count++;
	return 0;
}

int notify_allow(struct notify *notify, const char *target, char *error, size_t size)
{
	const struct complaint to = {target, error, size};
	char name[NOTIFY_NAME];

	if (with_prefix(text_of(target), name))
		return complain(&to, -EINVAL, "longer than %d bytes", NOTIFY_NAME);
	if (begins(name, "tcp:") && (name[4] == ':' || !port_of(name + 4)))
		return complain(&to, -EINVAL,
				"needs a host and a port: tcp:HOST:PORT or tcp:%s:PORT", SELF);
	if (begins(name, "tcp:" SELF ":"))
		return allow_wildcard(notify, name, &to);
	return allow_fixed(notify, name, &to);
}

bool notify_enabled(const struct notify *notify)
{
	return notify->fixed_count || notify->wildcard_count;
}

static bool same_address(const struct notify_address *a, const struct notify_address *b)
{
	return a->len == b->len && !memcmp(&a->sa, &b->sa, a->len);
}

/* Takes a target away that is of no use now. */
static bool make_room(struct notify *n)
{
	struct notify_target **place = &n->dynamic, *t;

	if (n->dynamic_count < NOTIFY_DYNAMIC)
		return true;
	while (*place && !notify_target_is_idle(*place))
		place = &(*place)->next;
	t = *place;
	if (!t)
		return false;
	*place = t->next;
	n->dynamic_count--;
	notify_target_free(t);
	return true;
}

static void write_dynamic_name(struct notify_target *t, const char *word)
{
	char remote[INET_ADDRSTRLEN], local[INET_ADDRSTRLEN] = "-";

	inet_ntop(AF_INET, &t->remote.in.sin_addr, remote, sizeof(remote));
	if (t->local.len)
		inet_ntop(AF_INET, &t->local.in.sin_addr, local, sizeof(local));
	snprintf(t->name, sizeof(t->name), "%.200s %s %s", word, remote, local);
}

/* The target that a wildcard is for this pair of addresses. */
static struct notify_target *dynamic_target(struct notify *n, const struct notify_wildcard *w,
					    const struct notify_address *remote,
					    const struct notify_address *local)
{
	struct notify_target *t = n->dynamic;

	while (t && !(same_address(&t->remote, remote) && same_address(&t->local, local)))
		t = t->next;
	if (t || !make_room(n))
		return t;
	t = notify_target_new(n);
	if (!t)
		return NULL;
	t->remote = *remote;
	t->local = *local;
	write_dynamic_name(t, w->name);
	t->next = n->dynamic;
	n->dynamic = t;
	n->dynamic_count++;
	return t;
}

static struct notify_target *resolve(struct notify *n, const struct notify_wildcard *w,
				     const struct sockaddr *client, const struct sockaddr *local)
{
	struct notify_address to = {.len = sizeof(to.in)}, from = {.len = 0};

	to.in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(w->port)};
	to.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (client && client->sa_family == AF_INET) {
		to.in.sin_addr = ((const struct sockaddr_in *)client)->sin_addr;
		if (local && local->sa_family == AF_INET)
			from.in = (struct sockaddr_in){
				.sin_family = AF_INET,
				.sin_addr = ((const struct sockaddr_in *)local)->sin_addr,
			};
		if (local && local->sa_family == AF_INET && from.in.sin_addr.s_addr)
			from.len = sizeof(from.in);
	}
	return dynamic_target(n, w, &to, &from);
}

struct notify_target *notify_find(struct notify *notify, struct text word,
				  const struct sockaddr *client, const struct sockaddr *local)
{
	const struct notify_wildcard *wildcard;
	struct notify_target *t;
	char name[NOTIFY_NAME];

	if (!word.at || with_prefix(word, name))
		return NULL;
	t = find_fixed(notify, name);
	if (!t) {
		wildcard = find_wildcard(notify, name);
		if (wildcard)
			t = resolve(notify, wildcard, client, local);
	}
	return t ? notify_target_hold(t) : NULL;
}

const char *notify_target_name(const struct notify_target *target)
{
	return target->name;
}

/* A name with blanks is a wildcard's: its word, the address it was resolved to, our own or "-". */
struct notify_target *notify_recall(struct notify *notify, const char *name)
{
	struct sockaddr_in client = {.sin_family = AF_INET}, local = {.sin_family = AF_INET};
	char word[NOTIFY_NAME], to[INET_ADDRSTRLEN], from[INET_ADDRSTRLEN];

	if (!strchr(name, ' '))
		return notify_find(notify, text_of(name), NULL, NULL);
	if (sscanf(name, "%255s %15s %15s", word, to, from) != 3 ||
	    inet_pton(AF_INET, to, &client.sin_addr) != 1)
		return NULL;
	if (inet_pton(AF_INET, from, &local.sin_addr) != 1)
		local.sin_addr.s_addr = htonl(INADDR_ANY);
	return notify_find(notify, text_of(word), (const struct sockaddr *)&client,
			   (const struct sockaddr *)&local);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t notify_tag_decode(struct text tag, char *buf, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < tag.len && len < size; i++) {
		char c = tag.at[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%' && tag.len - i > 2 && hex_value(tag.at[i + 1]) >= 0 &&
			   hex_value(tag.at[i + 2]) >= 0) {
			c = (char)(hex_value(tag.at[i + 1]) * 16 + hex_value(tag.at[i + 2]));
			i += 2;
		}
		buf[len++] = c;
	}
	return len;
}

static void add_counts(struct notify_count *count, const struct notify_target *list)
{
	for (; list; list = list->next) {
		count->queued += list->waiting;
		count->connected += list->state == NOTIFY_OPEN;
		count->targets++;
	}
}

struct notify_count notify_count(const struct notify *notify)
{
	struct notify_count count = notify->count;

	add_counts(&count, notify->fixed);
	add_counts(&count, notify->dynamic);
	return count;
}
