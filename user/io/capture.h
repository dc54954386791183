/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings: files of received packets, in pcap format (by libpcap) or in rtpproxy's own. Names
 * come from Call-IDs, tags and commands of strangers, so what could lead out of the directory, hide
 * or confuse is percent-encoded. A file that is being written may be in another directory (spool)
 * and moves when it is complete. Reference, 13.
 */
#ifndef XRP_IO_CAPTURE_H
#define XRP_IO_CAPTURE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <base/text.h>
#include <xdp-rtpproxy/abi.h>

#define CAPTURE_NAME	(NAME_MAX + 1) /* room for any file name, with its NUL */
#define CAPTURE_PAYLOAD 65507	       /* the longest UDP payload on IPv4 */

struct capture;
struct pcapwriter;

struct capture_dirs {
	int record; /* a directory's descriptor */
	int spool;  /* likewise; -1: files are written where they belong */
};

struct capture_packet {
	struct xrp_endpoint source, local; /* from whom, to what; both of one family */
	uint64_t time;			   /* when it came in, ns since the epoch */
	const uint8_t *data;		   /* UDP payload */
	size_t len;
};

/*
 * Makes a safe file name of `text`, with `suffix` behind: '/', '%', control characters and a dot in
 * front become %XX; a name that would be too long is cut and gets `~` and a hash. Returns `name`.
 */
char *capture_name(char name[CAPTURE_NAME], struct text text, const char *suffix);

/*
 * Makes the name of a recording that of its part `number`: "x.o.rtp" is "x.part2.o.rtp" then; 0 and
 * 1 change nothing, and a part that it has already is replaced by a higher number. A name that
 * would be too long is cut. Returns `name`.
 */
char *capture_part(char name[CAPTURE_NAME], unsigned int number);
/*
 * Moves a file from the spool directory to where it belongs, as its next part that is not there
 * yet when the name is taken: nothing is replaced. 0 or -errno.
 */
int capture_move(const struct capture_dirs *dirs, const char *name);
/* Is there a file of this name, where it is written or where it belongs? */
bool capture_exists(const struct capture_dirs *dirs, const char *name);

/*
 * Opens (creates, empties) the file `name`; the descriptors in `dirs` must stay open until it is
 * closed. With `pcap` it is a pcap file, and has its header at once; with NULL it is in rtpproxy's
 * own format: 30 bytes of header and the UDP payload for each packet. The file is locked (flock),
 * so that nobody takes it for a leftover. One that is left over in the spool directory is moved,
 * not emptied. 0, or -errno: -EBUSY: another daemon writes it; -ELOOP for a symbolic link; -EINVAL
 * for anything else that is no regular file, or in the spool no recording.
 */
int capture_open(const struct capture_dirs *dirs, const char *name, struct pcapwriter *pcap,
		 struct capture **capture);
/* Adds a packet; it may stay in memory (4 KiB) for a while. 0, or -errno: it is not in the file. */
int capture_write(struct capture *capture, const struct capture_packet *packet);
/* Writes what is in memory. 0, or -errno of the first write that failed. */
int capture_flush(struct capture *capture);
/*
 * Flushes, and moves the file to where it belongs, where it replaces one of the same name that is
 * no later part. 0 or -errno, closed either way.
 */
int capture_close(struct capture *capture);
/* Takes the name from a file that is being written, so that another can have it. */
void capture_unname(const struct capture_dirs *dirs, const char *name);
/* Closes such a file. What it holds is gone. */
void capture_abandon(struct capture *capture);

#endif
