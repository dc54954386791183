/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The relay as plain C: see model.h. */
#include <arpa/inet.h>
#include <string.h>
#include <linux/bpf.h>
#include <xdp-rtpproxy/admit.h>
#include <xdp-rtpproxy/rate.h>
#include "model.h"

/* Offsets into the frame; the UDP header's is known once the IP header is. */
enum { AT_TYPE = 12, AT_IP = 14, AT_SHORTEST = 60 };

struct parsed {
	unsigned int udp;      /* offset of the UDP header */
	unsigned int ip_total; /* bytes */
	unsigned int ip_left;  /* bytes behind the IP header */
	unsigned int udp_total;
	unsigned int fragment;
	struct xrp_endpoint from, to;
};

static unsigned int get16(const struct frame *f, unsigned int at)
{
	return (unsigned int)f->bytes[at] << 8 | f->bytes[at + 1];
}

static void set16(struct frame *f, unsigned int at, unsigned int value)
{
	f->bytes[at] = (uint8_t)(value >> 8);
	f->bytes[at + 1] = (uint8_t)value;
}

static struct xrp_endpoint endpoint_at(const struct frame *f, unsigned int addr, unsigned int port)
{
	uint32_t v4;

	memcpy(&v4, f->bytes + addr, 4);
	return frame_endpoint(v4, (uint16_t)get16(f, port));
}

/* The IPv4 header: false, and `why`, when the packet is none that could be ours. */
static bool parse_ip(const struct frame *f, struct parsed *p, enum xrp_reason *why)
{
	unsigned int header;

	*why = XRP_PASS_NOT_IPV4;
	if (get16(f, AT_TYPE) != 0x0800)
		return false;
	*why = XRP_PASS_MALFORMED;
	if (f->length < AT_IP + 20 || f->bytes[AT_IP] >> 4 != 4)
		return false;
	header = (f->bytes[AT_IP] & 15U) * 4;
	p->ip_total = get16(f, AT_IP + 2);
	if (header < 20 || p->ip_total < header || AT_IP + p->ip_total > f->length)
		return false;
	if (header == 20 && frame_checksum(f->bytes + AT_IP, 20, 0) != 0)
		return false;
	*why = XRP_PASS_NOT_UDP;
	if (f->bytes[AT_IP + 9] != 17)
		return false;
	*why = XRP_PASS_FRAGMENT;
	p->fragment = get16(f, AT_IP + 6);
	p->udp = AT_IP + header;
	p->ip_left = p->ip_total - header;
	return (p->fragment & 0x1fff) == 0;
}

static bool parse_udp(const struct frame *f, struct parsed *p)
{
	if (p->ip_left < 8)
		return false;
	p->udp_total = get16(f, p->udp + 4);
	p->from = endpoint_at(f, AT_IP + 12, p->udp);
	p->to = endpoint_at(f, AT_IP + 16, p->udp + 2);
	if (p->fragment & 0x2000)
		return true;
	return p->udp_total >= 8 && p->udp_total <= p->ip_left;
}

static int flow_of(const struct model *m, struct xrp_endpoint to)
{
	int i;

	for (i = 0; i < MODEL_FLOWS; i++)
		if (!memcmp(&m->flows[i].self, &to, sizeof(to)))
			return i;
	if (!m->wildcard || memcmp(&m->local, &to.addr, sizeof(to.addr)) != 0)
		return -1;
	to = frame_endpoint(0, ntohs(to.port));
	for (i = 0; i < MODEL_FLOWS; i++)
		if (!memcmp(&m->flows[i].self, &to, sizeof(to)))
			return i;
	return -1;
}

static enum xrp_reason up(struct model *m, int flow, enum xrp_reason why)
{
	if (!m->tokens)
		return XRP_DROP_FLOOD;
	m->counts[flow].punted++;
	return why;
}

static bool is_v4(const struct xrp_endpoint *ep)
{
	struct xrp_endpoint same = frame_endpoint(ep->addr.word[3], 0);

	return !memcmp(&same.addr, &ep->addr, sizeof(ep->addr));
}

/* RFC 3550, 5.1 and RFC 5761, 4. */
static bool is_rtcp(const uint8_t *payload, unsigned int length)
{
	return length >= 12 && (payload[0] & 0xc0) == 0x80 && payload[1] >= 192 &&
	       payload[1] <= 223;
}

