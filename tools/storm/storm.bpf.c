/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The storm's generator and sink. The generator runs as a live-frames test program: a frame that
 * comes back from an earlier round is as its last receiver left it, so each header field is written
 * for every packet. Flows take turns.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "storm.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STORM_FLOWS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct storm_flow);
} flows SEC(".maps");

const volatile __u32 count; /* of flows */
__u32 turn;		    /* whose it is */

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline void write_ip(struct iphdr *ip, const struct storm_flow *f)
{
	__u16 *word = (__u16 *)ip;
	__u32 sum = 0;

	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = bpf_htons(STORM_FRAME - sizeof(struct ethhdr));
	ip->id = 0;
	ip->frag_off = bpf_htons(0x4000);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = f->saddr;
	ip->daddr = f->daddr;
	ip->check = 0;
	for (int i = 0; i < (int)sizeof(*ip) / 2; i++)
		sum += word[i];
	ip->check = ~fold(sum);
}

static __always_inline void write_rtp(__be32 *rtp, __u32 flow, __u32 sequence)
{
	rtp[0] = bpf_htonl(0x80000000 | (sequence & 0xffff));
	rtp[1] = bpf_htonl(sequence * 160);
	rtp[2] = bpf_htonl(STORM_SSRC + flow);
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__be32 *rtp = (void *)(udp + 1);
	struct storm_flow *f;
	__u32 flow = turn;

	if ((void *)(rtp + 3) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	f = bpf_map_lookup_elem(&flows, &flow);
	if (!f)
		return XDP_ABORTED;
	turn = flow + 1 < count ? flow + 1 : 0;
	if (f->idle)
		return XDP_DROP;
	__builtin_memcpy(eth->h_dest, f->dmac, ETH_ALEN);
	__builtin_memset(eth->h_source, 2, ETH_ALEN);
	eth->h_proto = bpf_htons(ETH_P_IP);
	write_ip(ip, f);
	udp->source = f->sport;
	udp->dest = f->dport;
	udp->len = bpf_htons(STORM_FRAME - sizeof(*eth) - sizeof(*ip));
	udp->check = 0;
	write_rtp(rtp, flow, f->sent++);
	return bpf_redirect(f->out, 0);
}

static __always_inline void arrived(struct storm_flow *f, __u16 sequence)
{
	__u64 now = bpf_ktime_get_ns();

	if (f->received && sequence != (__u16)f->next)
		f->jumps++;
	f->next = sequence + 1;
	if (f->last && now - f->last > f->gap)
		f->gap = now - f->last;
	f->last = now;
	f->received++;
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__be32 *rtp = (void *)(udp + 1);
	struct storm_flow *f;
	__u32 flow;

	if ((void *)(rtp + 3) > (void *)(long)ctx->data_end ||
	    eth->h_proto != bpf_htons(ETH_P_IP) || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	flow = bpf_ntohl(rtp[2]) - STORM_SSRC;
	f = flow < count ? bpf_map_lookup_elem(&flows, &flow) : NULL;
	if (!f)
		return XDP_PASS;
	arrived(f, bpf_ntohl(rtp[0]) & 0xffff);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
