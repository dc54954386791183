/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's fault points in the build for tests: XRP_FAULT=NAME:N in the environment kills the
 * process, as kill -9 does, when it comes to the point NAME for the N-th time.
 */
#include <base/fault.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fault_point(const char *name)
{
	static unsigned long seen;
	const char *wanted = getenv("XRP_FAULT");
	size_t len = strlen(name);

	if (!wanted || strncmp(wanted, name, len) != 0 || wanted[len] != ':')
		return;
	if (++seen == strtoul(wanted + len + 1, NULL, 10))
		kill(getpid(), SIGKILL);
}
