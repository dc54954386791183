/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -u, -w, -L, -c and --nice: as whom, and how, the daemon runs. */
#ifndef XRP_DAEMON_PRIVILEGES_H
#define XRP_DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <daemon/options.h>
#include <io/control.h>

/* Has the process what a start needs? 0, or -EPERM and a sentence with all that is missing. */
int privileges_check(char *error, size_t size);
/* Limits and scheduling, before anything is opened. 0, or -errno and a sentence. */
int privileges_schedule(struct options *options, char *error, size_t size);
/* Mode and owner of the unix control sockets: those of -u, the mode of -w when it names a group. */
int privileges_files(const struct options *options, struct control_files *files, char *error,
		     size_t size);
/*
 * Can the user of -u write to the directories of recordings? Asked of a child that is this user, so
 * before anything is begun. 0, or -errno and a sentence.
 */
int privileges_dirs(const struct options *options, char *error, size_t size);
/*
 * With -u, before privileges_drop: makes and opens files as that user (true), or as itself again,
 * so that what is begun at the start is no other's than what is begun later. Of this thread only.
 */
void privileges_files_as_user(const struct options *options, bool as_user);
/*
 * Keeps only what the datapath needs: CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_NET_RAW, and root
 * CAP_DAC_OVERRIDE for files; bounding, inheritable and ambient set become empty, and no program
 * that it might start gains any. With -u it becomes that user (of :group only the group, and stays
 * root as rtpproxy does). All of this is for this thread; threads that run already keep what they
 * have. 0, or -errno and a sentence.
 */
int privileges_drop(const struct options *options, char *error, size_t size);

#endif
