/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers to bytes. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <proto/rtpproxy.h>

#define VERSION_REPLY "20040107"

enum {
	BAD_SUBCOMMAND = 3,
	BAD_FAMILY = 36,
	BAD_PARTY = 37,
	BAD_LABEL = 31,
	NO_CODECS = 35,
	NOT_FOUND = 50,
	NOT_RECORDED = 50,
	NO_PROMPT = 60,
	UNKNOWN_QUERY = 62,
	COPY_FAILED = 65,
	UNKNOWN_COUNTER = 68,
	NO_PORT = 71,
	NO_PORT_NEW = 72,
	NOTIFY_OFF = 75,
	NO_MEMORY = 81,
	NO_ROUTE = 32,
	OVERLOADED = 98,
	SHUTTING_DOWN = 99,
	TOO_BIG = 25,
	TOO_BIG_QUERY = 26,
};

/* What is being written. `len` goes on counting beyond `size`, so that overflow can be seen. */
struct writing {
	char *buf;
	size_t size, len;
};

static void put_text(struct writing *w, struct text text)
{
	if (w->len < w->size && text.len <= w->size - w->len)
		memcpy(w->buf + w->len, text.at, text.len);
	w->len += text.len;
}

static void put(struct writing *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct writing *w, const char *format, ...)
{
	char piece[400]; /* the longest is an advertised address, or a double of 309 digits */
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(piece, sizeof(piece), format, ap);
	va_end(ap);
	if (len > 0)
		put_text(w, (struct text){piece, (size_t)len < sizeof(piece) ? (size_t)len
									     : sizeof(piece) - 1});
}

static void put_cookie(struct writing *w, const struct text *cookie)
{
	if (!cookie->at)
		return;
	put_text(w, *cookie);
	put(w, " ");
}

/* A port, and the address unless any will do: then the SIP server knows better. */
static void put_endpoint(struct writing *w, const struct answer_endpoint *endpoint)
{
	put(w, "%u", (unsigned int)endpoint->port);
	if (!endpoint->wildcard)
		put(w, " %s%s", endpoint->address, endpoint->ipv6 ? " 6" : "");
}

static void put_values(struct writing *w, const struct answer *answer)
{
	for (unsigned int i = 0; i < answer->values.count; i++) {
		const struct answer_value *value = &answer->values.value[i];

		if (i)
			put(w, " ");
		if (answer->values.verbose)
			put(w, "%s=", value->name);
		if (value->is_double)
			put(w, "%f", value->real);
		else
			put(w, "%" PRIu64, value->number);
	}
}

/* The load is not measured, here as in rtpproxy: it tells overload apart, and we have none. */
static void put_info(struct writing *w, const struct answer_info *info)
{
	put(w, "sessions created: %" PRIu64 "\n", info->created);
	put(w, "active sessions: %" PRIu64 "\n", info->active);
	put(w, "active streams: %" PRIu64 "\n", info->streams);
	put(w, "packets received: %" PRIu64 "\n", info->received);
	put(w, "packets transmitted: %" PRIu64, info->transmitted);
	if (info->load)
		put(w, "\naverage load: 0.000000");
}

#define FAILED " && -1"

/* One result; those without a text are only told once something comes behind them. */
static void put_result(struct writing *w, const struct answer_sub *sub, unsigned int *untold)
{
	if (sub->kind == ANSWER_SUB_DONE) {
		(*untold)++;
		return;
	}
	for (; *untold; (*untold)--)
		put(w, " && 0");
	if (sub->kind == ANSWER_SUB_FAILED) {
		put(w, FAILED);
		return;
	}
	put(w, " && ");
	put_endpoint(w, &sub->endpoint);
}

/* The results of subcommands. What has no room is told as failed, and nothing behind it. */
static void put_results(struct writing *w, const struct answer *answer)
{
	unsigned int untold = 0;

	for (unsigned int i = 0; i < answer->sub_count; i++) {
		const size_t before = w->len;

		put_result(w, &answer->sub[i], &untold);
		if (w->len == before || w->len + strlen(FAILED "\n") <= w->size)
			continue;
		w->len = before;
		put(w, FAILED);
		break;
	}
}

static void put_copy(struct writing *w, const struct command *command, const struct answer *answer)
{
	if (command->record.tell_port && answer->endpoint.port)
		put_endpoint(w, &answer->endpoint);
	else
		put(w, "0");
}

