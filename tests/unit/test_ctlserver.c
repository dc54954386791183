/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's control socket: a server in a child process, clients here. The handler answers
 * "echo", "big" (several MB) and nothing else, so what is tested is the transport.
 */
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
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <event2/event.h>
#include <io/ctlserver.h>

#define BIG	 (6 * 1000 * 1000)
#define DEADLINE 20000 /* ms */

static char directory[64], path[96];
static pid_t server_pid;

static json_t *answer_request(void *ctx, json_t *request)
{
	const char *command = json_string_value(json_object_get(request, "command"));
	json_t *answer = json_object();

	assert_ptr_equal(ctx, path);
	if (command && !strcmp(command, "big")) {
		char *filler = malloc(BIG);

		memset(filler, 'x', BIG);
		json_object_set_new(answer, "filler", json_stringn(filler, BIG));
		free(filler);
	} else {
		json_object_set(answer, "echo", request);
	}
	return answer;
}

static void serve(int ready)
{
	struct event_base *base = event_base_new();
	char error[256];

	if (!ctlserver_new(base, path, 0600, answer_request, path, error, sizeof(error)))
		_exit(3);
	if (write(ready, "r", 1) != 1)
		_exit(4);
	event_base_dispatch(base);
	_exit(5);
}

static int start_server(void **state)
{
	int ready[2];
	char byte;

	(void)state;
	strcpy(directory, "/tmp/test_ctlserver.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/run/ctl.sock", directory);
	assert_int_equal(pipe(ready), 0);
	server_pid = fork();
	if (!server_pid)
		serve(ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return 0;
}

static int stop_server(void **state)
{
	int status;
	char run[80];

	(void)state;
	kill(server_pid, SIGKILL);
	waitpid(server_pid, &status, 0);
	unlink(path);
	snprintf(run, sizeof(run), "%s/run", directory);
	rmdir(run);
	rmdir(directory);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : -1;
}

static int client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All until the server closes, NUL-terminated; to be freed. */
static char *hear(int fd)
{
	size_t len = 0, room = BIG + 4096;
	char *text = malloc(room);
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	do {
		assert_int_equal(poll(&pfd, 1, DEADLINE), 1);
		n = recv(fd, text + len, room - 1 - len, 0);
		assert_true(n >= 0);
		len += (size_t)n;
	} while (n > 0);
	text[len] = '\0';
	close(fd);
	return text;
}

static void expect(const char *request, const char *reply)
{
	int fd = client();
	char *text;

	say(fd, request);
	text = hear(fd);
	assert_string_equal(text, reply);
	free(text);
}

static void test_answers_one_line(void **state)
{
	(void)state;
	expect("{\"command\": \"status\"}\n", "{\"echo\":{\"command\":\"status\"}}\n");
}

static void test_answers_request_in_pieces(void **state)
{
	int fd = client();
	char *text;

	(void)state;
	say(fd, "{\"comm");
	say(fd, "and\": 1}");
	say(fd, "\n");
	text = hear(fd);
	assert_string_equal(text, "{\"echo\":{\"command\":1}}\n");
	free(text);
}

static void test_answers_after_half_close_without_line_feed(void **state)
{
	int fd = client();
	char *text;

	(void)state;
	say(fd, "{\"a\": 1}");
	shutdown(fd, SHUT_WR);
	text = hear(fd);
	assert_string_equal(text, "{\"echo\":{\"a\":1}}\n");
	free(text);
}

static void test_refuses_what_is_no_object(void **state)
{
	(void)state;
	expect("status\n", "{\"error\":\"the request is not a JSON object\"}\n");
	expect("[1]\n", "{\"error\":\"the request is not a JSON object\"}\n");
	expect("\n", "{\"error\":\"the request is not a JSON object\"}\n");
}

static void test_refuses_endless_request(void **state)
{
	char *request = malloc(CTLSERVER_REQUEST + 1);

	(void)state;
	memset(request, ' ', CTLSERVER_REQUEST);
	request[CTLSERVER_REQUEST] = '\0';
	expect(request, "{\"error\":\"the request is too long\"}\n");
	free(request);
}

static void test_survives_client_that_leaves(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		int fd = client();

		if (i % 2)
			say(fd, "{\"command\": \"big\"}\n");
		close(fd);
	}
	expect("{}\n", "{\"echo\":{}}\n");
}

