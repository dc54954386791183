/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taps: what a party sends is recorded to files or copied elsewhere (R, C, N, the subcommand C).
 * The media stays where it is: rows with XRP_FLOW_COPY make the XDP program copy what it forwards
 * into a ring buffer, and what takes the slow path is handed in here. A thread (io/recorder.h)
 * empties the ring, writes and sends, so that no disk ever holds up the event loop.
 *
 * How it is wired:
 *  - datapath_config.copies_size is DATAPATH_COPIES (C works without -r, too);
 *  - taps_new after the engine's tables and the datapath are there; taps_start after that, after a
 *    fork, and when privileges are gone, for it starts threads, which would keep those that are
 *    a thread's own. What is begun before it waits; taps_free before calls_free and before the
 *    datapath is freed;
 *  - engine_media's record, copy, stop and copy_stream call the functions of that name; release
 *    calls taps_release; leg->tap tells plan.c that there is a tap;
 *  - taps_sync(stream) before the rows of a dirty stream are written: it learns of new ports,
 *    slots and destinations;
 *  - taps_slow_packet for each packet that the slow path takes in from a peer, after
 *    re-packetisation, also when there is no destination yet, but not while a prompt plays to the
 *    other party;
 *  - taps_second about once a second: it logs what went wrong with files, and what was done with
 *    those that a killed daemon had left.
 */
#ifndef XRP_DAEMON_TAPS_H
#define XRP_DAEMON_TAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <base/text.h>
#include <core/call.h>
#include <io/slowpath.h>

struct taps;
struct engine;
struct datapath;

struct taps_config {
	const char *record_dir; /* -r; NULL: no files */
	const char *spool_dir;	/* -S: files are there while they are written; NULL: none */
	bool no_rtcp;		/* -R */
	bool pcap;		/* -P: pcap files, not rtpproxy's ad-hoc format */
	struct engine *engine;
	struct datapath *datapath; /* the real one, or NULL: nothing comes by the ring */
	uint64_t (*now)(void);	   /* ns of CLOCK_MONOTONIC */
	/* Would a datagram to this endpoint of the host be a command to us? */
	bool (*is_control)(void *ctx, const struct xrp_endpoint *endpoint);
	/* Has the operator allowed copies to this address, which is not loopback or the host's? */
	bool (*may_copy)(void *ctx, const struct xrp_addr *addr);
	void *ctx;
};

struct taps_stats {
	uint64_t packets;	/* written to files */
	uint64_t bytes;		/* of these, UDP payload */
	uint64_t sent;		/* copies sent, to udp: targets and streams */
	uint64_t lost;		/* of the slow path, because the thread did not keep up */
	uint64_t write_errors;	/* packets that a file did not take */
	unsigned int files;	/* open at present */
	unsigned int recorders; /* legs that are recorded or copied by R or C at present */
};

/* NULL and one sentence in `error` (of `size` bytes): a directory cannot be used, for example. */
struct taps *taps_new(const struct taps_config *config, char *error, size_t size);
/* Starts the threads. 0, or -errno and one sentence. */
int taps_start(struct taps *taps, char *error, size_t size);
/* Ends all recordings: what was relayed before is in the files when it returns. */
void taps_free(struct taps *taps);

/*
 * Of engine_media; the reference is its section 13. All but taps_release mark the stream dirty.
 * record: 0, -EALREADY (it is recorded or copied to two files or by UDP already), -EBUSY (to a
 * single file already), -ENOTSUP (no -r), -errno.
 * copy: the same, and -EINVAL (a target that cannot be read: numeric addresses only, a look-up
 * would block), -EACCES (one that nobody may have copies at), -EADDRNOTAVAIL (no port free). `told`
 * has port 0 where the target is a file.
 * Files of a leg whose media.part is above 0 get a part's number in their names, the first that is
 * not there yet and at least that one, which media.part then is: nothing that is there is emptied.
 * A copy to UDP comes from media.copy_from where that has a port (its pair is claimed; given back
 * when copying fails or ends), else from a new pair, which is noted there.
 * stop: 0 or -ENOENT. copy_stream: 0, -EALREADY (it is so), -ENOMEM.
 */
int taps_record(struct taps *taps, struct leg *leg, bool single);
int taps_copy(struct taps *taps, struct leg *leg, struct text target, bool single,
	      struct xrp_endpoint *told);
int taps_stop(struct taps *taps, struct leg *leg);
int taps_copy_stream(struct taps *taps, struct stream *stream, struct stream *other, bool reversed);
void taps_release(struct taps *taps, struct leg *leg);

/* Is what the party sends written to files; is it copied elsewhere (C udp, the subcommand C)? */
bool taps_records(const struct leg *leg);
bool taps_copies(const struct leg *leg);
void taps_sync(struct taps *taps, struct stream *stream);
/* `packet` as received; where the payload was changed, its data and len are the new ones. */
void taps_slow_packet(struct taps *taps, const struct channel *channel,
		      const struct slowpath_packet *packet);
void taps_second(struct taps *taps);
struct taps_stats taps_stats(struct taps *taps);

#endif
