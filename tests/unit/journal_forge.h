/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that no daemon has written. */
#ifndef XRP_TESTS_JOURNAL_FORGE_H
#define XRP_TESTS_JOURNAL_FORGE_H

#include "journal_fixture.h"

/* A record of its own making: "type=" items of a stream with one leg, changed by the tests below.
 */
struct forge {
	uint8_t buf[4096];
	struct tlv_writer w;
};

static inline void put_endpoint(struct forge *f, uint8_t type, const char *addr, uint16_t port)
{
	struct xrp_endpoint ep = endpoint_of(addr, port);
	uint8_t out[18];
	bool v4 = addr_is_v4(&ep.addr);
	size_t len = v4 ? 4 : 16;

	memcpy(out, (uint8_t *)&ep.addr + 16 - len, len);
	memcpy(out + len, &ep.port, 2);
	tlv_put(&f->w, type, out, len + 2);
}

static inline void put_bind(struct forge *f, const char *addr)
{
	struct xrp_endpoint ep = endpoint_of(addr, 0);

	tlv_put(&f->w, JOURNAL_LEG_BIND, (uint8_t *)&ep.addr + 12, 4);
}

static inline void forge_begin(struct forge *f, const char *call_id, const char *tag)
{
	f->w = (struct tlv_writer){.buf = f->buf, .size = sizeof(f->buf)};
	tlv_put(&f->w, JOURNAL_STREAM_CALL_ID, call_id, strlen(call_id));
	tlv_put(&f->w, JOURNAL_STREAM_TAG, tag, strlen(tag));
	tlv_put_number(&f->w, JOURNAL_STREAM_CREATED, WORLD_START);
}

/* The beginning of a callee's leg with this port; close it with tlv_close. */
static inline size_t forge_leg(struct forge *f, uint8_t side, uint16_t port)
{
	size_t leg = tlv_open(&f->w, side);

	tlv_put_number(&f->w, JOURNAL_LEG_PORT, port);
	put_bind(f, "192.0.2.1");
	tlv_put_number(&f->w, JOURNAL_LEG_TTL, 60 * SECOND);
	tlv_put_number(&f->w, JOURNAL_LEG_TOUCHED, WORLD_START);
	return leg;
}

static inline void forge_stream(struct forge *f, const char *call_id, uint16_t port)
{
	forge_begin(f, call_id, "f");
	tlv_close(&f->w, forge_leg(f, JOURNAL_STREAM_CALLEE, port));
}

/* Nothing may have changed by a refusal. */
static inline void assert_refused(struct world *w, uint64_t id, const struct forge *f, int why)
{
	struct world_count before = world_count(w), after;
	unsigned int bent;

	assert_int_equal(adopt(w, id, f->buf, f->w.len, 0, &bent), why);
	after = world_count(w);
	assert_memory_equal(&before, &after, sizeof(before));
}

#endif