/* Twice as many as are served at a time: the rest wait their turn. */
static void test_crowd_is_served_in_turn(void **state)
{
	int crowd[2 * CTLSERVER_CLIENTS];

	(void)state;
	for (int i = 0; i < 2 * CTLSERVER_CLIENTS; i++)
		crowd[i] = client();
	for (int i = 0; i < 2 * CTLSERVER_CLIENTS; i++)
		say(crowd[i], "{}\n");
	for (int i = 0; i < 2 * CTLSERVER_CLIENTS; i++) {
		char *text = hear(crowd[i]);

		assert_string_equal(text, "{\"echo\":{}}\n");
		free(text);
	}
}

static void test_slow_reader_delays_nobody(void **state)
{
	int slow = client();
	char *text;

	(void)state;
	say(slow, "{\"command\": \"big\"}\n");
	expect("{}\n", "{\"echo\":{}}\n");
	text = hear(slow);
	assert_int_equal(strlen(text), BIG + strlen("{\"filler\":\"\"}\n"));
	free(text);
}

static void test_drops_who_does_not_read(void **state)
{
	int slow = client();
	struct pollfd pfd = {.fd = slow};

	(void)state;
	say(slow, "{\"command\": \"big\"}\n");
	assert_int_equal(poll(&pfd, 1, DEADLINE), 1);
	assert_true(pfd.revents & POLLHUP);
	close(slow);
}

static void test_socket_is_for_its_owner_only(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_live_socket_is_left_alone(void **state)
{
	struct event_base *base = event_base_new();
	char error[256] = "";

	(void)state;
	assert_null(ctlserver_new(base, path, 0600, answer_request, path, error, sizeof(error)));
	assert_non_null(strstr(error, path));
	assert_non_null(strstr(error, "running daemon"));
	expect("{}\n", "{\"echo\":{}}\n");
	event_base_free(base);
}

static void test_dead_socket_is_replaced(void **state)
{
	struct event_base *base = event_base_new();
	struct ctlserver *server;
	char error[256] = "";
	siginfo_t info;

	(void)state;
	kill(server_pid, SIGKILL);
	waitid(P_PID, (id_t)server_pid, &info, WEXITED | WNOWAIT);
	server = ctlserver_new(base, path, 0600, answer_request, path, error, sizeof(error));
	assert_string_equal(error, "");
	assert_non_null(server);
	ctlserver_free(server);
	assert_int_equal(access(path, F_OK), -1);
	event_base_free(base);
}

static void test_other_files_are_left_alone(void **state)
{
	struct event_base *base = event_base_new();
	char error[256] = "", name[32] = "/tmp/test_ctlserver.XXXXXX";
	int fd = mkstemp(name);

	(void)state;
	assert_null(ctlserver_new(base, name, 0600, answer_request, path, error, sizeof(error)));
	assert_non_null(strstr(error, "not a socket"));
	assert_int_equal(access(name, F_OK), 0);
	unlink(name);
	close(fd);
	event_base_free(base);
}

static void test_missing_directory_is_named(void **state)
{
	struct event_base *base = event_base_new();
	char error[256] = "";

	(void)state;
	assert_null(ctlserver_new(base, "/nowhere/at/all/ctl.sock", 0600, answer_request, path,
				  error, sizeof(error)));
	assert_non_null(strstr(error, "/nowhere/at/all/ctl.sock"));
	event_base_free(base);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, start_server, stop_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_answers_one_line),
		ROW(test_answers_request_in_pieces),
		ROW(test_answers_after_half_close_without_line_feed),
		ROW(test_refuses_what_is_no_object),
		ROW(test_refuses_endless_request),
		ROW(test_survives_client_that_leaves),
		ROW(test_crowd_is_served_in_turn),
		ROW(test_slow_reader_delays_nobody),
		ROW(test_drops_who_does_not_read),
		ROW(test_socket_is_for_its_owner_only),
		ROW(test_live_socket_is_left_alone),
		ROW(test_dead_socket_is_replaced),
		cmocka_unit_test(test_other_files_are_left_alone),
		cmocka_unit_test(test_missing_directory_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
