/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts of what happens to one endpoint, one line an event, so that a test of the learner reads
 * like a call:
 *
 *	"MS EVENT = RESULT [STATE PEER DEST]"
 *
 * EVENT: `signal WHO`, `asym WHO` (signalled, asymmetric), `follow WHO` (the RTP peer is WHO),
 * `policy NAME`, `handover on` or `off`, `lapse` (as a sweep asks; RTCP was never heard),
 * `kernel SSRC SEQ` (the peer spoke in the kernel, and the daemon sweeps), `sweep`,
 * `rtp WHO SSRC SEQ`, `rtcp WHO`, `stun WHO`, `own WHO` (RTP from one of our own endpoints), `row`.
 * WHO is a name below with its usual port 4000, or NAME/PORT; `-` is nobody. RESULT is accept or
 * refuse of a packet, yes or no of the rest, with `!` behind it when the rows must be planned anew.
 * Of `row` it is the flags (P peer, H any port of the peer, p e a h: LEARN_PEER, _EXPECT, _ANY,
 *_HANDOVER) and the expected host.
 *
 * Each packet is judged by the row too: what the row calls a stranger the learner must refuse.
 */
#ifndef LEARN_SCRIPT_H
#define LEARN_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <base/endpoint.h>
#include <core/learn.h>

struct learn_case {
	const char *sentence;
	enum learn_policy policy;
	enum { ON_RTP, ON_RTCP, ON_LOOPBACK } kind;
	const char *const *script; /* ends with NULL */
};
#define SCRIPT(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const script_names[][2] = {
	{"alice", "203.0.113.10"},    /* a public address */
	{"bob", "203.0.113.20"},      /* another one */
	{"home", "192.168.1.10"},     /* what a phone behind NAT thinks it is */
	{"work", "10.9.8.7"},	      /* likewise, elsewhere */
	{"shared", "100.64.3.4"},     /* likewise, behind a carrier's NAT */
	{"nat", "198.51.100.7"},      /* the NAT's public address */
	{"mallory", "198.51.100.66"}, /* nobody we want to hear of */
	{"trent", "198.51.100.77"},   /* her brother */
	{"six", "2001:db8::10"},
	{"link", "169.254.7.7"},
	{"local", "127.0.0.1"},
	{"group", "239.1.2.3"},
	{"group6", "ff02::1"},
	{"null", "0.0.0.0"},
	{"null6", "::"},
	{"all", "255.255.255.255"},
};

/* The endpoint of "NAME" or "NAME/PORT"; none for "-". */
static struct xrp_endpoint script_endpoint(const char *who)
{
	const char *slash = strchr(who, '/');
	size_t len = slash ? (size_t)(slash - who) : strlen(who);
	struct xrp_addr addr;

	if (!strcmp(who, "-"))
		return (struct xrp_endpoint){.zero = 0};
	for (size_t i = 0; i < sizeof(script_names) / sizeof(script_names[0]); i++) {
		const char *name = script_names[i][0];

		if (strlen(name) != len || strncmp(name, who, len))
			continue;
		assert_int_equal(addr_parse(script_names[i][1], &addr), 0);
		return endpoint_make(&addr, slash ? (uint16_t)atoi(slash + 1) : 4000);
	}
	fail_msg("no such name: %s", who);
	return (struct xrp_endpoint){.zero = 0};
}

struct script_run {
	struct learn learn;
	struct learn_seen seen;
	const char *line;
};

/* One line, cut into words; absent words are "". */
struct script_line {
	unsigned long ms;
	char event[16], who[24], a[12], b[12];
	char result[16], state[16], peer[24], dest[24];
};

static void script_cut(struct script_run *run, struct script_line *line)
{
	const char *right = strstr(run->line, " = ");

	memset(line, 0, sizeof(*line));
	if (!right || sscanf(run->line, "%lu %15[^ =] %23[^ =] %11[^ =] %11[^ =]", &line->ms,
			     line->event, line->who, line->a, line->b) < 2)
		fail_msg("not a line: %s", run->line);
	sscanf(right + 3, "%15s %15s %23s %23s", line->result, line->state, line->peer, line->dest);
}

static void script_expect(struct script_run *run, const char *what, const char *got,
			  const char *wanted)
{
	if (strcmp(got, wanted))
		fail_msg("\"%s\": %s is %s", run->line, what, got);
}

static void script_expect_endpoint(struct script_run *run, const char *what,
				   const struct xrp_endpoint *got, const char *wanted)
{
	struct xrp_endpoint ep = script_endpoint(wanted);
	char text[ENDPOINT_TEXT];

	if (!xrp_endpoint_equal(got, &ep))
		fail_msg("\"%s\": %s is %s", run->line, what, endpoint_format(got, text));
}

