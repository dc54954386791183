/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parsing: a cursor that checks, moves and returns, header by header. Nothing here asks whose the
 * packet is. What is malformed goes to the stack, which drops it and counts why; what the stack
 * would deliver but this program cannot relay is marked `special` and judged like any other packet.
 */
#ifndef XRP_BPF_PARSE_H
#define XRP_BPF_PARSE_H

#include "checksum.h"
#include "packet.h"

#define IP_FRAGMENT_OFFSET 0x1fff
#define IP_MORE_FRAGMENTS  0x2000

static __always_inline void endpoint_v4(struct xrp_endpoint *ep, __be32 addr, __be16 port)
{
	ep->addr.word[0] = 0;
	ep->addr.word[1] = 0;
	ep->addr.word[2] = bpf_htonl(XRP_V4MAPPED_WORD2_HOST);
	ep->addr.word[3] = addr;
	ep->port = port;
	ep->zero = 0;
}

static __always_inline enum xrp_reason parse_ethernet(struct packet *p)
{
	if ((void *)(p->eth + 1) > p->end)
		return XRP_PASS_MALFORMED;
	if (p->eth->h_proto != bpf_htons(ETH_P_IP))
		return XRP_PASS_NOT_IPV4;
	p->ip = (void *)(p->eth + 1);
	return XRP_GO_ON;
}

/* The checksum of a header with options is left to the stack, which sees those packets anyway. */
static __always_inline enum xrp_reason parse_ipv4(struct packet *p)
{
	struct iphdr *ip = p->ip;
	__u32 header;

	if ((void *)(ip + 1) > p->end || ip->version != 4 || ip->ihl < 5)
		return XRP_PASS_MALFORMED;
	header = ip->ihl * 4;
	p->ip_length = bpf_ntohs(ip->tot_len);
	if (p->ip_length < header || p->ip_length > p->frame_length - sizeof(*p->eth))
		return XRP_PASS_MALFORMED;
	if (header == sizeof(*ip) && checksum_ip_sum(ip) != 0xffff)
		return XRP_PASS_MALFORMED;
	if (ip->protocol != IPPROTO_UDP)
		return XRP_PASS_NOT_UDP;
	if (ip->frag_off & bpf_htons(IP_FRAGMENT_OFFSET))
		return XRP_PASS_FRAGMENT;
	p->udp = (void *)ip + header;
	p->udp_length = p->ip_length - header;
	return XRP_GO_ON;
}

/* A first fragment tells the length of the whole datagram, of which it holds only a part. */
static __always_inline enum xrp_reason parse_udp(struct packet *p)
{
	__u32 length;

	if ((void *)(p->udp + 1) > p->end || p->udp_length < sizeof(*p->udp))
		return XRP_PASS_MALFORMED;
	length = bpf_ntohs(p->udp->len);
	if (p->ip->frag_off & bpf_htons(IP_MORE_FRAGMENTS))
		p->special = XRP_UP_FRAGMENT;
	else if (length < sizeof(*p->udp) || length > p->udp_length)
		return XRP_PASS_MALFORMED;
	else if (p->ip->ihl > 5)
		p->special = XRP_UP_OPTIONS;
	else if (length < p->udp_length)
		p->special = XRP_UP_TRAILER;
	endpoint_v4(&p->src, p->ip->saddr, p->udp->source);
	return XRP_GO_ON;
}

/* Fills `p` from the frame. GO_ON, or the reason why it is none of ours. */
static __always_inline enum xrp_reason parse(const struct xdp_md *ctx, struct packet *p)
{
	enum xrp_reason reason;

	p->eth = (void *)(long)ctx->data;
	p->end = (void *)(long)ctx->data_end;
	p->frame_length = p->end - (void *)p->eth;
	p->special = XRP_GO_ON;
	reason = parse_ethernet(p);
	if (reason == XRP_GO_ON)
		reason = parse_ipv4(p);
	if (reason == XRP_GO_ON)
		reason = parse_udp(p);
	return reason;
}

#endif
