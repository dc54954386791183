/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of requests of the rtpproxy protocol: the bytes, and the command in words or the error
 * code. Here is how a command is put into words. The codes are those that rtpproxy 3.2 was seen to
 * answer.
 */
#ifndef XRP_TESTS_RTPPROXY_SAY_H
#define XRP_TESTS_RTPPROXY_SAY_H

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <base/endpoint.h>
#include <proto/rtpproxy.h>

#define TEXT(t) (t).at ? (int)(t).len : 1, (t).at ? (t).at : "-"

struct row {
	const char *request; /* without cookie */
	const char *expect;  /* "E1" ..., or the command as say() puts it */
};

static void say_bind(const struct command_update *u, char *buf, size_t size)
{
	char address[ADDR_TEXT];

	if (u->bind == COMMAND_BIND_DEFAULT)
		return;
	if (u->bind == COMMAND_BIND_LABEL) {
		snprintf(buf, size, " label=%.*s", TEXT(u->bind_label));
		return;
	}
	snprintf(buf, size, " %s=%s", u->bind == COMMAND_BIND_LOCAL ? "local" : "remote",
		 addr_format(&u->bind_address, address));
}

static void say_address(const struct command_update *u, char *buf, size_t size)
{
	static const char *const kind[] = {"none", "", "hold", "bad"};

	if (u->address_kind == COMMAND_ADDRESS_GIVEN)
		endpoint_format(&u->address, buf);
	else
		snprintf(buf, size, "%s", kind[u->address_kind]);
}

static void say_update(const struct command *c, char *buf, size_t size)
{
	const struct command_update *u = &c->update;
	char address[ENDPOINT_TEXT], bind[ADDR_TEXT + 16] = "", more[256] = "", ptime[16] = "";

	say_address(u, address, sizeof(address));
	say_bind(u, bind, sizeof(bind));
	if (u->ptime)
		snprintf(ptime, sizeof(ptime), " ptime=%u", u->ptime);
	if (u->codecs.at)
		snprintf(more, sizeof(more), " codecs=%.*s", TEXT(u->codecs));
	if (u->notify_socket.at)
		snprintf(more, sizeof(more), " notify=%.*s,%.*s", TEXT(u->notify_socket),
			 TEXT(u->notify_tag));
	snprintf(buf, size, "%c %.*s %.*s %.*s %s%s%s%s%s%s%s%.2s%s%s%s",
		 c->verb == COMMAND_UPDATE ? 'U' : 'L', TEXT(c->call_id), TEXT(c->from_tag),
		 TEXT(c->to_tag), address, u->asymmetric ? " asymmetric" : "",
		 u->symmetric ? " symmetric" : "", u->weak ? " weak" : "",
		 u->new_port ? " new" : "", u->ipv6 ? " ipv6" : "", u->direction[0] ? " " : "",
		 u->direction, bind, ptime, more);
}

static void say_play(const struct command *c, char *buf, size_t size)
{
	snprintf(buf, size, "P %.*s %.*s %.*s %d %.*s %.*s", TEXT(c->call_id), TEXT(c->from_tag),
		 TEXT(c->to_tag), c->play.count, TEXT(c->play.prompt), TEXT(c->play.codecs));
}

static void say_record(const struct command *c, char *buf, size_t size)
{
	snprintf(buf, size, "%c %.*s %.*s %.*s %.*s%s%s", c->verb == COMMAND_RECORD ? 'R' : 'C',
		 TEXT(c->call_id), TEXT(c->from_tag), TEXT(c->to_tag), TEXT(c->record.target),
		 c->record.single_file ? " single" : "", c->record.tell_port ? " tell" : "");
}

static void say_names(const struct command *c, char *buf, size_t size)
{
	size_t len = (size_t)snprintf(buf, size, "%s", c->verb == COMMAND_QUERY ? "Q" : "G");

	if (c->verb == COMMAND_QUERY)
		len += (size_t)snprintf(buf + len, size - len, " %.*s %.*s %.*s", TEXT(c->call_id),
					TEXT(c->from_tag), TEXT(c->to_tag));
	if (c->names.verbose)
		len += (size_t)snprintf(buf + len, size - len, " verbose");
	for (unsigned int i = 0; i < c->names.count; i++)
		len += (size_t)snprintf(buf + len, size - len, " %.*s", TEXT(c->names.name[i]));
}

