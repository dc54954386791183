/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel answers over netlink: links, addresses, neighbours and routes (rtnetlink), UDP
 * sockets (sock_diag), features of drivers (genetlink). The functions of libmnl that have a socket
 * are defined here, so that the readers get the input as if it had been received; so are those that
 * read an attribute, to demand that it is as long as is read. Under the address sanitizer what lies
 * behind an answer cannot be read either.
 *
 * An input: a byte that chooses the reader, then answers: a byte of what each is (enum kind), two
 * of its length, the answer.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <datapath/datapath.h>
#include <datapath/egress.h>
#include <io/foreign.h>
#include <io/nexthops_private.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER 1
#endif
#endif
#ifdef WITH_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum kind {
	EVENT = 1,  /* comes by itself, else an answer to a question */
	ERROR = 2,  /* no answer but an errno, by the bits above */
	AS_IS = 4,  /* sequence numbers are not made right */
	WHOLE = 8,  /* it is one message: its length is made right */
	DONE = 16,  /* the end of the dump follows */
	ERRNO = 32, /* and more: which */
};

#define ROWS  8
#define TURNS 64

struct mnl_socket {
	bool events, heap; /* heap: buffers are not the stack's, whose poison would stay */
	uint32_t seq;
	void *poisoned;
	size_t poisoned_len;
};

static const uint8_t *feed, *feed_end;

static void demand(bool right)
{
	if (!right)
		abort();
}

static uint8_t next_kind(void)
{
	return *feed;
}

static bool is_empty(void)
{
	return feed_end - feed < 3;
}

/* Copies the next answer; returns its length. */
static size_t take(uint8_t *buf, size_t room)
{
	size_t len = (size_t)feed[1] << 8 | feed[2], left = (size_t)(feed_end - feed - 3);

	len = len < left ? len : left;
	len = len < room ? len : room;
	memcpy(buf, feed + 3, len);
	feed += 3 + len;
	return len;
}

/*
 * Makes messages answers to the last question. A length above INT_MAX, which libmnl itself would
 * take for a negative one and go astray, comes from no kernel: it is made another wrong one.
 */
static void number(const struct mnl_socket *nl, uint8_t *buf, size_t len, uint8_t kind)
{
	struct nlmsghdr *message = (struct nlmsghdr *)buf;
	int left = (int)len;

	while (left >= (int)sizeof(*message)) {
		if (message->nlmsg_len > INT_MAX)
			message->nlmsg_len = INT_MAX;
		if (!mnl_nlmsg_ok(message, left))
			return;
		if (!(kind & AS_IS))
			message->nlmsg_seq = nl->seq;
		message = mnl_nlmsg_next(message, &left);
	}
}

static size_t put_done(const struct mnl_socket *nl, uint8_t *buf, size_t len)
{
	struct nlmsghdr done = {
		.nlmsg_len = sizeof(done) + 4, .nlmsg_type = NLMSG_DONE, .nlmsg_seq = nl->seq};

	len = NLMSG_ALIGN(len);
	memcpy(buf + len, &done, sizeof(done));
	memset(buf + len + sizeof(done), 0, 4);
	return len + sizeof(done) + 4;
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *nl = calloc(1, sizeof(*nl));

	demand(nl != NULL);
	nl->events = flags & SOCK_NONBLOCK;
	nl->heap = bus != NETLINK_GENERIC;
	return nl;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	ASAN_UNPOISON_MEMORY_REGION(nl->poisoned, nl->poisoned_len);
	free(nl);
	return 0;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl;
	(void)groups;
	(void)pid;
	return 0;
}

/* One that is never ready. */
int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	static int fd = -1;

	(void)nl;
	if (fd < 0)
		fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return fd;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len)
{
	(void)nl;
	(void)type;
	(void)buf;
	(void)len;
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *buf, size_t len)
{
	const struct nlmsghdr *request = buf;

	demand(len >= sizeof(*request) && request->nlmsg_len == len);
	((struct mnl_socket *)(uintptr_t)nl)->seq = request->nlmsg_seq;
	return (ssize_t)len;
}

static ssize_t fail(uint8_t kind)
{
	static const int errors[] = {EINTR, ENOBUFS, EAGAIN, EPERM};
	uint8_t none;

	take(&none, 0);
	errno = errors[kind / ERRNO % 4];
	return -1;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buf, size_t size)
{
	struct mnl_socket *nl = (struct mnl_socket *)(uintptr_t)socket;
	bool mine = !is_empty() && !(next_kind() & EVENT) == !nl->events;
	uint8_t kind = mine ? next_kind() : DONE;
	size_t len = 0;

	if (nl->events && !mine) {
		errno = EAGAIN;
		return -1;
	}
	if (kind & ERROR)
		return fail(kind);
	ASAN_UNPOISON_MEMORY_REGION(buf, size);
	if (mine)
		len = take(buf, size - 64);
	if ((kind & WHOLE) && len >= sizeof(struct nlmsghdr))
		((struct nlmsghdr *)buf)->nlmsg_len = (uint32_t)len;
	if (kind & DONE)
		len = put_done(nl, buf, len);
	number(nl, buf, len, kind);
	if (nl->heap) {
		nl->poisoned = (uint8_t *)buf + NLMSG_ALIGN(len); /* as the kernel pads it */
		nl->poisoned_len = size - NLMSG_ALIGN(len);
		ASAN_POISON_MEMORY_REGION(nl->poisoned, nl->poisoned_len);
	}
	return (ssize_t)len;
}

