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

enum command_verb {
	COMMAND_UPDATE,	    /* U: create, or change the from-tag party's side */
	COMMAND_LOOKUP,	    /* L: the to-tag party's side */
	COMMAND_DELETE,	    /* D */
	COMMAND_QUERY,	    /* Q */
	COMMAND_INFO,	    /* I */
	COMMAND_COUNTERS,   /* G */
	COMMAND_DELETE_ALL, /* X */
	COMMAND_VERSION,    /* V */
	COMMAND_FEATURE,    /* VF */
};

/* How the address to listen on is chosen when a port pair is taken. */
enum command_bind {
	COMMAND_BIND_DEFAULT,
	COMMAND_BIND_LOCAL,  /* l: this address */
	COMMAND_BIND_REMOTE, /* r: the one the kernel would use towards this remote address */
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
	uint16_t ptime;	    /* z, ms; 0: none */
	struct text codecs; /* c: digits and commas */
	struct text notify_socket, notify_tag;
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
	};
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

struct answer {
	enum answer_status status;
	union {
		struct {	       /* of U and L */
			uint16_t port; /* host order */
			bool wildcard; /* bound to any address: tell the port only */
			bool ipv6;
			char address[256]; /* text to tell: numeric, or as advertised */
		} endpoint;
		struct {
			bool verbose;
			unsigned int count;
			struct answer_value value[COMMAND_COUNTER_NAMES];
		} values;
		struct answer_info info;
	};
};

#endif
