/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon in the background lives in the root directory. What the options name is meant to be
 * where it was started, as in rtpproxy, which opens its files and sockets before it goes there.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <daemon/options.h>
#include <daemon/options_private.h>

/* How much of a socket's name stands before its path; -1: it has none. */
static int before_path(const char *socket)
{
	static const char *const kinds[] = {"unix:", "cunix:"};

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strncmp(socket, kinds[i], strlen(kinds[i])))
			return (int)strlen(kinds[i]);
	}
	return strchr(socket, ':') ? -1 : 0;
}

/* `before`: characters of the value that stand before its path. */
static int make_absolute(struct options *o, const char **value, int before)
{
	char text[2 * PATH_MAX];
	const char *path;

	if (!*value || before < 0)
		return 0;
	path = *value + before;
	if (*path == '/' || !*path ||
	    (size_t)snprintf(text, sizeof(text), "%.*s%s/%s", before, *value, o->directory, path) >=
		    sizeof(text))
		return 0;
	*value = options_keep(o, text);
	return *value ? 0 : -ENOMEM;
}

int options_absolute(struct options *o, struct options_error *error)
{
	const char **paths[] = {&o->pid_file, &o->record_dir, &o->spool_dir, &o->ctl_path,
				&o->pin_root};
	int err = 0;

	if (o->foreground || o->no_chdir || !o->directory[0])
		return 0;
	for (unsigned int i = 0; i < sizeof(paths) / sizeof(paths[0]) && !err; i++)
		err = make_absolute(o, paths[i], 0);
	for (unsigned int i = 0; i < o->socket_count && !err; i++)
		err = make_absolute(o, &o->sockets[i], before_path(o->sockets[i]));
	return err ? OPTIONS_FAIL(error, "out of memory") : 0;
}
