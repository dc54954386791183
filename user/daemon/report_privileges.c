/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See report_privileges.h. Out of /proc/self/status: what is in force, not what was meant. */
#include <cap-ng.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <daemon/report_privileges.h>

/* The first number of a line of the status, read in `base`; 0 where there is none. */
static unsigned long long number_of(const char *status, const char *name, int base)
{
	const char *line = strstr(status, name);

	return line ? strtoull(line + strlen(name), NULL, base) : 0;
}

static json_t *capabilities_of(unsigned long long set)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i <= CAP_LAST_CAP; i++) {
		const char *name = set >> i & 1 ? capng_capability_to_name(i) : NULL;

		if (name)
			json_array_append_new(list, json_string(name));
	}
	return list;
}

json_t *report_privileges(enum sandbox sandbox)
{
	FILE *file = fopen("/proc/self/status", "re");
	char status[8192] = "\n";
	size_t len = 0;

	if (!file)
		return json_null();
	len = fread(status + 1, 1, sizeof(status) - 2, file);
	status[len + 1] = '\0';
	fclose(file);
	if (!number_of(status, "\nSeccomp:", 10))
		sandbox = SANDBOX_OFF;
	return json_pack("{s:i, s:i, s:o, s:b, s:s}", "uid", (int)number_of(status, "\nUid:", 10),
			 "gid", (int)number_of(status, "\nGid:", 10), "capabilities",
			 capabilities_of(number_of(status, "\nCapEff:", 16)), "no_new_privileges",
			 (int)number_of(status, "\nNoNewPrivs:", 10), "seccomp",
			 sandbox_name(sandbox));
}
