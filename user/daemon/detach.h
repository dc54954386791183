/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --detach: takes away what a daemon that has ended left behind. */
#ifndef XRP_DAEMON_DETACH_H
#define XRP_DAEMON_DETACH_H

#include <daemon/options.h>

/* Removes it and prints what it was, or why that cannot be. The process's exit status. */
int detach(const struct options *options);

#endif
