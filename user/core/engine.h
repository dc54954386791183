/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: a command and the calls make an answer, and streams whose rows must be planned anew
 * (calls.dirty, calls.ended, calls.retired). What it must know of the world is asked through
 * engine_ops, so that it can be tested with data.
 */
#ifndef XRP_CORE_ENGINE_H
#define XRP_CORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <core/call.h>
#include <core/command.h>
#include <core/ports.h>
#include <core/slots.h>

struct engine_ops {
	/* Is this an address of the host, so that a port can be taken there? */
	bool (*address_is_local)(void *ctx, const struct xrp_addr *addr);
	/* The address to send from towards `remote`. 0 or -errno. */
	int (*source_towards)(void *ctx, const struct xrp_addr *remote, struct xrp_addr *source);
	/* Looks anew which ports other programs hold (ports_foreign). */
	void (*ports_look)(void *ctx);
	/* The kernel's statistics of a slot. */
	const struct xrp_flow_stats *(*stats)(void *ctx, uint32_t slot);
	/* The target of a notify socket word, counted; NULL: not an allowed one. */
	struct notify_target *(*notify_find)(void *ctx, struct text word);
	void (*notify_put)(void *ctx, struct notify_target *target);
	/* A name to store, and the target of such a name, counted; NULL: no longer allowed. */
	const char *(*notify_name)(void *ctx, const struct notify_target *target);
	struct notify_target *(*notify_recall)(void *ctx, const char *name);
	/* What is done to a leg's media; each returns 0 or -errno, -EALREADY where that is so. */
	const struct engine_media *media;
	void *ctx;
};

/* The functions that work on media in user space. They keep their handles in the leg. */
struct engine_media {
	/* Record what the party sends, to files; `single` is rtpproxy's single-file mode. */
	int (*record)(void *ctx, struct leg *leg, bool single);
	/* Copy it to "udp:host:port" or a named file; `told` gets the local copy socket (udp). With
	 * leg->media.copy_from set that one is taken: its pair of ports is claimed already. */
	int (*copy)(void *ctx, struct leg *leg, struct text target, bool single,
		    struct xrp_endpoint *told);
	/* Stop recording or copying; -ENOENT when nothing was. */
	int (*stop)(void *ctx, struct leg *leg);
	/* Play `prompt` to the party. `codecs`: payload types, tried in order. -ENOENT: no file for
	 * any, -EINVAL: bad list. What plays is stopped first; count 0 does only that. */
	int (*play)(void *ctx, struct leg *leg, struct text prompt, struct text codecs, int count);
	void (*stop_play)(void *ctx, struct leg *leg);
	/* leg->ptime changed: make, change or drop the re-packetiser. */
	int (*repacketise)(void *ctx, struct leg *leg);
	/* Notify the party's RFC 4733 events to the stream's target; `tag` is %-encoded. */
	int (*digits)(void *ctx, struct leg *leg, struct text tag, uint8_t payload_type, bool hide);
	/* `stream` becomes the sender of what both parties of `other` send: the caller's goes to
	 * its caller, or reversed to its callee. Sets copy_of and copy_reversed. */
	int (*copy_stream)(void *ctx, struct stream *stream, struct stream *other, bool reversed);
	/* The leg goes: let go of all of the above. */
	void (*release)(void *ctx, struct leg *leg);
};

#define ENGINE_ADDRESSES 33

/* A local address (-l, -6). */
struct engine_address {
	struct xrp_addr addr; /* unspecified: any */
	char advertised[256]; /* told instead of it; "": none */
	char label[64];	      /* for l{label}; "": none */
};

struct engine_config {
	struct engine_address address[ENGINE_ADDRESSES]; /* the first is the default (network i) */
	unsigned int address_count;
	bool bridge;	      /* the second is network e */
	bool asymmetric;      /* legs are asymmetric unless told otherwise */
	char advertised[256]; /* -A: told for every leg without an advertised address of its own */
	uint64_t ttl;	      /* -T, ns */
	uint64_t setup_ttl;   /* -W, ns */
	bool independent_ttl; /* -i: each leg has its own */
	uint8_t tos;	      /* -t */
	enum learn_policy policy;
	bool handover;	 /* --handover */
	bool notify;	 /* -n was given */
	bool record_all; /* -a */
	bool rtcp_own;	 /* --rtcp=regenerate */
	unsigned int max_streams;
	unsigned int max_rate;	 /* new streams a second; 0: no limit */
	double max_load;	 /* share of a CPU, 0..1; 0: no limit */
	struct rate_config rate; /* --rate-cap */
};

