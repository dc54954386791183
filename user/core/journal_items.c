/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A struct as items and back, by its table. See journal_items.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <base/endpoint.h>
#include <core/journal_items.h>

#define ADDR_BYTES 16
#define PORT_BYTES 2

static uint64_t load(const void *at, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case sizeof(u8):
		memcpy(&u8, at, size);
		return u8;
	case sizeof(u16):
		memcpy(&u16, at, size);
		return u16;
	case sizeof(u32):
		memcpy(&u32, at, size);
		return u32;
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}

static void store(void *at, size_t size, uint64_t number)
{
	const uint8_t u8 = (uint8_t)number;
	const uint16_t u16 = (uint16_t)number;
	const uint32_t u32 = (uint32_t)number;

	switch (size) {
	case sizeof(u8):
		memcpy(at, &u8, size);
		break;
	case sizeof(u16):
		memcpy(at, &u16, size);
		break;
	case sizeof(u32):
		memcpy(at, &u32, size);
		break;
	default:
		memcpy(at, &number, sizeof(number));
	}
}

/* An address as 4 bytes or 16; returns how many. */
static size_t pack_addr(const struct xrp_addr *addr, uint8_t *out)
{
	if (addr_is_v4(addr)) {
		memcpy(out, &addr->word[3], sizeof(addr->word[3]));
		return sizeof(addr->word[3]);
	}
	memcpy(out, addr, ADDR_BYTES);
	return ADDR_BYTES;
}

static int unpack_addr(const uint8_t *data, size_t len, struct xrp_addr *addr)
{
	__be32 v4;

	if (len == sizeof(v4)) {
		memcpy(&v4, data, len);
		*addr = addr_from_v4(v4);
		return 0;
	}
	if (len != ADDR_BYTES)
		return -EBADMSG;
	memcpy(addr, data, len);
	return 0;
}

static void write_addr(const struct journal_field *f, const void *at, struct tlv_writer *w)
{
	static const struct xrp_endpoint none;
	uint8_t out[ADDR_BYTES + PORT_BYTES];
	struct xrp_endpoint ep = {.port = 0};
	size_t len;

	memcpy(&ep, at, f->size);
	if (!memcmp(&ep, &none, sizeof(ep)))
		return;
	len = pack_addr(&ep.addr, out);
	if (f->form == JOURNAL_ENDPOINT) {
		memcpy(out + len, &ep.port, PORT_BYTES);
		len += PORT_BYTES;
	}
	tlv_put(w, f->type, out, len);
}

static void write_number(const struct journal_field *f, uint64_t number, struct tlv_writer *w)
{
	if (number)
		tlv_put_number(w, f->type, number);
}

static void write_string(const struct journal_field *f, const void *at, struct tlv_writer *w)
{
	const char *text;

	memcpy(&text, at, sizeof(text));
	if (text && *text)
		tlv_put(w, f->type, text, strlen(text));
}

static void write_field(const struct journal_field *f, const uint8_t *at, struct tlv_writer *w)
{
	struct xrp_endpoint ep;

	switch ((enum journal_form)f->form) {
	case JOURNAL_HEAD:
		break;
	case JOURNAL_NUMBER:
	case JOURNAL_REAL:
		write_number(f, load(at, f->size), w);
		break;
	case JOURNAL_PORT:
		memcpy(&ep, at, sizeof(ep));
		write_number(f, endpoint_port(&ep), w);
		break;
	case JOURNAL_ADDRESS:
	case JOURNAL_ENDPOINT:
		write_addr(f, at, w);
		break;
	case JOURNAL_STRING:
		write_string(f, at, w);
		break;
	}
}

static const struct journal_group *find_group(const struct journal_level *level, uint8_t type)
{
	for (size_t i = 0; i < level->groups; i++) {
		if (level->group[i].type == type)
			return &level->group[i];
	}
	return NULL;
}

static const struct journal_field *find_field(const struct journal_level *level, uint8_t type)
{
	for (size_t i = 0; i < level->fields; i++) {
		if (level->field[i].type == type)
			return &level->field[i];
	}
	return NULL;
}

void journal_write_items(const struct journal_level *level, const void *base,
			 struct tlv_cursor unknown, struct tlv_writer *writer)
{
	const uint8_t *at = base;
	struct tlv_item item;

