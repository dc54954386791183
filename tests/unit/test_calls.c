/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls as data: each file of tests/data/calls is a script of commands, packets and time, with the
 * replies, judgements and rows that must follow. Parser, engine, planner, judge and sweep run as in
 * the daemon; only the kernel's statistics and the host's addresses are made up.
 *
 *   # comment
 *   listen ADDRESS [ADDRESS] | policy NAME | ttl S | setup S   (before the first command)
 *   at SECONDS                the clock
 *   > COMMAND                 a command as on a unix socket
 *   < REPLY                   what it must be answered
 *   row LOCAL TEXT...         the row planned for the local endpoint; "row LOCAL none"
 *   packet SRC > LOCAL KIND   a packet of the slow path; KIND: rtp SSRC SEQ, rtcp, rr, other
 *   sends SRC > DST | drops   what must become of it
 *   kernel LOCAL N SSRC SEQ   the program has relayed N more packets, the last with SEQ
 *   sweep                     one sweep over all streams
 *   streams N                 so many must be up
 *   ended CALL-ID HOW         so must the last stream have ended that did
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/endpoint.h>
#include <core/judge.h>
#include <core/plan.h>
#include <core/sweep.h>
#include <proto/rtpproxy.h>

#define SLOTS 1024

static struct xrp_flow_stats kernel_stats[SLOTS];

struct script {
	const char *name;
	int line;
	struct engine engine;
	bool running;
	uint64_t now;
	char reply[1024];
	bool sent;
	struct judge_send send;
	char ended[64];
	enum stream_end end;
};

static bool world_is_local(void *ctx, const struct xrp_addr *addr)
{
	char text[ADDR_TEXT];

	(void)ctx;
	addr_format(addr, text);
	return !strcmp(text, "192.0.2.1") || !strcmp(text, "192.0.2.2") ||
	       !strcmp(text, "127.0.0.1") || !strcmp(text, "2001:db8::1");
}

static int world_source(void *ctx, const struct xrp_addr *remote, struct xrp_addr *source)
{
	(void)ctx;
	return addr_parse(addr_is_v4(remote) ? "192.0.2.2" : "2001:db8::1", source);
}

/* Port 35039 is another program's, which is found out when it matters. */
static void world_ports_look(void *ctx)
{
	struct script *s = ctx;

	ports_foreign(s->engine.ports4, 35039, true);
}

static const struct xrp_flow_stats *world_stats(void *ctx, uint32_t slot)
{
	(void)ctx;
	return &kernel_stats[slot];
}

static struct notify_target *world_notify(void *ctx, struct text word)
{
	return text_equal(word, text_of("unix:/nt")) ? ctx : NULL;
}

static void world_notify_put(void *ctx, struct notify_target *target)
{
	assert_ptr_equal(ctx, target);
}

/* Media: a handle in the leg for each thing that is done, and no more. */
static int world_record(void *ctx, struct leg *leg, bool single)
{
	(void)single;
	if (leg->tap)
		return -EALREADY;
	leg->tap = ctx;
	return 0;
}

static int world_copy(void *ctx, struct leg *leg, struct text target, bool single,
		      struct xrp_endpoint *told)
{
	assert_int_equal(addr_parse("192.0.2.1", &told->addr), 0);
	told->port = htons(40000);
	return target.len && !memcmp(target.at, "bad", 3) ? -EINVAL
							  : world_record(ctx, leg, single);
}

static int world_stop(void *ctx, struct leg *leg)
{
	(void)ctx;
	if (!leg->tap)
		return -ENOENT;
	leg->tap = NULL;
	return 0;
}

static int world_play(void *ctx, struct leg *leg, struct text prompt, struct text codecs, int count)
{
	(void)codecs;
	leg->player = count ? ctx : NULL;
	return prompt.at[0] == '/' ? -ENOENT : 0;
}

static void world_stop_play(void *ctx, struct leg *leg)
{
	(void)ctx;
	leg->player = NULL;
}

static int world_repacketise(void *ctx, struct leg *leg)
{
	leg->repacketiser = leg->ptime ? ctx : NULL;
	return 0;
}

static int world_digits(void *ctx, struct leg *leg, struct text tag, uint8_t payload_type,
			bool hide)
{
	(void)tag;
	(void)hide;
	leg->digits = ctx;
	leg->digits_type = payload_type;
	return 0;
}

static int world_copy_stream(void *ctx, struct stream *stream, struct stream *other, bool reversed)
{
	(void)ctx;
	stream->copy_of = other;
	stream->copy_reversed = reversed;
	return 0;
}

