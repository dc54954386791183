/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls: a Call-ID has streams (one per media line, rtpproxy's "session"), a stream two legs (one
 * faces the caller, one the callee), a leg two channels (RTP and RTCP, on an even port and the
 * next).
 *
 * Leg 0 faces the callee: its port is what the creating U is answered, to be told to the callee.
 * Leg 1 faces the caller and gets its port with the first L. What comes in on one leg leaves from
 * the other.
 */
#ifndef XRP_CORE_CALL_H
#define XRP_CORE_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <base/hash.h>
#include <base/text.h>
#include <core/learn.h>
#include <core/loop.h>
#include <core/rate.h>
#include <core/rtpstats.h>
#include <xdp-rtpproxy/abi.h>

enum leg_side { LEG_CALLEE = 0, LEG_CALLER = 1 };
enum channel_kind { CHANNEL_RTP = 0, CHANNEL_RTCP = 1 };

struct call;
struct stream;
struct engine_address;
struct notify_target; /* likewise handles: of the notifier, */
struct tap;	      /* of recording and copying, */
struct player;	      /* of prompts, */
struct repacketiser;  /* of re-packetisation, */
struct digits;	      /* of RFC 4733 events, */
struct reporter;      /* of our own RTCP reports */
struct route;	      /* a next hop's user counts it; to the core it is only a handle */

/* RTP jitter as the sweep saw it, about once a second; timestamp units. */
struct jitter_samples {
	double highest, sum;
	unsigned int count;
};

/* One local endpoint, and whom it talks to. */
struct channel {
	struct stream *stream;
	enum leg_side side;
	enum channel_kind kind;
	struct xrp_endpoint local; /* the key of its row; unspecified address for a wildcard */
	struct learn learn;
	uint32_t slot, generation; /* of its statistics */
	uint32_t ts_per_ns;	   /* RTP clock in use */
	struct rtpstats_clock clock;
	struct jitter_samples jitter;
	uint32_t copies_lost;	    /* the program's count that the totals have */
	struct rate rate;	    /* what the peer may send, and whether it does */
	struct xrp_flow_stats slow; /* what the slow path took in from the peer */
	uint32_t slow_gap;	    /* the longest between two of these, units of 1.024 us */
	uint64_t slow_relayed, slow_dropped, slow_refused;
	uint64_t unresolved; /* of the relayed ones: those the next hop has not answered yet for */
	struct {
		int error;   /* -errno */
		uint64_t at; /* ns; 0: never */
	} send_failed; /* the last time the kernel would not send on what came from the peer */
	struct xrp_endpoint refused;   /* source of the last packet that the slow path refused */
	struct xrp_endpoint announced; /* the peer that the log has told of */
	/* Kept by the synchroniser: */
	struct route *route; /* towards learn.dest */
	struct {
		struct xrp_addr to, from;
	} routed;	     /* what `route` is for */
	struct xrp_flow row; /* as written */
	bool written;
	UT_hash_handle hh; /* in calls.by_local while it has a port */
};

/* What commands asked to be done to a leg's media, so that the next daemon can do it again. The
 * engine notes it when it succeeded; who ends it by himself (a prompt is over) clears it. */
struct leg_media {
	bool record;		       /* R, or -a */
	bool single;		       /* of R and C: into one file */
	unsigned int part;	       /* of R and C: how often a restart began new files */
	char *copy_to;		       /* C: its target, or NULL */
	struct xrp_endpoint copy_from; /* C to a UDP target: what the copies are sent from */
	char *prompt, *prompt_codecs;  /* P: or NULL */
	int prompt_count;
	char *digits_tag; /* the subcommand D: or NULL; still %-encoded */
	bool digits_hide;
};

struct leg {
	bool has_port;
	bool weak;			    /* reference, 10 */
	bool hold;			    /* its party signalled the null address last */
	struct xrp_addr bind;		    /* where its ports are, or will be taken */
	const struct engine_address *bound; /* ... by which of -l and -6; NULL: by number */
	uint8_t tos;			    /* of what is sent to its party */
	uint16_t ptime;			    /* z: re-packetise what its party sends; ms, 0: not */
	char *codecs;			    /* c: the party's payload types, or NULL */
	uint64_t ttl;			    /* ns without a packet that it lives */
	uint64_t touched;		    /* ns; the last U or L, or prompt to the other party */
	struct channel channel[2];
	/* What is done to the party's media beyond relaying; NULL: nothing. The daemon's. */
	struct tap *tap;		   /* what the party sends is recorded or copied */
	struct player *player;		   /* a prompt plays to the party */
	struct repacketiser *repacketiser; /* what the party sends gets another ptime */
	struct digits *digits;		   /* what the party dials is notified */
	uint8_t digits_type;		   /* payload type of these */
	struct leg_media media;		   /* why */
};

enum stream_end { STREAM_DELETED, STREAM_TIMEOUT, STREAM_SETUP_TIMEOUT, STREAM_SHUTDOWN };

/* How a stream stands in the journal; the daemon's. */
struct stream_journal {
	uint64_t hash; /* of the record as written; 0: there is none */
	bool owed;     /* it could not be written: to be tried again by the sweep */
	uint16_t turn, parts;
	uint64_t slow_packets; /* what of the slow path's counters the record has */
	/* Of a record that another version wrote: what we do not know is kept and written again. */
	uint8_t *unknown;
	size_t unknown_len;
	uint64_t copy_of; /* id of a stream that is not adopted yet; 0: none */
};

