/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is no error in the options but hardly meant: a line in the log each, at the start. */
#ifndef XRP_DAEMON_WARNINGS_H
#define XRP_DAEMON_WARNINGS_H

#include <daemon/options.h>

/* Looks up advertised names, which may take as long as the resolver does. */
void warnings_log(const struct options *options);

#endif
