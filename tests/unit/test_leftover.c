/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings of a daemon that was killed: found, mended, moved; and those that are not left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <base/endpoint.h>
#include <io/leftover.h>
#include <io/pcapwriter.h>
#include <io/salvage.h>

#define ADHOC_RECORD (30 + 20) /* of the packet below */
#define PCAP_HEADER  24
#define PCAP_RECORD  (16 + 14 + 28 + 20) /* likewise */

static char root[] = "/tmp/xrp-test-leftover.XXXXXX";
static struct capture_dirs dirs;
static struct pcapwriter *writer;

static off_t size_of(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) ? -1 : st.st_size;
}

static void shorten(int dir, const char *name, off_t size)
{
	int fd = openat(dir, name, O_WRONLY);

	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

/* A recording of `packets` packets, of which the last `torn` bytes did not get into the file. */
static void record(const char *name, bool pcap, int packets, int torn)
{
	const struct capture_dirs there = {dirs.spool, -1};
	static const uint8_t rtp[20] = {0x80};
	struct capture_packet p = {.time = 1, .data = rtp, .len = sizeof(rtp)};
	struct xrp_addr addr;
	struct capture *c;

	addr_parse("192.0.2.2", &addr);
	p.source = p.local = endpoint_make(&addr, 4000);
	assert_int_equal(capture_open(&there, name, pcap ? writer : NULL, &c), 0);
	for (int i = 0; i < packets; i++)
		assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_close(c), 0);
	shorten(dirs.spool, name, size_of(dirs.spool, name) - torn);
}

static void put_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Whatever byte the kill fell on, what is left are whole records. */
static void torn_at_each_byte(void **state)
{
	uint64_t cut;

	(void)state;
	for (int torn = 0; torn <= PCAP_RECORD; torn++) {
		int whole = torn == 0 ? 3 : 2;

		record("torn.pcap", true, 3, torn);
		assert_int_equal(leftover_mend(dirs.spool, "torn.pcap", &cut), 0);
		assert_int_equal(size_of(dirs.spool, "torn.pcap"),
				 PCAP_HEADER + whole * PCAP_RECORD);
		assert_int_equal(cut, (3 - whole) * PCAP_RECORD - torn);
	}
	for (int torn = 0; torn <= ADHOC_RECORD; torn++) {
		int whole = torn == 0 ? 3 : 2;

		record("torn.o.rtp", false, 3, torn);
		assert_int_equal(leftover_mend(dirs.spool, "torn.o.rtp", &cut), 0);
		assert_int_equal(size_of(dirs.spool, "torn.o.rtp"), whole * ADHOC_RECORD);
	}
	unlinkat(dirs.spool, "torn.pcap", 0);
	unlinkat(dirs.spool, "torn.o.rtp", 0);
}

/* Longer than what is read in one go. */
static void long_file(void **state)
{
	uint64_t cut;

	(void)state;
	record("long.pcap", true, 5000, 1);
	assert_int_equal(leftover_mend(dirs.spool, "long.pcap", &cut), 0);
	assert_int_equal(cut, PCAP_RECORD - 1);
	assert_int_equal(size_of(dirs.spool, "long.pcap"), PCAP_HEADER + 4999 * PCAP_RECORD);
	unlinkat(dirs.spool, "long.pcap", 0);
}

static void moves(void **state)
{
	uint64_t cut;

	(void)state;
	record("a=b.o.rtp", false, 3, 5);
	assert_int_equal(leftover_move(&dirs, "a=b.o.rtp", &cut), 0);
	assert_int_equal(cut, ADHOC_RECORD - 5);
	assert_int_equal(size_of(dirs.record, "a=b.o.rtp"), 2 * ADHOC_RECORD);
	assert_int_equal(size_of(dirs.spool, "a=b.o.rtp"), -1);
	/* What is there stays. */
	record("a=b.o.rtp", false, 4, 0);
	assert_int_equal(leftover_move(&dirs, "a=b.o.rtp", &cut), 0);
	record("a=b.o.rtp", false, 5, 0);
	assert_int_equal(leftover_move(&dirs, "a=b.o.rtp", &cut), 0);
	assert_int_equal(size_of(dirs.record, "a=b.o.rtp"), 2 * ADHOC_RECORD);
	assert_int_equal(size_of(dirs.record, "a=b.part2.o.rtp"), 4 * ADHOC_RECORD);
	assert_int_equal(size_of(dirs.record, "a=b.part3.o.rtp"), 5 * ADHOC_RECORD);
	unlinkat(dirs.record, "a=b.o.rtp", 0);
	unlinkat(dirs.record, "a=b.part2.o.rtp", 0);
	unlinkat(dirs.record, "a=b.part3.o.rtp", 0);
}

