/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fault.h. */
#include <base/fault.h>

void fault_point(const char *name)
{
	(void)name;
}