/* These trust their caller. */
uint32_t mnl_attr_get_u32(const struct nlattr *attr)
{
	uint32_t value;

	demand(mnl_attr_get_payload_len(attr) >= sizeof(value));
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	return value;
}

uint16_t mnl_attr_get_u16(const struct nlattr *attr)
{
	uint16_t value;

	demand(mnl_attr_get_payload_len(attr) >= sizeof(value));
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	return value;
}

uint64_t mnl_attr_get_u64(const struct nlattr *attr)
{
	uint64_t value;

	demand(mnl_attr_get_payload_len(attr) >= sizeof(value));
	memcpy(&value, mnl_attr_get_payload(attr), sizeof(value));
	return value;
}

const char *mnl_attr_get_str(const struct nlattr *attr)
{
	const char *text = mnl_attr_get_payload(attr);

	demand(memchr(text, '\0', mnl_attr_get_payload_len(attr)) != NULL);
	return text;
}

static int write_row(void *ctx, uint32_t id, const struct xrp_nexthop *row)
{
	struct xrp_nexthop *map = ctx;

	demand(id > 0 && id < ROWS && row->version == row->version_end);
	demand(!row->version == !row->ifindex);
	map[id] = *row;
	return 0;
}

static void on_changed(void *ctx)
{
	(void)ctx;
}

/* An address is there once, and goes once. */
static void on_address(void *ctx, const struct xrp_addr *addr, bool present)
{
	int *count = ctx;

	*count += present ? 1 : -1;
	demand(*count >= 0 && addr_family(addr) != AF_UNSPEC);
}

static struct event_base *loop(void)
{
	static struct event_base *base;

	base = base ? base : event_base_new();
	demand(base != NULL);
	return base;
}

/* One turn, by what comes next: events are read, or routes are asked for. */
static void turn(struct nexthops *nh)
{
	const uint8_t *before = feed;
	uint8_t none;

	if (next_kind() & EVENT) {
		event_active(nh->events_event, EV_READ, 0);
	} else {
		nh->stale = true;
		nh->walk_began = nh->walk_ended = 0;
		event_active(nh->work_event, EV_TIMEOUT, 0);
		event_active(nh->keep_event, EV_TIMEOUT, 0);
	}
	event_base_loop(loop(), EVLOOP_NONBLOCK);
	if (feed == before)
		take(&none, 0);
}

static void use_nexthops(struct nexthops *nh)
{
	static const char *const ways[][2] = {{"192.0.2.9", "0.0.0.0"},
					      {"2001:db8::9", "::"},
					      {"198.51.100.9", "192.0.2.1"},
					      {"192.0.2.2", "0.0.0.0"}};
	struct route *routes[4];
	struct nexthop_report report;
	struct xrp_addr dst, src;
	char names[4][16];

	for (int i = 0; i < 4; i++) {
		demand(!addr_parse(ways[i][0], &dst) && !addr_parse(ways[i][1], &src));
		routes[i] = nexthops_get(nh, &dst, &src);
		demand(routes[i] != NULL);
	}
	for (int i = 0; i < TURNS && !is_empty(); i++)
		turn(nh);
	nexthops_adopted(nh);
	for (int i = 0; i < 4; i++) {
		route_report(nh, routes[i], &report);
		demand(strlen(report.state) > 0 && report.id == route_id(routes[i]));
		nexthops_put(nh, routes[i]);
	}
	demand(nexthops_default_interfaces(nh, &src, 1, names, 4) <= 4);
	nexthops_address_is_local(nh, &dst);
	nexthops_source_towards(nh, &dst, &src);
}

static void check_nexthops(void)
{
	struct xrp_nexthop map[ROWS] = {0}, before = {.ifindex = 2, .mtu = 1500, .version = 1};
	const struct nexthops_ops ops = {.write = write_row, .changed = on_changed, .ctx = map};
	struct nexthops *nh = nexthops_new(loop(), &ops, ROWS);
	int addresses = 0;

	if (!nh)
		return;
	before.version_end = before.version;
	nexthops_adopt(nh, 3, &before);
	nexthops_adopt(nh, 5, &map[5]);
	nexthops_local_addresses(nh, on_address, &addresses);
	use_nexthops(nh);
	hops_leave(nh);
	demand(!nh->hops && !nh->routes && nh->free_count == ROWS - 1);
	for (int i = 0; i < ROWS; i++)
		demand(!map[i].ifindex); /* no row without a route */
	nexthops_free(nh);
}

static void on_port(void *ctx, uint16_t port, bool held)
{
	uint8_t *is_held = ctx;

	demand(port >= 10000 && port <= 20000 && is_held[port] != held);
	is_held[port] = held;
}

static void check_foreign(void)
{
	static uint8_t held[65536];
	struct foreign *foreign = foreign_new(10000, 20000);

	demand(foreign != NULL);
	memset(held, 0, sizeof(held));
	for (int i = 0; i < 4; i++)
		foreign_scan(foreign, on_port, held);
	foreign_free(foreign);
}

static void check_egress(void)
{
	struct datapath_interface interfaces[2] = {{.name = "a", .ifindex = 2},
						   {.name = "b", .ifindex = 3}};

	egress_judge(interfaces, 2);
	for (int i = 0; i < 2; i++)
		demand(interfaces[i].egress == !interfaces[i].why[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(void) = {check_nexthops, check_foreign, check_egress};

	if (!size)
		return 0;
	log_setup(false, 0, LOG_EMERG);
	feed = data + 1;
	feed_end = data + size;
	readers[data[0] % 3]();
	return 0;
}
