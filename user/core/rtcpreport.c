/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See rtcpreport.h. */
#include <errno.h>
#include <string.h>
#include <core/rtcpreport.h>
#include <core/rtppacket.h>
#include <xdp-rtpproxy/rtp.h>

enum { SR = 200, RR = 201, SDES = 202, BYE = 203 };

#define VERSION	     0x80
#define PADDING	     0x20
#define HEADER	     4
#define RR_LEN	     8	/* without blocks */
#define SENDER_LEN   28 /* of an SR without blocks */
#define BLOCK_LEN    24
#define SDES_CNAME   1
#define LOST_MAX     0x7fffff
#define LOST_MIN     (-0x800000)
#define NS_PER_S     1000000000ULL
#define NTP_1970     2208988800ULL /* s */
#define SHORT_PER_S  65536	   /* NTP's middle 32 bits count these */
#define BANDWIDTH    400	   /* octets/s: 5 % of 64 kbit/s */
#define COMPENSATION 121828	   /* e - 3/2, hundred-thousandths: RFC 3550, 6.3.1 */

uint64_t rtcpreport_ntp(uint64_t wall)
{
	uint64_t seconds = wall / NS_PER_S + NTP_1970;

	return seconds << 32 | ((wall % NS_PER_S) << 32) / NS_PER_S;
}

static uint32_t ntp_middle(uint64_t wall)
{
	return (uint32_t)(rtcpreport_ntp(wall) >> 16);
}

static void put_header(uint8_t *p, unsigned int count, uint8_t type, size_t len)
{
	p[0] = (uint8_t)(VERSION | count);
	p[1] = type;
	rtppacket_put16(p + 2, (uint16_t)(len / 4 - 1));
}

/* The RTP timestamp that a stream would have now, where its clock is known. */
static uint32_t timestamp_now(const struct rtcpreport_facts *f)
{
	uint64_t ns = f->now > f->sent.time ? f->now - f->sent.time : 0;
	uint64_t ms = ns / 1000000, rest = ns % 1000000;

	return f->sent.timestamp +
	       (uint32_t)((ms * f->sent.clock_hz + rest * f->sent.clock_hz / 1000000) / 1000);
}

/* Notes what was sent since, and says whether it makes a sender report (RFC 3550, 6.4). */
static bool follow_sent(struct rtcpreport *r, const struct rtcpreport_facts *f)
{
	bool sent = f->sent.packets > r->packets_prior[1];

	if (!sent)
		return false;
	if (r->sending && r->sent_ssrc != f->sent.ssrc) {
		r->packets_base = r->packets_prior[0];
		r->octets_base = r->octets_prior;
		r->far_known = false;
	}
	r->sending = true;
	r->sent_ssrc = f->sent.ssrc;
	return true;
}

static size_t put_sender(struct rtcpreport *r, const struct rtcpreport_facts *f, uint8_t *p)
{
	uint64_t ntp = rtcpreport_ntp(f->wall);

	rtppacket_put32(p + 4, f->sent.ssrc);
	rtppacket_put32(p + 8, (uint32_t)(ntp >> 32));
	rtppacket_put32(p + 12, (uint32_t)ntp);
	rtppacket_put32(p + 16, timestamp_now(f));
	rtppacket_put32(p + 20, (uint32_t)(f->sent.packets - r->packets_base));
	rtppacket_put32(p + 24, (uint32_t)(f->sent.octets - r->octets_base));
	return SENDER_LEN;
}

/* A new source counts from here. */
static void follow_received(struct rtcpreport *r, const struct rtcpreport_facts *f)
{
	if (r->receiving && r->received_ssrc != f->received.ssrc) {
		r->expected_base = r->expected_prior = f->received.expected;
		r->received_base = r->received_prior = f->received.packets;
	}
	r->receiving = true;
	r->received_ssrc = f->received.ssrc;
}

static uint8_t fraction_lost(const struct rtcpreport *r, const struct rtcpreport_facts *f)
{
	int64_t expected = (int64_t)(f->received.expected - r->expected_prior);
	int64_t lost = expected - (int64_t)(f->received.packets - r->received_prior);
	int64_t fraction;

	if (expected <= 0 || lost <= 0)
		return 0;
	fraction = lost * 256 / expected;
	return fraction > UINT8_MAX ? UINT8_MAX : (uint8_t)fraction;
}

