/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pin directory: `<root>/<ABI version>/maps/NAME` and `.../links/NAME` on a bpf filesystem.
 * Pins keep maps and attachments alive without the daemon. One daemon at a time uses a root: it
 * holds a lock on that directory.
 */
#ifndef XRP_DATAPATH_PINS_H
#define XRP_DATAPATH_PINS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <datapath/complaint.h>

struct pins {
	char root[PATH_MAX];
	int lock;  /* -1: not locked */
	int links; /* directory of the links, once it was given away; -1: not yet */
};

/*
 * Makes the root directory: under /sys/fs/bpf it mounts a bpf filesystem where there is none yet.
 * 0, or -errno and the sentence.
 */
int pins_make(const char *root, struct complaint *complaint);
/* Is there such a directory, on a bpf filesystem? Else nothing can be pinned in it. */
bool pins_exist(const char *root);
/* Locks the root, which must exist. 0; -EBUSY: a daemon uses it (the sentence has its pid); -errno.
 */
int pins_lock(struct pins *pins, const char *root, struct complaint *complaint);
void pins_unlock(struct pins *pins);
/* Pins a map (`kind` "maps") or a link ("links"). 0, or -errno and the sentence. */
int pins_put(const struct pins *pins, const char *kind, const char *name, int fd,
	     struct complaint *complaint);
/*
 * Makes this user the owner of the links, so that pins_put and pins_drop of links still work when
 * the process is that user, who may not even enter the directories above. 0 or -errno.
 */
int pins_give(struct pins *pins, uid_t uid, gid_t gid);
/* Removes one such pin, where there is one. */
void pins_drop(const struct pins *pins, const char *kind, const char *name);
/* Is anything pinned under `root`, of any ABI version? */
bool pins_any(const char *root);
/* Detaches and removes all that is pinned, of any ABI version. 0 or -errno. */
int pins_clear(const struct pins *pins);
/* Is the XDP program with this id on this interface held by a link that is pinned under root? */
bool pins_hold(const char *root, uint32_t ifindex, uint32_t program);

#endif
