/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that looks after recordings of a daemon that was killed (io/leftover.h): first all in
 * the spool directory, then those that are named to it. There may be many of them and they may be
 * long, and neither a start nor recordings that go on are to wait for that.
 */
#ifndef XRP_IO_SALVAGE_H
#define XRP_IO_SALVAGE_H

#include <stdint.h>
#include <io/capture.h>

struct salvage;

struct salvage_stats {
	uint64_t moved;	 /* files, out of the spool directory */
	uint64_t cut;	 /* files whose last record was torn */
	uint64_t failed; /* files that had to stay as they are */
	int last_error;	 /* -errno of the last of these */
};

/* The descriptors must stay open until salvage_free. NULL: no memory. */
struct salvage *salvage_new(const struct capture_dirs *dirs);
/* Starts the thread, which has the privileges that the caller has left (io/worker.h): of a daemon
 * with -u it touches what that user may. 0 or -errno. */
int salvage_start(struct salvage *salvage);
/* What was not looked at yet is left for the next start; what was named to it is cut no more. */
void salvage_free(struct salvage *salvage);
/* The file of this name, where recordings belong, is no longer written: its end is mended, where it
 * is there. */
void salvage_add(struct salvage *salvage, const char *name);
struct salvage_stats salvage_stats(struct salvage *salvage);

#endif
