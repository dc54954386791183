/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of the daemon's JSON as text for people. Each function writes into one of a ring of
 * buffers and returns it: good until FORMAT_RING further calls. What is missing or null reads "-".
 */
#ifndef XRP_CTL_FORMAT_H
#define XRP_CTL_FORMAT_H

#include <stdbool.h>
#include <jansson.h>

#define FORMAT_RING 16

/* The member `key` as it is: text with control and non-ASCII bytes as \xNN, so that a Call-ID
 * from outside cannot drive the terminal. */
const char *format_text(const json_t *object, const char *key);
/* A count, in groups of three digits. */
const char *format_count(const json_t *object, const char *key);
/* A span given in seconds: "20 ms", "5.2 s", "1m 40s", "2h 05m", "3d 04h". */
const char *format_seconds(const json_t *object, const char *key);
/* A number, 0 when missing. */
double format_number(const json_t *object, const char *key);
bool format_true(const json_t *object, const char *key);
/* printf into the ring. */
const char *format_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* As format_count and format_seconds, of a value at hand. */
const char *format_count_of(double value);
const char *format_seconds_of(double seconds);

#endif
