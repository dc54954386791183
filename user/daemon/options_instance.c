/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --instance: a name gives each of several daemons on a host its own paths. */
#include <string.h>
#include <base/instance.h>
#include <daemon/options_private.h>

int set_instance(struct options *o, const struct options_row *row, const char *value,
		 struct options_error *error)
{
	(void)row;
	if (!instance_is_name(value))
		return OPTIONS_FAIL(error,
				    "--instance wants up to %d letters, digits, - and _, not '%s'",
				    INSTANCE_NAME, value);
	o->instance = value;
	return 0;
}

/* Puts `path` in the place of the default, which a value that was given is not. */
static void replace_default(const char **value, const char *name, const char *path)
{
	if (*value == options_named(name, strlen(name))->fallback)
		*value = path;
}

void options_instance(struct options *o)
{
	struct options_paths *own = &o->own;
	const char *name = o->instance;

	if (!name)
		return;
	replace_default(&o->pin_root, "pin-root",
			instance_path(own->pin_root, INSTANCE_PIN_ROOT, name, NULL));
	replace_default(&o->ctl_path, "ctl",
			instance_path(own->ctl, INSTANCE_RUN, name, "ctl.sock"));
	replace_default(&o->pid_file, "pid-file",
			instance_path(own->pid, INSTANCE_RUN, name, "pid"));
	if (!o->socket_count)
		o->sockets[o->socket_count++] =
			instance_path(own->socket, "unix:" INSTANCE_RUN, name, "rtpproxy.sock");
}
