/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See rate.h. Twice the codec's rate is for senders with short packets, header extensions and SRTP,
 * and for two clocks that differ; half a second ahead is for networks that hold packets back and
 * deliver them at once.
 */
#include <core/rate.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S  1000000000ULL
#define BURST	  (NS_PER_S / 2)  /* that a sender may be ahead by */
#define NO_LIMIT  UINT32_MAX	  /* more than a debt can be */
#define RTP_EXTRA 28		  /* octets a packet: header, extension, SRTP's tag */
#define COMMANDED (10 * NS_PER_S) /* after a command another codec is believed */

/* What is allowed a second; 0: any number. */
struct allowance {
	unsigned int packets;
	uint64_t bytes; /* of UDP payload */
};

/* Twice what speech of this many octets each 10 ms makes, in packets of 10 ms. */
#define SPEECH(octets)                                                                             \
	{                                                                                          \
		200, 200ULL * ((octets) + RTP_EXTRA)                                               \
	}

static const struct allowance automatic[RATE_CLASSES] = {
	[RATE_AUDIO_16] = SPEECH(20),	     [RATE_AUDIO_32] = SPEECH(40),
	[RATE_AUDIO_64] = SPEECH(80),	     [RATE_RTCP] = {100, 1000000ULL / 8},
	[RATE_OTHER] = {1000, 10000000 / 8}, [RATE_WIDE] = {10000, 50000000 / 8},
};

static uint32_t cost_of(uint64_t units, unsigned int fraction)
{
	return units ? (uint32_t)((NS_PER_S << fraction) / units) : 0;
}

void rate_caps(const struct rate_config *config, struct xrp_cap caps[RATE_CLASSES])
{
	for (int i = 0; i < RATE_CLASSES; i++) {
		struct allowance a = automatic[i];

		if (config->mode == RATE_SET && i != RATE_RTCP && i != RATE_NONE)
			a = (struct allowance){config->pps, config->kbits * 125ULL};
		caps[i] = (struct xrp_cap){
			.packet_ns = cost_of(a.packets, 0),
			.byte_ns = cost_of(a.bytes, 8),
			.limit = config->mode == RATE_OFF || i == RATE_NONE ? NO_LIMIT : BURST,
		};
	}
}

/* RFC 3551, table 4. Comfort noise (13) is of no class: it comes between speech of any. */
static uint8_t class_of_payload(uint8_t payload_type)
{
	switch (payload_type) {
	case 0: /* PCMU, PCMA, G722 */
	case 8:
	case 9:
		return RATE_AUDIO_64;
	case 2: /* G721, which is G.726 of 32 kbit/s; DVI4 */
	case 5:
		return RATE_AUDIO_32;
	case 3: /* GSM, G723, LPC, QCELP, G728, G729 */
	case 4:
	case 7:
	case 12:
	case 15:
	case 18:
		return RATE_AUDIO_16;
	case 13:
		return RATE_NONE;
	default:
		return RATE_WIDE;
	}
}

/* RATE_NONE: nothing came that tells. */
static uint8_t class_of(const struct rate_seen *before, const struct rate_seen *now)
{
	if (now->rtp_packets != before->rtp_packets)
		return class_of_payload(now->payload_type);
	return now->packets != before->packets ? RATE_OTHER : RATE_NONE;
}

static bool take(struct rate *rate, uint8_t cap)
{
	bool changed = rate->cap != cap;

	rate->cap = rate->next = cap;
	return changed;
}

bool rate_follow(struct rate *rate, bool rtcp, const struct rate_seen *seen, uint64_t commanded,
		 uint64_t now)
{
	uint8_t class = class_of(&rate->seen, seen);
	bool dropped = seen->dropped != rate->seen.dropped, again = class == rate->next;

	rate->seen = *seen;
	if (rtcp)
		return take(rate, RATE_RTCP);
	if (rate->cap == RATE_NONE)
		return take(rate, RATE_WIDE);
	if (class == RATE_NONE)
		return false;
	if (class <= rate->cap)
		return take(rate, class);
	rate->next = class;
	if (!again || (dropped && rate->cap <= RATE_AUDIO_64 && now - commanded > COMMANDED))
		return false;
	return take(rate, class);
}

const char *rate_class_name(enum rate_class class)
{
	static const char *const names[RATE_CLASSES] = {
		[RATE_NONE] = "none",	      [RATE_AUDIO_16] = "audio-16",
		[RATE_AUDIO_32] = "audio-32", [RATE_AUDIO_64] = "audio-64",
		[RATE_RTCP] = "rtcp",	      [RATE_OTHER] = "other",
		[RATE_WIDE] = "wide",
	};

	return names[class];
}

/* A number from `least` to `most` at the front of `text`, which is moved behind it. */
static int parse_number(const char **text, unsigned long least, unsigned long most,
			unsigned int *number)
{
	unsigned long n;
	char *end;

	if (**text < '0' || **text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoul(*text, &end, 10);
	if (errno || n < least || n > most)
		return -EINVAL;
	*number = (unsigned int)n;
	*text = end;
	return 0;
}

int rate_parse(const char *text, struct rate_config *config)
{
	struct rate_config c = {.mode = RATE_SET};

	if (!strcmp(text, "auto") || !strcmp(text, "off")) {
		*config = (struct rate_config){.mode = *text == 'a' ? RATE_AUTO : RATE_OFF};
		return 0;
	}
	if (parse_number(&text, RATE_PPS_MIN, RATE_PPS_MAX, &c.pps))
		return -EINVAL;
	if (*text == ',') {
		text++;
		if (parse_number(&text, RATE_KBITS_MIN, RATE_KBITS_MAX, &c.kbits))
			return -EINVAL;
	}
	if (*text)
		return -EINVAL;
	*config = c;
	return 0;
}
