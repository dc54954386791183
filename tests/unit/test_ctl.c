/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp-rtpctl, the program itself, against a server that answers from tests/data/ctl. Each NAME.json
 * there holds the arguments, the request that the daemon must get, its answer (null: no request
 * comes), in "more" further requests and answers, and the exit code; NAME.txt beside it what is to
 * be printed, standard error after standard output. RECORD=1 writes the .txt files anew: read them
 * before they are committed.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#define DATA	 "tests/data/ctl"
#define DEADLINE 10000 /* ms */
#define ROWS	 64

static char directory[64], socket_path[96], program[4200];

/* Serves one client: reads the line, writes the answer. 0 when the request was right. */
static int serve_one(int listener, const json_t *row)
{
	const json_t *request = json_object_get(row, "request");
	const json_t *answer = json_object_get(row, "answer");
	struct pollfd pfd = {.fd = listener, .events = POLLIN};
	int fd = poll(&pfd, 1, DEADLINE) == 1 ? accept(listener, NULL, NULL) : -1;
	FILE *stream = fdopen(fd, "r+");
	json_t *got;

	if (!stream)
		return 2;
	got = json_loadf(stream, JSON_DISABLE_EOF_CHECK, NULL);
	json_dumpfd(answer, fd, 0);
	if (write(fd, "\n", 1) != 1)
		return 2;
	fclose(stream);
	return json_is_null(request) || json_equal(request, got) ? 0 : 1;
}

/* Serves one client after the other. Exit status 0 when all requests were right. */
static void serve(int listener, const json_t *row)
{
	const json_t *more;
	int wrong = serve_one(listener, row);
	size_t i;

	json_array_foreach(json_object_get(row, "more"), i, more)
	{
		if (!wrong)
			wrong = serve_one(listener, more);
	}
	_exit(wrong);
}

static int listen_here(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
	unlink(socket_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 4), 0);
	return fd;
}

/* Runs xdp-rtpctl with the arguments; its output goes to the file `out`. Returns the exit code. */
static int run_client(const json_t *arguments, const char *out)
{
	char *argv[16] = {program, (char *)"--socket", socket_path};
	const json_t *argument;
	int status, argc = 3;
	size_t i;
	pid_t pid;

	json_array_foreach(arguments, i, argument) argv[argc++] =
		(char *)json_string_value(argument);
	pid = fork();
	if (!pid) {
		if (!freopen(out, "w", stdout) || dup2(1, 2) != 2)
			_exit(126);
		execv(program, argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static char *slurp(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (file) {
		assert_true(fread(text, 1, 65535, file) < 65535);
		fclose(file);
	}
	return text;
}

static void compare(const char *name, const char *out)
{
	char expected_path[512], *expected, *got = slurp(out);
	FILE *record;

	snprintf(expected_path, sizeof(expected_path), DATA "/%s.txt", name);
	if (getenv("RECORD")) {
		record = fopen(expected_path, "w");
		assert_non_null(record);
		fputs(got, record);
		fclose(record);
	}
	expected = slurp(expected_path);
	assert_string_equal(got, expected);
	free(expected);
	free(got);
}

static void test_golden(void **state)
{
	const char *name = *state;
	char path[512], out[96];
	json_t *row;
	int listener, status = 0;
	pid_t server;

	snprintf(path, sizeof(path), DATA "/%s.json", name);
	snprintf(out, sizeof(out), "%s/out", directory);
	row = json_load_file(path, 0, NULL);
	assert_non_null(row);
	listener = listen_here();
	server = fork();
	if (!server)
		serve(listener, row);
	assert_int_equal(run_client(json_object_get(row, "arguments"), out),
			 json_integer_value(json_object_get(row, "exit")));
	if (json_is_null(json_object_get(row, "answer")))
		kill(server, SIGKILL);
	assert_int_equal(waitpid(server, &status, 0), server);
	if (!json_is_null(json_object_get(row, "answer")))
		assert_int_equal(status, 0);
	close(listener);
	compare(name, out);
	json_decref(row);
	unlink(out);
}

/* The client stands two directories above: build/tests/test_ctl, build/xdp-rtpctl. */
static void find_program(void)
{
	ssize_t len = readlink("/proc/self/exe", program, 4096);

	program[len > 0 ? len : 0] = '\0';
	for (int i = 0; i < 2 && strrchr(program, '/'); i++)
		*strrchr(program, '/') = '\0';
	strcat(program, "/xdp-rtpctl");
}

static int row_filter(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".json");
}

int main(void)
{
	struct CMUnitTest tests[ROWS] = {0};
	struct dirent **entry;
	int count = scandir(DATA, &entry, row_filter, alphasort), rc;

	if (count <= 0 || count > ROWS) {
		fprintf(stderr, "test_ctl: no rows in " DATA "; run from the top of the tree\n");
		return 1;
	}
	find_program();
	strcpy(directory, "/tmp/test_ctl.XXXXXX");
	if (!mkdtemp(directory))
		return 1;
	snprintf(socket_path, sizeof(socket_path), "%s/ctl.sock", directory);
	for (int i = 0; i < count; i++) {
		*strrchr(entry[i]->d_name, '.') = '\0';
		tests[i] = (struct CMUnitTest){.name = entry[i]->d_name,
					       .test_func = test_golden,
					       .initial_state = entry[i]->d_name};
	}
	rc = _cmocka_run_group_tests("xdp-rtpctl", tests, (size_t)count, NULL, NULL);
	for (int i = 0; i < count; i++)
		free(entry[i]);
	free(entry);
	unlink(socket_path);
	rmdir(directory);
	return rc;
}