/* Hands the learner a packet, as a slow path does: only what the row lets up. */
static const char *script_packet(struct script_run *run, const struct learn_packet *p)
{
	struct xrp_flow row = {.flags = XRP_FLOW_OPEN};
	struct learn_decision d;
	enum xrp_admit admit;

	learn_confirm(&run->learn, &run->seen);
	learn_admission(&run->learn, &row);
	assert_true(row.flags & XRP_FLOW_OPEN);
	admit = xrp_admit(&row, &p->source);
	if (admit == XRP_ADMIT_HANDOVER && !xrp_is_silent(run->seen.last_seen, p->now))
		admit = XRP_ADMIT_STRANGER;
	d = learn_packet(&run->learn, p, &run->seen);
	if (admit == XRP_ADMIT_STRANGER && (d.verdict == LEARN_ACCEPT || d.changed))
		fail_msg("\"%s\": the row would have dropped it", run->line);
	if (admit == XRP_ADMIT_PEER && d.verdict != LEARN_ACCEPT && !p->own)
		fail_msg("\"%s\": the row would have relayed it", run->line);
	if (d.verdict == LEARN_ACCEPT) {
		run->seen.last_seen = p->now;
		if (p->media == XRP_MEDIA_RTP)
			run->seen = (struct learn_seen){p->now, true, p->rtp.ssrc, p->rtp.sequence};
		return d.changed ? "accept!" : "accept";
	}
	return d.changed ? "refuse!" : "refuse";
}

static const char *script_media(struct script_run *run, const struct script_line *line)
{
	struct learn_packet p = {
		.source = script_endpoint(line->who),
		.media = XRP_MEDIA_OTHER,
		.own = !strcmp(line->event, "own"),
		.now = line->ms * 1000000,
	};

	if (!strcmp(line->event, "rtp") || p.own) {
		p.media = XRP_MEDIA_RTP;
		p.rtp.ssrc = (uint32_t)atoi(line->a);
		p.rtp.sequence = (uint16_t)atoi(line->b);
	} else if (!strcmp(line->event, "rtcp")) {
		p.media = XRP_MEDIA_RTCP;
	} else if (strcmp(line->event, "stun") != 0) {
		fail_msg("no such event: %s", line->event);
	}
	return script_packet(run, &p);
}

static void script_row(struct script_run *run, const struct script_line *line)
{
	static const struct {
		unsigned int flag;
		char letter;
	} letters[] = {{XRP_FLOW_PEER, 'P'},	   {XRP_FLOW_PEER_HOST, 'H'},
		       {XRP_FLOW_LEARN_PEER, 'p'}, {XRP_FLOW_LEARN_EXPECT, 'e'},
		       {XRP_FLOW_LEARN_ANY, 'a'},  {XRP_FLOW_LEARN_HANDOVER, 'h'}};
	/* what an earlier plan left must not stay */
	struct xrp_flow row = {.flags = 0xffff, .expect = {{1, 2, 3, 4}}};
	struct xrp_endpoint expect = {.zero = 0};
	char text[8] = "", *end = text;

	learn_admission(&run->learn, &row);
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (row.flags & letters[i].flag)
			*end++ = letters[i].letter;
	script_expect(run, "flags", *text ? text : "-", line->result);
	assert_true(xrp_endpoint_equal(&row.peer, &run->learn.peer));
	expect.addr = row.expect;
	if (line->state[0] && strcmp(line->state, "-") != 0)
		expect.port = script_endpoint(line->state).port;
	script_expect_endpoint(run, "expect", &expect, line->state[0] ? line->state : "-");
}

static bool script_policy(struct script_run *run, const char *name)
{
	enum learn_policy policy = LEARN_ANY;

	assert_int_equal(learn_policy_parse(name, &policy), 0);
	learn_confirm(&run->learn, &run->seen);
	return learn_set_policy(&run->learn, policy);
}

static const char *script_event(struct script_run *run, const struct script_line *line)
{
	struct xrp_endpoint who = {.zero = 0};
	bool changed;

	if (!strcmp(line->event, "kernel")) {
		run->seen = (struct learn_seen){line->ms * 1000000, true, (uint32_t)atoi(line->who),
						(uint16_t)atoi(line->a)};
		return learn_confirm(&run->learn, &run->seen) ? "yes!" : "no";
	}
	if (!strcmp(line->event, "sweep"))
		return learn_confirm(&run->learn, &run->seen) ? "yes!" : "no";
	if (!strcmp(line->event, "policy"))
		return script_policy(run, line->who) ? "yes!" : "no";
	if (!strcmp(line->event, "handover"))
		return learn_set_handover(&run->learn, !strcmp(line->who, "on")) ? "yes!" : "no";
	if (!strcmp(line->event, "lapse"))
		return learn_lapse(&run->learn, 0, line->ms * 1000000) ? "yes!" : "no";
	if (strcmp(line->event, "signal") != 0 && strcmp(line->event, "asym") != 0 &&
	    strcmp(line->event, "follow") != 0)
		return script_media(run, line);
	who = script_endpoint(line->who);
	if (!strcmp(line->event, "follow"))
		changed = learn_follow(&run->learn, &who);
	else
		changed = learn_signal(&run->learn, &who, line->event[0] == 'a');
	return changed ? "yes!" : "no";
}

/* Runs a case; fails the test with the line that went wrong. */
static void script_run(const struct learn_case *c)
{
	struct script_run run = {.line = ""};
	struct script_line line;

	learn_init(&run.learn, c->policy, c->kind == ON_RTCP, c->kind == ON_LOOPBACK);
	for (const char *const *at = c->script; *at; at++) {
		run.line = *at;
		script_cut(&run, &line);
		if (!strcmp(line.event, "row")) {
			script_row(&run, &line);
			continue;
		}
		script_expect(&run, "the result", script_event(&run, &line), line.result);
		if (!line.state[0])
			continue;
		script_expect(&run, "the state", learn_state_name(run.learn.state), line.state);
		script_expect_endpoint(&run, "the peer", &run.learn.peer, line.peer);
		script_expect_endpoint(&run, "the destination", &run.learn.dest, line.dest);
	}
}

#endif
