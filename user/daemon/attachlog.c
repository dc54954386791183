/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See attachlog.h. */
#include <base/log.h>
#include <daemon/attachlog.h>

static void attachlog_interface(const struct datapath_interface *interface)
{
	const char *why = interface->why;

	log_event(why[0] ? LOG_WARNING : LOG_NOTICE, "attach", "interface=%s mode=%s%s%s%s",
		  interface->name, datapath_mode_name(interface->mode), why[0] ? " why=\"" : "",
		  why, why[0] ? "\"" : "");
}

void attachlog_all(struct datapath *dp)
{
	const struct datapath_interface *interfaces;
	unsigned int count = datapath_kernel_interfaces(dp, &interfaces);

	for (unsigned int i = 0; i < count; i++)
		attachlog_interface(&interfaces[i]);
}

const char *attachlog_none(const struct options *options, struct datapath *dp)
{
	const struct datapath_interface *interfaces;

	if (datapath_kernel_interfaces(dp, &interfaces))
		return NULL;
	if (options->no_xdp)
		return "--no-xdp";
	return "no interface was found to attach to (lo never is): name them with --interface";
}

void attachlog_changed(struct datapath *dp)
{
	const struct datapath_interface *interfaces;
	unsigned int count = datapath_kernel_interfaces(dp, &interfaces);

	for (unsigned int i = 0; i < count; i++) {
		if (interfaces[i].changed)
			attachlog_interface(&interfaces[i]);
	}
}
