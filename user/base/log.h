/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logging: a line is `event=NAME key=value key=value ...`, to stderr in the foreground and to
 * syslog behind. Values that come from outside go through log_value first. In the foreground time
 * (UTC) and level stand before it: `2026-11-21T07:00:00.123Z info event=ready ...`.
 */
#ifndef XRP_BASE_LOG_H
#define XRP_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

/*
 * Where to log: `to_syslog` with `facility` (LOG_DAEMON ...), else stderr. `level` is the least
 * important syslog level that is still written (LOG_DEBUG writes all).
 */
void log_setup(bool to_syslog, int facility, int level);
/*
 * Writes `event=NAME ` and the pairs ("%s", "" where there are none). Does nothing for a level not
 * wanted. A line of more than 2 KB is cut.
 */
void log_event(int level, const char *event, const char *pairs, ...)
	__attribute__((format(printf, 3, 4)));
/* Would this level be written? */
bool log_wants(int level);

/*
 * Makes `text` (len bytes) fit to be a value: as it is when it is plain, else in double quotes with
 * \" \\ and \xNN; cut with "..." at `size`, which is 6 or more. Returns buf.
 */
char *log_value(const char *text, size_t len, char *buf, size_t size);

/*
 * For lines that outsiders can trigger: at most `burst` lines of one kind per second. The first
 * line let through after a silence carries ` suppressed=N`.
 */
struct log_limit {
	unsigned long window; /* the second it counts */
	unsigned int burst, used, suppressed;
};
#define LOG_LIMIT(n)                                                                               \
	{                                                                                          \
		.burst = (n)                                                                       \
	}
/* May a line be written now? Counts it. `suppressed` gets how many were not since the last. */
bool log_allow(struct log_limit *limit, unsigned int *suppressed);

#endif