static void put_answer(struct writing *w, const struct rtpproxy_config *config,
		       const struct command *command, const struct answer *answer)
{
	switch (command->verb) {
	case COMMAND_UPDATE:
	case COMMAND_LOOKUP:
		put_endpoint(w, &answer->endpoint);
		put_results(w, answer);
		break;
	case COMMAND_QUERY:
		put_values(w, answer);
		put_results(w, answer);
		break;
	case COMMAND_COUNTERS:
		put_values(w, answer);
		break;
	case COMMAND_INFO:
		put_info(w, &answer->info);
		break;
	case COMMAND_VERSION:
		put(w, VERSION_REPLY);
		break;
	case COMMAND_FEATURE:
		put(w, "%d", rtpproxy_feature(config, command->feature.date));
		break;
	case COMMAND_COPY:
		put_copy(w, command, answer);
		break;
	case COMMAND_DELETE:
	case COMMAND_DELETE_ALL:
	case COMMAND_PLAY:
	case COMMAND_STOP_PLAY:
	case COMMAND_RECORD:
	case COMMAND_STOP_RECORD:
		put(w, "0");
		break;
	}
	put(w, "\n");
}

static int error_code(const struct rtpproxy_config *config, const struct command *command,
		      enum answer_status status)
{
	switch (status) {
	case ANSWER_OK:
		break;
	case ANSWER_UNKNOWN_NAME:
		return command->verb == COMMAND_QUERY ? UNKNOWN_QUERY : UNKNOWN_COUNTER;
	case ANSWER_OVERLOADED:
		return config->refuse_code ? config->refuse_code : OVERLOADED;
	case ANSWER_NOT_FOUND:
		return NOT_FOUND;
	case ANSWER_NO_PORT:
		return NO_PORT;
	case ANSWER_NO_PORT_NEW:
		return NO_PORT_NEW;
	case ANSWER_NO_FAMILY:
		return BAD_FAMILY;
	case ANSWER_BAD_ADDRESS:
		return BAD_PARTY;
	case ANSWER_NO_ROUTE:
		return NO_ROUTE;
	case ANSWER_NOTIFY_OFF:
		return NOTIFY_OFF;
	case ANSWER_SHUTTING_DOWN:
		return SHUTTING_DOWN;
	case ANSWER_NO_MEMORY:
		return NO_MEMORY;
	case ANSWER_BAD_LABEL:
		return BAD_LABEL;
	case ANSWER_BAD_SUBCOMMAND:
		return BAD_SUBCOMMAND;
	case ANSWER_NO_PROMPT:
		return NO_PROMPT;
	case ANSWER_NO_CODECS:
		return NO_CODECS;
	case ANSWER_NOT_RECORDED:
		return NOT_RECORDED;
	case ANSWER_COPY_FAILED:
		return COPY_FAILED;
	}
	return 0;
}

size_t rtpproxy_refuse(const struct text *cookie, int code, char *buf, size_t size)
{
	struct writing w = {buf, size, 0};

	put_cookie(&w, cookie);
	put(&w, "E%d\n", code == RTPPROXY_E0 ? 0 : code);
	return w.len <= size ? w.len : 0;
}

/* Clients read the figures of Q and G into buffers of their own: these replies have a limit. */
static size_t limit(const struct command *command, size_t size)
{
	bool figures = command->verb == COMMAND_QUERY || command->verb == COMMAND_COUNTERS;

	return figures && size >= RTPPROXY_REPLY ? RTPPROXY_REPLY - 1 : size;
}

size_t rtpproxy_reply(const struct rtpproxy_config *config, const struct text *cookie,
		      const struct command *command, const struct answer *answer, char *buf,
		      size_t size)
{
	struct writing w = {buf, limit(command, size), 0};
	bool known = command->verb == COMMAND_VERSION || command->verb == COMMAND_FEATURE;
	int code = known ? 0 : error_code(config, command, answer->status);

	if (code && !(code == NOT_FOUND && command->verb == COMMAND_LOOKUP))
		return rtpproxy_refuse(cookie, code, buf, size);
	put_cookie(&w, cookie);
	if (code) /* L of an unknown call: no error, but no port either */
		put(&w, "0\n");
	else
		put_answer(&w, config, command, answer);
	if (w.len <= w.size)
		return w.len;
	code = command->verb == COMMAND_QUERY ? TOO_BIG_QUERY : TOO_BIG;
	return rtpproxy_refuse(cookie, code, buf, size);
}