static bool is_rtp(const uint8_t *payload, unsigned int length)
{
	unsigned int need;

	if (length < 12 || (payload[0] & 0xc0) != 0x80)
		return false;
	need = 12 + (payload[0] & 15U) * 4 + (payload[0] & 16 ? 4 : 0);
	return length >= need && (payload[1] < 192 || payload[1] > 223);
}

/* Does user space want this packet for what it is? */
static bool is_wanted(const struct frame *f, const struct xrp_flow *flow, const struct parsed *p)
{
	const uint8_t *payload = f->bytes + p->udp + 8;
	unsigned int length = p->udp_total - 8;

	if ((flow->flags & XRP_FLOW_UP_RTCP) && is_rtcp(payload, length))
		return true;
	return (flow->flags & XRP_FLOW_UP_TYPE) && is_rtp(payload, length) &&
	       (payload[1] & 0x7f) == flow->up_type;
}

/* The relay's own hindrances, in the order in which it meets them; RELAY_TX stands for none. */
static enum xrp_reason hindrance(const struct model *m, const struct frame *f,
				 const struct xrp_flow *flow, const struct parsed *p)
{
	const struct xrp_nexthop *hop = NULL;

	if (flow->flags & XRP_FLOW_UP)
		return XRP_UP_PROCESSED;
	if (!(flow->flags & XRP_FLOW_RELAY))
		return XRP_UP_NO_DESTINATION;
	if (p->fragment & 0x2000)
		return XRP_UP_FRAGMENT;
	if (p->udp != AT_IP + 20)
		return XRP_UP_OPTIONS;
	if (p->udp_total != p->ip_left)
		return XRP_UP_TRAILER;
	if (is_wanted(f, flow, p))
		return XRP_UP_PROCESSED;
	if (!is_v4(&flow->out_src) || !is_v4(&flow->out_dst))
		return XRP_UP_OTHER_FAMILY;
	if (flow->nexthop >= 1 && flow->nexthop < MODEL_HOPS)
		hop = &m->hops[flow->nexthop];
	if (flow->out_src.addr.word[3] == 0 || !hop || hop->vlan || !hop->version ||
	    hop->version != hop->version_end)
		return XRP_UP_NO_NEXTHOP;
	return p->ip_total > hop->mtu ? XRP_UP_TOO_BIG : XRP_RELAY_TX;
}

static uint32_t ones_add(uint32_t a, uint32_t b)
{
	a += b;
	return (a & 0xffff) + (a >> 16);
}

static unsigned int udp_check_full(const struct frame *f, const struct parsed *p)
{
	struct frame copy = *f;

	set16(&copy, p->udp + 6, 0);
	return frame_checksum(copy.bytes + p->udp, p->udp_total,
			      frame_pseudo_sum(copy.bytes + AT_IP, (uint16_t)p->udp_total));
}

/*
 * The checksum of the datagram that goes out, computed afresh; if the one that came in was off by
 * something, so is this one, for the receiver to notice.
 */
static unsigned int udp_check_out(const struct frame *in, const struct frame *out,
				  const struct parsed *p)
{
	unsigned int field = get16(in, p->udp + 6), check;
	uint32_t pseudo = frame_pseudo_sum(in->bytes + AT_IP, (uint16_t)p->udp_total);

	if (field == 0 || field == (uint16_t)~frame_checksum(NULL, 0, pseudo))
		return 0;
	check = ones_add(field, 0xffff - udp_check_full(in, p)); /* what it was off by */
	check = ones_add(check, udp_check_full(out, p));
	return check == 0 || check == 0xffff ? 0xffff : check;
}

static void send_on(const struct frame *in, struct frame *out, const struct xrp_flow *flow,
		    const struct xrp_nexthop *hop, const struct parsed *p)
{
	unsigned int keep = AT_IP + p->ip_total;

	memcpy(out->bytes, hop->dmac, 6);
	memcpy(out->bytes + 6, hop->smac, 6);
	out->bytes[AT_IP + 1] = flow->tos;
	set16(out, AT_IP + 6, p->fragment & 0x4000);
	out->bytes[AT_IP + 8] = flow->ttl;
	memcpy(out->bytes + AT_IP + 12, &flow->out_src.addr.word[3], 4);
	memcpy(out->bytes + AT_IP + 16, &flow->out_dst.addr.word[3], 4);
	set16(out, AT_IP + 10, 0);
	set16(out, AT_IP + 10, frame_checksum(out->bytes + AT_IP, 20, 0));
	set16(out, p->udp, ntohs(flow->out_src.port));
	set16(out, p->udp + 2, ntohs(flow->out_dst.port));
	set16(out, p->udp + 6, udp_check_out(in, out, p));
	keep = keep < AT_SHORTEST ? AT_SHORTEST : keep;
	out->length = out->length > keep ? keep : out->length;
}

