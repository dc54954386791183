/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A start that is killed at each instant between two writes that belong together: the next one goes
 * on from there, and what relayed meanwhile goes on all the time.
 */
#include <base/fault.h>
#include "datapath_rig.h"

#define OLDER	   ROOT "/2"
#define NOT_KILLED 7 /* exit status of a start that met less instants */
#define KILLED	   8

static unsigned int instants_left; /* 0: not to be killed */

/* In place of the library's. */
void fault_point(const char *name)
{
	(void)name;
	if (instants_left && !--instants_left)
		_exit(KILLED);
}

/* As a daemon does: what is taken over of another version's journal is written anew. */
static bool start_daemon(const char *first, const char *second)
{
	struct datapath *dp = load_with((struct datapath_config){0}, first, second);

	if (dp && datapath_kernel_found(dp)->origin == DATAPATH_MIGRATED) {
		write_record(dp, 77);
		set_flow(dp, 1);
	}
	return dp && !datapath_kernel_attach(dp, error, sizeof(error));
}

/* Runs it in a child and kills that at the n-th instant; was there one? */
static bool killed_at(unsigned int n, bool (*run)(const char *first, const char *second),
		      const char *first, const char *second)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		instants_left = n;
		_exit(run(first, second) ? NOT_KILLED : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != KILLED)
		assert_int_equal(WEXITSTATUS(status), NOT_KILLED);
	return WEXITSTATUS(status) == KILLED;
}

/* A start with all that a call needs, on xa0 and xb0. */
static void leave(void)
{
	struct datapath *dp = start_pinned("xa0", "xb0");

	set_flow(dp, 1);
	write_record(dp, 77);
	stop(dp);
}

/* All is as after a start on these that nobody disturbed. */
static void assert_whole(const char *first, const char *second)
{
	static const char *const others[] = {"xa0", "xa1", "xb0", "xb1"};
	uint32_t program = program_on(first);
	char pin[64];

	assert_int_not_equal(program, 0);
	assert_int_equal(program_on(second), program);
	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		bool ours = !strcmp(others[i], first) || !strcmp(others[i], second);

		snprintf(pin, sizeof(pin), LINKS "xdp-%s", others[i]);
		assert_int_equal(exists(pin), ours);
		if (!ours)
			assert_int_equal(program_on(others[i]), 0);
	}
	assert_true(exists(LINKS "steer"));
	assert_int_equal(steering_programs(), 1);
	assert_true(exists(MAPS "journal"));
	assert_false(exists(OLDER));
}

static void test_first_start(void **state)
{
	struct datapath *dp;
	unsigned int n;

	for (n = 1; killed_at(n, start_daemon, "xa0", "xb0"); n++) {
		dp = start_pinned("xa0", "xb0");
		assert_non_null(dp);
		assert_whole("xa0", "xb0");
		assert_int_equal(flow_count(dp), 0);
		set_flow(dp, 1);
		stop(dp);
		assert_int_equal(sweep(state), 0);
	}
	assert_in_range(n, 12, 40);
}

/* Kills a start that goes on with what is there, and looks at what the next one makes of it. */
static bool go_on(unsigned int n, const char *second)
{
	uint32_t link = link_id(exists(OWN) ? LINKS "xdp-xa0" : OLDER "/links/xdp-xa0");
	bool killed = killed_at(n, start_daemon, "xa0", second);
	struct datapath *dp;

	assert_int_not_equal(program_on("xa0"), 0);
	dp = load_with((struct datapath_config){0}, "xa0", second);
	assert_non_null(dp);
	assert_int_not_equal(datapath_kernel_found(dp)->origin, DATAPATH_NEW);
	assert_int_equal(records(dp), 77);
	if (datapath_kernel_found(dp)->origin == DATAPATH_ADOPTED)
		assert_int_equal(flow_count(dp), 1);
	assert_int_equal(datapath_kernel_attach(dp, error, sizeof(error)), 0);
	assert_whole("xa0", second);
	assert_int_equal(link_id(LINKS "xdp-xa0"), link);
	stop(dp);
	return killed;
}

static void test_same_version(void **state)
{
	bool killed = true;

	for (unsigned int n = 1; killed; n++) {
		leave();
		killed = go_on(n, "xb0");
		assert_int_equal(sweep(state), 0);
	}
}

static void test_other_interfaces(void **state)
{
	bool killed = true;

	for (unsigned int n = 1; killed; n++) {
		leave();
		killed = go_on(n, "xb1");
		assert_int_equal(sweep(state), 0);
	}
}

static void test_older_version(void **state)
{
	bool killed = true;

	for (unsigned int n = 1; killed; n++) {
		leave();
		assert_int_equal(rename(OWN, OLDER), 0);
		killed = go_on(n, "xb0");
		assert_int_equal(sweep(state), 0);
	}
}

static void test_older_version_and_other_interfaces(void **state)
{
	bool killed = true;

	for (unsigned int n = 1; killed; n++) {
		leave();
		assert_int_equal(rename(OWN, OLDER), 0);
		killed = go_on(n, "xb1");
		assert_int_equal(sweep(state), 0);
	}
}

static bool detach(const char *first, const char *second)
{
	(void)first;
	(void)second;
	return datapath_kernel_detach(ROOT) >= 0;
}

/* The end of all calls is the end, once it has begun. */
static void test_detaching(void **state)
{
	struct datapath *dp;
	bool killed = true;

	for (unsigned int n = 1; killed; n++) {
		leave();
		killed = killed_at(n, detach, NULL, NULL);
		dp = start_pinned("xa0", "xb0");
		assert_non_null(dp);
		assert_whole("xa0", "xb0");
		if (n > 1) {
			assert_int_equal(flow_count(dp), 0);
			assert_int_equal(records(dp), 0);
		}
		stop(dp);
		assert_int_equal(sweep(state), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_first_start),
		TEST(test_same_version),
		TEST(test_other_interfaces),
		TEST(test_older_version),
		TEST(test_older_version_and_other_interfaces),
		TEST(test_detaching),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
