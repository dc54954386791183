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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <io/control_socket.h>

#define CONTROL_BATCH  64 /* most datagrams in one turn of the event loop */
#define DEFAULT_PORT   "22222"
#define LONGEST	       (CONTROL_BUFFER - 1) /* what is longer is cut, as rtpproxy does */
#define RECEIVE_BUFFER (4 << 20)	    /* bytes: thousands of commands may wait */
#define HOST_MAX       256

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
	const struct control_ops *ops;
	struct event *event;
	int fd;
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

/* Makes message `i` its own reply, as message number `to` of those to be sent. */
static bool answer_message(struct udp_socket *s, unsigned int i, unsigned int to)
{
	struct batch *b = &s->batch;
	struct control_request request = {
		.data = b->data[i],
		.len = b->message[i].msg_len,
		.cookie = true,
		.client = (const struct sockaddr *)&b->client[i],
		.client_len = b->message[i].msg_hdr.msg_namelen,
	};
	size_t len = control_answer(s->ops, &request, b->reply[i]);

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

static void udp_close(struct control_socket *socket)
{
	struct udp_socket *s = (struct udp_socket *)socket;

	if (s->event)
		event_free(s->event);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static bool is_v6(const char *host)
{
	struct in6_addr addr;

	return inet_pton(AF_INET6, host, &addr) == 1;
}

/*
 * "HOST:PORT" at the last colon; "[ADDRESS]:PORT" is understood too. Without a port it is the
 * default one: then `where` holds no colon, or is an IPv6 address as a whole.
 */
static int split(int family, const char *where, char *host, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t len = colon ? (size_t)(colon - where) : strlen(where);

	*port = colon ? colon + 1 : DEFAULT_PORT;
	if (len >= HOST_MAX)
		return -ENAMETOOLONG;
	memcpy(host, where, len);
	host[len] = '\0';
	if (len > 1 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	} else if (family == AF_INET6 && colon && !is_v6(host) && strlen(where) < HOST_MAX &&
		   is_v6(where)) {
		strcpy(host, where); /* NOLINT: the length was checked */
		*port = DEFAULT_PORT;
	}
	return *host && **port ? 0 : -EINVAL;
}

static bool is_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return *text >= '0' && *text <= '9' && !*end && port > 0 && port < 65536;
}

static int resolve(int family, const char *where, const struct complaint_text *error,
		   struct addrinfo **found)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	char host[HOST_MAX];
	const char *port;
	int err;

	if (split(family, where, host, &port))
		return control_complain(error, -EINVAL, "needs an address: %s",
					family == AF_INET ? "udp:HOST[:PORT]"
							  : "udp6:ADDRESS[:PORT]");
	if (!is_port(port))
		return control_complain(error, -EINVAL,
					"\"%s\" is not a port: give a number from 1 to 65535",
					port);
	err = getaddrinfo(strcmp(host, "*") ? host : NULL, port, &hints, found);
	if (err)
		return control_complain(error, -EADDRNOTAVAIL, "\"%s\" is no %s address (%s)", host,
					family == AF_INET ? "IPv4" : "IPv6", gai_strerror(err));
	return 0;
}

static int complain_bind(const struct complaint_text *error, int err)
{
	if (err == EADDRINUSE)
		return control_complain(error, -err,
					"the port is in use: stop the other program or choose "
					"another port");
	if (err == EADDRNOTAVAIL)
		return control_complain(error, -err,
					"the address is not on this host: add it to an interface "
					"or choose another");
	if (err == EACCES)
		return control_complain(error, -err,
					"no permission to use this port: run as root or choose one "
					"above 1023");
	return control_complain(error, -err, "cannot be opened: %s", strerror(err));
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

int control_udp_open(struct event_base *base, const struct control_ops *ops, int family,
		     const char *where, const struct complaint_text *error,
		     struct control_socket **socket)
{
	struct udp_socket *s;
	struct addrinfo *ai = NULL;
	int err = resolve(family, where, error, &ai);

	if (!ai)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s) {
		freeaddrinfo(ai);
		return control_complain(error, -ENOMEM, "no memory");
	}
	s->base.close = udp_close;
	s->ops = ops;
	s->fd = open_bound(ai);
	freeaddrinfo(ai);
	if (s->fd < 0) {
		err = complain_bind(error, -s->fd);
		udp_close(&s->base);
		return err;
	}
	s->event = event_new(base, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	if (!s->event || event_add(s->event, NULL)) {
		udp_close(&s->base);
		return control_complain(error, -ENOMEM, "the event loop does not take it");
	}
	*socket = &s->base;
	return 0;
}
