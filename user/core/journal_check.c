/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See journal_check.h. */
#include <string.h>
#include <base/endpoint.h>
#include <core/journal_check.h>

unsigned int journal_pairs(const struct stream *stream, struct xrp_endpoint pair[JOURNAL_PAIRS])
{
	unsigned int count = 0;

	for (int side = 0; side < 2; side++) {
		const struct leg *leg = &stream->leg[side];
		uint16_t port = endpoint_port(&leg->channel[CHANNEL_RTP].local);

		if (port)
			pair[count++] = endpoint_make(&leg->bind, port);
		if (leg->media.copy_from.port)
			pair[count++] = leg->media.copy_from;
	}
	return count;
}

/* Can the relay listen there, if it is one of its addresses? */
static bool check_bind(const struct xrp_addr *addr)
{
	enum addr_kind kind = addr_kind(addr);

	return addr_is_unspecified(addr) || kind == ADDR_GLOBAL || kind == ADDR_PRIVATE ||
	       kind == ADDR_LINK_LOCAL || kind == ADDR_LOOPBACK;
}

/* Nobody, or somebody who can send and be sent to. */
static bool check_party(const struct xrp_endpoint *ep)
{
	if (!ep->port)
		return addr_is_unspecified(&ep->addr);
	return !addr_is_unspecified(&ep->addr) && check_bind(&ep->addr);
}

static bool check_channel(const struct channel *ch)
{
	const struct learn *l = &ch->learn;

	if (!check_party(&l->signalled) || !check_party(&l->peer) || !check_party(&l->dest))
		return false;
	return ch->kind == CHANNEL_RTCP || addr_is_unspecified(&l->rtp_host);
}

/* Only copies that go to a UDP target have ports. */
static bool check_copy(const struct leg_media *media)
{
	if (!media->copy_from.port)
		return addr_is_unspecified(&media->copy_from.addr);
	return media->copy_to && !strncmp(media->copy_to, "udp:", 4);
}

static bool check_media(const struct leg_media *media)
{
	if (!check_copy(media))
		return false;
	if (media->copy_to && media->record)
		return false;
	if (!media->prompt != !media->prompt_codecs || !media->prompt != !media->prompt_count)
		return false;
	return media->prompt_count >= -1;
}

static bool check_leg(const struct leg *leg)
{
	if (!check_bind(&leg->bind) || !check_media(&leg->media))
		return false;
	return check_channel(&leg->channel[0]) && check_channel(&leg->channel[1]);
}

/* Each is an even port, and none is there twice. */
static bool check_pairs(const struct stream *s)
{
	struct xrp_endpoint pair[JOURNAL_PAIRS];
	unsigned int count = journal_pairs(s, pair);

	for (unsigned int i = 0; i < count; i++) {
		if (endpoint_port(&pair[i]) % 2 || !check_bind(&pair[i].addr))
			return false;
		for (unsigned int j = 0; j < i; j++) {
			if (pair[i].port == pair[j].port &&
			    addr_is_v4(&pair[i].addr) == addr_is_v4(&pair[j].addr))
				return false;
		}
	}
	return true;
}

bool journal_check(const struct stream *s)
{
	const struct leg *callee = &s->leg[LEG_CALLEE], *caller = &s->leg[LEG_CALLER];

	if (!callee->channel[CHANNEL_RTP].local.port)
		return false;
	if (s->complete && !caller->channel[CHANNEL_RTP].local.port)
		return false;
	return check_leg(callee) && check_leg(caller) && check_pairs(s);
}
