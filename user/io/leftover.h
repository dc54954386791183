/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording that nobody writes any more, because the daemon that did was killed. Its last record
 * may be cut off in the middle, and in the spool directory it would stay for ever. Whether somebody
 * still writes it is told by the lock that capture_open takes on each file.
 */
#ifndef XRP_IO_LEFTOVER_H
#define XRP_IO_LEFTOVER_H

#include <stdbool.h>
#include <stdint.h>
#include <io/capture.h>

/*
 * Cuts the file `name` of the directory `dir` back to its last whole record; `*cut` is how many
 * bytes that took. 0; -EBUSY: it is being written; -EINVAL: no recording (neither a pcap file of
 * Ethernet frames, nor one in rtpproxy's format with .rtp or .rtcp at the end of its name; or not
 * a regular file); -errno.
 */
int leftover_mend(int dir, const char *name, uint64_t *cut);
/* The same with a file of the spool directory, which then moves to where it belongs (capture_move).
 */
int leftover_move(const struct capture_dirs *dirs, const char *name, uint64_t *cut);

#endif
