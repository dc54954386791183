/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See instance.h. */
#include <stdio.h>
#include <string.h>
#include <base/instance.h>

bool instance_is_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	size_t len = strlen(name);

	return len && len <= INSTANCE_NAME && strspn(name, allowed) == len;
}

const char *instance_path(char buf[INSTANCE_PATH], const char *base, const char *name,
			  const char *file)
{
	snprintf(buf, INSTANCE_PATH, "%s-%s%s%s", base, name, file ? "/" : "", file ? file : "");
	return buf;
}
