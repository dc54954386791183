/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control sockets, on loopback and in a directory of the test's own. Names of
 * ports that are free come from the kernel. Connections are in test_control_streams.c.
 */
#include "control_fixture.h"

/* A client that only hears replies from the address and port it asks, as Kamailio's does. */
static int udp_client(const char *address, unsigned int port)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, address, &sin.sin_addr);
	assert_return_code(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), errno);
	return fd;
}

static void udp(void **state)
{
	struct fixture *f = *state;
	unsigned int port = free_port(AF_INET, "127.0.0.1");
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "udp:127.0.0.1:%u", port);
	assert_int_equal(listen_on(f, name), 0);
	fd = udp_client("127.0.0.1", port);
	ask(f, fd, "1 V\n", 4, "c:4:1 V\n");
	ask(f, fd, "", 0, "c:0:");
	close(fd);
}

static void udp_is_cut_at_8191(void **state)
{
	struct fixture *f = *state;
	unsigned int port = free_port(AF_INET, "127.0.0.1");
	char name[64], big[9000], wanted[128];
	int fd;

	snprintf(name, sizeof(name), "udp:127.0.0.1:%u", port);
	assert_int_equal(listen_on(f, name), 0);
	fd = udp_client("127.0.0.1", port);
	memset(big, 'A', sizeof(big));
	snprintf(wanted, sizeof(wanted), "c:8191:%.100s", big);
	ask(f, fd, big, sizeof(big), wanted);
	close(fd);
}

/* On any address, the reply comes from the one that was asked. */
static void udp_on_any_address(void **state)
{
	struct fixture *f = *state;
	unsigned int port = free_port(AF_INET, "0.0.0.0");
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "udp:*:%u", port);
	expect_refusal(f, name, -EACCES, "--allow");
	allow_all(f);
	assert_int_equal(listen_on(f, name), 0);
	fd = udp_client("127.0.0.77", port);
	ask(f, fd, "1 V", 3, "c:3:1 V");
	assert_int_equal(f->local.ss_family, AF_INET);
	assert_int_equal(((struct sockaddr_in *)&f->local)->sin_addr.s_addr,
			 inet_addr("127.0.0.77"));
	close(fd);
}

static void udp_burst(void **state)
{
	struct fixture *f = *state;
	const uint64_t end = now_ms() + DEADLINE_MS;
	unsigned int port = free_port(AF_INET, "127.0.0.1");
	char name[64], buf[64];
	int fd;

	snprintf(name, sizeof(name), "udp:127.0.0.1:%u", port);
	assert_int_equal(listen_on(f, name), 0);
	fd = udp_client("127.0.0.1", port);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(send(fd, "1 V", 3, 0), 3);
	event_base_loop(f->base, EVLOOP_NONBLOCK | EVLOOP_ONCE);
	assert_in_range(f->requests, 1, 200); /* one bounded batch a turn */
	while (f->requests < 1000) {
		assert_true(now_ms() < end);
		event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	assert_int_equal(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), 7);
	close(fd);
}

/* Requests that get no reply do not move those of others. */
static void udp_without_an_answer(void **state)
{
	struct fixture *f = *state;
	unsigned int port = free_port(AF_INET, "127.0.0.1");
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "udp:127.0.0.1:%u", port);
	assert_int_equal(listen_on(f, name), 0);
	fd = udp_client("127.0.0.1", port);
	assert_int_equal(send(fd, "!1", 2, 0), 2);
	assert_int_equal(send(fd, "!2", 2, 0), 2);
	ask(f, fd, "3 V", 3, "c:3:3 V"); /* in one batch with the others, or not */
	assert_int_equal(f->requests, 3);
	assert_int_equal(recv(fd, name, sizeof(name), MSG_DONTWAIT), -1);
	close(fd);
}

static void udp6(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in6 sin6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	unsigned int port = 0;
	int fd = bound_socket(AF_INET6, "::1", &port);
	char name[64];

	if (fd < 0)
		skip(); /* a host without IPv6 */
	close(fd);
	snprintf(name, sizeof(name), "udp6:::1:%u", port);
	assert_int_equal(listen_on(f, name), 0);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	sin6.sin6_port = htons((uint16_t)port);
	assert_return_code(connect(fd, (struct sockaddr *)&sin6, sizeof(sin6)), errno);
	ask(f, fd, "1 V", 3, "c:3:1 V");
	close(fd);
}

static void udp_refusals(void **state)
{
	struct fixture *f = *state;
	unsigned int port = 0;
	char name[64];
	int fd = bound_socket(AF_INET, "127.0.0.1", &port);

	assert_true(fd >= 0);
	snprintf(name, sizeof(name), "udp:127.0.0.1:%u", port);
	expect_refusal(f, name, -EADDRINUSE, "port is in use");
	close(fd);
	expect_refusal(f, "udp:203.0.113.9:5555", -EACCES,
		       "with --allow (as in --allow 192.0.2.10");
	expect_refusal(f, "udp6:::", -EACCES, "or use unix:PATH");
	expect_refusal(f, "udp6:*:5555", -EACCES, "--allow");
	allow_all(f);
	expect_refusal(f, "udp:203.0.113.9:5555", -EADDRNOTAVAIL, "not on this host");
	expect_refusal(f, "udp:", -EINVAL, "needs an address");
	expect_refusal(f, "udp::7722", -EINVAL, "needs an address");
	expect_refusal(f, "udp:127.0.0.1:", -EINVAL, "needs an address");
	expect_refusal(f, "udp:127.0.0.1:0", -EINVAL, "not a port");
	expect_refusal(f, "udp:127.0.0.1:65536", -EINVAL, "not a port");
	expect_refusal(f, "udp:127.0.0.1:-1", -EINVAL, "not a port");
	expect_refusal(f, "udp:127.0.0.1:sip", -EINVAL, "not a port");
	expect_refusal(f, "udp:300.0.0.1:5555", -EADDRNOTAVAIL, "no IPv4 address");
	expect_refusal(f, "udp6:127.0.0.1:5555", -EADDRNOTAVAIL, "no IPv6 address");
}