static void world_release(void *ctx, struct leg *leg)
{
	(void)ctx;
	leg->tap = NULL;
	leg->player = NULL;
	leg->repacketiser = NULL;
	leg->digits = NULL;
}

static const struct engine_media world_media = {
	.record = world_record,
	.copy = world_copy,
	.stop = world_stop,
	.play = world_play,
	.stop_play = world_stop_play,
	.repacketise = world_repacketise,
	.digits = world_digits,
	.copy_stream = world_copy_stream,
	.release = world_release,
};

static struct xrp_endpoint endpoint_of(const char *text)
{
	char addr[ADDR_TEXT];
	const char *colon = strrchr(text, ':');
	size_t len = (size_t)(colon - text);
	struct xrp_addr a;

	assert_non_null(colon);
	if (*text == '[') {
		text++;
		len -= 2;
	}
	snprintf(addr, sizeof(addr), "%.*s", (int)len, text);
	assert_int_equal(addr_parse(addr, &a), 0);
	return endpoint_make(&a, (uint16_t)atoi(colon + 1));
}

static void wrong(const struct script *s, const char *want, const char *got)
{
	fail_msg("%s:%d: wanted '%s', got '%s'", s->name, s->line, want, got);
}

static void script_start(struct script *s)
{
	if (s->running)
		return;
	memset(kernel_stats, 0, sizeof(kernel_stats));
	s->running = true;
	s->engine.ops = (struct engine_ops){
		.address_is_local = world_is_local,
		.source_towards = world_source,
		.ports_look = world_ports_look,
		.stats = world_stats,
		.notify_find = world_notify,
		.notify_put = world_notify_put,
		.media = &world_media,
		.ctx = s,
	};
	s->engine.ports4 = ports_new(35000, 35039, true, 5000000000ULL, 1);
	s->engine.ports6 = ports_new(35000, 35039, true, 5000000000ULL, 1);
	s->engine.slots = slots_new(SLOTS, 0, 1);
}

/* What the synchroniser does with what ended, without maps. */
static void script_bury(struct script *s)
{
	struct stream *e;

	while ((e = s->engine.calls.ended)) {
		s->engine.calls.ended = e->next;
		snprintf(s->ended, sizeof(s->ended), "%.*s", (int)e->call->id_len, e->call->id);
		s->end = e->end;
		engine_account(&s->engine, e, s->now);
		stream_free(e);
	}
}

static void do_command(struct script *s, char *args)
{
	const struct rtpproxy_config config = {.bridge = s->engine.config.bridge, .notify = true};
	struct rtpproxy_request request;
	struct answer answer;
	size_t len;
	int code;

	script_start(s);
	code = rtpproxy_parse(&config, args, strlen(args), false, &request);
	if (code) {
		len = rtpproxy_refuse(&request.cookie, code, s->reply, sizeof(s->reply));
	} else {
		engine_run(&s->engine, &request.command, s->now, &answer);
		len = rtpproxy_reply(&config, &request.cookie, &request.command, &answer, s->reply,
				     sizeof(s->reply));
	}
	assert_true(len > 0 && len < sizeof(s->reply));
	s->reply[len - 1] = '\0'; /* the LF */
	script_bury(s);
}

static void do_reply(struct script *s, char *args)
{
	if (strcmp(args, s->reply))
		wrong(s, args, s->reply);
}

static void row_text(const struct xrp_flow *row, char *buf, size_t size)
{
	static const char *const names[] = {
		"open",	     "peer", "host",	"relay",   "rtcp", "learn-peer", "learn-expect",
		"learn-any", "up",   "up-type", "up-rtcp", "copy", "loop",	 "learn-handover"};
	char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT];
	size_t n = 0;

	buf[0] = '\0';
	for (int i = 0; i < 14; i++) {
		if (row->flags & (1 << i))
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? "," : "", names[i]);
	}
	if (row->flags & XRP_FLOW_PEER)
		n += (size_t)snprintf(buf + n, size - n, " peer=%s",
				      endpoint_format(&row->peer, a));
	if (row->flags & XRP_FLOW_LEARN_EXPECT)
		n += (size_t)snprintf(buf + n, size - n, " expect=%s",
				      addr_format(&row->expect, a));
	if (row->flags & XRP_FLOW_RELAY)
		snprintf(buf + n, size - n, " out=%s>%s", endpoint_format(&row->out_src, a),
			 endpoint_format(&row->out_dst, b));
}

