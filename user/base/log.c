/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Logging from one thread, without allocation. In the foreground a line begins with the time (UTC)
 * and the level, as nobody else adds them; syslog adds both itself. A line is put together first
 * and written at once, so lines of several processes do not mix.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <base/log.h>

#define LOG_LINE 2048 /* longer lines are cut */

static struct {
	bool to_syslog;
	int level;
} log_target = {.level = LOG_INFO};

static const char *const level_names[] = {
	[LOG_EMERG] = "emerg", [LOG_ALERT] = "alert",	  [LOG_CRIT] = "crit",
	[LOG_ERR] = "err",     [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
};

void log_setup(bool to_syslog, int facility, int level)
{
	if (to_syslog)
		openlog("xdp-rtpproxy", LOG_PID | LOG_NDELAY, facility);
	log_target.to_syslog = to_syslog;
	log_target.level = level;
}

bool log_wants(int level)
{
	return level <= log_target.level;
}

/* Writes "2026-11-21T07:00:00.123Z info " to `buf`; returns its length. */
static size_t write_head(char *buf, size_t size, int level)
{
	struct timespec now;
	struct tm tm;
	size_t len;
	int more;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	more = snprintf(buf + len, size - len, ".%03ldZ %s ", now.tv_nsec / 1000000,
			level_names[level & LOG_PRIMASK]);
	return len + (size_t)more;
}

/* No byte of a line may end it or move the cursor, whatever slipped through. */
static void make_printable(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
}

/* What snprintf returned, as the length that is really there in `size` bytes. */
static size_t written(int result, size_t size)
{
	if (result < 0)
		return 0;
	return (size_t)result < size ? (size_t)result : size - 1;
}

static void write_line(int level, char *line, size_t len)
{
	if (log_target.to_syslog) {
		syslog(level, "%s", line);
		return;
	}
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* there is nowhere left to complain */
}

void log_event(int level, const char *event, const char *pairs, ...)
{
	const size_t size = LOG_LINE - 1; /* room for the newline */
	char line[LOG_LINE];
	size_t len = 0;
	va_list args;

	if (!log_wants(level))
		return;
	if (!log_target.to_syslog)
		len = write_head(line, size, level);
	len += written(snprintf(line + len, size - len, "event=%s ", event), size - len);
	va_start(args, pairs);
	len += written(vsnprintf(line + len, size - len, pairs, args), size - len);
	va_end(args);
	if (line[len - 1] == ' ')
		line[--len] = 0;
	make_printable(line, len);
	write_line(level, line, len);
}

/* How many characters the byte takes inside double quotes. */
static size_t quoted_width(unsigned char c)
{
	if (c < ' ' || c > '~')
		return 4;
	return c == '"' || c == '\\' ? 2 : 1;
}

static bool is_plain(unsigned char c)
{
	return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '=';
}

static char *quote_byte(unsigned char c, char *out)
{
	static const char hex[] = "0123456789abcdef";

	switch (quoted_width(c)) {
	case 4:
		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[c >> 4];
		*out++ = hex[c & 15];
		return out;
	case 2:
		*out++ = '\\';
		break;
	}
	*out++ = (char)c;
	return out;
}

char *log_value(const char *text, size_t len, char *buf, size_t size)
{
	const unsigned char *in = (const unsigned char *)text;
	size_t width = 0, room;
	bool plain = len > 0, cut;
	char *out = buf;

	if (size < sizeof("\"...\"")) {
		if (size)
			buf[0] = 0;
		return buf;
	}
	for (size_t i = 0; i < len; i++) {
		plain = plain && is_plain(in[i]);
		width += quoted_width(in[i]);
	}
	room = size - 1 - (plain ? 0 : 2);
	cut = width > room;
	if (cut)
		room -= 3;
	if (!plain)
		*out++ = '"';
	for (size_t i = 0; i < len && quoted_width(in[i]) <= room; i++) {
		room -= quoted_width(in[i]);
		out = quote_byte(in[i], out);
	}
	if (cut)
		out = mempcpy(out, "...", 3);
	if (!plain)
		*out++ = '"';
	*out = 0;
	return buf;
}

bool log_allow(struct log_limit *limit, unsigned int *suppressed)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (limit->window != (unsigned long)now.tv_sec) {
		limit->window = (unsigned long)now.tv_sec;
		limit->used = 0;
	}
	if (limit->used >= limit->burst) {
		limit->suppressed++;
		*suppressed = limit->suppressed;
		return false;
	}
	limit->used++;
	*suppressed = limit->suppressed;
	limit->suppressed = 0;
	return true;
}
