/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control by the program that started us: lines on stdin, replies on stdout. When stdin ends, that
 * program has let go of us; if nobody else can command us, there is no more to come.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include <io/control_socket.h>

struct stdio_socket {
	struct control_socket base;
	struct control_hub *hub;
	struct control_stream *stream; /* NULL: stdin has ended */
	bool decides;		       /* its end is the end of control, whatever else is open */
};

static struct stdio_socket *in_use; /* there is one stdin */

static void on_end(struct control_stream *stream, void *ctx)
{
	struct stdio_socket *s = ctx;
	struct control_hub *hub = s->hub;

	control_stream_free(stream);
	s->stream = NULL;
	hub->sockets--;
	if ((s->decides || !hub->sockets) && hub->ops.eof)
		hub->ops.eof(hub->ops.ctx);
}

static void stdio_close(struct control_socket *socket)
{
	struct stdio_socket *s = (struct stdio_socket *)socket;

	if (s->stream)
		control_stream_free(s->stream);
	in_use = NULL;
	free(s);
}

int control_stdio_open(struct control_hub *hub, int option, const char *where,
		       const struct complaint_text *to, struct control_socket **socket)
{
	const struct control_stream_ends ends = {STDIN_FILENO, STDOUT_FILENO, CONTROL_LINES, true};
	struct stdio_socket *s;

	if (*where)
		return control_complain(to, -EINVAL, "is to be given without anything behind it");
	if (in_use)
		return control_complain(to, -EBUSY, "stdin is a control socket already");
	s = calloc(1, sizeof(*s));
	if (!s)
		return control_complain(to, -ENOMEM, "no memory");
	signal(SIGPIPE, SIG_IGN); /* a reader of stdout that has gone is an error of write only */
	s->base.close = stdio_close;
	s->hub = hub;
	s->decides = option;
	s->stream = control_stream_new(hub, &ends, &(struct control_stream_owner){on_end, s});
	if (!s->stream) {
		free(s);
		return control_complain(to, -EIO, "stdin cannot be read");
	}
	in_use = s;
	*socket = &s->base;
	return 0;
}
