/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the rtpproxy protocol. Whatever comes, the parser stays inside the request, says
 * either an error code or a command whose texts lie inside it, and a reply fits and ends in LF.
 */
#include <stdint.h>
#include <stdlib.h>
#include <proto/rtpproxy.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool right)
{
	if (!right)
		abort();
}

static void demand_inside(struct text text, const char *data, size_t size)
{
	demand(!text.at || (text.at >= data && text.len <= size &&
			    (size_t)(text.at - data) <= size - text.len));
}

static void check_reply(const char *reply, size_t len, size_t size)
{
	demand(len > 0 && len <= size && reply[len - 1] == '\n');
}

static void check_command(const struct rtpproxy_request *request, const char *data, size_t size)
{
	const struct command *command = &request->command;
	const bool names = command->verb == COMMAND_QUERY || command->verb == COMMAND_COUNTERS;

	demand_inside(command->call_id, data, size);
	demand_inside(command->from_tag, data, size);
	demand_inside(command->to_tag, data, size);
	if (command->verb == COMMAND_UPDATE || command->verb == COMMAND_LOOKUP) {
		demand(command->call_id.len && command->from_tag.len);
		demand_inside(command->update.codecs, data, size);
		demand_inside(command->update.notify_tag, data, size);
		demand(command->update.ptime < 1000);
	}
	for (unsigned int i = 0; names && i < command->names.count; i++)
		demand_inside(command->names.name[i], data, size);
}

/* As many values as were asked for, and every status. */
static void check_replies(const struct rtpproxy_request *request)
{
	const struct command *command = &request->command;
	char reply[2048];

	for (int status = ANSWER_OK; status <= ANSWER_NO_MEMORY; status++) {
		struct answer answer = {.status = (enum answer_status)status};

		if (command->verb == COMMAND_QUERY || command->verb == COMMAND_COUNTERS) {
			answer.values.count = command->names.count;
			answer.values.verbose = command->names.verbose;
			for (unsigned int i = 0; i < command->names.count; i++)
				answer.values.value[i].name = "npkts_resizer_discard";
		}
		check_reply(
			reply,
			rtpproxy_reply(&request->cookie, command, &answer, reply, sizeof(reply)),
			sizeof(reply));
	}
}

static void check(const char *data, size_t size, bool bridge, bool with_cookie)
{
	const struct rtpproxy_config config = {.bridge = bridge};
	struct rtpproxy_request request;
	char reply[2048];
	int code = rtpproxy_parse(&config, data, size, with_cookie, &request);

	demand_inside(request.cookie, data, size);
	demand(with_cookie || !request.cookie.at);
	if (code) {
		check_reply(reply, rtpproxy_refuse(&request.cookie, code, reply, sizeof(reply)),
			    sizeof(reply));
		return;
	}
	check_command(&request, data, size);
	check_replies(&request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int i = 0; i < 4; i++)
		check((const char *)data, size, i & 1, i & 2);
	return 0;
}
