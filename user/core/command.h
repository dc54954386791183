/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a SIP server asks and what it is told, free of any protocol's bytes: a protocol's parser
 * makes a command, the engine an answer, the protocol's writer a reply. The terms are those of the
 * rtpproxy control protocol, which is the richest.
 */
#ifndef XRP_CORE_COMMAND_H
#define XRP_CORE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <base/text.h>
#include <xdp-rtpproxy/abi.h>

#define COMMAND_QUERY_NAMES   11
#define COMMAND_COUNTER_NAMES 22
#define COMMAND_SUBCOMMANDS   15

enum command_verb {
	COMMAND_UPDATE,	     /* U: create, or change the from-tag party's side */
	COMMAND_LOOKUP,	     /* L: the to-tag party's side */
	COMMAND_DELETE,	     /* D */
	COMMAND_QUERY,	     /* Q */
	COMMAND_INFO,	     /* I */
	COMMAND_COUNTERS,    /* G */
	COMMAND_DELETE_ALL,  /* X */
	COMMAND_VERSION,     /* V */
	COMMAND_FEATURE,     /* VF */
	COMMAND_PLAY,	     /* P: a prompt to the from-tag party */
	COMMAND_STOP_PLAY,   /* S */
	COMMAND_RECORD,	     /* R: what the from-tag party sends, to a file */
	COMMAND_COPY,	     /* C: the same to a UDP address or a named file */
	COMMAND_STOP_RECORD, /* N */
};

/* How the address to listen on is chosen when a port pair is taken. */
enum command_bind {
	COMMAND_BIND_DEFAULT,
	COMMAND_BIND_LOCAL,  /* l: this address */
	COMMAND_BIND_REMOTE, /* r: the one the kernel would use towards this remote address */
	COMMAND_BIND_LABEL,  /* l{label}: the configured address of this label */
};

struct command_update { /* of U and L */
	enum {
		COMMAND_ADDRESS_NONE, /* nothing usable was said: keep what there is */
		COMMAND_ADDRESS_GIVEN,
		COMMAND_ADDRESS_HOLD, /* the null address */
		COMMAND_ADDRESS_BAD,  /* not parsable: to be refused in its turn */
	} address_kind;
	struct xrp_endpoint address; /* of the party (RTP) */
	bool asymmetric;	     /* the last of a and s was a */
	bool symmetric;		     /* ... was s */
	bool weak;
	bool new_port;	   /* n */
	bool ipv6;	   /* 6 */
	char direction[2]; /* 'e', 'i' or 0: the network of the party, and of the other one */
	enum command_bind bind;
	struct xrp_addr bind_address;
	struct text bind_label;
	uint16_t ptime;			       /* z, ms; 0: none */
	struct text codecs;		       /* c: digits and commas */
	struct text notify_socket, notify_tag; /* the tag still %-encoded, but checked */
};

/* One `&& ...` behind a command (reference, 9). P's leg is "in", the other party's is "out". */
enum subcommand_kind {
	SUBCOMMAND_DELETE,   /* D[w] */
	SUBCOMMAND_LOOKUP,   /* L[mods] ip port: the matching L in the same round trip */
	SUBCOMMAND_TTL,	     /* S[r] ttl=N */
	SUBCOMMAND_TOS,	     /* S[r] tos=N */
	SUBCOMMAND_RTCP,     /* S rtcp=regenerate or rtcp=forward: RTCP of our own, or not */
	SUBCOMMAND_LEARN,    /* S[r] learn=POLICY */
	SUBCOMMAND_HANDOVER, /* S[r] handover=0 or 1 */
	SUBCOMMAND_COPY,     /* C callid from to: this stream becomes the recorder of another */
	SUBCOMMAND_DTMF,     /* M3:1 TAG [pt=N | N] [h]: RFC 4733 events of P are notified */
};

struct subcommand {
	enum subcommand_kind kind;
	union {
		bool weak;		      /* of D */
		struct command_update lookup; /* of L */
		struct {
			bool reverse;	    /* r: the other party's leg */
			unsigned int value; /* s, TOS, enum learn_policy, 1: regenerate, on */
		} set;			    /* of S */
		struct {
			struct text call_id, from_tag, to_tag;
		} copy; /* of C */
		struct {
			struct text tag;      /* %-encoded, but checked */
			uint8_t payload_type; /* 101 when not given */
			bool hide;	      /* h: the events are not relayed */
		} dtmf;			      /* of M3 */
	};
};