/* Counted since the start; the terms are those of the protocol's G (reference, 11). */
struct engine_totals {
	uint64_t created, destroyed, timed_out, completed;
	uint64_t no_rtp, one_way_rtp, no_rtcp, one_way_rtcp; /* completed streams, when they end */
	uint64_t received, relayed, discarded;		     /* packets of streams that ended */
	uint64_t expected, rtp_received, lost, duplicates, unparsable; /* likewise, RTP */
	double duration; /* s, of streams that ended */
	uint64_t commands, command_duplicates, command_successes, command_errors, replies;
	uint64_t discarded_incomplete; /* slow path: packets of streams with one side only */
	uint64_t slow_refused;	       /* slow path: packets from strangers */
	uint64_t loops;		       /* streams that were cut because packets went in a circle */
	uint64_t rate_limited;	       /* alarms: streams that were found above their cap */
	double packets_per_second;
	double load; /* share of a CPU that the daemon used in the last second */
	uint64_t prompts_started, prompts_ended, prompt_packets;
	uint64_t repacketised_in, repacketised_out, repacketised_late;
	uint64_t alive;	      /* ns: when the daemon was last there to count */
	uint64_t copies_lost; /* by the program, for recordings; at most a second old */
};

struct engine {
	struct engine_config config;
	struct engine_ops ops;
	struct calls calls;
	struct ports *ports4, *ports6;
	struct slots *slots;
	struct engine_totals totals;
	struct traffic traffic;		   /* of the streams that are up; see traffic.h */
	bool traffic_known;		   /* each of them was counted once */
	struct xrp_cap caps[RATE_CLASSES]; /* as in the map: rate_caps of config.rate */
	struct xrp_addr last_ipv6; /* the addresses that an l or r named last; else unspecified */
	struct xrp_addr last_ipv4;
	uint64_t rate_second;	 /* the second in which max_rate counts, */
	unsigned int rate_count; /* and how many were made in it */
	bool shutting_down;
};

/* Carries out `command` at `now` (ns). The answer's status says how it went. */
void engine_run(struct engine *engine, const struct command *command, uint64_t now,
		struct answer *answer);
/* U and L, Q and G: the parts of engine_run in files of their own. */
void engine_update(struct engine *engine, const struct command *command, uint64_t now,
		   struct answer *answer);
void engine_query(struct engine *engine, const struct command *command, uint64_t now,
		  struct answer *answer);
void engine_counters(struct engine *engine, const struct command *command, struct answer *answer);

/* Ends a stream: ports and slots rest, and the synchroniser will take its rows away. */
void engine_end_stream(struct engine *engine, struct stream *stream, enum stream_end end,
		       uint64_t now);
/* Clears what keeps a stream alive; true when nothing does any more. Reference, 10. */
bool engine_weaken(struct stream *stream, bool weak, bool reverse);
/* Gives back the port and the slots of a leg, where it has some. */
void engine_release_leg(struct engine *engine, struct leg *leg, uint64_t now);
/* Adds a stream that ended to the totals; to be called when its rows are gone. */
void engine_account(struct engine *engine, struct stream *stream, uint64_t now);
/* Adds the copies that the program lost of a channel since the last time. Were there any? */
bool engine_account_copies(struct engine *engine, struct channel *ch);
/* Is this one of the relay's own endpoints: of any call, or one that copies are sent from? */
bool engine_is_own(const struct engine *engine, const struct xrp_endpoint *ep);
/* Likewise, or one that a later call may get: of an address that media ports are on. */
bool engine_is_home(const struct engine *engine, const struct xrp_endpoint *ep);

/* What kernel and slow path together know of a channel. */
struct rtpstats_sum engine_channel_stats(const struct engine *engine, const struct channel *ch);
/* When the peer was last heard, and where its RTP is: for the learner. */
struct learn_seen engine_channel_seen(const struct engine *engine, const struct channel *ch);
/* The last source that was refused; all zero when none was. */
struct xrp_endpoint engine_channel_stranger(const struct engine *engine, const struct channel *ch);
/* Packets of a channel that were sent on, and those that were not though their source was right. */
uint64_t engine_channel_relayed(const struct engine *engine, const struct channel *ch);
uint64_t engine_channel_refused(const struct engine *engine, const struct channel *ch);
/* How long nothing gave the stream life, neither packet nor command; ns. */
uint64_t engine_stream_idle(const struct engine *engine, const struct stream *stream, uint64_t now);
/* How long it lasts from now on if nothing comes; ns, 0: its time is up. Reference, 14. */
uint64_t engine_stream_left(const struct engine *engine, const struct stream *stream, uint64_t now);

#endif