static void say_verb(const struct command *c, char *buf, size_t size)
{
	switch (c->verb) {
	case COMMAND_UPDATE:
	case COMMAND_LOOKUP:
		say_update(c, buf, size);
		break;
	case COMMAND_DELETE:
		snprintf(buf, size, "D %.*s %.*s %.*s%s", TEXT(c->call_id), TEXT(c->from_tag),
			 TEXT(c->to_tag), c->remove.weak ? " weak" : "");
		break;
	case COMMAND_QUERY:
	case COMMAND_COUNTERS:
		say_names(c, buf, size);
		break;
	case COMMAND_INFO:
		snprintf(buf, size, "I%s", c->info.load ? " load" : "");
		break;
	case COMMAND_DELETE_ALL:
		snprintf(buf, size, "X");
		break;
	case COMMAND_VERSION:
		snprintf(buf, size, "V");
		break;
	case COMMAND_FEATURE:
		snprintf(buf, size, "VF %.*s", TEXT(c->feature.date));
		break;
	case COMMAND_PLAY:
		say_play(c, buf, size);
		break;
	case COMMAND_RECORD:
	case COMMAND_COPY:
		say_record(c, buf, size);
		break;
	case COMMAND_STOP_PLAY:
	case COMMAND_STOP_RECORD:
		snprintf(buf, size, "%c %.*s %.*s %.*s%s", c->verb == COMMAND_STOP_PLAY ? 'S' : 'N',
			 TEXT(c->call_id), TEXT(c->from_tag), TEXT(c->to_tag),
			 c->stop_record.both ? " both" : "");
		break;
	}
}

/* As of an L without call-id and tags. */
static void say_lookup(const struct command_update *lookup, char *buf, size_t size)
{
	const struct command c = {.verb = COMMAND_LOOKUP, .update = *lookup};

	say_update(&c, buf, size);
}

static void say_sub(const struct subcommand *s, char *buf, size_t size)
{
	switch (s->kind) {
	case SUBCOMMAND_DELETE:
		snprintf(buf, size, "D%s", s->weak ? " weak" : "");
		break;
	case SUBCOMMAND_LOOKUP:
		say_lookup(&s->lookup, buf, size);
		break;
	case SUBCOMMAND_TTL:
	case SUBCOMMAND_TOS:
		snprintf(buf, size, "%s %u%s", s->kind == SUBCOMMAND_TTL ? "ttl" : "tos",
			 s->set.value, s->set.reverse ? " reverse" : "");
		break;
	case SUBCOMMAND_RTCP:
		snprintf(buf, size, "rtcp %s", s->set.value ? "regenerate" : "forward");
		break;
	case SUBCOMMAND_LEARN:
	case SUBCOMMAND_HANDOVER:
		snprintf(buf, size, "%s %u%s", s->kind == SUBCOMMAND_LEARN ? "learn" : "handover",
			 s->set.value, s->set.reverse ? " reverse" : "");
		break;
	case SUBCOMMAND_COPY:
		snprintf(buf, size, "C %.*s %.*s %.*s", TEXT(s->copy.call_id),
			 TEXT(s->copy.from_tag), TEXT(s->copy.to_tag));
		break;
	case SUBCOMMAND_DTMF:
		snprintf(buf, size, "dtmf %.*s %u%s", TEXT(s->dtmf.tag), s->dtmf.payload_type,
			 s->dtmf.hide ? " hide" : "");
		break;
	}
}

static void say(const struct command *c, char *buf, size_t size)
{
	size_t len;

	say_verb(c, buf, size);
	for (unsigned int i = 0; i < c->sub_count; i++) {
		len = strlen(buf);
		snprintf(buf + len, size - len, " && ");
		say_sub(&c->sub[i], buf + len + 4, size - len - 4);
	}
}

static void parse_and_say(bool bridge, const char *data, size_t len, char *buf, size_t size)
{
	const struct rtpproxy_config config = {.bridge = bridge};
	struct rtpproxy_request request;
	char *exact = malloc(len ? len : 1); /* so that a sanitizer sees a step beyond the end */
	int code;

	assert_non_null(exact);
	memcpy(exact, data, len);
	code = rtpproxy_parse(&config, exact, len, false, &request);
	if (code)
		snprintf(buf, size, "E%d", code == RTPPROXY_E0 ? 0 : code);
	else
		say(&request.command, buf, size);
	free(exact);
}

static void check_rows(bool bridge, const struct row *rows, size_t count)
{
	char said[2048];

	for (size_t i = 0; i < count; i++) {
		parse_and_say(bridge, rows[i].request, strlen(rows[i].request), said, sizeof(said));
		if (strcmp(said, rows[i].expect))
			print_error("request: %s\n", rows[i].request);
		assert_string_equal(said, rows[i].expect);
	}
}
#define CHECK(bridge, rows) check_rows(bridge, rows, sizeof(rows) / sizeof((rows)[0]))

#endif
