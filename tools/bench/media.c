/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batched sending and receiving, so that neither end is what limits the slow path. */
#include "media.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <base/endpoint.h>

#define BATCH  64
#define PACKET 172 /* RTP header and 160 bytes */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static int open_socket(const struct xrp_endpoint *local, const struct xrp_endpoint *remote)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(local, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 8 << 20, rc;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	rc = bind(fd, (struct sockaddr *)&ss, len);
	if (!rc && remote) {
		len = endpoint_to_sockaddr(remote, &ss);
		rc = connect(fd, (struct sockaddr *)&ss, len);
	}
	if (!rc)
		return fd;
	rc = -errno;
	fprintf(stderr, "bench: a media socket: %s\n", strerror(errno));
	close(fd);
	return rc;
}

static void write_rtp(uint8_t *packet, uint32_t sequence)
{
	uint16_t sequence_be = htons((uint16_t)sequence);
	uint32_t timestamp = htonl(sequence * 160), ssrc = htonl(0x62656e63);

	packet[0] = 0x80;
	packet[1] = 0;
	memcpy(packet + 2, &sequence_be, 2);
	memcpy(packet + 4, &timestamp, 4);
	memcpy(packet + 8, &ssrc, 4);
}

/* With a limit: sleeps until packet `sent` is due. */
static void pace(uint64_t began, uint64_t sent, double pps)
{
	uint64_t due = pps > 0 ? began + (uint64_t)((double)sent * 1e9 / pps) : 0;
	struct timespec t = {(time_t)(due / 1000000000U), (long)(due % 1000000000U)};

	if (due > now_ns())
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int64_t media_flood(const struct xrp_endpoint *local, const struct xrp_endpoint *remote, double pps,
		    double seconds)
{
	static uint8_t packet[BATCH][PACKET];
	struct mmsghdr messages[BATCH] = {0};
	struct iovec iov[BATCH];
	uint64_t began = now_ns(), sent = 0;
	int fd = open_socket(local, remote);

	if (fd < 0)
		return fd;
	while ((double)(now_ns() - began) < seconds * 1e9) {
		unsigned int batch = pps > 0 && pps < 10000 ? 1 : BATCH;
		int n;

		for (unsigned int i = 0; i < batch; i++) {
			write_rtp(packet[i], (uint32_t)(sent + i));
			iov[i] = (struct iovec){packet[i], PACKET};
			messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
		}
		n = sendmmsg(fd, messages, batch, 0);
		sent += n > 0 ? (uint64_t)n : 0;
		pace(began, sent, pps);
	}
	close(fd);
	return (int64_t)sent;
}

/* One batch; counts it. False when nothing came for a second. */
static int receive(int fd, struct media_count *count, uint16_t *expected)
{
	static uint8_t head[BATCH][12];
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	struct mmsghdr messages[BATCH] = {0};
	struct iovec iov[BATCH];
	int n;

	if (poll(&pfd, 1, 1000) <= 0)
		return 0;
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){head[i], sizeof(head[i])};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	for (int i = 0; i < n; i++) {
		uint16_t sequence = (uint16_t)(head[i][2] << 8 | head[i][3]);

		count->gaps += count->packets && sequence != *expected;
		*expected = (uint16_t)(sequence + 1);
		count->packets++;
	}
	return 1;
}

int media_count(const struct xrp_endpoint *local, double patience, struct media_count *count)
{
	int fd = open_socket(local, NULL);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	uint64_t began, last;
	uint16_t expected = 0;

	*count = (struct media_count){0};
	if (fd < 0)
		return fd;
	if (poll(&pfd, 1, (int)(patience * 1000)) > 0) {
		began = last = now_ns();
		while (receive(fd, count, &expected))
			last = now_ns();
		if (last > began)
			count->pps = (double)count->packets * 1e9 / (double)(last - began);
	}
	close(fd);
	return 0;
}
