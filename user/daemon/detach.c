/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See detach.h. A daemon that pins locks the pin root; one with --no-pin is known by its operator's
 * socket only, beside which its ports are noted: they are not to be taken from under it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <daemon/detach.h>
#include <datapath/datapath.h>
#include <io/ctlserver.h>
#include <io/reserve.h>

static int cannot(const char *what, int err)
{
	fprintf(stderr, "xdp-rtpproxy: %s cannot be removed: %s\n", what, strerror(-err));
	return EXIT_FAILURE;
}

static void tell(const struct options *o, bool pins, bool ports)
{
	if (pins && ports)
		printf("removed what was pinned in %s, and the reservation of ports\n",
		       o->pin_root);
	else if (pins)
		printf("removed what was pinned in %s; no ports were reserved\n", o->pin_root);
	else if (ports)
		printf("removed the reservation of ports; nothing was pinned in %s\n", o->pin_root);
	else
		printf("nothing to remove: nothing is pinned in %s, and %s notes no ports\n",
		       o->pin_root, o->reserve_record);
}

int detach(const struct options *o)
{
	int pins, err;
	bool ports;

	if (ctlserver_answers(o->ctl_path)) {
		fprintf(stderr,
			"xdp-rtpproxy: a daemon serves %s: stop it first, or name the --ctl of the "
			"one that has ended\n",
			o->ctl_path);
		return EXIT_FAILURE;
	}
	pins = datapath_kernel_detach(o->pin_root);
	if (pins == -EBUSY) {
		fprintf(stderr,
			"xdp-rtpproxy: a daemon still runs on what is pinned in %s: stop it first\n",
			o->pin_root);
		return EXIT_FAILURE;
	}
	if (pins < 0)
		return cannot(o->pin_root, pins);
	ports = !access(o->reserve_record, F_OK);
	err = reserve_remove(o->reserve_record);
	if (err)
		return cannot("the reservation of ports", err);
	tell(o, pins > 0, ports);
	return EXIT_SUCCESS;
}
