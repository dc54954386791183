/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slow path over a real link, steered to by the real program. What it receives is judged by
 * rules of the tests; what it sends is received by plain and by raw sockets of alice.
 */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/endpoint.h"
#include "io/slowpath.h"
#include "slowpath/rig.h"

#define TOS	 0xb8
#define TTL	 61
#define SEEN_MAX 256

static struct event_base *base;
static struct slowpath *sp;

/* What the slow path handed up, and what it is told to do with it. */
static struct {
	unsigned int packets, batches;
	struct slowpath_packet last;
	uint8_t last_data[65536];
	uint8_t first_byte[SEEN_MAX];
	bool (*rule)(const struct slowpath_packet *packet, struct slowpath_send *out);
	unsigned int
		failed[8]; /* by the rest of the first byte, as rule_every_other_fails sets it */
	int watched; /* a socket of alice's that must be empty when batch_done runs; -1: none */
} seen;

static bool rule_swallow(const struct slowpath_packet *packet, struct slowpath_send *out)
{
	(void)packet;
	(void)out;
	return false;
}

static bool rule_echo(const struct slowpath_packet *packet, struct slowpath_send *out)
{
	*out = (struct slowpath_send){
		.src = packet->local, .dst = packet->source, .tos = TOS, .ttl = TTL};
	return true;
}

/* Back from another endpoint of ours. */
static bool rule_other_source(const struct slowpath_packet *packet, struct slowpath_send *out)
{
	rule_echo(packet, out);
	out->src = relay4_other;
	return true;
}

static bool rule_no_source(const struct slowpath_packet *packet, struct slowpath_send *out)
{
	rule_echo(packet, out);
	out->src.addr = addr_any(addr_family(&packet->source.addr));
	return true;
}

/* Odd packets cannot be sent, each for another reason. */
static bool rule_every_other_fails(const struct slowpath_packet *packet, struct slowpath_send *out)
{
	rule_echo(packet, out);
	switch (packet->data[0] % 8) {
	case 1:
		out->src = rig_endpoint("192.0.2.1", 20000); /* not an address of this host */
		break;
	case 3:
		out->dst = rig_endpoint("255.255.255.255", 4000);
		break;
	case 5:
		out->dst = rig_endpoint("203.0.113.1", 4000); /* no route */
		break;
	case 7:
		out->dst = alice6; /* not the family of the source */
		break;
	}
	return true;
}

static bool handle(void *ctx, const struct slowpath_packet *packet, struct slowpath_send *out)
{
	(void)ctx;
	assert_true(packet->len <= sizeof(seen.last_data));
	seen.last = *packet;
	memcpy(seen.last_data, packet->data, packet->len);
	if (packet->len)
		seen.first_byte[seen.packets % SEEN_MAX] = packet->data[0];
	seen.packets++;
	return seen.rule(packet, out);
}

static void batch_done(void *ctx)
{
	char byte;

	(void)ctx;
	seen.batches++;
	if (seen.watched >= 0)
		assert_int_equal(recv(seen.watched, &byte, 1, MSG_DONTWAIT), -1);
}

/* The datagram that was refused is known by where it was to come from and go to. */
static void failed(void *ctx, const struct slowpath_send *out, int err)
{
	(void)ctx;
	if (addr_family(&out->dst.addr) != addr_family(&out->src.addr))
		seen.failed[7] += err == -EAFNOSUPPORT;
	else if (!xrp_endpoint_equal(&out->src, &relay4))
		seen.failed[1] += err < 0;
	else if (addr_kind(&out->dst.addr) == ADDR_BROADCAST)
		seen.failed[3] += err < 0;
	else
		seen.failed[5] += err == -ENETUNREACH;
}

static const struct slowpath_ops ops = {
	.handle = handle, .batch_done = batch_done, .failed = failed};

static int setup(void **state)
{
	(void)state;
	rig_setup();
	base = event_base_new();
	sp = slowpath_new(base, &ops);
	assert_non_null(sp);
	rig_steer(AF_INET, slowpath_socket(sp, AF_INET));
	rig_steer(AF_INET6, slowpath_socket(sp, AF_INET6));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	slowpath_free(sp);
	event_base_free(base);
	rig_teardown();
	return 0;
}

static void prepare(bool (*rule)(const struct slowpath_packet *, struct slowpath_send *))
{
	memset(&seen, 0, sizeof(seen));
	seen.rule = rule;
	seen.watched = -1;
}

/* Turns the event loop until `packets` have been handed up in all. */
static void turn_until(unsigned int packets)
{
	struct timeval limit = {.tv_sec = RIG_DEADLINE_MS / 1000};

	event_base_loopexit(base, &limit);
	while (seen.packets < packets && !event_base_got_exit(base))
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(seen.packets, packets);
}

static void assert_endpoint(const struct xrp_endpoint *a, const struct xrp_endpoint *b)
{
	char left[ENDPOINT_TEXT], right[ENDPOINT_TEXT];

	assert_string_equal(endpoint_format(a, left), endpoint_format(b, right));
}