static void others_files(void **state)
{
	struct capture *living;
	uint64_t cut;

	(void)state;
	put_file(dirs.spool, "notes.txt", "not a recording, though it is long enough to be one");
	put_file(dirs.spool, "notes.rtp", "not a recording, though it is long enough to be one");
	put_file(dirs.spool, "x.rtp", "x");
	mkdirat(dirs.spool, "dir.rtp", 0700);
	assert_int_equal(symlinkat("notes.rtp", dirs.spool, "link.rtp"), 0);
	assert_int_equal(mkfifoat(dirs.spool, "fifo.rtp", 0600), 0);
	assert_int_equal(leftover_move(&dirs, "notes.txt", &cut), -EINVAL);
	assert_int_equal(leftover_move(&dirs, "notes.rtp", &cut), -EINVAL);
	assert_int_equal(leftover_move(&dirs, "x.rtp", &cut), -EINVAL);
	assert_int_equal(leftover_move(&dirs, "link.rtp", &cut), -ELOOP);
	assert_int_equal(leftover_move(&dirs, "fifo.rtp", &cut), -EINVAL);
	assert_true(leftover_move(&dirs, "dir.rtp", &cut) < 0);
	assert_int_equal(leftover_move(&dirs, "none.rtp", &cut), -ENOENT);
	assert_int_equal(size_of(dirs.spool, "x.rtp"), 1);
	unlinkat(dirs.spool, "notes.txt", 0);
	unlinkat(dirs.spool, "notes.rtp", 0);
	unlinkat(dirs.spool, "x.rtp", 0);
	unlinkat(dirs.spool, "dir.rtp", AT_REMOVEDIR);
	unlinkat(dirs.spool, "link.rtp", 0);
	unlinkat(dirs.spool, "fifo.rtp", 0);
	/* One that is being written. */
	assert_int_equal(capture_open(&dirs, "living.pcap", writer, &living), 0);
	assert_int_equal(leftover_move(&dirs, "living.pcap", &cut), -EBUSY);
	assert_int_equal(capture_close(living), 0);
	assert_int_equal(size_of(dirs.record, "living.pcap"), PCAP_HEADER);
	unlinkat(dirs.record, "living.pcap", 0);
}

/* A recording that is begun under the name of one in the spool does not empty that. */
static void spool_is_not_emptied(void **state)
{
	struct capture *c, *again;

	(void)state;
	record("again.pcap", true, 3, 1);
	assert_int_equal(capture_open(&dirs, "again.pcap", writer, &c), 0);
	assert_int_equal(size_of(dirs.record, "again.pcap"), PCAP_HEADER + 2 * PCAP_RECORD);
	assert_int_equal(capture_open(&dirs, "again.pcap", writer, &again), -EBUSY);
	assert_true(capture_exists(&dirs, "again.pcap"));
	assert_int_equal(unlinkat(dirs.record, "again.pcap", 0), 0);
	assert_true(capture_exists(&dirs, "again.pcap"));
	assert_int_equal(capture_close(c), 0);
	assert_true(capture_exists(&dirs, "again.pcap"));
	assert_int_equal(unlinkat(dirs.record, "again.pcap", 0), 0);
	assert_false(capture_exists(&dirs, "again.pcap"));
}

/* A later part that is complete does not replace one that was moved meanwhile. */
static void later_part_replaces_nothing(void **state)
{
	struct capture *c;
	uint64_t cut;

	(void)state;
	assert_int_equal(capture_open(&dirs, "x.part2.pcap", writer, &c), 0);
	record("x.pcap", true, 1, 0);
	assert_int_equal(leftover_move(&dirs, "x.pcap", &cut), 0);
	record("x.pcap", true, 2, 0);
	assert_int_equal(leftover_move(&dirs, "x.pcap", &cut), 0);
	assert_int_equal(capture_close(c), 0);
	assert_int_equal(size_of(dirs.record, "x.pcap"), PCAP_HEADER + PCAP_RECORD);
	assert_int_equal(size_of(dirs.record, "x.part2.pcap"), PCAP_HEADER + 2 * PCAP_RECORD);
	assert_int_equal(size_of(dirs.record, "x.part3.pcap"), PCAP_HEADER);
	unlinkat(dirs.record, "x.pcap", 0);
	unlinkat(dirs.record, "x.part2.pcap", 0);
	unlinkat(dirs.record, "x.part3.pcap", 0);
}

