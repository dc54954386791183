/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control over UDP. Datagrams are read and answered in batches, one system call each way, so that
 * a burst of many clients costs little a command; a batch is bounded, so that the rest of the
 * daemon gets its turn. A reply leaves from the address that was asked, also where the socket
 * listens on any.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <event2/event.h>
#include <io/control_access.h>
#include <io/control_socket.h>

#define CONTROL_BATCH  64		    /* most datagrams in one turn of the event loop */
#define LONGEST	       (CONTROL_BUFFER - 1) /* what is longer is cut, as rtpproxy does */
#define RECEIVE_BUFFER (4 << 20)	    /* bytes: thousands of commands may wait */

struct batch {
	struct mmsghdr message[CONTROL_BATCH];
	struct iovec piece[CONTROL_BATCH];
	struct sockaddr_storage client[CONTROL_BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} info[CONTROL_BATCH]; /* which of our addresses was asked */
	char data[CONTROL_BATCH][CONTROL_BUFFER];
	char reply[CONTROL_BATCH][CONTROL_REPLY];
};

struct udp_socket {
	struct control_socket base;
	struct control_hub *hub;
	struct event *event;
	int fd;
	struct sockaddr_storage bound;
	socklen_t bound_len;
	struct batch batch;
};

static void prepare_message(struct batch *b, unsigned int i)
{
	b->piece[i] = (struct iovec){b->data[i], LONGEST};
	b->message[i].msg_hdr = (struct msghdr){
		.msg_name = &b->client[i],
		.msg_namelen = sizeof(b->client[i]),
		.msg_iov = &b->piece[i],
		.msg_iovlen = 1,
		.msg_control = &b->info[i],
		.msg_controllen = sizeof(b->info[i]),
	};
}

/* The address that was asked is the source of the reply; the way out is the routing's to choose. */
static void answer_from_there(struct msghdr *header)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(header);

	header->msg_flags = 0;
	if (c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		((struct in_pktinfo *)CMSG_DATA(c))->ipi_ifindex = 0;
	} else if (!c || c->cmsg_type != IPV6_PKTINFO) {
		header->msg_control = NULL;
		header->msg_controllen = 0;
	}
}

/* Our address that message `i` came to. */
static void address_asked(const struct udp_socket *s, unsigned int i,
			  struct sockaddr_storage *asked)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&s->batch.message[i].msg_hdr);

	*asked = s->bound;
	if (c && c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
		((struct sockaddr_in *)asked)->sin_addr =
			((struct in_pktinfo *)CMSG_DATA(c))->ipi_spec_dst;
	else if (c && c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
		((struct sockaddr_in6 *)asked)->sin6_addr =
			((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr;
}

/* Makes message `i` its own reply, as message number `to` of those to be sent. */
static bool answer_message(struct udp_socket *s, unsigned int i, unsigned int to)
{
	struct batch *b = &s->batch;
	struct sockaddr_storage asked;
	const struct control_request request = {
		.data = b->data[i],
		.len = b->message[i].msg_len,
		.cookie = true,
		.client = (const struct sockaddr *)&b->client[i],
		.client_len = b->message[i].msg_hdr.msg_namelen,
		.local = (const struct sockaddr *)&asked,
		.local_len = s->bound_len,
	};
	size_t len;

	if (!control_admits(s->hub, request.client) || control_hold(s->hub, request.client))
		return false;
	address_asked(s, i, &asked);
	len = control_answer(s->hub, &request, b->reply[i]);
	if (!len)
		return false;
	b->piece[i] = (struct iovec){b->reply[i], len};
	answer_from_there(&b->message[i].msg_hdr);
	b->message[to] = b->message[i];
	return true;
}

/* What cannot be sent is dropped: the client asks again and the duplicate cache knows the answer.
 */
static void send_batch(struct udp_socket *s, unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		int sent = sendmmsg(s->fd, s->batch.message + done, count - done, 0);

		if (sent > 0)
			done += (unsigned int)sent;
		else if (errno != EINTR)
			done++;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct udp_socket *s = arg;
	unsigned int replies = 0;
	int count;

	(void)what;
	for (unsigned int i = 0; i < CONTROL_BATCH; i++)
		prepare_message(&s->batch, i);
	count = recvmmsg(fd, s->batch.message, CONTROL_BATCH, MSG_DONTWAIT, NULL);
	if (count <= 0)
		return;
	for (unsigned int i = 0; i < (unsigned int)count; i++)
		replies += answer_message(s, i, replies);
	send_batch(s, replies);
}

static const struct sockaddr *udp_datagrams(const struct control_socket *socket)
{
	return (const struct sockaddr *)&((const struct udp_socket *)socket)->bound;
}

static void udp_close(struct control_socket *socket)
{
	struct udp_socket *s = (struct udp_socket *)socket;

	if (s->event)
		event_free(s->event);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

/* On any address, ask which one a datagram came to. */
static void want_info(int fd, const struct sockaddr *sa)
{
	const int on = 1;

	if (sa->sa_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
}

static int open_bound(const struct addrinfo *ai)
{
	const int bytes = RECEIVE_BUFFER, on = 1;
	int fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	/* The privileged form may go beyond the host's limit; without privilege the limit it is. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	want_info(fd, ai->ai_addr);
	if (bind(fd, ai->ai_addr, ai->ai_addrlen)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int control_udp_open(struct control_hub *hub, int option, const char *where,
		     const struct complaint_text *to, struct control_socket **socket)
{
	struct udp_socket *s;
	struct addrinfo *ai = NULL;
	int err = control_resolve(option, SOCK_DGRAM, where, to, &ai);

	if (!ai)
		return err;
	err = control_may_bind(hub, ai->ai_addr, to);
	if (err) {
		freeaddrinfo(ai);
		return err;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		freeaddrinfo(ai);
		return control_complain(to, -ENOMEM, "no memory");
	}
	s->base.close = udp_close;
	s->base.datagrams = udp_datagrams;
	s->hub = hub;
	s->fd = open_bound(ai);
	freeaddrinfo(ai);
	if (s->fd < 0) {
		err = control_complain_bind(to, -s->fd);
		udp_close(&s->base);
		return err;
	}
	s->bound_len = sizeof(s->bound);
	s->event = event_new(hub->loop, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	if (getsockname(s->fd, (struct sockaddr *)&s->bound, &s->bound_len) || !s->event ||
	    event_add(s->event, NULL)) {
		udp_close(&s->base);
		return control_complain(to, -ENOMEM, "the event loop does not take it");
	}
	*socket = &s->base;
	return 0;
}
