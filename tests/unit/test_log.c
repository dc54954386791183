/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log: values of outsiders made harmless, lines as they reach stderr, the limit. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <base/log.h>

static const struct {
	const char *sentence;
	const char *text;
	size_t len, size;
	const char *value;
} values[] = {
	{"plain", "abc@192.0.2.1", 13, 64, "abc@192.0.2.1"},
	{"empty", "", 0, 64, "\"\""},
	{"nothing at all", NULL, 0, 64, "\"\""},
	{"a space", "a b", 3, 64, "\"a b\""},
	{"an equals sign", "a=b", 3, 64, "\"a=b\""},
	{"quote and backslash", "a\"\\", 3, 64, "\"a\\\"\\\\\""},
	{"end of line and escape", "a\n\x1b", 3, 64, "\"a\\x0a\\x1b\""},
	{"NUL, DEL and beyond ASCII", "\0\x7f\xc3", 3, 64, "\"\\x00\\x7f\\xc3\""},
	{"a plain one that just fits", "1234567", 7, 8, "1234567"},
	{"a plain one that is cut", "12345678", 8, 8, "1234..."},
	{"a quoted one that just fits", "1 34567", 7, 10, "\"1 34567\""},
	{"a quoted one that is cut", "1 345678", 8, 10, "\"1 34...\""},
	{"an escape is not cut through", "1 \x01\x01", 4, 10, "\"1 ...\""},
	{"no room for the first byte", "\x01\x01", 2, 6, "\"...\""},
	{"too small a buffer", "abc", 3, 5, ""},
};

static void test_values(void **state)
{
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		print_message("  %s\n", values[i].sentence);
		memset(buf, 'x', sizeof(buf));
		assert_ptr_equal(log_value(values[i].text, values[i].len, buf, values[i].size),
				 buf);
		assert_string_equal(buf, values[i].value);
		if (values[i].size < sizeof(buf))
			assert_int_equal(buf[values[i].size], 'x');
	}
}

static int saved_stderr = -1;
static FILE *captured;

/* From here on stderr goes to a file, until its text is asked for. */
static void capture(void)
{
	captured = tmpfile();
	assert_non_null(captured);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(dup2(fileno(captured), STDERR_FILENO) >= 0);
}

static size_t captured_text(char *buf, size_t size)
{
	size_t len;

	assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
	close(saved_stderr);
	rewind(captured);
	len = fread(buf, 1, size - 1, captured);
	fclose(captured);
	buf[len] = 0;
	return len;
}

static void test_lines(void **state)
{
	unsigned int year, month, day, hour, minute, second, ms;
	char text[8192], rest[256];

	(void)state;
	log_setup(false, LOG_DAEMON, LOG_INFO);
	assert_true(log_wants(LOG_INFO));
	assert_false(log_wants(LOG_DEBUG));
	capture();
	log_event(LOG_DEBUG, "hidden", "a=%d", 1);
	log_event(LOG_WARNING, "call_end", "caller_packets=%d reason=%s", 7, "a\nb");
	captured_text(text, sizeof(text));
	assert_int_equal(sscanf(text, "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ %255[^\n]", &year, &month, &day,
				&hour, &minute, &second, &ms, rest),
			 8);
	assert_string_equal(rest, "warning event=call_end caller_packets=7 reason=a?b");
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_no_pairs(void **state)
{
	char text[256];

	(void)state;
	capture();
	log_event(LOG_INFO, "ready", "%s", "");
	captured_text(text, sizeof(text));
	assert_non_null(strstr(text, "Z info event=ready\n"));
}

static void test_long_lines_are_cut(void **state)
{
	char text[8192], value[4000];
	size_t len;

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = 0;
	capture();
	log_event(LOG_INFO, "long", "a=%s", value);
	len = captured_text(text, sizeof(text));
	assert_in_range(len, 2000, 2048);
	assert_int_equal(text[len - 1], '\n');
}

static void test_limit(void **state)
{
	struct log_limit limit = LOG_LIMIT(2);
	unsigned int suppressed = 99;
	struct timespec now;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &now);
	/* begin early in a second, so that it does not end while the test runs */
	while (now.tv_nsec > 500000000)
		clock_gettime(CLOCK_MONOTONIC, &now);
	assert_true(log_allow(&limit, &suppressed));
	assert_int_equal(suppressed, 0);
	assert_true(log_allow(&limit, &suppressed));
	assert_false(log_allow(&limit, &suppressed));
	assert_false(log_allow(&limit, &suppressed));
	assert_int_equal(suppressed, 2);
	limit.window--; /* that was a second ago */
	assert_true(log_allow(&limit, &suppressed));
	assert_int_equal(suppressed, 2);
	assert_true(log_allow(&limit, &suppressed));
	assert_int_equal(suppressed, 0);
	assert_false(log_allow(&limit, &suppressed));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),	 cmocka_unit_test(test_lines),
		cmocka_unit_test(test_no_pairs), cmocka_unit_test(test_long_lines_are_cut),
		cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
