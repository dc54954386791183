/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prompt files: which one of the list is opened, what is refused, what is shared and what is not.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <io/prompt.h>

static char directory[] = "/tmp/prompt-test-XXXXXX";

static char *path_of(const char *name)
{
	static char path[sizeof(directory) + 64];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void write_file(const char *name, const char *bytes)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	write_file("ann.0", "pcmu");
	write_file("ann.8", "pcma");
	write_file("empty.0", "");
	write_file("big.0", "");
	write_file("other.97", "opus");
	if (truncate(path_of("big.0"), PROMPT_MAX + 1L) || mkdir(path_of("dir.0"), 0700) ||
	    mkfifo(path_of("fifo.0"), 0600))
		return -1;
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {"ann.0",	"ann.8",    "empty.0", "big.0",
					    "other.97", "change.0", "fifo.0"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path_of(files[i]));
	rmdir(path_of("dir.0"));
	return rmdir(directory);
}

static struct prompts *anywhere(void)
{
	struct prompts *prompts = NULL;

	assert_int_equal(prompts_new(NULL, &prompts), 0);
	return prompts;
}

static int open_prompt(struct prompts *prompts, const char *name, const char *codecs,
		       const struct prompt **prompt)
{
	return prompts_open(prompts, text_of(path_of(name)), text_of(codecs), prompt);
}

static const struct row {
	const char *sentence, *name, *codecs;
	int error;
	int type; /* of what is opened */
	const char *bytes;
} rows[] = {
	{"the one there is", "ann", "0", 0, 0, "pcmu"},
	{"the first of the list", "ann", "8,0", 0, 8, "pcma"},
	{"the first that can be opened", "ann", "3,18,8,0", 0, 8, "pcma"},
	{"what is no number behind it does not matter", "ann", "0,abc", 0, 0, "pcmu"},
	{"... but before it", "ann", "abc,0", -EINVAL, 0, NULL},
	{"... also behind one that cannot be opened", "ann", "3,abc,0", -EINVAL, 0, NULL},
	{"no file", "ann", "3,18", -ENOENT, 0, NULL},
	{"no such name", "nobody", "0", -ENOENT, 0, NULL},
	{"no list", "ann", "", -EINVAL, 0, NULL},
	{"an empty place in the list", "ann", "3,,0", -EINVAL, 0, NULL},
	{"a comma first", "ann", ",0", -EINVAL, 0, NULL},
	{"a comma last", "ann", "3,", -EINVAL, 0, NULL},
	{"a sign", "ann", "-1,0", -EINVAL, 0, NULL},
	{"no payload type: 128", "ann", "128,0", -EINVAL, 0, NULL},
	{"a number beyond all bounds", "ann", "99999999999999999999,0", -EINVAL, 0, NULL},
	{"a type that we cannot cut is opened all the same", "other", "97", 0, 97, "opus"},
	{"an empty file", "empty", "0", 0, 0, ""},
	{"a directory", "dir", "0", -ENOTSUP, 0, NULL},
	{"a pipe does not keep us waiting", "fifo", "0", -ENOTSUP, 0, NULL},
	{"a file that is too big", "big", "0,3", -EFBIG, 0, NULL},
};

static void check_row(struct prompts *prompts, const struct row *row)
{
	const struct prompt *prompt;

	assert_int_equal(open_prompt(prompts, row->name, row->codecs, &prompt), row->error);
	if (row->error)
		return;
	assert_int_equal(prompt->payload_type, row->type);
	assert_int_equal(prompt->len, strlen(row->bytes));
	assert_memory_equal(prompt->data, row->bytes, prompt->len);
	prompts_close(prompts, prompt);
}

static void test_rows(void **state)
{
	struct prompts *prompts = anywhere();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].sentence);
		check_row(prompts, &rows[i]);
		assert_int_equal(prompts_count(prompts), 0);
	}
	prompts_free(prompts);
}

static void test_names(void **state)
{
	struct prompts *prompts = anywhere();
	const struct prompt *prompt;
	char name[PATH_MAX + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	assert_int_equal(prompts_open(prompts, (struct text){name, 0}, text_of("0"), &prompt),
			 -EINVAL);
	assert_int_equal(prompts_open(prompts, (struct text){"a\0b", 3}, text_of("0"), &prompt),
			 -EINVAL);
	assert_int_equal(prompts_open(prompts, text_of("/tmp/a\nb"), text_of("0"), &prompt),
			 -EINVAL);
	assert_int_equal(
		prompts_open(prompts, (struct text){name, PATH_MAX}, text_of("0"), &prompt),
		-EINVAL);
	assert_int_equal(
		prompts_open(prompts, (struct text){name, PATH_MAX - 2}, text_of("0"), &prompt),
		-ENAMETOOLONG);
	assert_int_equal(prompts_open(prompts, text_of("/nowhere/\xc3\xa4"), text_of("0"), &prompt),
			 -ENOENT);
	prompts_free(prompts);
}

static void test_shared(void **state)
{
	struct prompts *prompts = anywhere();
	const struct prompt *a, *b, *other;

	(void)state;
	assert_int_equal(open_prompt(prompts, "ann", "0", &a), 0);
	assert_int_equal(open_prompt(prompts, "ann", "0", &b), 0);
	assert_int_equal(open_prompt(prompts, "ann", "8", &other), 0);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, other);
	assert_int_equal(prompts_count(prompts), 2);
	prompts_close(prompts, a);
	assert_memory_equal(b->data, "pcmu", 4);
	prompts_close(prompts, b);
	assert_int_equal(prompts_count(prompts), 1);
	prompts_close(prompts, other);
	prompts_close(prompts, NULL);
	assert_int_equal(prompts_count(prompts), 0);
	prompts_free(prompts);
	prompts_free(NULL);
}