static void count(struct model *m, int flow, const struct frame *in, const struct parsed *p)
{
	struct model_count *c = &m->counts[flow];

	c->packets++;
	c->bytes += p->udp_total - 8;
	if (m->flows[flow].flags & XRP_FLOW_COPY)
		c->copies++;
	if (!(m->flows[flow].flags & XRP_FLOW_RTCP) &&
	    is_rtp(in->bytes + p->udp + 8, p->udp_total - 8))
		c->rtp_packets++;
}

static enum xrp_reason judge(struct model *m, const struct frame *f, int index,
			     const struct parsed *p)
{
	const struct xrp_flow *flow = &m->flows[index];
	enum xrp_reason reason;

	if (!(flow->flags & XRP_FLOW_OPEN))
		return flow->flags & XRP_FLOW_LOOP ? XRP_DROP_LOOP : XRP_DROP_INCOMPLETE;
	switch (xrp_admit(flow, &p->from)) {
	case XRP_ADMIT_HANDOVER:
		/* a test is over sooner than a peer that spoke is silent */
		if (!m->counts[index].packets)
			return up(m, index, XRP_UP_STRANGER);
		m->counts[index].strangers++;
		return XRP_DROP_STRANGER;
	case XRP_ADMIT_STRANGER:
		m->counts[index].strangers++;
		return XRP_DROP_STRANGER;
	case XRP_ADMIT_LEARN:
		return up(m, index, XRP_UP_STRANGER);
	case XRP_ADMIT_PEER:
		break;
	}
	reason = hindrance(m, f, flow, p);
	return reason == XRP_RELAY_TX ? reason : up(m, index, reason);
}

/* Is it to a port of ours that no call has and nobody else either? */
static bool is_for_nobody(const struct model *m, const struct parsed *p)
{
	unsigned int port = ntohs(p->to.port);

	return m->drop_unallocated && !m->abandoned && port >= m->port_min && port <= m->port_max &&
	       port != m->spared && !memcmp(&m->local, &p->to.addr, sizeof(m->local));
}

/* Time stands still here: nothing of the debt is ever paid. */
static bool is_within_cap(struct model *m, int index, const struct parsed *p)
{
	uint8_t cap = m->flows[index].cap;

	if (!cap || xrp_rate_admit(&m->debts[index], &m->caps[cap], p->udp_total - 8, 0))
		return true;
	m->counts[index].rate_dropped++;
	return false;
}

enum xrp_reason model_run(struct model *m, const struct frame *in, struct frame *out)
{
	struct parsed p = {0};
	enum xrp_reason reason;
	const struct xrp_flow *flow;
	int index;

	*out = *in;
	if (!parse_ip(in, &p, &reason))
		return reason;
	if (!parse_udp(in, &p))
		return XRP_PASS_MALFORMED;
	index = flow_of(m, p.to);
	if (index < 0)
		return is_for_nobody(m, &p) ? XRP_DROP_UNALLOCATED : XRP_PASS_NOT_OURS;
	if (m->abandoned)
		return XRP_PASS_NO_DAEMON;
	reason = judge(m, in, index, &p);
	if (reason != XRP_RELAY_TX)
		return reason;
	if (!is_within_cap(m, index, &p))
		return XRP_DROP_RATE;
	flow = &m->flows[index];
	count(m, index, in, &p);
	send_on(in, out, flow, &m->hops[flow->nexthop], &p);
	return m->hops[flow->nexthop].ifindex == m->ifindex ? XRP_RELAY_TX : XRP_RELAY_REDIRECT;
}

uint32_t model_verdict(enum xrp_reason reason)
{
	switch (reason) {
	case XRP_RELAY_TX:
		return XDP_TX;
	case XRP_RELAY_REDIRECT:
		return XDP_REDIRECT;
	case XRP_DROP_INCOMPLETE:
	case XRP_DROP_STRANGER:
	case XRP_DROP_UNALLOCATED:
	case XRP_DROP_LOOP:
	case XRP_DROP_RATE:
	case XRP_DROP_FLOOD:
		return XDP_DROP;
	default:
		return XDP_PASS;
	}
}