static struct channel *channel_at(struct script *s, const char *local)
{
	struct xrp_endpoint ep = endpoint_of(local);

	return calls_channel(&s->engine.calls, &ep);
}

static void do_row(struct script *s, char *args)
{
	const struct plan_way way = {.nexthop = 7};
	char *want = strchr(args, ' ');
	struct channel *ch;
	struct xrp_flow row;
	char got[512] = "none";

	assert_non_null(want);
	*want++ = '\0';
	ch = channel_at(s, args);
	if (ch) {
		plan_flow(ch, &way, &row);
		row_text(&row, got, sizeof(got));
		assert_true(xrp_endpoint_equal(&row.self, &ch->local));
	}
	if (strcmp(want, got))
		wrong(s, want, got);
}

/* A sender report, an empty receiver report ("rr"), or one that lies in some way. */
static size_t make_rtcp(const char *kind, uint8_t *data)
{
	const bool sender = !strcmp(kind, "rtcp");

	data[1] = sender ? 200 : 201;
	data[3] = sender ? 6 : 1;
	if (!strcmp(kind, "rr-too-long"))
		data[3] = 2;
	else if (!strcmp(kind, "rr-of-blocks"))
		data[0] |= 1;
	else if (!strcmp(kind, "bye"))
		data[1] = 203;
	if (strcmp(kind, "rr-and-more") != 0)
		return sender ? 28 : 8;
	memcpy(data + 8, (const uint8_t[]){0x81, 202, 0, 9}, 4);
	return 16;
}

static void do_packet(struct script *s, char *args)
{
	uint8_t data[28] = {0x80, 0};
	struct judge_packet p = {.data = data, .len = 20, .now = s->now};
	char src[64], local[64], kind[16];
	unsigned int ssrc = 0, seq = 0;

	assert_true(sscanf(args, "%63s > %63s %15s %x %u", src, local, kind, &ssrc, &seq) >= 3);
	data[2] = (uint8_t)(seq >> 8);
	data[3] = (uint8_t)seq;
	for (int i = 0; i < 4; i++)
		data[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
	if (!strcmp(kind, "other"))
		data[0] = 0;
	else if (strcmp(kind, "rtp") != 0)
		p.len = make_rtcp(kind, data);
	p.source = endpoint_of(src);
	p.local = endpoint_of(local);
	s->sent = judge(&s->engine, &p, &s->send);
}

static void do_sends(struct script *s, char *args)
{
	char a[ENDPOINT_TEXT], b[ENDPOINT_TEXT], got[2 * ENDPOINT_TEXT + 4] = "drops";

	if (s->sent)
		snprintf(got, sizeof(got), "%s > %s", endpoint_format(&s->send.src, a),
			 endpoint_format(&s->send.dst, b));
	if (strcmp(got, args))
		wrong(s, args, got);
}

static void do_drops(struct script *s, char *args)
{
	(void)args;
	if (s->sent)
		wrong(s, "drops", "sends");
}

static void do_kernel(struct script *s, char *args)
{
	struct xrp_rtp rtp = {0};
	struct xrp_flow_stats *k;
	unsigned int count, ssrc, seq;
	struct channel *ch;
	char local[64];

	assert_int_equal(sscanf(args, "%63s %u %x %u", local, &count, &ssrc, &seq), 4);
	ch = channel_at(s, local);
	assert_non_null(ch);
	k = &kernel_stats[ch->slot];
	if (k->generation != ch->generation)
		*k = (struct xrp_flow_stats){.generation = ch->generation};
	rtp.ssrc = ssrc;
	for (unsigned int i = 0; i < count; i++) {
		rtp.sequence = (uint16_t)(seq - count + 1 + i);
		xrp_rtp_count(k, &rtp, s->now, ch->ts_per_ns);
	}
	k->packets += count;
	k->last_seen = s->now;
}

static void do_sweep(struct script *s, char *args)
{
	(void)args;
	sweep(&s->engine, s->engine.calls.count, s->now);
	script_bury(s);
}

static void do_streams(struct script *s, char *args)
{
	char got[16];

	snprintf(got, sizeof(got), "%u", s->engine.calls.count);
	if (strcmp(got, args))
		wrong(s, args, got);
}

static void do_ended(struct script *s, char *args)
{
	static const char *const ends[] = {"deleted", "timeout", "setup-timeout", "shutdown"};
	char got[96];

	snprintf(got, sizeof(got), "%s %s", s->ended, ends[s->end]);
	if (strcmp(got, args))
		wrong(s, args, got);
}

static void do_at(struct script *s, char *args)
{
	s->now = (uint64_t)(atof(args) * 1e9) + 1000000000000ULL;
}

/* listen A [B]: one network, or two that are bridged. */
static void do_listen(struct script *s, char *args)
{
	struct engine_config *c = &s->engine.config;
	char *second = strchr(args, ' ');

	if (second)
		*second++ = '\0';
	c->bridge = c->asymmetric = second != NULL;
	c->address_count = second ? 2 : 1;
	if (!strcmp(args, "*"))
		c->address[0].addr = addr_any(AF_INET);
	else
		assert_int_equal(addr_parse(args, &c->address[0].addr), 0);
	if (second)
		assert_int_equal(addr_parse(second, &c->address[1].addr), 0);
}

static void do_policy(struct script *s, char *args)
{
	assert_int_equal(learn_policy_parse(args, &s->engine.config.policy), 0);
}

static void do_ttl(struct script *s, char *args)
{
	s->engine.config.ttl = (uint64_t)atoi(args) * 1000000000ULL;
}

static void do_setup(struct script *s, char *args)
{
	s->engine.config.setup_ttl = (uint64_t)atoi(args) * 1000000000ULL;
}

static const struct {
	const char *word;
	void (*run)(struct script *s, char *args);
} words[] = {
	{"listen", do_listen}, {"policy", do_policy},	{"ttl", do_ttl},     {"setup", do_setup},
	{"at", do_at},	       {">", do_command},	{"<", do_reply},     {"row", do_row},
	{"packet", do_packet}, {"sends", do_sends},	{"drops", do_drops}, {"kernel", do_kernel},
	{"sweep", do_sweep},   {"streams", do_streams}, {"ended", do_ended},
};

static void script_line(struct script *s, char *line)
{
	char *args;

	line[strcspn(line, "\n")] = '\0';
	if (!*line || *line == '#')
		return;
	args = strchr(line, ' ');
	if (args)
		*args++ = '\0';
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i].word, line)) {
			words[i].run(s, args);
			return;
		}
	}
	fail_msg("%s:%d: unknown word '%s'", s->name, s->line, line);
}

