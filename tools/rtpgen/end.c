/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See end.h. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "end.h"

uint64_t end_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

__attribute__((noreturn)) static void fail(const char *what)
{
	fprintf(stderr, "rtpgen: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void set_option(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) < 0)
		fail("setsockopt");
}

/* One more socket; what is sent goes out of the newest. */
static void open_socket(struct end *end, const struct xrp_endpoint *local)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(local, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		fail("socket");
	if (ss.ss_family == AF_INET) {
		set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
		set_option(fd, IPPROTO_IP, IP_RECVTTL, 1);
		set_option(fd, IPPROTO_IP, IP_RECVTOS, 1);
	} else {
		set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
		set_option(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	}
	set_option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	set_option(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20);
	if (bind(fd, (const struct sockaddr *)&ss, len) < 0)
		fail("cannot bind --local");
	end->sockets[end->socket_count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void rebind_if_due(struct end *end)
{
	struct xrp_endpoint another = end->options.local;

	if (!end->options.rebind_after || end->sent != end->options.rebind_after ||
	    end->socket_count == 2)
		return;
	another.port = 0;
	open_socket(end, &another);
}

/* The next line of --play, as bytes; 0: there is none. */
static size_t read_packet(FILE *file, uint8_t *buf)
{
	unsigned int byte;
	size_t len = 0;
	int next;

	while (len < PACKET_MAX && fscanf(file, "%2x", &byte) == 1) {
		buf[len++] = (uint8_t)byte;
		next = getc(file);
		if (next == '\n' || next == EOF)
			break;
		ungetc(next, file);
	}
	return len;
}

void end_send(struct end *end, uint64_t now)
{
	static uint8_t buf[PACKET_MAX];
	struct packet packet = end->options.packet;
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&end->options.remote, &ss);
	size_t bytes;

	rebind_if_due(end);
	packet.sequence += (uint32_t)end->sent;
	bytes = end->options.play ? read_packet(end->options.play, buf)
				  : packet_write(&packet, buf);
	if (!bytes) { /* as many as there were lines */
		end->options.count = end->sent;
		return;
	}
	if (sendto(end->sockets[end->socket_count - 1].fd, buf, bytes, 0,
		   (const struct sockaddr *)&ss, len) < 0)
		end->send_errors++;
	end->sent++;
	end->last = now;
}

static void note_header_field(struct tally *tally, const struct cmsghdr *c)
{
	int value = 0;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
		tally->tos = *CMSG_DATA(c);
		return;
	}
	memcpy(&value, CMSG_DATA(c), sizeof(value));
	if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
	    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT))
		tally->ttl = value;
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)
		tally->tos = value;
}

/* A line of --dump: when the kernel got the packet, from where, what. */
static void dump_packet(FILE *file, struct msghdr *message, const struct xrp_endpoint *from,
			const uint8_t *data, size_t len)
{
	struct timespec when = {0};
	char text[ENDPOINT_TEXT];

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			memcpy(&when, CMSG_DATA(c), sizeof(when));
	}
	fprintf(file, "%lld%09ld %s ", (long long)when.tv_sec, when.tv_nsec,
		endpoint_format(from, text));
	for (size_t i = 0; i < len; i++)
		fprintf(file, "%02x", data[i]);
	putc('\n', file);
	fflush(file);
}

bool end_receive(struct end *end, int fd)
{
	static uint8_t buf[65536];
	_Alignas(struct cmsghdr) char control[256];
	struct sockaddr_storage ss;
	struct iovec vector = {buf, sizeof(buf)};
	struct msghdr message = {
		.msg_name = &ss,
		.msg_namelen = sizeof(ss),
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct xrp_endpoint from;
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);

	if (n < 0)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		note_header_field(&end->tally, c);
	from = endpoint_from_sockaddr((const struct sockaddr *)&ss);
	if (end->options.dump)
		dump_packet(end->options.dump, &message, &from, buf, (size_t)n);
	tally_add(&end->tally, &from, buf, (size_t)n, end_clock());
	return true;
}

bool end_may_start(struct end *end, uint64_t now)
{
	const char *file = end->options.start_file;

	if (!end->started && (!file || !access(file, F_OK)))
		end->started = now;
	return end->started;
}

void end_open(struct end *end)
{
	const struct options *o = &end->options;

	end->tally.kind = o->packet.kind;
	end->tally.source = o->expect_from;
	end->tally.source_known = endpoint_is_set(&o->expect_from);
	end->tally.unjudged = o->dump;
	end->tally.ssrc = o->expect_ssrc;
	end->tally.ssrc_known = o->expect_ssrc_given;
	open_socket(end, &o->local);
}

bool end_satisfied(const struct end *end)
{
	const struct options *o = &end->options;

	if (end->sent < o->count)
		return false;
	return !o->expect_given || (o->expect && end->tally.received >= o->expect);
}

bool end_as_expected(const struct end *end)
{
	const struct options *o = &end->options;
	const struct tally *t = &end->tally;

	if (end->send_errors || !tally_clean(t) || tally_lost(t) > o->may_lose)
		return false;
	return !o->expect_given || (o->expect ? t->received >= o->expect : !t->received);
}
