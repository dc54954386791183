/* SPDX-License-Identifier: GPL-2.0-only */
/* What the steps hand on: the packet as parsed, and what a step may answer. */
#ifndef XRP_BPF_PACKET_H
#define XRP_BPF_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <xdp-rtpproxy/abi.h>
#include <xdp-rtpproxy/reasons.h>

/* What a step answers when it has found no reason to end here. */
#define XRP_GO_ON XRP_REASON_COUNT

struct packet {
	struct ethhdr *eth;
	struct iphdr *ip;
	struct udphdr *udp;
	void *end;	    /* of the frame */
	__u32 frame_length; /* bytes on the wire */
	__u32 ip_length;    /* bytes, as the IP header says */
	__u32 udp_length;   /* bytes behind the IP header; the datagram's own length at most */
	__u32 special;	    /* why only the slow path can relay it (UP_*), or XRP_GO_ON */
	struct xrp_endpoint src;
};

#endif
