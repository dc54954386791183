/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that writes recordings and sends copies. Packets come to it from the ring buffer that
 * the XDP program fills, and by recorder_packet() from the slow path. A slow disk costs copies, and
 * these are counted; it never holds up who calls here.
 *
 * A branch leads the packets of some flows (by slot and generation) to one file or to one peer.
 * What was relayed or handed in before recorder_end() still arrives: the thread sees to it.
 *
 * All functions are for one thread, the caller's. They take a lock that the recorder's thread holds
 * for moments only. The exception is recorder_file(): it creates the file, as who asks for it must
 * be told whether that went well.
 */
#ifndef XRP_IO_RECORDER_H
#define XRP_IO_RECORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <io/capture.h>
#include <io/slowpath.h>

struct recorder;
struct recorder_file;
struct branch;

struct recorder_stats {
	uint64_t packets;      /* written to files, and their payload's bytes */
	uint64_t bytes;	       /* so counted */
	uint64_t sent;	       /* handed to the kernel to be sent */
	uint64_t lost;	       /* of recorder_packet: too many were waiting */
	uint64_t write_errors; /* packets that a file did not take */
	uint64_t send_errors;  /* packets that could not be sent */
	uint64_t failed_files; /* that did not take all, or could not be moved from the spool */
	int last_error;	       /* -errno of the last such file */
	unsigned int files;    /* open, or being closed */
	unsigned int branches; /* not ended */
};

/* How often the ring is looked into while there are branches, ms. */
#define RECORDER_PERIOD 5
/* Packets are in their file so much later at most, ns: what is lost when the daemon is killed. */
#define RECORDER_FLUSH	1000000000ULL

/*
 * `ring` is the descriptor of the ring buffer, or -1. Files and branches can be made at once, and
 * wait for the thread. NULL with errno set.
 */
struct recorder *recorder_new(int ring);
/* Starts the thread, which has the privileges that the caller has left (io/worker.h). 0 or -errno.
 */
int recorder_start(struct recorder *recorder);
/* Finishes all that was handed in and ends the thread. Branches and files must have ended. */
void recorder_free(struct recorder *recorder);

/*
 * Opens a file, in pcap or rtpproxy's own format. Of one name there is one only: who asks for it
 * again shares it (in the first one's format) until all have given it back with recorder_file_end.
 * Who asks after that begins anew, also when the thread has not closed the last one yet; that one
 * loses its name. 0, or an error of capture_open.
 */
int recorder_file(struct recorder *recorder, const struct capture_dirs *dirs, const char *name,
		  bool pcap, struct recorder_file **file);
/* Is a file of this name open, so that recorder_file would share it? */
bool recorder_has(struct recorder *recorder, const char *name);
/* To be called after the branches that lead to it have ended. */
void recorder_file_end(struct recorder *recorder, struct recorder_file *file);

/* A branch to a file, or to a peer that recorder_target() tells. NULL: no memory. */
struct branch *recorder_branch(struct recorder *recorder, struct recorder_file *file);
/* From now on copies of this flow go there, too; to be told twice does no harm. 0 or -ENOMEM. */
int recorder_source(struct recorder *recorder, struct branch *branch, uint32_t slot,
		    uint32_t generation);
/* Where its packets are sent; dst without a port: nowhere. */
void recorder_target(struct recorder *recorder, struct branch *branch,
		     const struct slowpath_send *send);
/* A packet of the slow path, which goes to this branch only. */
void recorder_packet(struct recorder *recorder, struct branch *branch,
		     const struct slowpath_packet *packet);
void recorder_end(struct recorder *recorder, struct branch *branch);

struct recorder_stats recorder_stats(struct recorder *recorder);

#endif