	for (size_t i = 0; i < level->fields; i++)
		write_field(&level->field[i], at + level->field[i].offset, writer);
	for (size_t i = 0; i < level->groups; i++) {
		const struct journal_group *g = &level->group[i];
		struct tlv_cursor inner = tlv_begin(unknown.at, 0);
		size_t opened = tlv_open(writer, g->type);

		if (tlv_find(unknown, g->type, &item))
			inner = tlv_begin(item.data, item.len);
		journal_write_items(g->level, at + g->offset, inner, writer);
		tlv_close(writer, opened);
	}
	while (tlv_next(&unknown, &item) == 1) {
		if (!find_group(level, item.type))
			tlv_put_item(writer, &item);
	}
}

bool journal_text_is_right(const struct tlv_item *item)
{
	return item->len && item->len <= JOURNAL_TEXT && !memchr(item->data, '\0', item->len);
}

static int read_string(const struct tlv_item *item, void *at)
{
	char *text;

	if (!journal_text_is_right(item))
		return -EBADMSG;
	text = strndup((const char *)item->data, item->len);
	memcpy(at, &text, sizeof(text));
	return text ? 0 : -ENOMEM;
}

static int read_number(const struct journal_field *f, const struct tlv_item *item, void *at)
{
	uint64_t number;
	double real;

	if (tlv_number(item, &number))
		return -EBADMSG;
	if (f->form == JOURNAL_REAL) {
		memcpy(&real, &number, sizeof(real));
		if (!isfinite(real) || signbit(real))
			return -EBADMSG;
	} else if (number > f->max) {
		return -EBADMSG;
	}
	store(at, f->size, number);
	return 0;
}

static int read_port(const struct tlv_item *item, void *at)
{
	uint64_t port;
	__be16 be;

	if (tlv_number(item, &port) || port > UINT16_MAX)
		return -EBADMSG;
	be = htons((uint16_t)port);
	memcpy((uint8_t *)at + offsetof(struct xrp_endpoint, port), &be, sizeof(be));
	return 0;
}

static int read_endpoint(const struct tlv_item *item, void *at)
{
	struct xrp_endpoint ep = {.zero = 0};

	if (item->len < PORT_BYTES || unpack_addr(item->data, item->len - PORT_BYTES, &ep.addr))
		return -EBADMSG;
	memcpy(&ep.port, item->data + item->len - PORT_BYTES, PORT_BYTES);
	memcpy(at, &ep, sizeof(ep));
	return 0;
}

static int read_field(const struct journal_field *f, const struct tlv_item *item, uint8_t *at)
{
	struct xrp_addr addr;

	switch ((enum journal_form)f->form) {
	case JOURNAL_HEAD:
		break;
	case JOURNAL_NUMBER:
	case JOURNAL_REAL:
		return read_number(f, item, at);
	case JOURNAL_PORT:
		return read_port(item, at);
	case JOURNAL_ADDRESS:
		if (unpack_addr(item->data, item->len, &addr))
			return -EBADMSG;
		memcpy(at, &addr, sizeof(addr));
		break;
	case JOURNAL_ENDPOINT:
		return read_endpoint(item, at);
	case JOURNAL_STRING:
		return read_string(item, at);
	}
	return 0;
}

/* Was the type met before at this level? Notes it. */
static bool seen_before(uint64_t seen[4], uint8_t type)
{
	uint64_t bit = 1ULL << (type % 64);
	bool was = seen[type / 64] & bit;

	seen[type / 64] |= bit;
	return was;
}

static int read_item(const struct journal_level *level, const struct tlv_item *item, uint8_t *at,
		     struct tlv_writer *unknown)
{
	const struct journal_field *f = find_field(level, item->type);
	const struct journal_group *g = f ? NULL : find_group(level, item->type);
	size_t opened;
	int err;

	if (f)
		return read_field(f, item, at + f->offset);
	if (!g) {
		tlv_put_item(unknown, item);
		return 0;
	}
	opened = tlv_open(unknown, g->type);
	err = journal_read_items(g->level, tlv_begin(item->data, item->len), at + g->offset,
				 unknown);
	tlv_close(unknown, opened);
	return err;
}

int journal_read_items(const struct journal_level *level, struct tlv_cursor items, void *base,
		       struct tlv_writer *unknown)
{
	uint64_t seen[4] = {0};
	struct tlv_item item;
	int more;

	while ((more = tlv_next(&items, &item)) == 1) {
		int err = seen_before(seen, item.type) ? -EBADMSG
						       : read_item(level, &item, base, unknown);

		if (err)
			return err;
	}
	return more;
}
