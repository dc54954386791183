/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See requests.h. */
#include <ctype.h>
#include <string.h>
#include <base/log.h>
#include <daemon/refusal.h>
#include <daemon/relay.h>
#include <daemon/requests.h>
#include <daemon/sync.h>
#include <proto/dupcache.h>
#include <proto/rtpproxy.h>

#define LOG_TEXT 400

static struct rtpproxy_config requests_config(const struct relay *relay)
{
	return (struct rtpproxy_config){
		.bridge = relay->engine.config.bridge,
		.notify = relay->engine.config.notify,
		.refuse_code = (int)relay->options->refuse_code,
	};
}

static void requests_log(const struct control_request *request, const char *reply, size_t len)
{
	char asked[LOG_TEXT], answered[LOG_TEXT];

	if (!log_wants(LOG_DEBUG))
		return;
	log_event(LOG_DEBUG, "command", "request=%s reply=%s",
		  log_value(request->data, request->len, asked, sizeof(asked)),
		  log_value(reply, len, answered, sizeof(answered)));
}

static bool requests_gave_port(const struct rtpproxy_request *parsed)
{
	return parsed->command.verb == COMMAND_UPDATE || parsed->command.verb == COMMAND_LOOKUP;
}

/*
 * A refusal ("COOKIE E1") that comes as a request is another relay's, or our own other socket's,
 * answer to a forged packet. Answered, it would go back and forth for ever.
 */
static bool requests_is_refusal(const struct control_request *request)
{
	const char *at = memchr(request->data, ' ', request->len);
	size_t left = at ? request->len - (size_t)(at - request->data) - 1 : 0;

	return request->cookie && left > 1 && left < 6 && at[1] == 'E' &&
	       isdigit((unsigned char)at[2]);
}

static size_t requests_run(struct relay *relay, const struct rtpproxy_request *parsed, char *reply,
			   size_t size)
{
	const struct rtpproxy_config config = requests_config(relay);
	struct engine *engine = &relay->engine;
	struct answer answer;

	engine_run(engine, &parsed->command, relay_now(), &answer);
	if (answer.status == ANSWER_OK)
		engine->totals.command_successes++;
	else
		engine->totals.command_errors++;
	if (answer.refusal.cause)
		refusal_log(engine, &answer.refusal);
	if (sync_run(relay) && answer.status == ANSWER_OK && requests_gave_port(parsed))
		answer.status = ANSWER_NO_PORT; /* a port without its row is no port */
	return rtpproxy_reply(&config, &parsed->cookie, &parsed->command, &answer, reply, size);
}

size_t requests_handle(void *ctx, const struct control_request *request, char *reply, size_t size)
{
	struct relay *relay = ctx;
	const struct rtpproxy_config config = requests_config(relay);
	struct rtpproxy_request parsed;
	struct text before = {0};
	uint64_t now = relay_now();
	size_t len;
	int code;

	if (requests_is_refusal(request))
		return 0;
	code = rtpproxy_parse(&config, request->data, request->len, request->cookie, &parsed);
	if (parsed.cookie.at)
		before = dupcache_find(relay->dupcache, request->client, request->client_len,
				       parsed.cookie, now);
	if (before.at && before.len <= size) {
		relay->engine.totals.command_duplicates++;
		memcpy(reply, before.at, before.len);
		return before.len;
	}
	relay->engine.totals.commands++;
	if (code) {
		relay->engine.totals.command_errors++;
		len = rtpproxy_refuse(&parsed.cookie, code, reply, size);
	} else {
		relay->request = request;
		len = requests_run(relay, &parsed, reply, size);
		relay->request = NULL;
	}
	relay->engine.totals.replies++;
	if (parsed.cookie.at)
		dupcache_store(relay->dupcache, request->client, request->client_len, parsed.cookie,
			       (struct text){reply, len}, now);
	requests_log(request, reply, len);
	return len;
}