static uint32_t cumulative_lost(const struct rtcpreport *r, const struct rtcpreport_facts *f)
{
	int64_t lost = (int64_t)(f->received.expected - r->expected_base) -
		       (int64_t)(f->received.packets - r->received_base);

	if (lost > LOST_MAX)
		lost = LOST_MAX;
	if (lost < LOST_MIN)
		lost = LOST_MIN;
	return (uint32_t)lost & 0xffffff;
}

static size_t put_block(struct rtcpreport *r, const struct rtcpreport_facts *f, uint8_t *p)
{
	bool sr = r->sr_known && r->sr_ssrc == f->received.ssrc;
	uint64_t since = f->now > r->sr_time ? f->now - r->sr_time : 0;

	rtppacket_put32(p, f->received.ssrc);
	rtppacket_put32(p + 4, (uint32_t)fraction_lost(r, f) << 24 | cumulative_lost(r, f));
	rtppacket_put32(p + 8, f->received.highest);
	rtppacket_put32(p + 12, f->received.jitter);
	rtppacket_put32(p + 16, sr ? r->sr_ntp : 0);
	rtppacket_put32(p + 20, sr ? (uint32_t)(since / 1000 * SHORT_PER_S / 1000000) : 0);
	return BLOCK_LEN;
}

static size_t cname_length(const struct rtcpreport_facts *f)
{
	return f->cname.len > RTCPREPORT_CNAME ? RTCPREPORT_CNAME : f->cname.len;
}

/* With one to four NULs behind the item: its end, and up to the next word. */
static size_t sdes_length(const struct rtcpreport_facts *f)
{
	return HEADER + 4 + (2 + cname_length(f) + 4) / 4 * 4;
}

static size_t put_sdes(const struct rtcpreport_facts *f, uint32_t ssrc, uint8_t *p)
{
	size_t len = sdes_length(f), cname = cname_length(f);

	memset(p, 0, len);
	put_header(p, 1, SDES, len);
	rtppacket_put32(p + 4, ssrc);
	p[8] = SDES_CNAME;
	p[9] = (uint8_t)cname;
	if (cname)
		memcpy(p + 10, f->cname.at, cname);
	return len;
}

/* Remembers what this report said, for the next one. */
static void counted(struct rtcpreport *r, const struct rtcpreport_facts *f)
{
	r->packets_prior[1] = r->packets_prior[0];
	r->packets_prior[0] = f->sent.packets;
	r->octets_prior = f->sent.octets;
	r->expected_prior = f->received.expected;
	r->received_prior = f->received.packets;
}

int rtcpreport_build(struct rtcpreport *r, const struct rtcpreport_facts *f, uint8_t *buf,
		     size_t size)
{
	bool block = f->received.packets > r->received_prior, sender;
	uint32_t ssrc;
	size_t len;

	if (size < SENDER_LEN + BLOCK_LEN + sdes_length(f) + f->rest.len)
		return -ENOSPC;
	sender = follow_sent(r, f);
	ssrc = sender ? f->sent.ssrc : f->own_ssrc;
	if (sender)
		len = put_sender(r, f, buf);
	else
		len = RR_LEN;
	rtppacket_put32(buf + 4, ssrc);
	if (block) {
		follow_received(r, f);
		len += put_block(r, f, buf + len);
	}
	put_header(buf, block, sender ? SR : RR, len);
	len += put_sdes(f, ssrc, buf + len);
	if (f->rest.len)
		memcpy(buf + len, f->rest.at, f->rest.len);
	counted(r, f);
	return (int)(len + f->rest.len);
}

static size_t packet_length(const uint8_t *p)
{
	return 4 * ((size_t)(p[2] << 8 | p[3]) + 1);
}

/* Has an SR or RR the blocks that it says it has? */
static bool is_report_whole(const uint8_t *p, size_t len)
{
	size_t need = p[1] == SR ? SENDER_LEN : RR_LEN;

	if (p[1] != SR && p[1] != RR)
		return true;
	return len >= need + (size_t)(p[0] & 0x1f) * BLOCK_LEN;
}

