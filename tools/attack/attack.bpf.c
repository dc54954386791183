/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flood's generator, run as a live-frames test program: a frame that comes back from an earlier
 * round is as its last receiver left it, so each header field is written for every packet.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 out; /* ifindex */
const volatile __be32 saddr, daddr;
const volatile __be16 sport;
const volatile __u16 first_port;
const volatile __u32 ports, step;
const volatile __u8 spoof; /* sources are random in the /16, and their ports */
const volatile __u8 dmac[6];

__u32 turn;

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline void write_ip(struct iphdr *ip, __u16 length, __u32 random)
{
	__u16 *word = (__u16 *)ip;
	__u32 sum = 0;

	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = bpf_htons(length);
	ip->id = 0;
	ip->frag_off = 0;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = spoof ? (saddr & bpf_htonl(0xffff0000)) | bpf_htonl(random & 0xffff) : saddr;
	ip->daddr = daddr;
	ip->check = 0;
	for (int i = 0; i < (int)sizeof(*ip) / 2; i++)
		sum += word[i];
	ip->check = ~fold(sum);
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__be32 *rtp = (void *)(udp + 1);
	__u16 length = (__u16)(ctx->data_end - ctx->data - sizeof(*eth));
	__u32 random = bpf_get_prandom_u32(), now = turn;

	if ((void *)(rtp + 3) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	turn = now + 1 < ports ? now + 1 : 0;
	for (int i = 0; i < ETH_ALEN; i++)
		eth->h_dest[i] = dmac[i];
	__builtin_memset(eth->h_source, 2, ETH_ALEN);
	eth->h_proto = bpf_htons(ETH_P_IP);
	write_ip(ip, length, random);
	udp->source = spoof ? bpf_htons(1024 + (random >> 17)) : sport;
	udp->dest = bpf_htons((__u16)(first_port + now * step));
	udp->len = bpf_htons(length - sizeof(*ip));
	udp->check = 0;
	rtp[0] = bpf_htonl(0x80080000 | (random & 0xffff));
	rtp[1] = bpf_htonl(random);
	rtp[2] = bpf_htonl(random * 2654435761U);
	return bpf_redirect(out, 0);
}

char LICENSE[] SEC("license") = "GPL";
