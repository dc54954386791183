/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of reserved ports: its text as tables, the kernel's own in a namespace of the test's. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <base/fault.h>
#include <io/reserve.h>

#define SYSCTL "/proc/sys/net/ipv4/ip_local_reserved_ports"

static char directory[] = "/tmp/xrp-reserve-XXXXXX";
static char record[64];
static struct reserve_set added;
static bool dies; /* at the fault point */

void fault_point(const char *name)
{
	(void)name;
	if (dies)
		kill(getpid(), SIGKILL);
}

static void parse_and_format(void **state)
{
	static const struct {
		const char *in, *out; /* out NULL: refused */
	} cases[] = {
		{"", ""},
		{"\n", ""},
		{"5060\n", "5060"},
		{"0", "0"},
		{"65535", "65535"},
		{"0-65535", "0-65535"},
		{"1,2,3", "1-3"},
		{"8080,9148,40000-50000\n", "8080,9148,40000-50000"},
		{"30-40,10-20,15-35", "10-40"},
		{"20-10", NULL},
		{"65536", NULL},
		{"99999999999", NULL},
		{"1,", NULL},
		{",1", NULL},
		{"1-", NULL},
		{"-1", NULL},
		{"1 2", NULL},
		{"1\n2", NULL},
		{"all", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reserve_set set = {0};
		char text[64];
		int err = reserve_parse(cases[i].in, &set);

		assert_int_equal(err, cases[i].out ? 0 : -EINVAL);
		if (err)
			continue;
		assert_int_equal(reserve_format(&set, text, sizeof(text)), strlen(cases[i].out));
		assert_string_equal(text, cases[i].out);
	}
}

static void longest_list_fits(void **state)
{
	static struct reserve_set set;
	char *text = malloc(RESERVE_TEXT), tight[5];

	(void)state;
	for (uint32_t port = 1; port < 65536; port += 2)
		reserve_put(&set, (uint16_t)port, (uint16_t)port);
	assert_true(reserve_format(&set, text, RESERVE_TEXT) > 0);
	free(text);
	memset(&set, 0, sizeof(set));
	reserve_put(&set, 5060, 5060);
	assert_int_equal(reserve_format(&set, tight, 5), 4);
	assert_int_equal(reserve_format(&set, tight, 4), -ENOSPC);
	assert_int_equal(reserve_format(&set, tight, 0), -ENOSPC);
}

static void unite_and_subtract(void **state)
{
	static const struct {
		const char *a, *b, *united, *less;
	} cases[] = {
		{"", "", "", ""},
		{"10-20", "", "10-20", "10-20"},
		{"", "10-20", "10-20", ""},
		{"10-20", "15-25", "10-25", "10-14"},
		{"10-20", "12-13", "10-20", "10-11,14-20"},
		{"10-20,30", "21-29", "10-30", "10-20,30"},
		{"5060,35000-65000", "35000-65000", "5060,35000-65000", "5060"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reserve_set a = {0}, b = {0}, c;
		char text[64];

		assert_int_equal(reserve_parse(cases[i].a, &a), 0);
		assert_int_equal(reserve_parse(cases[i].b, &b), 0);
		c = a;
		reserve_unite(&a, &b);
		reserve_format(&a, text, sizeof(text));
		assert_string_equal(text, cases[i].united);
		reserve_subtract(&c, &b);
		reserve_format(&c, text, sizeof(text));
		assert_string_equal(text, cases[i].less);
	}
}

static void set_kernel(const char *text)
{
	FILE *f = fopen(SYSCTL, "w");

	assert_non_null(f);
	fprintf(f, "%s\n", text);
	assert_int_equal(fclose(f), 0);
}

static void expect_in(const char *path, const char *text)
{
	char line[4096] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	assert_string_equal(line, text);
}

static void adds_and_removes_its_own(void **state)
{
	(void)state;
	set_kernel("5060,36000-36009");
	assert_int_equal(reserve_add(35000, 65000, record, &added), 0);
	expect_in(SYSCTL, "5060,35000-65000");
	expect_in(record, "35000-35999,36010-65000");
	assert_int_equal(reserve_remove(record), 0);
	expect_in(SYSCTL, "5060,36000-36009");
	assert_int_equal(access(record, F_OK), -1);
}

static void second_start_keeps_the_first_ones_record(void **state)
{
	(void)state;
	set_kernel("");
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	assert_int_equal(reserve_add(40000, 40001, record, &added), 0);
	expect_in(record, "35000-36000,40000-40001");
	assert_int_equal(reserve_remove(record), 0);
	expect_in(SYSCTL, "");
}

static void what_others_add_meanwhile_stays(void **state)
{
	(void)state;
	set_kernel("");
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	set_kernel("8080,35000-36000");
	assert_int_equal(reserve_remove(record), 0);
	expect_in(SYSCTL, "8080");
}

/* As a start that fails does: it leaves what an earlier one has reserved. */
static void what_one_adding_added_can_be_given_back(void **state)
{
	(void)state;
	set_kernel("5060");
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	assert_int_equal(reserve_give_back(record, &added), 0);
	expect_in(SYSCTL, "5060,35000-36000");
	expect_in(record, "35000-36000");
	assert_int_equal(reserve_add(35990, 37000, record, &added), 0);
	assert_int_equal(reserve_give_back(record, &added), 0);
	expect_in(SYSCTL, "5060,35000-36000");
	expect_in(record, "35000-36000");
	assert_int_equal(reserve_remove(record), 0);
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	assert_int_equal(reserve_give_back(record, &added), 0);
	expect_in(SYSCTL, "5060");
	assert_int_equal(access(record, F_OK), -1);
}

/* The kernel takes no more than a page of one write; here the list is half as long again. */
static void long_list_survives(void **state)
{
	static char text[16384];
	struct reserve_set expected = {0}, got = {0};
	FILE *f;

	(void)state;
	set_kernel("9");
	reserve_put(&expected, 9, 9);
	for (uint16_t port = 10001; port < 12000; port += 2) {
		assert_int_equal(reserve_add(port, port, record, &added), 0);
		reserve_put(&expected, port, port);
	}
	f = fopen(SYSCTL, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 4096);
	fclose(f);
	assert_int_equal(reserve_parse(text, &got), 0);
	assert_memory_equal(&got, &expected, sizeof(got));
	assert_int_equal(reserve_remove(record), 0);
	expect_in(SYSCTL, "9");
}

/* The record's directory may be a user's: root writes to no file that the user points it to. */
static void the_record_is_no_other_file(void **state)
{
	char other[80];
	FILE *f;

	(void)state;
	snprintf(other, sizeof(other), "%s/other", directory);
	f = fopen(other, "w");
	assert_non_null(f);
	fputs("7\n", f);
	fclose(f);
	set_kernel("");
	assert_int_equal(symlink(other, record), 0);
	assert_int_equal(reserve_add(35000, 36000, record, &added), -ELOOP);
	assert_int_equal(unlink(record), 0);
	assert_int_equal(link(other, record), 0);
	assert_int_equal(reserve_add(35000, 36000, record, &added), -EPERM);
	expect_in(other, "7");
	expect_in(SYSCTL, "");
	unlink(other);
}

/* What an earlier start has noted is not forgotten: its ports would stay reserved for ever. */
static void a_start_killed_while_it_notes_leaves_the_earlier_note(void **state)
{
	char fresh[80];
	int status;
	pid_t child;

	(void)state;
	snprintf(fresh, sizeof(fresh), "%s.new", record);
	set_kernel("5060");
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	child = fork();
	if (!child) {
		dies = true;
		reserve_add(35000, 37000, record, &added);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	expect_in(record, "35000-36000");
	expect_in(fresh, "35000-37000");
	assert_int_equal(reserve_add(35000, 35998, record, &added), 0);
	assert_int_equal(access(fresh, F_OK), -1);
	assert_int_equal(reserve_remove(record), 0);
	expect_in(SYSCTL, "5060");
}

/* Nor does it write where a link of the name of its new file leads. */
static void the_new_record_is_no_other_file(void **state)
{
	char other[80], fresh[80];
	FILE *f;

	(void)state;
	snprintf(other, sizeof(other), "%s/other", directory);
	snprintf(fresh, sizeof(fresh), "%s.new", record);
	f = fopen(other, "w");
	assert_non_null(f);
	fputs("7\n", f);
	fclose(f);
	set_kernel("");
	assert_int_equal(symlink(other, fresh), 0);
	assert_int_equal(reserve_add(35000, 36000, record, &added), 0);
	expect_in(other, "7");
	expect_in(record, "35000-36000");
	assert_int_equal(reserve_remove(record), 0);
	unlink(other);
}

static void no_record_is_no_error(void **state)
{
	(void)state;
	set_kernel("35000-36000");
	assert_int_equal(reserve_remove(record), 0);
	expect_in(SYSCTL, "35000-36000");
	assert_int_equal(reserve_add(36000, 35000, record, &added), -EINVAL);
	assert_int_equal(reserve_add(1, 2, "/nonexistent/record", &added), -ENOENT);
	expect_in(SYSCTL, "35000-36000");
}

static int setup(void **state)
{
	(void)state;
	unlink(record);
	return 0;
}

static int group_setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) || !mkdtemp(directory))
		return -1;
	snprintf(record, sizeof(record), "%s/reserved", directory);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	unlink(record);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_format),
		cmocka_unit_test(longest_list_fits),
		cmocka_unit_test(unite_and_subtract),
		cmocka_unit_test_setup(adds_and_removes_its_own, setup),
		cmocka_unit_test_setup(second_start_keeps_the_first_ones_record, setup),
		cmocka_unit_test_setup(what_others_add_meanwhile_stays, setup),
		cmocka_unit_test_setup(what_one_adding_added_can_be_given_back, setup),
		cmocka_unit_test_setup(long_list_survives, setup),
		cmocka_unit_test_setup(the_record_is_no_other_file, setup),
		cmocka_unit_test_setup(a_start_killed_while_it_notes_leaves_the_earlier_note,
				       setup),
		cmocka_unit_test_setup(the_new_record_is_no_other_file, setup),
		cmocka_unit_test_setup(no_record_is_no_error, setup),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
