/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internet checksums (RFC 1071) and their incremental update (RFC 1624). Sums are held in 64 bits
 * and folded once; which byte order the words are in does not matter to a one's complement sum.
 */
#ifndef XRP_BPF_CHECKSUM_H
#define XRP_BPF_CHECKSUM_H

#include "packet.h"

/* Folds a sum of up to sixteen 32-bit words to 16 bits, not complemented. */
static __always_inline __u16 checksum_fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* The folded sum of an IPv4 header without options: 0xffff when its checksum is right. */
static __always_inline __u16 checksum_ip_sum(const struct iphdr *ip)
{
	const __u32 *word = (const __u32 *)ip;

	return checksum_fold((__u64)word[0] + word[1] + word[2] + word[3] + word[4]);
}

/* The folded pseudo-header sum of UDP over IPv4 (RFC 768), which is what a sender that leaves the
 * checksum to its hardware writes into the field. */
static __always_inline __u16 checksum_pseudo(__be32 saddr, __be32 daddr, __be16 udp_length)
{
	return checksum_fold((__u64)saddr + daddr + bpf_htons(IPPROTO_UDP) + udp_length);
}

#endif
