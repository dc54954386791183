/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings byte for byte, as rtpproxy 3.2 wrote them: the packets of Alice and Bob are those of
 * recorded sessions with it.
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
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/endpoint.h>
#include <io/pcapwriter.h>

static char root[] = "/tmp/xrp-test-capture.XXXXXX";
static struct capture_dirs dirs;
static struct pcapwriter *writer;

static const uint8_t rtp[32] = {0x80, 0,    0,	  1,	0,    0,    0,	  0xa0, 0x11, 0x22, 0x33,
				0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
				0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55};

static struct xrp_endpoint at(const char *addr, uint16_t port)
{
	struct xrp_addr a;

	assert_int_equal(addr_parse(addr, &a), 0);
	return endpoint_make(&a, port);
}

static struct capture_packet packet(const char *addr, uint64_t time)
{
	return (struct capture_packet){at(addr, 30002), at(addr, 10000), time, rtp, sizeof(rtp)};
}

static struct capture *open_one(const char *name, struct pcapwriter *pcap)
{
	struct capture *c = NULL;

	assert_int_equal(capture_open(&dirs, name, pcap, &c), 0);
	return c;
}

/* The file's bytes in hexadecimal. */
static const char *content(int dir, const char *name)
{
	static char hex[4096];
	uint8_t bytes[sizeof(hex) / 2 - 1];
	int fd = openat(dir, name, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, bytes, sizeof(bytes));
	assert_true(n >= 0);
	close(fd);
	for (ssize_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	hex[2 * n] = '\0';
	return hex;
}

#define PCAP_HEADER "d4c3b2a1020004000000000000000000ffff000001000000"
#define RTP_HEX	    "80000001000000a0112233445555555555555555555555555555555555555555"

static void test_pcap(void **state)
{
	struct capture *c = open_one("m=f.a.rtp", writer);
	struct capture_packet p = packet("127.0.0.1", 1795225070995049000U);

	(void)state;
	assert_string_equal(content(dirs.record, "m=f.a.rtp"), PCAP_HEADER);
	assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_close(c), 0);
	assert_string_equal(content(dirs.record, "m=f.a.rtp"),
			    PCAP_HEADER "eef5006be92e0f004a0000004a000000"
					"00007f00000100007f0000010800"
					"4500003c000000007f113daf7f0000017f000001"
					"7532271000284afc" RTP_HEX);
}

static void test_adhoc(void **state)
{
	struct capture *c = open_one("m=f.a.rtp", NULL);
	struct capture_packet p = packet("127.0.0.1", 1795225069877878904U);

	(void)state;
	assert_string_equal(content(dirs.record, "m=f.a.rtp"), "");
	assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_close(c), 0);
	assert_string_equal(content(dirs.record, "m=f.a.rtp"),
			    "020075327f000001000000000000000000000000"
			    "2b2f787b3dc0da412000" RTP_HEX);
}

static void test_adhoc_ipv6_and_empty(void **state)
{
	struct capture *c = open_one("six", NULL);
	struct capture_packet p = packet("2001:db8::7", 1500000000U);

	(void)state;
	p.len = 0;
	assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_close(c), 0);
	assert_string_equal(content(dirs.record, "six"), "0a00753220010db8000000000000000000000007"
							 "000000000000f83f0000");
}

/* The identification goes up, and the checksum of IPv6 covers its pseudo-header. */
static void test_pcap_ipv6(void **state)
{
	struct capture *c = open_one("six", writer);
	struct capture_packet p = packet("2001:db8::7", 1000000000U);

	(void)state;
	assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_close(c), 0);
	assert_string_equal(content(dirs.record, "six"),
			    PCAP_HEADER "01000000000000005e0000005e000000"
					"20010dbf000020010dbf000086dd"
					"600000000028117f"
					"20010db8000000000000000000000007"
					"20010db8000000000000000000000007"
					"753227100028ed7e" RTP_HEX);
}

static void test_identification_counts(void **state)
{
	struct capture *c = open_one("ids", writer);
	struct capture_packet p = packet("127.0.0.1", 0);

	(void)state;
	p.len = 0;
	assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_write(c, &p), 0);
	assert_int_equal(capture_close(c), 0);
	/* the second record's IP header */
	assert_memory_equal(content(dirs.record, "ids") + 2 * (24 + 2 * 16 + 42 + 14),
			    "4500001c000100007f113dce", 24);
}

/* The spool directory has the file while it is written, the record directory afterwards. */
static void test_spool(void **state)
{
	struct capture_dirs both = dirs;
	struct capture *c;
	struct stat st;

	(void)state;
	assert_int_equal(mkdirat(dirs.record, "spool", 0700), 0);
	both.spool = openat(dirs.record, "spool", O_RDONLY | O_DIRECTORY);
	assert_int_equal(capture_open(&both, "moved", NULL, &c), 0);
	assert_int_equal(fstatat(both.spool, "moved", &st, 0), 0);
	assert_int_equal(fstatat(dirs.record, "moved", &st, 0), -1);
	assert_int_equal(capture_close(c), 0);
	assert_int_equal(fstatat(both.spool, "moved", &st, 0), -1);
	assert_int_equal(fstatat(dirs.record, "moved", &st, 0), 0);
	close(both.spool);
}

