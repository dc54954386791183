/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What recorder.c (the caller's side) and recorder_thread.c (the thread's) share.
 *
 * Under `lock`: the queues, the table of sources, the targets of branches, the statistics, and what
 * of a file is marked so. Under `naming`, which is held while a file gets its last name: who has a
 * name. Only the thread takes out and frees sources and branches, so it may use
 * without the lock what it found under it.
 */
#ifndef XRP_IO_RECORDER_PRIVATE_H
#define XRP_IO_RECORDER_PRIVATE_H

#include <pthread.h>
#include <base/hash.h>
#include <io/pcapwriter.h>
#include <io/recorder.h>
#include <io/slowpath_sender.h>

#define RECORDER_BUCKETS 4096	     /* of the sources; a power of two */
#define RECORDER_QUEUE	 (4UL << 20) /* bytes of packets that may wait */
#define RECORDER_BATCH	 16	     /* packets sent in one go */
#define RECORDER_ROOM	 2048	     /* bytes of payload that can be sent on */

struct branch;

enum message_kind { MESSAGE_PACKET, MESSAGE_END, MESSAGE_FILE_END, MESSAGE_STOP };

/* Those but PACKET are part of what they are about, so that to end takes no memory. */
struct message {
	struct message *next;
	enum message_kind kind;
	struct branch *branch;	    /* PACKET, END */
	struct recorder_file *file; /* FILE_END */
	/* PACKET; the payload follows. */
	struct xrp_endpoint source, local;
	uint64_t time; /* ns of CLOCK_MONOTONIC */
	size_t len;
};

/* First in, first out. */
struct queue {
	struct message *first, **last;
};

struct recorder_file {
	struct capture *capture; /* the thread's, once it is open */
	char name[CAPTURE_NAME];
	UT_hash_handle hh;  /* by name; the caller's */
	unsigned int users; /* the caller's */
	bool named;	    /* naming: it has its last name, or had */
	bool superseded;    /* naming; written by the caller: another has its name */
	int error;	    /* the thread's until it is closed: the first that happened */
	bool unflushed;	    /* the thread's: it is in recorder.unflushed, */
	struct recorder_file *flush_prev, *flush_next; /* so linked */
	struct recorder_file *next;		       /* lock: of those closed */
	struct message end;
};

struct branch {
	struct recorder_file *file; /* NULL: to `send` */
	struct slowpath_send send;  /* lock */
	struct source *sources;	    /* lock: its own */
	struct branch *next;	    /* those that a packet goes to; the thread's */
	struct message end;
};

/* A flow whose copies go to a branch. */
struct source {
	uint32_t slot, generation;
	struct branch *branch;
	struct source *next;	  /* of the bucket */
	struct source *next_here; /* of the branch */
};

/* Datagrams to be sent with the next flush; there is room for the header before each. */
struct outbox {
	struct sender *sender; /* NULL: none of this family */
	unsigned int count;
	uint8_t room[RECORDER_BATCH][SENDER_HEADER + RECORDER_ROOM];
};

struct recorder {
	pthread_t thread;
	bool started; /* the thread is; the caller's */
	pthread_mutex_t lock;
	pthread_mutex_t naming;
	int wake;		 /* eventfd */
	struct pcapwriter *pcap; /* its records are the thread's */
	struct ring_buffer *ring;
	struct queue packets;
	size_t queued;	   /* bytes of `packets` */
	struct queue ends; /* all else */
	struct message stop;
	struct source *sources[RECORDER_BUCKETS];
	struct recorder_stats stats;
	struct recorder_file *files;	 /* by name; the caller's */
	struct recorder_file *closed;	 /* lock: of `files`, to be forgotten */
	struct recorder_file *unflushed; /* the thread's: written since the last flush */
	uint64_t flushed;		 /* likewise: when that was, ns of CLOCK_MONOTONIC */
	uint64_t epoch;		    /* the thread's: CLOCK_REALTIME minus CLOCK_MONOTONIC, ns */
	struct outbox outbox[2];    /* the thread's: IPv4, IPv6 */
	struct slowpath_stats sent; /* likewise */
};

static inline struct source **recorder_bucket(struct recorder *recorder, uint32_t slot)
{
	return &recorder->sources[slot % RECORDER_BUCKETS];
}

/* The thread's function; `arg` is the recorder. */
void *recorder_thread(void *arg);
/* What it does, until there is the message to stop. */
void recorder_work(struct recorder *recorder);
/* What the ring calls for each copy; `ctx` is the recorder. */
int recorder_copy(void *ctx, void *data, size_t size);

#endif
