/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that are not right, in every way there is: nothing may come of them, or a whole stream.
 */
#include "journal_forge.h"

/* Adopts bytes that may be wrong; what comes of it must be whole, or nothing. */
static bool try(struct world *w, const uint8_t *data, size_t len)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world_count before = world_count(w), after;
	unsigned int bent;
	int err = adopt(w, 1, data, len, 0, &bent);
	struct stream *s;

	if (!err) {
		s = w->engine.calls.all;
		record_of(w, s, buf);
		journal_resume_media(&w->engine, s);
		sweep(&w->engine, 1, w->now);
		if (w->engine.calls.all)
			engine_end_stream(&w->engine, s, STREAM_DELETED, w->now);
		world_bury(w);
		w->now += 10 * SECOND;
		w->said[0] = '\0';
	} else {
		assert_true(err == -EBADMSG);
	}
	after = world_count(w);
	before.last_id = after.last_id;
	before.ports4.resting = after.ports4.resting = 0;
	before.ports6.resting = after.ports6.resting = 0;
	assert_memory_equal(&before, &after, sizeof(before));
	return !err;
}

static void test_cut_off(void **state)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new(), *next = world_new();
	size_t len = rich_record(w, buf);
	unsigned int adopted = 0;

	(void)state;
	next->now = w->now;
	for (size_t cut = 0; cut < len; cut++)
		adopted += try(next, buf, cut);
	print_message("  of %zu cuts %u left a stream\n", len, adopted);
	assert_true(try(next, buf, len));
	assert_in_range(adopted, 0, 5);
	world_free(next);
	world_free(w);
}

static void test_each_byte_changed(void **state)
{
	static uint8_t buf[JOURNAL_RECORD];
	struct world *w = world_new(), *next = world_new();
	size_t len = rich_record(w, buf);
	unsigned int adopted = 0, tries = 0;

	(void)state;
	next->now = w->now;
	for (size_t at = 0; at < len; at++) {
		static const uint8_t flip[] = {0x01, 0x02, 0x80, 0xff, 0x7f, 0x10};

		for (size_t i = 0; i < sizeof(flip); i++, tries++) {
			buf[at] ^= flip[i];
			adopted += try(next, buf, len);
			buf[at] ^= flip[i];
		}
	}
	print_message("  of %u changes %u left a stream\n", tries, adopted);
	assert_true(adopted > 0 && adopted < tries);
	world_free(next);
	world_free(w);
}

/* A stream with a Call-ID and an endless prompt of this length. */
static size_t long_texts(uint8_t *buf, const char *text, size_t len)
{
	struct tlv_writer w = {.buf = buf, .size = JOURNAL_RECORD};
	size_t leg;

	tlv_put(&w, JOURNAL_STREAM_CALL_ID, text, len);
	tlv_put(&w, JOURNAL_STREAM_TAG, "f", 1);
	leg = tlv_open(&w, JOURNAL_STREAM_CALLEE);
	tlv_put_number(&w, JOURNAL_LEG_PORT, 35000);
	tlv_put(&w, JOURNAL_LEG_CODECS, text, len);
	tlv_close(&w, leg);
	return w.len;
}

static void test_not_a_record(void **state)
{
	static uint8_t zero[JOURNAL_RECORD + 1], buf[JOURNAL_RECORD];
	static char text[JOURNAL_TEXT + 1];
	struct world *w = world_new();
	unsigned int bent;

	(void)state;
	assert_int_equal(adopt(w, 1, zero, 0, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, 1, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, XRP_JOURNAL_DATA, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, JOURNAL_RECORD, 0, &bent), -EBADMSG);
	assert_int_equal(adopt(w, 1, zero, sizeof(zero), 0, &bent), -EBADMSG);
	memset(text, 'x', sizeof(text));
	assert_int_equal(adopt(w, 1, buf, long_texts(buf, text, JOURNAL_TEXT + 1), 0, &bent),
			 -EBADMSG);
	assert_int_equal(adopt(w, 1, buf, long_texts(buf, text, JOURNAL_TEXT), 0, &bent), 0);
	assert_int_equal(w->engine.calls.count, 1);
	world_free(w);
}

