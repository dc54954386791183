/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pin directory: `<root>/<ABI version>/maps/NAME` and `.../links/NAME` on a bpf filesystem.
 * Pins keep maps and attachments alive without the daemon. One daemon at a time uses a root: it
 * holds a lock on that directory.
 *
 * The map named by PINS_MARK is the last one to be pinned and the first to be removed. So where it
 * stands, a version's maps are all there and may be adopted. Without it the directory was being
 * made or being removed: what it has of maps is worth nothing, its links are as good as any.
 */
#ifndef XRP_DATAPATH_PINS_H
#define XRP_DATAPATH_PINS_H

#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <datapath/complaint.h>

#define PINS_MARK "journal"

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

/* Single pins: maps (`kind` "maps") and links ("links") of the own version. */
/* Pins it. 0, or -errno and the sentence. */
int pins_put(const struct pins *pins, const char *kind, const char *name, int fd,
	     struct complaint *complaint);
/* Opens the map of any version. A descriptor; -ENOENT; or another -errno and the sentence. */
int pins_get(const struct pins *pins, unsigned int version, const char *name,
	     struct complaint *complaint);
/* Removes one such pin, where there is one. */
void pins_drop(const struct pins *pins, const char *kind, const char *name);
/* Turns a name into what it is called as a pin. */
void pins_name(char *name);
/*
 * Makes this user the owner of the links, so that pins_put and pins_drop of links still work when
 * the process is that user, who may not even enter the directories above. 0 or -errno.
 */
int pins_give(struct pins *pins, uid_t uid, gid_t gid);

/* Versions' directories, in pins_tree.c. */
struct pins_survey {
	bool whole;	    /* the own version's has the mark */
	unsigned int older; /* the latest older version with the mark; 0: none */
	unsigned int newer; /* a newer version with the mark; 0: none */
};

/* Looks at what stands there. 0 or -errno. */
int pins_survey(const struct pins *pins, struct pins_survey *survey);
/* Is anything pinned under `root`, of any ABI version? */
bool pins_any(const char *root);
/* Detaches and removes all that is pinned, of any ABI version. 0 or -errno. */
int pins_clear(const struct pins *pins);
/* Removes the own version's maps. 0 or -errno. */
int pins_drop_maps(const struct pins *pins);
/* Removes the directories of other versions, detaching nothing. 0 or -errno. */
int pins_drop_others(const struct pins *pins);
/*
 * Calls `fn` for each entry of the versions' directories, for directories before and after what is
 * in them; fts_number is the version. Goes on after errors; 0, or the first as -errno.
 */
typedef int pins_each_fn(void *ctx, FTSENT *entry);
int pins_each(const char *root, pins_each_fn *fn, void *ctx);
bool pins_is(const FTSENT *entry, const char *kind);

#endif