static void unix_one_command_a_connection(void **state)
{
	struct fixture *f = *state;
	char name[128], *path = name + 5;
	int fd;

	snprintf(name, sizeof(name), "unix:%s/c.sock", f->directory);
	assert_int_equal(listen_on(f, name), 0);
	fd = unix_client(path);
	assert_int_equal(send(fd, "V\nV\n", 4, 0), 4);
	expect_reply_and_end(f, fd, "-:4:V\nV\n");
	close(fd);
	fd = unix_client(path);
	assert_int_equal(send(fd, "V", 1, 0), 1);
	expect_reply_and_end(f, fd, "-:1:V");
	close(fd);
	fd = unix_client(path); /* says nothing and goes */
	shutdown(fd, SHUT_WR);
	expect_reply_and_end(f, fd, "");
	close(fd);
	assert_int_equal(f->requests, 2);
}

static void unix_path_without_prefix(void **state)
{
	struct fixture *f = *state;
	const struct control_ops ops = {.request = echo, .ctx = f};
	char path[128];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/bare:1", f->directory);
	assert_int_equal(listen_on(f, path), 0);
	fd = unix_client(path);
	assert_int_equal(send(fd, "X", 1, 0), 1);
	expect_reply_and_end(f, fd, "-:1:X");
	close(fd);
	control_free(f->control); /* takes the file away */
	assert_int_equal(stat(path, &st), -1);
	f->control = control_new(f->base, &ops);
}

/* A socket left by a run that crashed is replaced, another program's file is not touched. */
static void unix_path_taken(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char name[128], *path = name + 5;
	struct stat before, after;
	FILE *file;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name, sizeof(name), "unix:%s/old", f->directory);
	strcpy(address.sun_path, path);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	close(fd);
	assert_int_equal(listen_on(f, name), 0);
	snprintf(name, sizeof(name), "unix:%s/file", f->directory);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(stat(path, &before), 0);
	expect_refusal(f, name, -EEXIST, "not a socket");
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	unlink(path);
}

/* Another run has put its own socket there meanwhile: it stays when we go. */
static void unix_path_taken_over(void **state)
{
	struct fixture *f = *state;
	const struct control_ops ops = {.request = echo, .ctx = f};
	struct control *next = control_new(f->base, &ops);
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "unix:%s/shared", f->directory);
	assert_int_equal(listen_on(f, name), 0);
	assert_int_equal(control_listen(next, name, f->error, sizeof(f->error)), 0);
	control_free(f->control);
	assert_int_equal(stat(name + 5, &st), 0);
	f->control = next;
}

/* The mode is exact, whatever the umask; the owner is the one that was set. */
static void unix_files(void **state)
{
	struct fixture *f = *state;
	struct control_files ours = {01660, (uid_t)-1, 12};
	const mode_t before = umask(077);
	char name[128];
	struct stat st;

	snprintf(name, sizeof(name), "unix:%s/plain", f->directory);
	assert_int_equal(listen_on(f, name), 0);
	assert_int_equal(stat(name + 5, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	control_set_files(f->control, &ours);
	snprintf(name, sizeof(name), "cunix:%s/ours", f->directory);
	if (geteuid() == 0) {
		assert_int_equal(listen_on(f, name), 0);
		assert_int_equal(stat(name + 6, &st), 0);
		assert_int_equal(st.st_mode & 07777, 01660);
		assert_int_equal(st.st_gid, 12);
	}
	ours = (struct control_files){0666, (uid_t)-1, (gid_t)-1};
	control_set_files(f->control, &ours);
	snprintf(name, sizeof(name), "unix:%s/all", f->directory);
	assert_int_equal(listen_on(f, name), 0);
	assert_int_equal(stat(name + 5, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_int_equal(umask(before), 077);
}

static void unix_refusals(void **state)
{
	struct fixture *f = *state;
	char name[256];

	snprintf(name, sizeof(name), "unix:%s/none/c.sock", f->directory);
	expect_refusal(f, name, -ENOENT, "directory does not exist");
	snprintf(name, sizeof(name), "unix:/%0107d", 0);
	expect_refusal(f, name, -ENAMETOOLONG, "longer than 107 bytes");
	expect_refusal(f, "unix:", -EINVAL, "needs a path");
	expect_refusal(f, "upd:127.0.0.1:7722", -EPROTONOSUPPORT, "no such kind: use udp:");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(udp),
		TEST(udp_is_cut_at_8191),
		TEST(udp_on_any_address),
		TEST(udp_burst),
		TEST(udp_without_an_answer),
		TEST(udp6),
		TEST(udp_refusals),
		TEST(unix_one_command_a_connection),
		TEST(unix_path_without_prefix),
		TEST(unix_path_taken),
		TEST(unix_path_taken_over),
		TEST(unix_files),
		TEST(unix_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
