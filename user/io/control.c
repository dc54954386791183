/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening control sockets by name, and closing them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <base/endpoint.h>
#include <base/rates.h>
#include <io/control_socket.h>

struct control {
	struct control_hub hub;
	struct control_socket *sockets;
};

static const struct kind {
	const char *prefix;
	control_open_fn *open;
	int option;
} kinds[] = {
	{"udp:", control_udp_open, AF_INET},	   {"udp6:", control_udp_open, AF_INET6},
	{"tcp:", control_tcp_open, AF_INET},	   {"tcp6:", control_tcp_open, AF_INET6},
	{"unix:", control_unix_open, CONTROL_ONE}, {"cunix:", control_unix_open, CONTROL_LINES},
	{"stdio:", control_stdio_open, false},	   {"stdioc:", control_stdio_open, true},
	{"systemd:", control_systemd_open, 0},
};

int control_complain(const struct complaint_text *to, int err, const char *format, ...)
{
	int used = snprintf(to->buf, to->size, "control socket %s: ", to->name);
	va_list ap;

	va_start(ap, format);
	if (used >= 0 && (size_t)used < to->size)
		(void)vsnprintf(to->buf + used, to->size - (size_t)used, format, ap);
	va_end(ap);
	return err;
}

struct control *control_new(struct event_base *base, const struct control_ops *ops)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return NULL;
	control->hub.rates = rates_new();
	if (!control->hub.rates) {
		free(control);
		return NULL;
	}
	control->hub.loop = base;
	control->hub.ops = *ops;
	control->hub.files = (struct control_files){CONTROL_UNIX_MODE, (uid_t)-1, (gid_t)-1};
	return control;
}

void control_set_files(struct control *control, const struct control_files *files)
{
	control->hub.files = *files;
}

void control_set_access(struct control *control, const struct control_access *access)
{
	control->hub.access = *access;
}

const struct control_dropped *control_dropped(const struct control *control)
{
	return &control->hub.drops;
}

/* NULL: the name has no prefix of ours. */
static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)))
			return &kinds[i];
	return NULL;
}

bool control_name_is_stdio(const char *name)
{
	const struct kind *kind = kind_of(name);

	return kind && kind->open == control_stdio_open;
}

/* A prefix that is none of ours: a slip of the pen. */
static bool has_other_prefix(const char *name)
{
	return name[strcspn(name, ":/")] == ':';
}

int control_listen(struct control *control, const char *name, char *error, size_t size)
{
	const struct complaint_text to = {name, error, size};
	const struct kind *kind = kind_of(name);
	struct control_socket *opened = NULL;
	int err;

	if (kind)
		err = kind->open(&control->hub, kind->option, name + strlen(kind->prefix), &to,
				 &opened);
	else if (!has_other_prefix(name))
		err = control_unix_open(&control->hub, CONTROL_ONE, name, &to, &opened);
	else
		err = control_complain(
			&to, -EPROTONOSUPPORT,
			"there is no such kind: use udp:HOST[:PORT], "
			"udp6:ADDRESS[:PORT], unix:PATH, cunix:PATH, tcp:HOST[:PORT], "
			"tcp6:ADDRESS[:PORT], stdio:, stdioc: or systemd:");
	if (!opened)
		return err;
	opened->next = control->sockets;
	control->sockets = opened;
	control->hub.sockets++;
	return 0;
}

static bool takes(const struct control_socket *socket, const struct xrp_endpoint *endpoint)
{
	struct xrp_endpoint at;

	if (!socket->datagrams)
		return false;
	at = endpoint_from_sockaddr(socket->datagrams(socket));
	return at.port == endpoint->port && addr_family(&at.addr) == addr_family(&endpoint->addr) &&
	       (addr_is_unspecified(&at.addr) || xrp_addr_equal(&at.addr, &endpoint->addr));
}

bool control_takes(const struct control *control, const struct xrp_endpoint *endpoint)
{
	const struct control_socket *s = control->sockets;

	while (s && !takes(s, endpoint))
		s = s->next;
	return s;
}

unsigned int control_connections(const struct control *control)
{
	return control->hub.connections;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	while (control->sockets) {
		struct control_socket *first = control->sockets;

		control->sockets = first->next;
		first->close(first);
	}
	rates_free(control->hub.rates);
	free(control);
}