/* One thing at a time that cannot be, in a record that is right otherwise. */
enum where { IN_STREAM, IN_LEG, IN_RTP, IN_RTCP };

static const struct wrong_case {
	const char *sentence;
	enum where where;
	const char *items; /* put in addition; an item of that type is left out for it */
	size_t len;
} wrong_cases[] = {
#define ROW(sentence, where, items)                                                                \
	{                                                                                          \
		sentence, where, items, sizeof(items) - 1                                          \
	}
	ROW("type 0", IN_STREAM, "\0\0"),
	ROW("an item that is cut off", IN_STREAM, "\x63\x05"),
	ROW("a length that does not end", IN_LEG, "\x63\x80\x80\x80\x00"),
	ROW("no Call-ID", IN_STREAM, "\x01\x00"),
	ROW("a NUL in the Call-ID", IN_STREAM,
	    "\x01\x03"
	    "a\0b"),
	ROW("no tag", IN_STREAM, "\x02\x00"),
	ROW("a NUL in the tag", IN_STREAM, "\x02\x01\0"),
	ROW("an item twice", IN_STREAM, "\x03\x01\x01\x03\x01\x01"),
	ROW("an unknown item twice", IN_STREAM, "\x63\x01\x01\x63\x01\x01"),
	ROW("strong is 2", IN_STREAM, "\x03\x01\x02"),
	ROW("complete with one leg", IN_STREAM, "\x04\x01\x01"),
	ROW("a time of 9 bytes", IN_STREAM, "\x06\x09\1\0\0\0\0\0\0\0\0"),
	ROW("a NUL in whom to notify", IN_STREAM,
	    "\x09\x02"
	    "a\0"),
	ROW("an id of 9 bytes", IN_STREAM, "\x0b\x09\1\0\0\0\0\0\0\0\0"),
	ROW("a leg twice", IN_STREAM, "\x0c\x00"),
	ROW("an odd port", IN_LEG, "\x01\x02\xb9\x88"),
	ROW("no port", IN_LEG, "\x01\x01\0"),
	ROW("port 65536", IN_LEG, "\x01\x03\0\0\1"),
	ROW("an address of 5 bytes", IN_LEG, "\x02\x05\xc0\0\2\1\0"),
	ROW("a multicast address to listen on", IN_LEG, "\x02\x04\xe0\0\0\1"),
	ROW("TOS 256", IN_LEG, "\x04\x02\0\1"),
	ROW("ptime 65536", IN_LEG, "\x05\x03\0\0\1"),
	ROW("an empty text", IN_LEG, "\x06\x00"),
	ROW("a NUL in a text", IN_LEG,
	    "\x06\x02"
	    "0\0"),
	ROW("a copy's port without a copy", IN_LEG, "\x0d\x06\xc0\0\2\1\x88\xc0"),
	ROW("a file's copy with a port", IN_LEG,
	    "\x0c\x03"
	    "abc\x0d\x06\xc0\0\2\1\x88\xc0"),
	ROW("a copy's port that is odd", IN_LEG,
	    "\x0c\x05"
	    "udp:x\x0d\x06\xc0\0\2\1\x88\xc1"),
	ROW("a copy's port that is the leg's", IN_LEG,
	    "\x0c\x05"
	    "udp:x\x0d\x06\xc0\0\2\1\x88\xb8"),
	ROW("a copy's address without a port", IN_LEG,
	    "\x0c\x05"
	    "udp:x\x0d\x06\xc0\0\2\1\0\0"),
	ROW("recorded and copied at once", IN_LEG,
	    "\x09\x01\x01\x0c\x03"
	    "abc"),
	ROW("a prompt without codecs", IN_LEG, "\x0e\x01x\x10\x01\x01"),
	ROW("codecs without a prompt", IN_LEG,
	    "\x0f\x01"
	    "0"),
	ROW("a prompt that plays no time", IN_LEG,
	    "\x0e\x01x\x0f\x01"
	    "0"),
	ROW("a prompt that plays -2 times", IN_LEG,
	    "\x0e\x01x\x0f\x01"
	    "0\x10\x04\xfe\xff\xff\xff"),
	ROW("telephone events of payload type 128", IN_LEG, "\x12\x01\x80"),
	ROW("policy 4", IN_RTP, "\x01\x01\x04"),
	ROW("state 3", IN_RTCP, "\x02\x01\x03"),
	ROW("asymmetric is 2", IN_RTP, "\x03\x01\x02"),
	ROW("an endpoint of 5 bytes", IN_RTP, "\x05\x05\xc0\0\2\1\0"),
	ROW("an endpoint of 1 byte", IN_RTP, "\x05\x01\xc0"),
	ROW("a peer without an address", IN_RTP, "\x06\x06\0\0\0\0\x0f\xa0"),
	ROW("a peer without a port", IN_RTCP, "\x06\x06\xc0\0\2\1\0\0"),
	ROW("a multicast peer", IN_RTP, "\x06\x06\xe0\0\0\1\x0f\xa0"),
	ROW("a broadcast destination", IN_RTP, "\x07\x06\xff\xff\xff\xff\x0f\xa0"),
	ROW("an RTP channel that follows RTP", IN_RTP, "\x08\x04\xc0\0\2\1"),
	ROW("a slot of 5 bytes", IN_RTP, "\x0b\x05\0\0\0\0\1"),
	ROW("jitter that is not a number", IN_RTP, "\x0f\x08\0\0\0\0\0\0\xf8\x7f"),
	ROW("infinite jitter", IN_RTP, "\x10\x08\0\0\0\0\0\0\xf0\x7f"),
	ROW("negative jitter", IN_RTP, "\x10\x08\0\0\0\0\0\0\xf0\xbf"),
	ROW("payload type 128", IN_RTP, "\x2b\x01\x80"),
#undef ROW
};

