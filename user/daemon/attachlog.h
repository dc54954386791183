/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log lines and sentences on where and how the XDP program is attached. */
#ifndef XRP_DAEMON_ATTACHLOG_H
#define XRP_DAEMON_ATTACHLOG_H

#include <daemon/options.h>
#include <datapath/datapath.h>

/* A line for each interface: at the start. */
void attachlog_all(struct datapath *dp);
/* A line for each interface that the last datapath_kernel_refresh has marked. */
void attachlog_changed(struct datapath *dp);
/* Why there is no interface at all that the program could be attached to; NULL: there are some. */
const char *attachlog_none(const struct options *options, struct datapath *dp);

#endif
