/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `detach`: the one command that xdp-rtpctl carries out itself, for no daemon is left to do it. */
#ifndef XRP_CTL_DETACH_H
#define XRP_CTL_DETACH_H

#include <stddef.h>
#include <jansson.h>

/*
 * Has the daemon at `ctl` leave, when one runs, and removes what is pinned under `pin_root` and the
 * reservation of ports that is noted beside `ctl`. Returns what went (a new reference): pid (null
 * when none ran), pin_root, maps, links, ports (a list as the kernel writes it, or null). On error
 * NULL and one sentence.
 */
json_t *detach_run(const char *ctl, const char *pin_root, char *error, size_t size);

#endif