struct command {
	enum command_verb verb;
	struct text call_id, from_tag, to_tag; /* to_tag.at may be NULL */
	union {
		struct command_update update;
		struct {
			bool weak;
		} remove;
		struct {
			bool verbose;
			unsigned int count; /* 0: the five standard ones */
			struct text name[COMMAND_COUNTER_NAMES];
		} names; /* of Q (call-id and tags above) and G */
		struct {
			bool load;
		} info;
		struct {
			struct text date;
		} feature;
		struct {
			int count;	    /* times; -1: endless; 0: only stop what plays */
			struct text prompt; /* file name without its payload type */
			struct text codecs; /* payload types in order of preference, or "session" */
		} play;
		struct {
			bool single_file;   /* s */
			bool tell_port;	    /* p: answer the local copy socket */
			struct text target; /* of C: udp:ip:port, or a file name; R: .at NULL */
		} record;		    /* of R and C */
		struct {
			bool both; /* a */
		} stop_record;	   /* of N */
	};
	unsigned int sub_count;
	struct subcommand sub[COMMAND_SUBCOMMANDS];
};

enum answer_status {
	ANSWER_OK,
	ANSWER_NOT_FOUND,    /* no such call, or tags */
	ANSWER_NO_PORT,	     /* no port pair free, or the address is not ours */
	ANSWER_NO_PORT_NEW,  /* the same for a stream that was to be made */
	ANSWER_NO_FAMILY,    /* no address of the family wanted */
	ANSWER_BAD_ADDRESS,  /* the party's address cannot be read */
	ANSWER_NO_ROUTE,     /* r: no route there */
	ANSWER_NOTIFY_OFF,   /* a notify socket, but notification is not configured */
	ANSWER_UNKNOWN_NAME, /* Q, G: no such counter */
	ANSWER_SHUTTING_DOWN,
	ANSWER_NO_MEMORY,
	ANSWER_BAD_LABEL,      /* l{...}: no such label */
	ANSWER_BAD_SUBCOMMAND, /* one that cannot be carried out; nothing was done */
	ANSWER_NO_PROMPT,      /* P: no file for any of the codecs, or a bad list */
	ANSWER_NO_CODECS,      /* P ... session, but the leg has no list */
	ANSWER_NOT_RECORDED,   /* R, N: nothing was started, or stopped */
	ANSWER_COPY_FAILED,    /* C: no directory, a bad or forbidden target */
	ANSWER_OVERLOADED,     /* a configured limit of calls, load or calls/s */
};

/* Why a U or L got no port, for the operator: the status tells the SIP server less. */
#define ANSWER_CAUSES(X)                                                                           \
	X(NONE, "none", "")                                                                        \
	X(PAIRS, "no_pair", "no port pair of the range is free")                                   \
	X(SLOTS, "no_slot", "no statistics slot is free: a higher --max-calls has more")           \
	X(LOCAL, "not_local", "the address to listen on is not on this host")                      \
	X(FAMILY, "no_family", "no address of this family is listened on: see -l and -6")          \
	X(LABEL, "no_label", "no address to listen on has this label: see -l")                     \
	X(ROUTE, "no_route", "no route leads to the address of the modifier r")                    \
	X(STREAMS, "call_streams", "the call has as many streams as one may have")                 \
	X(MEMORY, "no_memory", "memory ran out")                                                   \
	X(MAX_CALLS, "max_calls", "there are as many streams as --max-calls says")                 \
	X(MAX_RATE, "max_rate",                                                                    \
	  "there were as many new streams in this second as --max-rate "                           \
	  "says")                                                                                  \
	X(MAX_LOAD, "max_load", "the daemon uses more of a CPU than --max-load says")

enum answer_cause {
#define ANSWER_CAUSE(name, label, sentence) ANSWER_CAUSE_##name,
	ANSWER_CAUSES(ANSWER_CAUSE)
#undef ANSWER_CAUSE
		ANSWER_CAUSE_COUNT
};

struct answer_refusal {
	enum answer_cause cause;
	struct xrp_addr addr; /* LOCAL and ROUTE: which; PAIRS and FAMILY: its family counts */
	struct text label;    /* LABEL: which, a part of the command */
};

/* A local endpoint to be told. */
struct answer_endpoint {
	uint16_t port; /* host order; 0: none (C without p) */
	bool wildcard; /* bound to any address: tell the port only */
	bool ipv6;
	char address[256]; /* text to tell: numeric, or as advertised */
};

/* A named figure, of Q or G. */
struct answer_value {
	const char *name; /* static */
	bool is_double;
	union {
		uint64_t number;
		double real;
	};
};

struct answer_info {
	uint64_t created, active, streams, received, transmitted;
	bool load;
};

/* What became of a subcommand. Only those that were run have a result; the last may be a failure.
 */
struct answer_sub {
	enum { ANSWER_SUB_DONE, ANSWER_SUB_TEXT, ANSWER_SUB_FAILED } kind;
	struct answer_endpoint endpoint; /* of TEXT: L's port and address */
};

struct answer {
	enum answer_status status;
	struct answer_refusal refusal; /* of U and L, and of an L behind && */
	unsigned int sub_count;
	struct answer_sub sub[COMMAND_SUBCOMMANDS];
	union {
		struct answer_endpoint endpoint; /* of U, L, and of C with p */
		struct {
			bool verbose;
			unsigned int count;
			struct answer_value value[COMMAND_COUNTER_NAMES];
		} values;
		struct answer_info info;
	};
};

#endif