/* Packets of streams, both kinds of channel. */
struct traffic {
	uint64_t received, relayed, discarded;
};

struct stream {
	uint64_t id; /* in the journal, and in pages of calls.all, where it ascends; from 1 on,
			never used again */
	struct stream_journal journal;
	struct call *call;
	char *tag; /* from-tag of the creating U, with its ;N */
	size_t tag_len;
	struct leg leg[2];  /* by enum leg_side */
	bool strong;	    /* reference, 10 */
	bool complete;	    /* both legs have a port */
	bool dirty;	    /* its rows are to be planned anew */
	bool announced;	    /* the log has told of its start */
	bool told_complete; /* ... and of its second side */
	/* Of packets that were more than the cap: how many, and how many the log has told of; when
	 * the sweep last wanted that told, and what of that the log has done (ns; 0: never). */
	uint64_t over_cap, told_cap, alarmed, alarm_told;
	struct loop loop;
	uint64_t loop_told; /* of its cuts, how many the log has told of */
	bool swept;	    /* these began: what an earlier daemon told of is not known */
	enum stream_end end;
	uint64_t created, completed;  /* ns */
	struct traffic counted;	      /* what the engine's sum has of it */
	bool rtcp_own;		      /* RTCP is not relayed: each side gets our own reports */
	struct reporter *reporter;    /* sends these; the daemon's */
	struct notify_target *notify; /* whom to tell of a timeout, or NULL */
	char *notify_tag;	      /* and what, still %-encoded */
	struct stream *copy_of;	      /* it sends another's media, and hears nobody; */
	bool copy_reversed;	      /* its caller gets what the other's callee says */
	struct stream *call_prev, *call_next; /* the streams of its call, oldest first */
	struct stream *prev, *next;	      /* all streams; or those that ended */
	struct stream *dirty_next;
};

struct call {
	char *id;
	size_t id_len;
	struct stream *streams;
	unsigned int refs; /* streams, those that ended and are not freed yet included */
	UT_hash_handle hh;
};

/* A row that is no longer wanted because its channel got another port. */
struct retired {
	struct xrp_endpoint local;
	struct route *route;
	bool written;
	struct retired *next;
};

struct calls {
	struct call *by_id;
	struct channel *by_local;
	struct stream *all;    /* utlist, newest last */
	struct stream *cursor; /* where the next sweep goes on */
	struct stream *resync; /* where planning all rows anew goes on; NULL: not under way */
	struct stream *page;   /* where the next page of a list may begin; NULL: not known */
	unsigned int count;    /* streams */
	struct stream *dirty;  /* to be synchronised */
	struct stream *ended;  /* likewise, and freed then */
	struct retired *retired;
	uint64_t last_id; /* the highest that a stream had */
};

/* The stream of a call that the tags find (reference, 7), and how. NULL: none. */
struct stream_match {
	struct stream *stream;
	bool reverse; /* it was the to-tag that fit */
};
struct stream_match calls_find(const struct calls *calls, struct text call_id, struct text from,
			       struct text to);
/* The call of this Call-ID, or NULL. */
struct call *calls_call(const struct calls *calls, struct text call_id);
/* How many streams a Call-ID has. */
unsigned int calls_streams(const struct calls *calls, struct text call_id);
/* How a stream fits the looser rule of D (reference, 7): 0 not at all, 1 direct, -1 reverse. */
int stream_fits_loosely(const struct stream *stream, struct text from, struct text to);
/* A new stream without ports, and its call if that is new. NULL: no memory. */
struct stream *calls_add(struct calls *calls, struct text call_id, struct text tag, uint64_t now);
/* The two steps of it, for a stream that has its id already: a stream that is in no table yet ...
 */
struct stream *stream_new(struct text tag);
/* ... is put into them; its id is above all of theirs. 0 or -ENOMEM. */
int calls_put(struct calls *calls, struct text call_id, struct stream *stream);
/* As if the stream had never been: it has no rows, handles and ports. Frees it. */
void calls_take_back(struct calls *calls, struct stream *stream);
/* The oldest stream whose id is above this one, or NULL: where a list that is read in pages goes
 * on, whatever has ended in between. At once when calls.page was left there. */
struct stream *calls_after(const struct calls *calls, uint64_t id);
/* Takes a stream out of all tables and puts it on the list of those that ended. */
void calls_end(struct calls *calls, struct stream *stream, enum stream_end end);
/* The channel with this local endpoint, or else the one of its port on the unspecified address. */
struct channel *calls_channel(const struct calls *calls, const struct xrp_endpoint *local);
/* Enters (or takes out) both channels of a leg under their local endpoints. */
void calls_enter_leg(struct calls *calls, struct leg *leg);
void calls_leave_leg(struct calls *calls, struct leg *leg);
/* Marks a stream for the synchroniser. */
void calls_dirty(struct calls *calls, struct stream *stream);
/* Frees a stream that ended and was synchronised, or that is in no table yet. */
void stream_free(struct stream *stream);
/* Frees all that is in the tables and on the lists. */
void calls_free(struct calls *calls);

/* How many packets the slow path has judged for it. */
uint64_t stream_slow_packets(const struct stream *stream);

static inline struct channel *channel_opposite(const struct channel *ch)
{
	return &ch->stream->leg[!ch->side].channel[ch->kind];
}

static inline const char *leg_side_name(enum leg_side side)
{
	return side == LEG_CALLER ? "caller" : "callee";
}

#endif
