/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bench's own programs: a generator, the redirect-only floor that the relay is compared with,
 * and a counting sink.
 *
 * The generator runs as a live-frames test program. A frame that comes back from an earlier round
 * is as its last receiver left it, so every header byte is written here for every packet. The
 * frame goes to the next flow in turn; each flow's RTP sequence goes up by one.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "traffic.h"

/* One process on one CPU generates, so plain counters do. */
struct bench_turn turn;
__u64 sunk;		      /* packets that reached the sink */
const volatile __u32 flows;   /* how many there are */
const volatile __u32 out;     /* ifindex that the generator sends by */
const volatile __u32 forward; /* ifindex that the floor redirects to */

#define RTP_WORDS 6 /* flags and payload type, sequence, timestamp (2), SSRC (2) */

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static __always_inline __u32 sum_addresses(const struct iphdr *ip)
{
	return (ip->saddr & 0xffff) + (ip->saddr >> 16) + (ip->daddr & 0xffff) + (ip->daddr >> 16);
}

static __always_inline void write_ip(struct iphdr *ip, __u32 host)
{
	__u16 length = bpf_htons(BENCH_FRAME - sizeof(struct ethhdr));

	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = length;
	ip->id = 0;
	ip->frag_off = bpf_htons(0x4000);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = bpf_htonl(BENCH_PEER + host);
	ip->daddr = bpf_htonl(BENCH_LOCAL + host);
	ip->check = ~fold(bpf_htons(0x4500) + length + bpf_htons(0x4000) +
			  bpf_htons(64 << 8 | IPPROTO_UDP) + sum_addresses(ip));
}

static __always_inline void write_rtp(__be16 *rtp, __u32 flow, __u32 sequence)
{
	__u32 timestamp = sequence * 160;

	rtp[0] = bpf_htons(0x8000);
	rtp[1] = bpf_htons((__u16)sequence);
	rtp[2] = bpf_htons(timestamp >> 16);
	rtp[3] = bpf_htons((__u16)timestamp);
	rtp[4] = bpf_htons(flow >> 16);
	rtp[5] = bpf_htons((__u16)flow);
}

/* The payload behind the RTP header is zero and adds nothing to the checksum. */
static __always_inline void write_udp(struct udphdr *udp, const struct iphdr *ip, const __be16 *rtp,
				      __u16 port)
{
	__u16 length = bpf_htons(BENCH_FRAME - sizeof(struct ethhdr) - sizeof(*ip));
	__u32 sum = sum_addresses(ip) + bpf_htons(IPPROTO_UDP) + 2 * length;

	udp->source = udp->dest = bpf_htons(port);
	udp->len = length;
	sum += 2 * udp->dest;
	for (int i = 0; i < RTP_WORDS; i++)
		sum += rtp[i];
	udp->check = ~fold(sum);
}

static __always_inline void next_turn(void)
{
	if (++turn.port == BENCH_PORTS) {
		turn.port = 0;
		turn.host++;
	}
	if (++turn.flow == flows) {
		turn.flow = turn.port = turn.host = 0;
		turn.sequence++;
	}
}

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	__be16 *rtp = (void *)(udp + 1);

	if ((void *)(rtp + RTP_WORDS) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	__builtin_memset(eth, 2, 2 * ETH_ALEN);
	eth->h_proto = bpf_htons(ETH_P_IP);
	write_ip(ip, turn.host);
	write_rtp(rtp, turn.flow, turn.sequence);
	write_udp(udp, ip, rtp, BENCH_PORT + turn.port);
	next_turn();
	return bpf_redirect(out, 0);
}

SEC("xdp")
int redirect_only(struct xdp_md *ctx)
{
	return bpf_redirect(forward, 0);
}

SEC("xdp")
int sink(struct xdp_md *ctx)
{
	sunk++;
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
