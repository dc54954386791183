/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder without a ring: packets of the slow path, files that are shared, and a full queue.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <base/endpoint.h>
#include <io/recorder.h>

#define ADHOC_HEADER 30

static char root[] = "/tmp/xrp-test-recorder.XXXXXX";
static struct capture_dirs dirs;
static struct recorder *recorder;

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool at_gate;

/* In place of libc's: the recorder's thread, which alone calls it, can be held up here. */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	atomic_store(&at_gate, true);
	pthread_mutex_lock(&gate);
	atomic_store(&at_gate, false);
	pthread_mutex_unlock(&gate);
	return (int)syscall(SYS_poll, fds, count, timeout);
}

/* Holds it up; there must be a branch, else it sleeps and does not come by. */
static void close_gate(void)
{
	const struct timespec pause = {0, 1000000};

	pthread_mutex_lock(&gate);
	for (int i = 0; i < 5000 && !atomic_load(&at_gate); i++)
		nanosleep(&pause, NULL);
	assert_true(atomic_load(&at_gate));
}

static struct recorder_file *open_one(const char *name)
{
	struct recorder_file *file = NULL;

	assert_int_equal(recorder_file(recorder, &dirs, name, false, &file), 0);
	return file;
}

static struct slowpath_packet packet(const char *text)
{
	const struct xrp_addr loopback = addr_from_v4(htonl(INADDR_LOOPBACK));

	return (struct slowpath_packet){
		.local = endpoint_make(&loopback, 10000),
		.source = endpoint_make(&loopback, 4000),
		.data = (const uint8_t *)text,
		.len = strlen(text),
		.now = 1,
	};
}

static void send_text(struct branch *branch, const char *text)
{
	struct slowpath_packet p = packet(text);

	recorder_packet(recorder, branch, &p);
}

/* Waits until all files are closed. */
static void wait_files_closed(void)
{
	const struct timespec pause = {0, 1000000};

	for (int i = 0; i < 5000 && recorder_stats(recorder).files; i++)
		nanosleep(&pause, NULL);
	assert_int_equal(recorder_stats(recorder).files, 0);
}

/* The payloads in a file, one after the other. */
static const char *payloads(const char *name)
{
	static char text[256];
	uint8_t bytes[1024];
	int fd = openat(dirs.record, name, O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof(bytes)), at = 0;
	size_t len = 0;
	uint16_t one;

	assert_true(fd >= 0 && n >= 0);
	close(fd);
	while (at + ADHOC_HEADER <= n) {
		memcpy(&one, bytes + at + ADHOC_HEADER - 2, 2);
		memcpy(text + len, bytes + at + ADHOC_HEADER, one);
		len += one;
		at += ADHOC_HEADER + one;
	}
	assert_int_equal(at, n);
	text[len] = '\0';
	return text;
}

static void test_packets_before_the_end_are_in_the_file(void **state)
{
	struct recorder_file *file = open_one("one");
	struct branch *branch = recorder_branch(recorder, file);

	(void)state;
	send_text(branch, "hello ");
	send_text(branch, "");
	send_text(branch, "world");
	recorder_end(recorder, branch);
	recorder_file_end(recorder, file);
	wait_files_closed();
	assert_string_equal(payloads("one"), "hello world");
	assert_int_equal(recorder_stats(recorder).packets, 3);
	assert_int_equal(recorder_stats(recorder).bytes, 11);
	assert_int_equal(recorder_stats(recorder).failed_files, 0);
}

static void test_one_name_is_one_file(void **state)
{
	struct recorder_file *first = open_one("shared"), *second = open_one("shared");
	struct branch *a = recorder_branch(recorder, first), *b = recorder_branch(recorder, second);

	(void)state;
	assert_ptr_equal(first, second);
	send_text(a, "a");
	recorder_end(recorder, a);
	recorder_file_end(recorder, first);
	send_text(b, "b");
	recorder_end(recorder, b);
	recorder_file_end(recorder, second);
	wait_files_closed();
	assert_string_equal(payloads("shared"), "ab");
}

/* Who kills the daemon finds all but the last second in the file. */
static void test_what_is_written_is_soon_in_the_file(void **state)
{
	struct recorder_file *file = open_one("soon");
	struct branch *branch = recorder_branch(recorder, file);
	const struct timespec pause = {0, 1000000};
	struct stat st = {0};

	(void)state;
	for (int round = 1; round <= 2; round++) {
		send_text(branch, "x");
		for (int i = 0; i < 5000 && st.st_size < round * (ADHOC_HEADER + 1); i++) {
			nanosleep(&pause, NULL);
			assert_int_equal(fstatat(dirs.record, "soon", &st, 0), 0);
		}
		assert_int_equal(st.st_size, round * (ADHOC_HEADER + 1));
	}
	assert_true(recorder_has(recorder, "soon"));
	recorder_end(recorder, branch);
	recorder_file_end(recorder, file);
	assert_false(recorder_has(recorder, "soon"));
	wait_files_closed();
}

