/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a daemon keeps its things: the one of a host, or one of several, each with a name. */
#ifndef XRP_BASE_INSTANCE_H
#define XRP_BASE_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

#define INSTANCE_NAME 32 /* longest name, bytes */
#define INSTANCE_PATH 96 /* holds any path of an instance, with its NUL */

#define INSTANCE_PIN_ROOT "/sys/fs/bpf/xdp-rtpproxy"
#define INSTANCE_RUN	  "/run/xdp-rtpproxy"
#define INSTANCE_CTL	  INSTANCE_RUN "/ctl.sock"

/* Is this a name: letters, digits, - and _, 1 to INSTANCE_NAME of them? No dots: a bpf filesystem
 * refuses them. */
bool instance_is_name(const char *name);
/* Writes "base-name", and "/file" behind it unless that is NULL. Returns buf. */
const char *instance_path(char buf[INSTANCE_PATH], const char *base, const char *name,
			  const char *file);

#endif