/* RFC 3550, A.2: a report first, one version, and lengths that end where the datagram ends. */
static bool is_valid(const uint8_t *data, size_t len)
{
	size_t at = 0, one;

	if (len < RR_LEN || (data[1] != SR && data[1] != RR))
		return false;
	for (; at < len; at += one) {
		if (len - at < HEADER || data[at] >> 6 != 2)
			return false;
		one = packet_length(data + at);
		if (one > len - at || !is_report_whole(data + at, one))
			return false;
		if ((data[at] & PADDING) && at + one != len)
			return false;
	}
	return true;
}

/* Round-trip time (RFC 3550, 6.4.1, figure 2), ns; 0: not known. */
static uint64_t round_trip(const uint8_t *block, uint64_t wall)
{
	uint32_t lsr = xrp_get32(block + 16), dlsr = xrp_get32(block + 20);
	int32_t rtt = (int32_t)(ntp_middle(wall) - lsr - dlsr);

	return lsr && rtt > 0 ? (uint64_t)rtt * NS_PER_S / SHORT_PER_S : 0;
}

static void hear_block(struct rtcpreport *r, const uint8_t *block, uint64_t wall)
{
	uint32_t lost = xrp_get32(block + 4);

	if (!r->sending || xrp_get32(block) != r->sent_ssrc)
		return;
	r->far_known = true;
	r->far_fraction = (uint8_t)(lost >> 24);
	r->far_lost = (int32_t)(lost << 8) >> 8;
	r->far_jitter = xrp_get32(block + 12);
	r->far_rtt = round_trip(block, wall);
}

static void hear_report(struct rtcpreport *r, const uint8_t *p, uint64_t now, uint64_t wall)
{
	const uint8_t *block = p + (p[1] == SR ? SENDER_LEN : RR_LEN);

	if (p[1] == SR) {
		r->sr_known = true;
		r->sr_ssrc = xrp_get32(p + 4);
		r->sr_ntp = xrp_get32(p + 8) << 16 | xrp_get32(p + 12) >> 16;
		r->sr_time = now;
	}
	for (unsigned int i = 0; i < (p[0] & 0x1fU); i++)
		hear_block(r, block + (size_t)i * BLOCK_LEN, wall);
}

int rtcpreport_receive(struct rtcpreport *r, const uint8_t *data, size_t len, uint64_t now,
		       uint64_t wall, uint8_t *rest, size_t size, struct rtcpreport_heard *heard)
{
	*heard = (struct rtcpreport_heard){0};
	if (!is_valid(data, len) || size < len)
		return -EBADMSG;
	for (size_t at = 0, one; at < len; at += one) {
		const uint8_t *p = data + at;

		one = packet_length(p);
		heard->sr |= p[1] == SR;
		heard->rr |= p[1] == RR;
		heard->sdes |= p[1] == SDES;
		heard->bye |= p[1] == BYE;
		if (p[1] == SR || p[1] == RR) {
			hear_report(r, p, now, wall);
		} else if (p[1] != SDES) {
			memcpy(rest + heard->rest_len, p, one);
			heard->rest_len += one;
		}
	}
	return 0;
}

uint64_t rtcpreport_interval(const struct rtcpreport_session *s, uint32_t random)
{
	uint64_t bandwidth = s->bandwidth ? s->bandwidth : BANDWIDTH;
	uint64_t minimum = s->initial ? RTCPREPORT_MIN_TIME / 2 : RTCPREPORT_MIN_TIME;
	uint64_t members = s->members, time, share = 4; /* quarters of the bandwidth */

	if (4ULL * s->senders <= s->members) {
		share = s->we_sent ? 1 : 3;
		members = s->we_sent ? s->senders : s->members - s->senders;
	}
	time = s->average_size * members * 4 * NS_PER_S / (bandwidth * share);
	if (time < minimum)
		time = minimum;
	/* Times 0.5 to 1.5. */
	time = time / SHORT_PER_S * ((random >> 16) + SHORT_PER_S / 2);
	return time / COMPENSATION * 100000;
}
