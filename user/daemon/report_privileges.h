/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As whom the daemon runs and what it may do, as the kernel says, for the operator's status. */
#ifndef XRP_DAEMON_REPORT_PRIVILEGES_H
#define XRP_DAEMON_REPORT_PRIVILEGES_H

#include <jansson.h>
#include <io/sandbox.h>

/* "seccomp" is the word of --seccomp, or "off" when the kernel has no filter on the process. */
json_t *report_privileges(enum sandbox sandbox);

#endif
