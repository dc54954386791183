/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a party may send. What it may is a class, chosen by what it is seen to send, since the
 * control protocol tells no codecs: rows name the class, and what a class allows stands in a table
 * of its own, so that another --rate-cap changes no row.
 */
#ifndef XRP_CORE_RATE_H
#define XRP_CORE_RATE_H

#include <stdbool.h>
#include <stdint.h>
#include <xdp-rtpproxy/abi.h>

/* From the narrowest to the widest. The numbers stand in the journal and in rows: they stay. */
enum rate_class {
	RATE_NONE = 0,	   /* of a record that knows of no class: anything */
	RATE_AUDIO_16 = 1, /* static audio of up to 16 kbit/s: G.729, GSM, G.723, G.728 */
	RATE_AUDIO_32 = 2, /* likewise 32 kbit/s: DVI4, G.726 */
	RATE_AUDIO_64 = 3, /* likewise 64 kbit/s: G.711, G.722 */
	RATE_RTCP = 4,	   /* what comes to an RTCP port */
	RATE_OTHER = 5,	   /* what is not RTP, on an RTP port: DTLS, STUN, UDPTL */
	RATE_WIDE = 6,	   /* all else: what video needs; also until something came */
	RATE_CLASSES
};

enum rate_mode { RATE_AUTO, RATE_OFF, RATE_SET };

struct rate_config {
	enum rate_mode mode;
	unsigned int pps, kbits; /* RATE_SET: packets and kbit of UDP payload a second; 0: any */
};

#define RATE_PPS_MIN   10
#define RATE_PPS_MAX   10000000
#define RATE_KBITS_MIN 8
#define RATE_KBITS_MAX 100000000

/* What a channel was seen to send, since its slot was taken. */
struct rate_seen {
	uint64_t packets, rtp_packets; /* admitted */
	uint64_t dropped;	       /* by the cap */
	uint8_t payload_type;	       /* of the last RTP packet */
};

struct rate {
	uint8_t cap;  /* enum rate_class: what its row says */
	uint8_t next; /* a wider class that was seen once */
	struct rate_seen seen;
};

/* What the classes allow. */
void rate_caps(const struct rate_config *config, struct xrp_cap caps[RATE_CLASSES]);
/*
 * Chooses the class by what was sent since it was last asked, about once a second. A narrower class
 * is taken at once; a wider one when it was seen twice in a row, since telephone events have
 * another payload type than the speech around them. A class of audio that drops is not left for a
 * wider one: else a flood could choose its own cap. But for a while after a command (`commanded`,
 * ns, up to `now`) it is, since the parties may have agreed on something else. True when `cap`
 * changed.
 */
bool rate_follow(struct rate *rate, bool rtcp, const struct rate_seen *seen, uint64_t commanded,
		 uint64_t now);
/* "audio-64" and so on. */
const char *rate_class_name(enum rate_class class);
/* "auto", "off" or "PPS[,KBITS]". 0 or -EINVAL. */
int rate_parse(const char *text, struct rate_config *config);

#endif
