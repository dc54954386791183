/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tlv.h. */
#include <errno.h>
#include <string.h>
#include <core/tlv.h>

#define LENGTH_BYTES 3 /* of a length: up to 2 MiB */

struct tlv_cursor tlv_begin(const uint8_t *data, size_t len)
{
	return (struct tlv_cursor){data, len ? data + len : data};
}

static int tlv_length(struct tlv_cursor *cursor, size_t *len)
{
	*len = 0;
	for (int i = 0; i < LENGTH_BYTES && cursor->at < cursor->end; i++) {
		uint8_t byte = *cursor->at++;

		*len |= (size_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return 0;
	}
	return -EBADMSG;
}

int tlv_next(struct tlv_cursor *cursor, struct tlv_item *item)
{
	if (cursor->at == cursor->end)
		return 0;
	item->whole = cursor->at;
	item->type = *cursor->at++;
	if (!item->type || tlv_length(cursor, &item->len) ||
	    item->len > (size_t)(cursor->end - cursor->at))
		return -EBADMSG;
	item->data = cursor->at;
	cursor->at += item->len;
	return 1;
}

bool tlv_find(struct tlv_cursor cursor, uint8_t type, struct tlv_item *item)
{
	while (tlv_next(&cursor, item) == 1) {
		if (item->type == type)
			return true;
	}
	return false;
}

int tlv_number(const struct tlv_item *item, uint64_t *number)
{
	if (item->len > sizeof(*number))
		return -EBADMSG;
	*number = 0;
	for (size_t i = 0; i < item->len; i++)
		*number |= (uint64_t)item->data[i] << (8 * i);
	return 0;
}

/* Room for `len` bytes more; NULL when there is none. */
static uint8_t *tlv_room(struct tlv_writer *writer, size_t len)
{
	uint8_t *at = writer->buf + writer->len;

	if (writer->full || len > writer->size - writer->len) {
		writer->full = true;
		return NULL;
	}
	writer->len += len;
	return at;
}

static void tlv_raw(struct tlv_writer *writer, const void *data, size_t len)
{
	uint8_t *at = len ? tlv_room(writer, len) : NULL;

	if (at)
		memcpy(at, data, len);
}

static size_t tlv_write_length(uint8_t out[LENGTH_BYTES], size_t len)
{
	size_t n = 0;

	for (; n < LENGTH_BYTES - 1 && len > 0x7f; len >>= 7)
		out[n++] = (uint8_t)(len | 0x80);
	out[n++] = (uint8_t)(len & 0x7f);
	return n;
}

void tlv_put(struct tlv_writer *writer, uint8_t type, const void *data, size_t len)
{
	uint8_t head[1 + LENGTH_BYTES] = {type};

	tlv_raw(writer, head, 1 + tlv_write_length(head + 1, len));
	tlv_raw(writer, data, len);
}

void tlv_put_number(struct tlv_writer *writer, uint8_t type, uint64_t number)
{
	uint8_t bytes[sizeof(number)];
	size_t len = 0;

	for (; number; number >>= 8)
		bytes[len++] = (uint8_t)number;
	tlv_put(writer, type, bytes, len);
}

void tlv_put_item(struct tlv_writer *writer, const struct tlv_item *item)
{
	tlv_raw(writer, item->whole, (size_t)(item->data - item->whole) + item->len);
}

size_t tlv_open(struct tlv_writer *writer, uint8_t type)
{
	size_t opened = writer->len;
	const uint8_t head[2] = {type, 0};

	tlv_raw(writer, head, sizeof(head));
	return opened;
}

void tlv_close(struct tlv_writer *writer, size_t opened)
{
	size_t body = opened + 2, len = writer->len - body, n;
	uint8_t length[LENGTH_BYTES];

	if (writer->full)
		return;
	if (!len) {
		writer->len = opened;
		return;
	}
	n = tlv_write_length(length, len);
	if (n > 1 && !tlv_room(writer, n - 1))
		return;
	memmove(writer->buf + body + n - 1, writer->buf + body, len);
	memcpy(writer->buf + opened + 1, length, n);
}
