/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rewriting: the packet becomes one that the relay itself sends. It is an endpoint, not a router,
 * so TTL and TOS are the flow's own and the IP header is made afresh; the identification and DF
 * stay the sender's, who keeps them unique (RFC 6864) and knows whether it wants path MTU
 * discovery. The payload is never touched, nor read for the checksum.
 */
#ifndef XRP_BPF_REWRITE_H
#define XRP_BPF_REWRITE_H

#include "checksum.h"
#include "packet.h"

#define IP_DONT_FRAGMENT 0x4000
#define IP_VERSION_IHL	 0x45 /* what is relayed has no options */

/*
 * The UDP checksum after the addresses and ports change (RFC 1624, equation 3). 0 is "none" and
 * stays so. A field that holds the pseudo-header sum is a checksum that some virtual hardware was
 * to complete: nobody will, so it becomes "none" as well.
 */
static __always_inline __u16 rewrite_udp_check(const struct iphdr *ip, const struct udphdr *udp,
					       const struct xrp_flow *flow)
{
	__u64 sum;
	__u16 check;

	if (!udp->check || udp->check == checksum_pseudo(ip->saddr, ip->daddr, udp->len))
		return 0;
	sum = (__u16)~udp->check;
	sum += (__u64)(__u32)~ip->saddr + (__u32)~ip->daddr;
	sum += (__u64)(__u16)~udp->source + (__u16)~udp->dest;
	sum += (__u64)flow->out_src.addr.word[3] + flow->out_dst.addr.word[3];
	sum += (__u64)flow->out_src.port + flow->out_dst.port;
	check = ~checksum_fold(sum);
	return check ? check : 0xffff;
}

/* The checksum is summed from what is written, not from the header: see wide_endpoint. */
static __always_inline void rewrite_ipv4(struct iphdr *ip, const struct xrp_flow *flow)
{
	__be16 fragment = ip->frag_off & bpf_htons(IP_DONT_FRAGMENT);
	__be32 saddr = flow->out_src.addr.word[3], daddr = flow->out_dst.addr.word[3];
	__u64 sum = bpf_htons(IP_VERSION_IHL << 8 | flow->tos);

	sum += (__u64)ip->tot_len + ip->id + fragment;
	sum += bpf_htons((__u16)(flow->ttl << 8 | IPPROTO_UDP));
	sum += (__u64)saddr + daddr;
	ip->tos = flow->tos;
	ip->frag_off = fragment;
	ip->ttl = flow->ttl;
	ip->check = ~checksum_fold(sum);
	ip->saddr = saddr;
	ip->daddr = daddr;
}

/* Frames are aligned to two bytes, which the compiler cannot know. */
static __always_inline void rewrite_mac(__u8 *to, const __u8 *from)
{
	__builtin_memcpy(__builtin_assume_aligned(to, 2), __builtin_assume_aligned(from, 2),
			 ETH_ALEN);
}

/* All that stands before the payload. */
static __always_inline void rewrite(const struct packet *p, const struct xrp_flow *flow,
				    const struct xrp_nexthop *hop)
{
	p->udp->check = rewrite_udp_check(p->ip, p->udp, flow);
	p->udp->source = flow->out_src.port;
	p->udp->dest = flow->out_dst.port;
	rewrite_ipv4(p->ip, flow);
	rewrite_mac(p->eth->h_dest, hop->dmac);
	rewrite_mac(p->eth->h_source, hop->smac);
}

/*
 * Cuts off what stands behind the IP packet, but not below the shortest Ethernet frame: padding
 * must not make a frame too long for the way out. To be called last, the packet cannot be touched
 * after it. Shortening cannot fail while a header is left, and nothing would be wrong if it did.
 */
static __always_inline void rewrite_trim(struct xdp_md *ctx, const struct packet *p)
{
	__u32 keep = sizeof(*p->eth) + p->ip_length;

	if (keep < ETH_ZLEN)
		keep = ETH_ZLEN;
	if (p->frame_length > keep)
		bpf_xdp_adjust_tail(ctx, (int)(keep - p->frame_length));
}

#endif