static void fill(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
}

/* There and back again, with endpoints, TOS, TTL and all bytes right. */
static void relay_one(int fd, const struct xrp_endpoint *alice, const struct xrp_endpoint *relay,
		      size_t len)
{
	static uint8_t data[65536];
	static struct received r;

	fill(data, len);
	prepare(rule_echo);
	rig_send(fd, relay, data, len);
	turn_until(1);
	assert_endpoint(&seen.last.local, relay);
	assert_endpoint(&seen.last.source, alice);
	assert_int_equal(seen.last.len, len);
	assert_memory_equal(seen.last_data, data, len);
	rig_receive(fd, &r);
	assert_endpoint(&r.from, relay);
	assert_int_equal(r.len, len);
	assert_memory_equal(r.data, data, len);
	assert_int_equal(r.tos, TOS);
	assert_int_equal(r.ttl, TTL);
}

static const size_t lengths[] = {0, 1, 2, 3, 172, 1472, 1473, 3000, 60000, 65507};

static void test_relays_ipv4(void **state)
{
	int fd = rig_socket(&alice4, SOCK_DGRAM);

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		relay_one(fd, &alice4, &relay4, lengths[i]);
	close(fd);
}

static void test_relays_ipv6(void **state)
{
	int fd = rig_socket(&alice6, SOCK_DGRAM);

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		relay_one(fd, &alice6, &relay6, lengths[i]);
	close(fd);
}

static void test_sends_from_any_endpoint(void **state)
{
	int fd = rig_socket(&alice4, SOCK_DGRAM);
	static struct received r;

	(void)state;
	prepare(rule_other_source);
	rig_send(fd, &relay4, "x", 1);
	turn_until(1);
	rig_receive(fd, &r);
	assert_endpoint(&r.from, &relay4_other);
	close(fd);
}

static void test_kernel_chooses_source(void **state)
{
	int fd4 = rig_socket(&alice4, SOCK_DGRAM);
	int fd6 = rig_socket(&alice6, SOCK_DGRAM);
	static struct received r;

	(void)state;
	prepare(rule_no_source);
	rig_send(fd4, &relay4, "x", 1);
	turn_until(1);
	rig_receive(fd4, &r);
	assert_endpoint(&r.from, &relay4);
	rig_send(fd6, &relay6, "x", 1);
	turn_until(2);
	rig_receive(fd6, &r);
	assert_endpoint(&r.from, &relay6);
	close(fd4);
	close(fd6);
}

