/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON values as text for people. A ring of buffers keeps the callers free of bookkeeping. */
#include "format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FORMAT_LONGEST 1024

static char *next_buffer(void)
{
	static char ring[FORMAT_RING][FORMAT_LONGEST];
	static unsigned int turn;

	return ring[turn++ % FORMAT_RING];
}

const char *format_print(const char *format, ...)
{
	char *buf = next_buffer();
	va_list args;

	va_start(args, format);
	vsnprintf(buf, FORMAT_LONGEST, format, args);
	va_end(args);
	return buf;
}

const char *format_text(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);
	size_t at = 0;
	char *buf;

	if (!text)
		return json_is_integer(value) ? format_print("%lld", json_integer_value(value))
					      : "-";
	buf = next_buffer();
	for (; *text && at + 5 < FORMAT_LONGEST; text++) {
		unsigned char c = (unsigned char)*text;

		at += (size_t)sprintf(buf + at, c < 0x20 || c > 0x7e ? "\\x%02x" : "%c", c);
	}
	buf[at] = '\0';
	return at ? buf : "\"\"";
}

double format_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

bool format_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const char *format_count_of(double value)
{
	char digits[32], *buf = next_buffer();
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%.0f", value), at = 0;

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && digits[i - 1] != '-')
			buf[at++] = ',';
		buf[at++] = digits[i];
	}
	buf[at] = '\0';
	return buf;
}

const char *format_count(const json_t *object, const char *key)
{
	return json_is_number(json_object_get(object, key))
		       ? format_count_of(format_number(object, key))
		       : "-";
}

const char *format_seconds_of(double seconds)
{
	unsigned long s = (unsigned long)seconds;

	if (seconds < 1)
		return format_print("%.0f ms", seconds * 1000);
	if (s < 60)
		return format_print("%.1f s", seconds);
	if (s < 3600)
		return format_print("%lum %02lus", s / 60, s % 60);
	if (s < 86400)
		return format_print("%luh %02lum", s / 3600, s / 60 % 60);
	return format_print("%lud %02luh", s / 86400, s / 3600 % 24);
}

const char *format_seconds(const json_t *object, const char *key)
{
	return json_is_number(json_object_get(object, key))
		       ? format_seconds_of(format_number(object, key))
		       : "-";
}
