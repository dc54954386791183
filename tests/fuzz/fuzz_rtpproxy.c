/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the rtpproxy protocol. Whatever comes, the parser stays inside the request, says
 * either an error code or a command whose texts lie inside it, and a reply fits and ends in LF.
 */
#include <stdint.h>
#include <stdlib.h>
#include <core/learn.h>
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

static void check_update(const struct command_update *update, const char *data, size_t size)
{
	demand_inside(update->codecs, data, size);
	demand_inside(update->notify_socket, data, size);
	demand_inside(update->notify_tag, data, size);
	demand_inside(update->bind_label, data, size);
	demand((update->bind == COMMAND_BIND_LABEL) <= (update->bind_label.len > 0));
	demand(update->ptime < 1000);
}

static void check_sub(const struct subcommand *sub, const char *data, size_t size)
{
	switch (sub->kind) {
	case SUBCOMMAND_DELETE:
		break;
	case SUBCOMMAND_LOOKUP:
		check_update(&sub->lookup, data, size);
		demand(sub->lookup.address_kind != COMMAND_ADDRESS_BAD);
		break;
	case SUBCOMMAND_TTL:
	case SUBCOMMAND_TOS:
		demand(sub->set.value > 0 && sub->set.value <= INT32_MAX);
		break;
	case SUBCOMMAND_RTCP:
		if (sub->set.value > 1)
			abort();
		break;
	case SUBCOMMAND_LEARN:
		demand(sub->set.value <= LEARN_ANY);
		break;
	case SUBCOMMAND_HANDOVER:
		demand(sub->set.value <= 1);
		break;
	case SUBCOMMAND_COPY:
		demand(sub->copy.call_id.len && sub->copy.from_tag.len && sub->copy.to_tag.len);
		demand_inside(sub->copy.to_tag, data, size);
		break;
	case SUBCOMMAND_DTMF:
		demand(sub->dtmf.tag.len && sub->dtmf.payload_type < 128);
		demand_inside(sub->dtmf.tag, data, size);
		break;
	}
}

static void check_media(const struct command *command, const char *data, size_t size)
{
	demand(command->call_id.len && command->from_tag.len);
	if (command->verb == COMMAND_PLAY) {
		demand(command->play.count >= -1);
		demand_inside(command->play.prompt, data, size);
		demand_inside(command->play.codecs, data, size);
	} else if (command->verb == COMMAND_RECORD) {
		demand(!command->record.target.at && !command->record.tell_port);
	} else if (command->verb == COMMAND_COPY) {
		demand(command->record.target.len > 0);
		demand_inside(command->record.target, data, size);
	}
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
		check_update(&command->update, data, size);
	}
	if (command->verb >= COMMAND_PLAY)
		check_media(command, data, size);
	demand(command->sub_count <= COMMAND_SUBCOMMANDS);
	for (unsigned int i = 0; i < command->sub_count; i++)
		check_sub(&command->sub[i], data, size);
	for (unsigned int i = 0; names && i < command->names.count; i++)
		demand_inside(command->names.name[i], data, size);
}

/* As many values as were asked for, and every status. */
static void check_replies(const struct rtpproxy_config *config,
			  const struct rtpproxy_request *request)
{
	const struct command *command = &request->command;
	char reply[2048];

	for (int status = ANSWER_OK; status <= ANSWER_OVERLOADED; status++) {
		struct answer answer = {.status = (enum answer_status)status};

		if (command->verb == COMMAND_QUERY || command->verb == COMMAND_COUNTERS) {
			answer.values.count = command->names.count;
			answer.values.verbose = command->names.verbose;
			for (unsigned int i = 0; i < command->names.count; i++)
				answer.values.value[i].name = "npkts_resizer_discard";
		}
		answer.sub_count = command->sub_count;
		for (unsigned int i = 0; i < command->sub_count; i++)
			answer.sub[i].kind = command->sub[i].kind == SUBCOMMAND_LOOKUP
						     ? ANSWER_SUB_TEXT
						     : ANSWER_SUB_DONE;
		check_reply(reply,
			    rtpproxy_reply(config, &request->cookie, command, &answer, reply,
					   sizeof(reply)),
			    sizeof(reply));
	}
}

static void check(const char *data, size_t size, bool bridge, bool with_cookie)
{
	const struct rtpproxy_config config = {.bridge = bridge, .notify = bridge};
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
	check_replies(&config, &request);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int i = 0; i < 4; i++)
		check((const char *)data, size, i & 1, i & 2);
	return 0;
}