/* The second recording begins anew, after the first is closed. */
static void test_same_name_again_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct recorder_file *file = open_one("again");
		struct branch *branch = recorder_branch(recorder, file);

		send_text(branch, i % 2 ? "odd" : "even");
		recorder_end(recorder, branch);
		recorder_file_end(recorder, file);
	}
	wait_files_closed();
	assert_string_equal(payloads("again"), "odd");
}

/* Who records under a name again is not kept waiting by what is not yet written of the last time.
 */
static void test_same_name_again_while_it_is_written(void **state)
{
	struct capture_dirs both = dirs;
	struct recorder_file *file;
	struct branch *branch;
	struct stat st;

	(void)state;
	assert_int_equal(mkdirat(dirs.record, "spool", 0700), 0);
	both.spool = openat(dirs.record, "spool", O_RDONLY | O_DIRECTORY);
	for (int spooled = 0; spooled < 2; spooled++) {
		const struct capture_dirs *where = spooled ? &both : &dirs;

		assert_int_equal(recorder_file(recorder, where, "held", false, &file), 0);
		branch = recorder_branch(recorder, file);
		close_gate();
		send_text(branch, "of the first");
		recorder_end(recorder, branch);
		recorder_file_end(recorder, file);
		for (int i = 0; i < 2; i++) {
			assert_int_equal(recorder_file(recorder, where, "held", false, &file), 0);
			branch = recorder_branch(recorder, file);
			send_text(branch, i ? "of the third" : "of the second");
			recorder_end(recorder, branch);
			recorder_file_end(recorder, file);
		}
		assert_true(atomic_load(&at_gate));
		pthread_mutex_unlock(&gate);
		wait_files_closed();
		assert_string_equal(payloads("held"), "of the third");
		assert_int_equal(fstatat(both.spool, "held", &st, 0), -1);
	}
	assert_int_equal(recorder_stats(recorder).failed_files, 0);
	close(both.spool);
}

static void test_copies_are_sent(void **state)
{
	const struct xrp_addr loopback = addr_from_v4(htonl(INADDR_LOOPBACK));
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {5, 0};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct slowpath_send send = {.src = endpoint_make(&loopback, 5005), .ttl = 64};
	struct branch *branch = recorder_branch(recorder, NULL);
	char got[16] = "";

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	getsockname(fd, (struct sockaddr *)&addr, &len);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	send_text(branch, "to nobody");
	recorder_end(recorder, branch);
	branch = recorder_branch(recorder, NULL);
	send.dst = endpoint_from_sockaddr((struct sockaddr *)&addr);
	recorder_target(recorder, branch, &send);
	send_text(branch, "copy");
	assert_int_equal(recvfrom(fd, got, sizeof(got), 0, (struct sockaddr *)&addr, &len), 4);
	assert_string_equal(got, "copy");
	assert_int_equal(ntohs(addr.sin_port), 5005);
	recorder_end(recorder, branch);
	close(fd);
}

/* More at once than may wait: each packet is either in the file or counted as lost. */
static void test_what_waits_is_bounded(void **state)
{
	static char big[60000];
	struct recorder_file *file = open_one("slow");
	struct branch *branch = recorder_branch(recorder, file);
	uint64_t before = recorder_stats(recorder).packets;
	struct recorder_stats s;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	for (int i = 0; i < 2000; i++)
		send_text(branch, big);
	recorder_end(recorder, branch);
	recorder_file_end(recorder, file);
	wait_files_closed();
	s = recorder_stats(recorder);
	assert_int_equal(s.packets - before + s.lost, 2000);
	assert_true(s.packets > before);
}

static int open_all(void **state)
{
	(void)state;
	/* The copies' port must not meet another test's. */
	if (unshare(CLONE_NEWNET) || system("ip link set lo up"))
		return -1;
	if (!mkdtemp(root))
		return -1;
	dirs = (struct capture_dirs){open(root, O_RDONLY | O_DIRECTORY), -1};
	recorder = recorder_new(-1);
	return recorder ? recorder_start(recorder) : -1;
}

static int close_all(void **state)
{
	static const char *const names[] = {"one", "shared", "again", "slow", "soon", "held"};

	(void)state;
	recorder_free(recorder);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dirs.record, names[i], 0);
	unlinkat(dirs.record, "spool", AT_REMOVEDIR);
	close(dirs.record);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets_before_the_end_are_in_the_file),
		cmocka_unit_test(test_one_name_is_one_file),
		cmocka_unit_test(test_what_is_written_is_soon_in_the_file),
		cmocka_unit_test(test_same_name_again_at_once),
		cmocka_unit_test(test_same_name_again_while_it_is_written),
		cmocka_unit_test(test_copies_are_sent),
		cmocka_unit_test(test_what_waits_is_bounded),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
