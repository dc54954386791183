/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Type-length-value items: a type of one byte (never 0), a length of 7 bits a byte, the lowest
 * first (LEB128), the value. A group is an item whose value is items. Numbers are little-endian and
 * as short as they can be. The reader trusts nothing; the writer remembers that it ran out of room.
 */
#ifndef XRP_CORE_TLV_H
#define XRP_CORE_TLV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tlv_cursor {
	const uint8_t *at, *end;
};

struct tlv_item {
	uint8_t type;
	const uint8_t *data;
	size_t len;
	const uint8_t *whole; /* with type and length; it ends where data does */
};

struct tlv_cursor tlv_begin(const uint8_t *data, size_t len);
/* The next item: 1, 0 at the end, or -EBADMSG (cut off, type 0, a length that lies). */
int tlv_next(struct tlv_cursor *cursor, struct tlv_item *item);
/* The first item of a type among those well-formed; false when there is none. */
bool tlv_find(struct tlv_cursor cursor, uint8_t type, struct tlv_item *item);
/* Its value as a number: 0, or -EBADMSG when it is longer than 8 bytes. */
int tlv_number(const struct tlv_item *item, uint64_t *number);

struct tlv_writer {
	uint8_t *buf;
	size_t size, len;
	bool full; /* something did not fit: what is there is worthless */
};

void tlv_put(struct tlv_writer *writer, uint8_t type, const void *data, size_t len);
void tlv_put_number(struct tlv_writer *writer, uint8_t type, uint64_t number);
/* An item as it was read. */
void tlv_put_item(struct tlv_writer *writer, const struct tlv_item *item);
/* Begins a group; what is returned is for tlv_close, which takes an empty group back. */
size_t tlv_open(struct tlv_writer *writer, uint8_t type);
void tlv_close(struct tlv_writer *writer, size_t opened);

#endif