static void run_script(void **state)
{
	struct script s = {.name = *state};
	char line[512];
	FILE *f = fopen(s.name, "re");

	assert_non_null(f);
	s.engine.config = (struct engine_config){.ttl = 60000000000ULL,
						 .setup_ttl = 60000000000ULL,
						 .policy = LEARN_AUTO,
						 .notify = true,
						 .max_streams = 100};
	do_listen(&s, (char[]){"192.0.2.1"});
	do_at(&s, (char[]){"0"});
	while (fgets(line, sizeof(line), f)) {
		s.line++;
		script_line(&s, line);
	}
	fclose(f);
	calls_free(&s.engine.calls);
	ports_free(s.engine.ports4);
	ports_free(s.engine.ports6);
	slots_free(s.engine.slots);
}

static int is_script(const struct dirent *d)
{
	return strstr(d->d_name, ".txt") != NULL;
}

/* A test for each script; the paths are the tests' names and stay as long as they run. */
static struct CMUnitTest *tests_of(const char *dir, struct dirent **files, int count)
{
	struct CMUnitTest *tests = calloc((size_t)count, sizeof(*tests));

	for (int i = 0; tests && i < count; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, files[i]->d_name) < 0) {
			free(tests);
			return NULL;
		}
		tests[i] = (struct CMUnitTest){path, run_script, NULL, NULL, path};
	}
	return tests;
}

static void tests_free(struct CMUnitTest *tests, struct dirent **files, int count)
{
	for (int i = 0; i < count; i++) {
		free(tests[i].initial_state);
		free(files[i]);
	}
	free(tests);
	free(files);
}

int main(void)
{
	static const char dir[] = "tests/data/calls";
	struct dirent **files = NULL;
	int count = scandir(dir, &files, is_script, alphasort), failed;
	struct CMUnitTest *tests;

	if (count <= 0 || !files) {
		fprintf(stderr, "no scripts in %s: run from the top of the tree\n", dir);
		free(files);
		return 1;
	}
	tests = tests_of(dir, files, count);
	if (!tests)
		return 1;
	failed = _cmocka_run_group_tests("calls", tests, (size_t)count, NULL, NULL);
	tests_free(tests, files, count);
	return failed;
}
