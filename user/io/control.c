/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening control sockets by name, and closing them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <io/control_socket.h>

struct control {
	struct event_base *base;
	struct control_ops ops;
	struct control_socket *sockets;
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
	control->base = base;
	control->ops = *ops;
	return control;
}

/* What follows `prefix` in `name`, or NULL when it begins otherwise. */
static const char *after(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) ? NULL : name + len;
}

/* A prefix that is none of ours: of rtpproxy's other kinds, or a slip of the pen. */
static bool has_other_prefix(const char *name)
{
	return name[strcspn(name, ":/")] == ':';
}

int control_listen(struct control *control, const char *name, char *error, size_t size)
{
	const struct complaint_text to = {name, error, size};
	struct control_socket *opened = NULL;
	const char *where;
	int err;

	if ((where = after(name, "udp:")))
		err = control_udp_open(control->base, &control->ops, AF_INET, where, &to, &opened);
	else if ((where = after(name, "udp6:")))
		err = control_udp_open(control->base, &control->ops, AF_INET6, where, &to, &opened);
	else if ((where = after(name, "unix:")))
		err = control_unix_open(control->base, &control->ops, where, &to, &opened);
	else if (!has_other_prefix(name))
		err = control_unix_open(control->base, &control->ops, name, &to, &opened);
	else
		err = control_complain(&to, -EPROTONOSUPPORT,
				       "this kind is not supported: use udp:HOST[:PORT], "
				       "udp6:ADDRESS[:PORT] or unix:PATH");
	if (!opened)
		return err;
	opened->next = control->sockets;
	control->sockets = opened;
	return 0;
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
	free(control);
}
