/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends from ports that no socket holds: the UDP header is written here, source address, TTL and
 * TOS go along as control messages, and the kernel makes the IP header, routes, resolves the
 * neighbour and fragments.
 *
 * IPv4 checksums are computed here, IPv6 ones by the kernel (IPV6_CHECKSUM). Where the source is
 * left to the kernel we do not know what to compute with, and send none on IPv4 (RFC 768: zero).
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/endpoint.h"
#include "io/slowpath_sender.h"
#include "io/slowpath_sockets.h"

#define CONTROL_BYTES                                                                              \
	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(int)))

struct udp_header {
	__be16 source, dest, length;
	uint16_t check; /* as it stands in memory: one's complement sums know no byte order */
};
_Static_assert(sizeof(struct udp_header) == SENDER_HEADER, "RFC 768");

union control {
	struct cmsghdr align;
	char room[CONTROL_BYTES];
};

struct sender {
	int family, fd;
	unsigned int count;
	struct mmsghdr messages[SLOWPATH_BATCH];
	struct iovec vectors[SLOWPATH_BATCH];
	struct sockaddr_storage names[SLOWPATH_BATCH];
	union control controls[SLOWPATH_BATCH];
	struct slowpath_send sends[SLOWPATH_BATCH];
};

/* Adds `len` bytes to an unfolded one's complement sum (RFC 1071). */
static uint64_t sum_bytes(uint64_t sum, const uint8_t *data, size_t len)
{
	uint32_t word = 0;

	for (; len >= sizeof(word); data += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, data, len);
	return sum + word;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The checksum of a datagram with its header, whose own checksum field is 0; never 0 itself. */
static uint16_t checksum_v4(__be32 src, __be32 dst, const uint8_t *datagram, size_t len)
{
	uint64_t sum = (uint64_t)src + dst + htons(IPPROTO_UDP) + htons((uint16_t)len);
	uint16_t folded = fold(sum_bytes(sum, datagram, len));

	return folded == 0xffff ? folded : (uint16_t)~folded;
}

static void write_header(const struct slowpath_send *out, uint8_t *datagram, size_t len)
{
	struct udp_header header = {
		.source = out->src.port,
		.dest = out->dst.port,
		.length = htons((uint16_t)len),
	};

	memcpy(datagram, &header, sizeof(header));
	if (!addr_is_v4(&out->dst.addr) || addr_is_unspecified(&out->src.addr))
		return;
	header.check =
		checksum_v4(addr_to_v4(&out->src.addr), addr_to_v4(&out->dst.addr), datagram, len);
	memcpy(datagram, &header, sizeof(header));
}

static void add_control(struct msghdr *message, int level, int type, const void *value, size_t size)
{
	struct cmsghdr *cmsg =
		(struct cmsghdr *)((char *)message->msg_control + message->msg_controllen);

	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(cmsg), value, size);
	message->msg_controllen += CMSG_SPACE(size);
}

static void address_v4(struct msghdr *message, const struct slowpath_send *out)
{
	struct in_pktinfo source = {0};
	int tos = out->tos, ttl = out->ttl;

	if (!addr_is_unspecified(&out->src.addr))
		source.ipi_spec_dst.s_addr = addr_to_v4(&out->src.addr);
	add_control(message, IPPROTO_IP, IP_PKTINFO, &source, sizeof(source));
	add_control(message, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	add_control(message, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

static void address_v6(struct msghdr *message, const struct slowpath_send *out)
{
	struct in6_pktinfo source = {0};
	int tclass = out->tos, hops = out->ttl;

	if (!addr_is_unspecified(&out->src.addr))
		memcpy(&source.ipi6_addr, &out->src.addr, sizeof(source.ipi6_addr));
	add_control(message, IPPROTO_IPV6, IPV6_PKTINFO, &source, sizeof(source));
	add_control(message, IPPROTO_IPV6, IPV6_TCLASS, &tclass, sizeof(tclass));
	add_control(message, IPPROTO_IPV6, IPV6_HOPLIMIT, &hops, sizeof(hops));
}

struct sender *sender_new(int family)
{
	struct sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return NULL;
	sender->family = family;
	sender->fd = slowpath_send_socket(family);
	if (sender->fd < 0) {
		errno = -sender->fd;
		free(sender);
		return NULL;
	}
	return sender;
}

void sender_free(struct sender *sender)
{
	if (!sender)
		return;
	close(sender->fd);
	free(sender);
}

int sender_add(struct sender *sender, const struct slowpath_send *out, uint8_t *datagram,
	       size_t len)
{
	struct xrp_endpoint dst = {.addr = out->dst.addr}; /* raw sockets want port 0 */
	struct msghdr *message;
	unsigned int i = sender->count;

	if (i == SLOWPATH_BATCH)
		return -ENOBUFS;
	if (len > UINT16_MAX - SENDER_HEADER)
		return -EMSGSIZE;
	if (addr_family(&out->dst.addr) != sender->family ||
	    (!addr_is_unspecified(&out->src.addr) && addr_family(&out->src.addr) != sender->family))
		return -EAFNOSUPPORT;
	sender->sends[i] = *out;
	write_header(out, datagram, len + SENDER_HEADER);
	sender->vectors[i] = (struct iovec){datagram, len + SENDER_HEADER};
	message = &sender->messages[i].msg_hdr;
	*message = (struct msghdr){
		.msg_name = &sender->names[i],
		.msg_namelen = endpoint_to_sockaddr(&dst, &sender->names[i]),
		.msg_iov = &sender->vectors[i],
		.msg_iovlen = 1,
		.msg_control = sender->controls[i].room,
	};
	if (sender->family == AF_INET)
		address_v4(message, out);
	else
		address_v6(message, out);
	sender->count++;
	return 0;
}

void sender_flush_telling(struct sender *sender, struct slowpath_stats *stats,
			  const struct slowpath_ops *ops)
{
	unsigned int at = 0;

	while (at < sender->count) {
		int n = sendmmsg(sender->fd, sender->messages + at, sender->count - at, 0);

		if (n > 0) {
			stats->sent += (unsigned int)n;
			at += (unsigned int)n;
		} else if (errno != EINTR) {
			int err = -errno;

			stats->send_errors++;
			if (ops && ops->failed)
				ops->failed(ops->ctx, &sender->sends[at], err);
			at++;
		}
	}
	sender->count = 0;
}

void sender_flush(struct sender *sender, struct slowpath_stats *stats)
{
	sender_flush_telling(sender, stats, NULL);
}
