/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sk_lookup program: gives the datagrams for a flow's endpoint to the slow path's one socket of
 * the family, so that no port needs a socket of its own. All else goes the way of any datagram.
 */
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include "maps.h"

#define AF_INET	 2
#define AF_INET6 10

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} steer_sockets SEC(".maps"); /* 0 is for IPv4, 1 for IPv6 */

/* The local endpoint, v4-mapped where it is IPv4. */
static __always_inline void steer_endpoint(const struct bpf_sk_lookup *ctx, struct xrp_endpoint *ep)
{
	if (ctx->family == AF_INET) {
		ep->addr.word[0] = 0;
		ep->addr.word[1] = 0;
		ep->addr.word[2] = bpf_htonl(XRP_V4MAPPED_WORD2_HOST);
		ep->addr.word[3] = ctx->local_ip4;
		/* Else the compiler joins the branches' loads into one of a computed address. */
		compiler_barrier();
	} else {
		ep->addr.word[0] = ctx->local_ip6[0];
		ep->addr.word[1] = ctx->local_ip6[1];
		ep->addr.word[2] = ctx->local_ip6[2];
		ep->addr.word[3] = ctx->local_ip6[3];
	}
	ep->port = bpf_htons((__u16)ctx->local_port);
	ep->zero = 0;
}

/* Is there a flow for it? The stack delivers only what is for this host, so that the unspecified
 * address needs no further question. */
static __always_inline int steer_is_ours(struct xrp_endpoint *ep, __u32 family)
{
	if (bpf_map_lookup_elem(&flows, ep))
		return 1;
	if (!control_has(XRP_SWITCH_WILDCARD))
		return 0;
	ep->addr.word[3] = 0;
	if (family == AF_INET6)
		ep->addr.word[0] = ep->addr.word[1] = ep->addr.word[2] = 0;
	return bpf_map_lookup_elem(&flows, ep) != NULL;
}

SEC("sk_lookup")
int xrp_steer(struct bpf_sk_lookup *ctx)
{
	__u32 index = ctx->family == AF_INET6;
	struct xrp_endpoint local;
	struct bpf_sock *sk;

	if (ctx->protocol != IPPROTO_UDP)
		return SK_PASS;
	steer_endpoint(ctx, &local);
	if (!steer_is_ours(&local, ctx->family))
		return SK_PASS;
	sk = bpf_map_lookup_elem(&steer_sockets, &index);
	if (!sk)
		return SK_PASS;
	bpf_sk_assign(ctx, sk,
		      0); /* fails only where another program has chosen: its choice stands */
	bpf_sk_release(sk);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