/* Who plays an old version keeps it; who comes later gets the new one. */
static void test_changed(void **state)
{
	struct prompts *prompts = anywhere();
	const struct prompt *old, *new, *again;
	struct timespec times[2] = {{1000, 0}, {1000, 1}};

	(void)state;
	write_file("change.0", "before");
	assert_int_equal(open_prompt(prompts, "change", "0", &old), 0);
	write_file("change.0", "after!");
	assert_int_equal(utimensat(AT_FDCWD, path_of("change.0"), times, 0), 0);
	assert_int_equal(open_prompt(prompts, "change", "0", &new), 0);
	assert_int_equal(open_prompt(prompts, "change", "0", &again), 0);
	assert_memory_equal(old->data, "before", 6);
	assert_memory_equal(new->data, "after!", 6);
	assert_ptr_equal(new, again);
	assert_int_equal(prompts_count(prompts), 2);
	prompts_close(prompts, old);
	prompts_close(prompts, again);
	assert_memory_equal(new->data, "after!", 6);
	prompts_close(prompts, new);
	assert_int_equal(prompts_count(prompts), 0);
	prompts_free(prompts);
}

/* What a directory's prompts may be called; %s is the directory. "in" leads within, "out" out of
 * it.
 */
static const struct {
	const char *name;
	int error;
} confined[] = {
	{"ann", 0},
	{"./ann", 0},
	{"sub/ann", 0},
	{"sub//ann", 0},
	{"%s/sub/ann", 0},
	{"%s//sub/ann", 0},
	{"in", 0},
	{"..ann", -ENOENT},
	{"a..b", -ENOENT},
	{"nobody", -ENOENT},
	{"../secret", -EACCES},
	{"sub/../ann", -EACCES},
	{"sub/../../secret", -EACCES},
	{"..", -ENOENT}, /* a file "...0" */
	{"/etc/passwd", -EACCES},
	{"%s/../secret", -EACCES},
	{"%sx/ann", -EACCES},
	{"%s", -EACCES},
	{"/", -EACCES},
	{"out", -EACCES},
	{"outdir/secret", -EACCES},
	{"absolute", -EACCES},
	{"/proc/self/root/etc/passwd", -EACCES},
	{"a\nb", -EINVAL},
};

static void confine_world(bool make)
{
	static const char *const files[] = {"secret.0", "conf/ann.0", "conf/sub/ann.0"};
	static const struct {
		const char *name, *to;
	} links[] = {{"conf/in.0", "sub/ann.0"},
		     {"conf/out.0", "../secret.0"},
		     {"conf/outdir", ".."},
		     {"conf/absolute.0", "/etc/passwd"}};

	if (make) {
		assert_int_equal(mkdir(path_of("conf"), 0700), 0);
		assert_int_equal(mkdir(path_of("conf/sub"), 0700), 0);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (make)
			write_file(files[i], "x");
		else
			unlink(path_of(files[i]));
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (make)
			assert_int_equal(symlink(links[i].to, path_of(links[i].name)), 0);
		else
			unlink(path_of(links[i].name));
	}
	if (!make) {
		rmdir(path_of("conf/sub"));
		rmdir(path_of("conf"));
	}
}

static void test_confined(void **state)
{
	struct prompts *prompts = NULL;
	const struct prompt *prompt;
	char dir[PATH_MAX], name[2 * PATH_MAX];

	(void)state;
	confine_world(true);
	snprintf(dir, sizeof(dir), "%s", path_of("conf"));
	assert_int_equal(prompts_new(dir, &prompts), 0);
	for (size_t i = 0; i < sizeof(confined) / sizeof(confined[0]); i++) {
		bool whole = !strncmp(confined[i].name, "%s", 2);
		int rc;

		snprintf(name, sizeof(name), "%s%s", whole ? dir : "",
			 confined[i].name + (whole ? 2 : 0));
		rc = prompts_open(prompts, text_of(name), text_of("0"), &prompt);
		if (rc != confined[i].error)
			print_error("%s: %d\n", name, rc);
		assert_int_equal(rc, confined[i].error);
		if (!rc)
			prompts_close(prompts, prompt);
	}
	prompts_free(prompts);
	confine_world(false);
	assert_int_equal(prompts_new("/nonexistent", &prompts), -ENOENT);
	assert_int_equal(prompts_new(path_of("ann.0"), &prompts), -ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	 cmocka_unit_test(test_names),
		cmocka_unit_test(test_shared),	 cmocka_unit_test(test_changed),
		cmocka_unit_test(test_confined),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