static void test_only_regular_files(void **state)
{
	struct capture *c;

	(void)state;
	assert_int_equal(symlinkat("elsewhere", dirs.record, "link"), 0);
	assert_int_equal(capture_open(&dirs, "link", NULL, &c), -ELOOP);
	assert_int_equal(mkfifoat(dirs.record, "fifo", 0600), 0);
	assert_int_equal(capture_open(&dirs, "fifo", NULL, &c), -EINVAL);
	assert_int_equal(capture_open(&dirs, "spool", NULL, &c), -EISDIR);
}

/* Packets of any length stand behind each other, whether they fit what is kept in memory or not. */
static void test_lengths(void **state)
{
	static const size_t lengths[] = {1000, 3000, 4050, 0, 8000, 65507, 172, 4096};
	struct capture *c = open_one("lengths", writer);
	static uint8_t data[65507];
	size_t bytes = 24;
	struct stat st;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct capture_packet p = packet("127.0.0.1", i);
		size_t frame = 14 + 20 + 8 + lengths[i];

		p.data = data;
		p.len = lengths[i];
		assert_int_equal(capture_write(c, &p), 0);
		bytes += 16 + (frame < 65535 ? frame : 65535);
	}
	assert_int_equal(capture_flush(c), 0);
	assert_int_equal(fstatat(dirs.record, "lengths", &st, 0), 0);
	assert_int_equal(st.st_size, bytes);
	assert_int_equal(capture_close(c), 0);
}

/* A disk that is full, as far as the file can tell: the error stays, the file stays readable. */
static void test_no_room(void **state)
{
	const struct rlimit little = {8192, RLIM_INFINITY};
	struct capture *c = open_one("full", NULL);
	struct capture_packet p = packet("127.0.0.1", 0);
	struct rlimit before;
	int err = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	setrlimit(RLIMIT_FSIZE, &little);
	for (int i = 0; i < 1000 && !err; i++)
		err = capture_write(c, &p);
	assert_int_equal(err, -EFBIG);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(capture_write(c, &p), -EFBIG);
	assert_int_equal(capture_close(c), -EFBIG);
}

/* What cannot be in a UDP datagram is refused, and does no harm to the file. */
static void test_too_long(void **state)
{
	struct capture *c = open_one("long", writer);
	struct capture_packet p = packet("127.0.0.1", 0);

	(void)state;
	p.len = 65508;
	assert_int_equal(capture_write(c, &p), -EMSGSIZE);
	assert_int_equal(capture_close(c), 0);
	assert_string_equal(content(dirs.record, "long"), PCAP_HEADER);
}

static void test_names(void **state)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{"call@host=tag", "call@host=tag.rtp"},
		{"../up", "%2E.%2Fup.rtp"},
		{"..", "%2E..rtp"},
		{".hidden", "%2Ehidden.rtp"},
		{"a/b", "a%2Fb.rtp"},
		{"a%2Fb", "a%252Fb.rtp"},
		{"tab\there\x7f", "tab%09here%7F.rtp"},
		{"dots.in.it", "dots.in.it.rtp"},
		{"\xc3\xa4", "\xc3\xa4.rtp"},
	};
	char name[CAPTURE_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(capture_name(name, text_of(rows[i].text), ".rtp"),
				    rows[i].name);
	assert_string_equal(capture_name(name, (struct text){"a\0b", 3}, ""), "a%00b");
}

/* Long names stay different, fit, and are the same each time. */
static void test_long_names(void **state)
{
	char text[4000], a[CAPTURE_NAME], b[CAPTURE_NAME], again[CAPTURE_NAME];

	(void)state;
	memset(text, 'x', sizeof(text));
	capture_name(a, (struct text){text, 251}, ".rtp");
	assert_int_equal(strlen(a), 255);
	assert_null(strchr(a, '~'));
	capture_name(a, (struct text){text, sizeof(text)}, ".rtp");
	capture_name(again, (struct text){text, sizeof(text)}, ".rtp");
	text[sizeof(text) - 1] = 'y';
	capture_name(b, (struct text){text, sizeof(text)}, ".rtp");
	assert_int_equal(strlen(a), 255);
	assert_string_equal(a + 251, ".rtp");
	assert_string_equal(a, again);
	assert_string_not_equal(a, b);
	memset(text, '/', sizeof(text));
	capture_name(a, (struct text){text, sizeof(text)}, ".rtcp");
	assert_in_range(strlen(a), 250, 255);
	assert_null(strchr(a, '/'));
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	dirs = (struct capture_dirs){open(root, O_RDONLY | O_DIRECTORY), -1};
	writer = pcapwriter_new();
	return dirs.record < 0 || !writer;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"m=f.a.rtp", "six",	 "ids",	    "moved", "link",
					    "fifo",	 "long", "lengths", "full"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dirs.record, names[i], 0);
	unlinkat(dirs.record, "spool", AT_REMOVEDIR);
	close(dirs.record);
	pcapwriter_free(writer);
	return rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap),
		cmocka_unit_test(test_adhoc),
		cmocka_unit_test(test_adhoc_ipv6_and_empty),
		cmocka_unit_test(test_pcap_ipv6),
		cmocka_unit_test(test_identification_counts),
		cmocka_unit_test(test_spool),
		cmocka_unit_test(test_only_regular_files),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_names),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