/* Is the item left out for the case? */
static bool left_out(const struct wrong_case *c, enum where where, uint8_t type)
{
	return c->where == where && c->items[0] == (char)type;
}

static void add_wrong(struct forge *f, const struct wrong_case *c, enum where where)
{
	if (c->where != where)
		return;
	memcpy(f->w.buf + f->w.len, c->items, c->len);
	f->w.len += c->len;
}

static void forge_wrong(struct forge *f, const struct wrong_case *c)
{
	size_t leg, channel;

	f->w = (struct tlv_writer){.buf = f->buf, .size = sizeof(f->buf)};
	if (!left_out(c, IN_STREAM, JOURNAL_STREAM_CALL_ID))
		tlv_put(&f->w, JOURNAL_STREAM_CALL_ID, "c", 1);
	if (!left_out(c, IN_STREAM, JOURNAL_STREAM_TAG))
		tlv_put(&f->w, JOURNAL_STREAM_TAG, "f", 1);
	leg = tlv_open(&f->w, JOURNAL_STREAM_CALLEE);
	if (!left_out(c, IN_LEG, JOURNAL_LEG_PORT))
		tlv_put_number(&f->w, JOURNAL_LEG_PORT, 35000);
	if (!left_out(c, IN_LEG, JOURNAL_LEG_BIND))
		put_bind(f, "192.0.2.1");
	channel = tlv_open(&f->w, JOURNAL_LEG_RTP);
	add_wrong(f, c, IN_RTP);
	tlv_close(&f->w, channel);
	channel = tlv_open(&f->w, JOURNAL_LEG_RTCP);
	add_wrong(f, c, IN_RTCP);
	tlv_close(&f->w, channel);
	add_wrong(f, c, IN_LEG);
	tlv_close(&f->w, leg);
	add_wrong(f, c, IN_STREAM);
}

static void test_what_cannot_be(void **state)
{
	static const struct wrong_case nothing = {"nothing", IN_STREAM, "", 0};
	struct world *w = world_new();
	struct forge f;
	unsigned int bent;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong_cases) / sizeof(wrong_cases[0]); i++) {
		print_message("  %s\n", wrong_cases[i].sentence);
		forge_wrong(&f, &wrong_cases[i]);
		assert_refused(w, 1, &f, -EBADMSG);
	}
	forge_wrong(&f, &nothing);
	assert_int_equal(adopt(w, 1, f.buf, f.w.len, 0, &bent), 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_each_byte_changed),
		cmocka_unit_test(test_not_a_record),
		cmocka_unit_test(test_what_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