/* The one's complement sum of a datagram with its pseudo-header, byte by byte. */
static uint16_t sum_of(const struct xrp_addr *src, const struct xrp_addr *dst, const uint8_t *data,
		       size_t len)
{
	const uint8_t *parts[] = {(const uint8_t *)src, (const uint8_t *)dst};
	uint32_t sum = IPPROTO_UDP + (uint32_t)len;

	for (int p = 0; p < 2; p++)
		for (int i = addr_is_v4(src) ? 12 : 0; i < 16; i++)
			sum += (uint32_t)parts[p][i] << (i % 2 ? 0 : 8);
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)data[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The next datagram from us to alice as it was on the wire, UDP header first. */
static size_t receive_raw(int fd, const struct xrp_addr *src, uint8_t **udp)
{
	static struct received r;

	rig_receive(fd, &r);
	assert_memory_equal(&r.from.addr, src, sizeof(*src));
	*udp = r.data + (addr_is_v4(src) ? 4 * (r.data[0] & 15) : 0);
	return r.len - (size_t)(*udp - r.data);
}

static void check_checksums(const struct xrp_endpoint *alice, const struct xrp_endpoint *relay)
{
	int fd = rig_socket(alice, SOCK_DGRAM);
	int raw = rig_socket(alice, SOCK_RAW);
	uint8_t data[64], *udp;

	prepare(rule_echo);
	for (unsigned int len = 0; len < sizeof(data); len++) {
		fill(data, len);
		rig_send(fd, relay, data, len);
		turn_until(len + 1);
		assert_int_equal(receive_raw(raw, &relay->addr, &udp), len + 8);
		assert_int_equal(udp[4] << 8 | udp[5], len + 8);
		assert_true(udp[6] || udp[7]);
		assert_int_equal(sum_of(&relay->addr, &alice->addr, udp, len + 8), 0xffff);
	}
	close(fd);
	close(raw);
}

static void test_checksums_are_right(void **state)
{
	(void)state;
	check_checksums(&alice4, &relay4);
	check_checksums(&alice6, &relay6);
}

/* Two bytes of payload that make the sum of the answer 0xffff, so that its complement is zero. */
static uint16_t payload_for_zero(const struct xrp_endpoint *from, const struct xrp_endpoint *to)
{
	uint16_t from_port = endpoint_port(from), to_port = endpoint_port(to);
	uint8_t udp[10] = {(uint8_t)(from_port >> 8), (uint8_t)from_port, (uint8_t)(to_port >> 8),
			   (uint8_t)to_port, [5] = 10};

	return (uint16_t)~sum_of(&from->addr, &to->addr, udp, sizeof(udp));
}

static void check_zero(const struct xrp_endpoint *alice, const struct xrp_endpoint *relay)
{
	int fd = rig_socket(alice, SOCK_DGRAM);
	int raw = rig_socket(alice, SOCK_RAW);
	uint16_t word = htons(payload_for_zero(relay, alice));
	uint8_t *udp;

	prepare(rule_echo);
	rig_send(fd, relay, &word, sizeof(word));
	turn_until(1);
	assert_int_equal(receive_raw(raw, &relay->addr, &udp), 10);
	assert_int_equal(udp[6] << 8 | udp[7], 0xffff);
	close(fd);
	close(raw);
}

static void test_checksum_zero_becomes_ones(void **state)
{
	(void)state;
	check_zero(&alice4, &relay4);
	check_zero(&alice6, &relay6);
}

static void test_batches_keep_order(void **state)
{
	enum { PACKETS = 3 * SLOWPATH_BATCH + 1 };
	int fd = rig_socket(&alice4, SOCK_DGRAM);
	static struct received r;
	unsigned int i;
	uint8_t byte;

	(void)state;
	prepare(rule_echo);
	for (i = 0; i < PACKETS; i++) {
		byte = (uint8_t)i;
		rig_send(fd, &relay4, &byte, 1);
	}
	seen.watched = fd;
	turn_until(SLOWPATH_BATCH); /* one turn, one batch */
	assert_int_equal(seen.batches, 1);
	seen.watched = -1; /* the answers of the first batch are there now */
	turn_until(PACKETS);
	assert_int_equal(seen.batches, 4);
	for (i = 0; i < PACKETS; i++) {
		assert_int_equal(seen.first_byte[i], i);
		rig_receive(fd, &r);
		assert_int_equal(r.data[0], i);
	}
	close(fd);
}

static void test_failed_sends_are_skipped(void **state)
{
	struct slowpath_stats before = slowpath_stats(sp), after;
	int fd = rig_socket(&alice4, SOCK_DGRAM);
	static struct received r;
	uint8_t i;

	(void)state;
	prepare(rule_every_other_fails);
	for (i = 0; i < 16; i++)
		rig_send(fd, &relay4, &i, 1);
	turn_until(16);
	for (i = 0; i < 16; i += 2) {
		rig_receive(fd, &r);
		assert_int_equal(r.data[0], i);
	}
	after = slowpath_stats(sp);
	assert_int_equal(after.received - before.received, 16);
	assert_int_equal(after.sent - before.sent, 8);
	assert_int_equal(after.send_errors - before.send_errors, 8);
	for (i = 0; i < 8; i++)
		assert_int_equal(seen.failed[i], i % 2 ? 2 : 0);
	assert_int_equal(after.truncated, 0);
	close(fd);
}

static void on_control(evutil_socket_t fd, short what, void *arg)
{
	char byte;

	(void)what;
	assert_int_equal(read(fd, &byte, 1), 1);
	*(unsigned int *)arg = seen.packets;
}

/* Control that became ready after the media is still served first. */
static void test_control_comes_first(void **state)
{
	struct event_base *two = event_base_new();
	unsigned int seen_at_control = 99;
	struct event_base *one = base;
	struct slowpath *other = sp;
	struct event *control;
	int pipes[2];
	int fd = rig_socket(&alice4, SOCK_DGRAM);

	(void)state;
	assert_int_equal(event_base_priority_init(two, 2), 0);
	base = two;
	sp = slowpath_new(base, &ops);
	assert_non_null(sp);
	rig_steer(AF_INET, slowpath_socket(sp, AF_INET));
	prepare(rule_swallow);
	assert_int_equal(pipe(pipes), 0);
	control = event_new(base, pipes[0], EV_READ, on_control, &seen_at_control);
	event_priority_set(control, 0);
	event_add(control, NULL);
	rig_send(fd, &relay4, "x", 1);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	turn_until(1);
	assert_int_equal(seen_at_control, 0);
	event_free(control);
	slowpath_free(sp);
	event_base_free(two);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
	base = one;
	sp = other;
	rig_steer(AF_INET, slowpath_socket(sp, AF_INET));
}

static void test_needs_the_capability(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		struct event_base *own = event_base_new();

		if (setuid(65534))
			_exit(2);
		errno = 0;
		_exit(slowpath_new(own, &ops) || errno != EPERM);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_relays_ipv4),
		cmocka_unit_test(test_relays_ipv6),
		cmocka_unit_test(test_sends_from_any_endpoint),
		cmocka_unit_test(test_kernel_chooses_source),
		cmocka_unit_test(test_checksums_are_right),
		cmocka_unit_test(test_checksum_zero_becomes_ones),
		cmocka_unit_test(test_batches_keep_order),
		cmocka_unit_test(test_failed_sends_are_skipped),
		cmocka_unit_test(test_control_comes_first),
		cmocka_unit_test(test_needs_the_capability),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
