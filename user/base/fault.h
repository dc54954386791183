/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Named instants at which a test can kill the daemon: between two writes that belong together. In
 * the daemon fault_point does nothing; the build for tests links another one (tests/fault).
 */
#ifndef XRP_BASE_FAULT_H
#define XRP_BASE_FAULT_H

void fault_point(const char *name);

#endif