static void locked_without_spool(void **state)
{
	const struct capture_dirs one = {dirs.record, -1};
	struct capture *c, *again;

	(void)state;
	assert_int_equal(capture_open(&one, "locked.pcap", writer, &c), 0);
	assert_int_equal(capture_open(&one, "locked.pcap", writer, &again), -EBUSY);
	assert_int_equal(size_of(dirs.record, "locked.pcap"), PCAP_HEADER);
	assert_int_equal(capture_close(c), 0);
	unlinkat(dirs.record, "locked.pcap", 0);
}

static void parts(void **state)
{
	static const struct {
		const char *name;
		unsigned int number;
		const char *wanted;
	} rows[] = {
		{"c=t.o.rtp", 0, "c=t.o.rtp"},
		{"c=t.o.rtp", 1, "c=t.o.rtp"},
		{"c=t.o.rtp", 2, "c=t.part2.o.rtp"},
		{"c=t.a.rtcp", 12, "c=t.part12.a.rtcp"},
		{"c=t.pcap", 3, "c=t.part3.pcap"},
		{"named.rtp", 2, "named.part2.rtp"},
		{"named", 2, "named.part2"},
		{"c=t.part2.pcap", 2, "c=t.part3.pcap"},
		{"c=t.part99.o.rtp", 2, "c=t.part100.o.rtp"},
		{"c=t.part.pcap", 2, "c=t.part.part2.pcap"},
		{"c=7.pcap", 2, "c=7.part2.pcap"},
		{".pcap", 2, ".pcap.part2"},
	};
	char name[CAPTURE_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(name, sizeof(name), "%s", rows[i].name);
		assert_string_equal(capture_part(name, rows[i].number), rows[i].wanted);
	}
	memset(name, 'x', 255);
	snprintf(name + 249, 7, ".o.rtp");
	capture_part(name, 2);
	assert_int_equal(strlen(name), 255);
	assert_string_equal(name + 242, "x.part2.o.rtp");
}

static bool settled(struct salvage *s, uint64_t moved, uint64_t cut)
{
	const struct timespec pause = {0, 1000000};

	for (int i = 0; i < 5000; i++) {
		struct salvage_stats now = salvage_stats(s);

		if (now.moved == moved && now.cut == cut)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

/* The thread: all of the spool, then what is named to it. */
static void thread(void **state)
{
	struct salvage *s;

	(void)state;
	record("one.o.rtp", false, 2, 0);
	record("two.pcap", true, 2, 3);
	put_file(dirs.spool, "notes.txt", "mine");
	s = salvage_new(&dirs);
	assert_non_null(s);
	assert_int_equal(salvage_start(s), 0);
	assert_true(settled(s, 2, 1));
	assert_int_equal(size_of(dirs.record, "one.o.rtp"), 2 * ADHOC_RECORD);
	assert_int_equal(size_of(dirs.record, "two.pcap"), PCAP_HEADER + PCAP_RECORD);
	shorten(dirs.record, "one.o.rtp", ADHOC_RECORD + 1);
	salvage_add(s, "none.o.rtp");
	salvage_add(s, "one.o.rtp");
	assert_true(settled(s, 2, 2));
	assert_int_equal(size_of(dirs.record, "one.o.rtp"), ADHOC_RECORD);
	assert_int_equal(salvage_stats(s).failed, 0);
	salvage_free(s);
	assert_int_equal(size_of(dirs.spool, "notes.txt"), 4);
	unlinkat(dirs.spool, "notes.txt", 0);
	unlinkat(dirs.record, "one.o.rtp", 0);
	unlinkat(dirs.record, "two.pcap", 0);
}

static int make_dirs(void **state)
{
	(void)state;
	writer = pcapwriter_new();
	if (!writer || !mkdtemp(root))
		return -1;
	dirs.record = open(root, O_RDONLY | O_DIRECTORY);
	if (mkdirat(dirs.record, "spool", 0700))
		return -1;
	dirs.spool = openat(dirs.record, "spool", O_RDONLY | O_DIRECTORY);
	return dirs.spool < 0;
}

static int remove_dirs(void **state)
{
	(void)state;
	pcapwriter_free(writer);
	unlinkat(dirs.record, "spool", AT_REMOVEDIR);
	close(dirs.spool);
	close(dirs.record);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(torn_at_each_byte),
		cmocka_unit_test(long_file),
		cmocka_unit_test(moves),
		cmocka_unit_test(others_files),
		cmocka_unit_test(spool_is_not_emptied),
		cmocka_unit_test(later_part_replaces_nothing),
		cmocka_unit_test(locked_without_spool),
		cmocka_unit_test(parts),
		cmocka_unit_test(thread),
	};

	return cmocka_run_group_tests(tests, make_dirs, remove_dirs);
}
