/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTCP of our own, for a relay that consumes each party's reports (--rtcp=regenerate). One state a
 * party X. To X goes a compound packet (RFC 3550, 6.1): a sender report about what we relay to X,
 * in the SSRC of the other party's stream, or an empty receiver report where we relay nothing; one
 * report block about what X sends to us; a CNAME. From X we remember when its sender report came
 * (for LSR and DLSR) and what it reports of our stream.
 *
 * What reports do not cover (feedback, BYE, APP, XR) is not ours to consume: it is handed back, to
 * be sent to the other party behind our own reports. Sources are relayed with their own SSRC, so
 * it stays true there.
 */
#ifndef XRP_CORE_RTCPREPORT_H
#define XRP_CORE_RTCPREPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <base/text.h>

#define RTCPREPORT_CNAME    255 /* bytes at most */
#define RTCPREPORT_SIZE	    320 /* of the largest report without the rest of the other party */
#define RTCPREPORT_MIN_TIME 5000000000ULL /* ns, RFC 3550, 6.2 */

/* State of one party. All zero to begin with; the module's own but for what is said. */
struct rtcpreport {
	/* What the party reports of the stream that we send it; for statistics. */
	bool far_known;
	uint8_t far_fraction; /* lost of 256 since its last report */
	int32_t far_lost;     /* in all */
	uint32_t far_jitter;  /* timestamp units */
	uint64_t far_rtt;     /* ns; 0: not known */

	/* What the party sends us, as of our last report. */
	bool receiving;
	uint32_t received_ssrc;
	uint64_t expected_base, received_base, expected_prior, received_prior;
	/* What we send it. */
	bool sending;
	uint32_t sent_ssrc;
	uint64_t packets_base, octets_base, packets_prior[2], octets_prior;
	/* Its last sender report. */
	bool sr_known;
	uint32_t sr_ssrc, sr_ntp; /* middle 32 bits */
	uint64_t sr_time;
};

/* What one report is made of. Counts may be of several SSRCs together: from 0 upwards, all told. */
struct rtcpreport_facts {
	uint64_t now;	   /* ns, monotonic */
	uint64_t wall;	   /* ns since 1970 */
	uint32_t own_ssrc; /* random, the party's own for the call: used where we relay nothing */
	struct text cname; /* one a party and call (RFC 7022); cut at RTCPREPORT_CNAME */

	struct {		  /* what is relayed to the party */
		uint64_t packets; /* RTP only; 0: the rest is not looked at */
		uint64_t octets;  /* of payload: about UDP payload - 12 * packets */
		uint32_t ssrc;
		uint32_t timestamp; /* of the last packet */
		uint64_t time;	    /* when that came, ns monotonic */
		uint32_t clock_hz;  /* 0: not known */
	} sent;
	struct {		   /* what the party sends */
		uint64_t packets;  /* RTP only; 0: the rest is not looked at */
		uint64_t expected; /* RFC 3550, A.3 */
		uint32_t ssrc;
		uint32_t highest; /* extended sequence number */
		uint32_t jitter;  /* timestamp units */
	} received;
	struct text rest; /* of the other party, from rtcpreport_receive; .len 0: none */
};

/*
 * Writes the compound packet for the party to `buf` and counts it as sent. Returns its length, a
 * multiple of 4, or -ENOSPC when it does not fit into `size` (RTCPREPORT_SIZE + rest.len does).
 */
int rtcpreport_build(struct rtcpreport *report, const struct rtcpreport_facts *facts, uint8_t *buf,
		     size_t size);

/* What came from a party. */
struct rtcpreport_heard {
	bool sr, rr, sdes, bye; /* packets of these kinds were in it */
	size_t rest_len;	/* bytes written to `rest` */
};
/*
 * Reads a compound packet of the party that came at `now`/`wall`. `rest` gets all that is not SR,
 * RR or SDES, for the other party; `size` >= len always does. 0, or -EBADMSG when it is not valid
 * (RFC 3550, A.2; encrypted ones are not either): nothing was remembered, send it on as it is.
 */
int rtcpreport_receive(struct rtcpreport *report, const uint8_t *data, size_t len, uint64_t now,
		       uint64_t wall, uint8_t *rest, size_t size, struct rtcpreport_heard *heard);

/* RFC 3550, 6.3.1 and A.7. Up to some thousand members. */
struct rtcpreport_session {
	unsigned int members, senders; /* ourselves included: 2 and 0 to 2 for a call */
	bool we_sent;		       /* a sender report is what we send next */
	bool initial;		       /* nothing was sent yet: half the minimum */
	uint32_t bandwidth;	       /* of RTCP, octets/s: 5 % of the session's; 0: 400 (G.711) */
	uint32_t average_size;	       /* of RTCP packets, octets with UDP and IP headers */
};
/* ns until the next report; `random` is any 32-bit random number. */
uint64_t rtcpreport_interval(const struct rtcpreport_session *session, uint32_t random);

/* NTP timestamp (RFC 3550, 4) of ns since 1970: seconds since 1900 and 32 bits of fraction. */
uint64_t rtcpreport_ntp(uint64_t wall);

#endif
