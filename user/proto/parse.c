/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes to commands. A table has a row a verb; the checks are made in the order that the protocol's
 * clients have always seen: words, verb, number of words, modifiers at all, subcommands at all,
 * which modifiers, which subcommands.
 */
#include <ctype.h>
#include <limits.h>
#include <proto/address.h>
#include <proto/modifiers.h>
#include <proto/rtpproxy.h>
#include <proto/subcommands.h>
#include <proto/words.h>

enum {
	BAD_COUNT = 1,
	BAD_MODIFIER = 2,
	BAD_SUBCOMMAND = 3,
	BAD_WORDS = 5,
	BAD_RECORD_LETTER = 6,
	BAD_RECORD_MODIFIER = 7,
	BAD_DELETE_MODIFIER = 8,
	BAD_COUNTERS_MODIFIER = 9,
	BAD_NOTIFY_TAG = 10,
	BAD_PLAY_COUNT = 17,
	BAD_INFO_MODIFIER = 18,
	BAD_QUERY_MODIFIER = 19,
	BAD_PARTY = 37,
};

struct parsing {
	const struct rtpproxy_config *config;
	const struct words_list *words;
	struct text modifiers;
	struct command *command;
};

static struct text word(const struct parsing *p, unsigned int i)
{
	return words_at(p->words, i);
}

static int update_or_lookup(const struct parsing *p)
{
	struct command *command = p->command;
	int code = modifiers_read(p->config, p->modifiers, &command->update);

	if (code)
		return code;
	command->call_id = word(p, 1);
	command->from_tag = word(p, 4);
	if (p->words->count != 7)
		command->to_tag = word(p, 5);
	address_of_party(word(p, 2), word(p, 3), &command->update);
	return 0;
}

/* With seven words, the last two are the notification's and there is no to-tag. */
static int parse_update(const struct parsing *p)
{
	struct command_update *update = &p->command->update;
	unsigned int count = p->words->count;

	if (count > 6) {
		update->notify_socket = word(p, count - 2);
		update->notify_tag = word(p, count - 1);
		if (!words_escapes_right(update->notify_tag))
			return BAD_NOTIFY_TAG;
	}
	return update_or_lookup(p);
}

/* The call-id, and the tags from word `from` on. */
static void take_tags(const struct parsing *p, unsigned int from)
{
	p->command->call_id = word(p, 1);
	p->command->from_tag = word(p, from);
	p->command->to_tag = word(p, from + 1);
}

static int parse_delete(const struct parsing *p)
{
	if (!modifiers_only(p->modifiers, "w"))
		return BAD_DELETE_MODIFIER;
	p->command->remove.weak = p->modifiers.len > 0;
	take_tags(p, 2);
	return 0;
}

/* The words from `first` on are names of counters. */
static void take_names(const struct parsing *p, unsigned int first)
{
	struct command *command = p->command;

	command->names.verbose = p->modifiers.len > 0;
	for (unsigned int i = first; i < p->words->count; i++)
		command->names.name[command->names.count++] = word(p, i);
}
_Static_assert(COMMAND_COUNTER_NAMES >= WORDS_MAX - 1, "G has room for all its words");

static int parse_query(const struct parsing *p)
{
	if (!modifiers_only(p->modifiers, "v"))
		return BAD_QUERY_MODIFIER;
	take_tags(p, 2);
	take_names(p, 4);
	return 0;
}

static int parse_counters(const struct parsing *p)
{
	if (!modifiers_only(p->modifiers, "v"))
		return BAD_COUNTERS_MODIFIER;
	take_names(p, 1);
	return 0;
}

/* b (brief) is the default. */
static int parse_info(const struct parsing *p)
{
	if (!modifiers_only(p->modifiers, "bl"))
		return BAD_INFO_MODIFIER;
	for (size_t i = 0; i < p->modifiers.len; i++)
		if (tolower((unsigned char)p->modifiers.at[i]) == 'l')
			p->command->info.load = true;
	return 0;
}

/* strtol(3)'s decimal numbers; any below zero is endless. */
static bool read_count(struct text text, int *count)
{
	const bool negative = text.len && *text.at == '-';
	size_t i = text.len && (negative || *text.at == '+');
	uint64_t value = 0;

	if (i == text.len)
		return false;
	for (; i < text.len; i++) {
		if (!isdigit((unsigned char)text.at[i]))
			return false;
		if (value <= INT_MAX)
			value = value * 10 + (uint64_t)(text.at[i] - '0');
	}
	*count = value > INT_MAX ? INT_MAX : (int)value;
	if (negative && value)
		*count = -1;
	return true;
}

/* P: without a count it is played once. */
static int parse_play(const struct parsing *p)
{
	struct command *command = p->command;

	command->play.count = 1;
	if (p->modifiers.len && !read_count(p->modifiers, &command->play.count))
		return BAD_PLAY_COUNT;
	command->call_id = word(p, 1);
	command->play.prompt = word(p, 2);
	command->play.codecs = word(p, 3);
	command->from_tag = word(p, 4);
	command->to_tag = word(p, 5);
	return 0;
}

static int parse_stop_play(const struct parsing *p)
{
	take_tags(p, 2);
	return 0;
}

/* The letters of R and C. p is known in both, and refused in R. */
static int take_record_letters(const struct parsing *p)
{
	struct command *command = p->command;

	for (size_t i = 0; i < p->modifiers.len; i++) {
		switch (tolower((unsigned char)p->modifiers.at[i])) {
		case 's':
			command->record.single_file = true;
			break;
		case 'p':
			if (command->verb == COMMAND_RECORD)
				return BAD_RECORD_LETTER;
			command->record.tell_port = true;
			break;
		default:
			return BAD_RECORD_MODIFIER;
		}
	}
	return 0;
}

static int parse_record(const struct parsing *p)
{
	take_tags(p, 2);
	return take_record_letters(p);
}

static int parse_copy(const struct parsing *p)
{
	p->command->record.target = word(p, 2);
	take_tags(p, 3);
	return take_record_letters(p);
}

/* N: after an a nothing more may come. */
static int parse_stop_record(const struct parsing *p)
{
	take_tags(p, 2);
	if (!p->modifiers.len)
		return 0;
	if (tolower((unsigned char)*p->modifiers.at) != 'a')
		return BAD_RECORD_MODIFIER;
	p->command->stop_record.both = true;
	return p->modifiers.len == 1 ? 0 : BAD_RECORD_LETTER;
}

static int parse_bare(const struct parsing *p)
{
	(void)p;
	return 0;
}

static int parse_feature(const struct parsing *p)
{
	p->command->feature.date = word(p, 1);
	return 0;
}

static const struct verb {
	const char *letters;
	unsigned int min, max; /* words, the verb included */
	bool modifiers;	       /* may have any */
	bool subcommands;
	enum command_verb verb;
	int (*parse)(const struct parsing *parsing);
} verbs[] = {
	{"u", 5, 8, true, true, COMMAND_UPDATE, parse_update},
	{"l", 5, 6, true, true, COMMAND_LOOKUP, update_or_lookup},
	{"d", 3, 4, true, false, COMMAND_DELETE, parse_delete},
	{"p", 5, 6, true, false, COMMAND_PLAY, parse_play},
	{"s", 3, 4, false, false, COMMAND_STOP_PLAY, parse_stop_play},
	{"r", 3, 4, true, false, COMMAND_RECORD, parse_record},
	{"c", 4, 5, true, false, COMMAND_COPY, parse_copy},
	{"n", 3, 4, true, false, COMMAND_STOP_RECORD, parse_stop_record},
	{"q", 3, 4 + COMMAND_QUERY_NAMES, true, true, COMMAND_QUERY, parse_query},
	{"i", 1, 1, true, false, COMMAND_INFO, parse_info},
	{"g", 1, 1 + COMMAND_COUNTER_NAMES, true, false, COMMAND_COUNTERS, parse_counters},
	{"x", 1, 1, false, false, COMMAND_DELETE_ALL, parse_bare},
	{"vf", 2, 2, false, false, COMMAND_FEATURE, parse_feature}, /* before "v" */
	{"v", 1, 1, false, false, COMMAND_VERSION, parse_bare},
};

static bool begins_with(struct text text, const char *letters)
{
	size_t len = strlen(letters);

	if (text.len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (tolower((unsigned char)text.at[i]) != letters[i])
			return false;
	return true;
}

static const struct verb *find_verb(struct text first)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (begins_with(first, verbs[i].letters))
			return &verbs[i];
	return NULL;
}

/* None is carried out unless all can be read. A bad address of the party is told before. */
static int parse_subcommands(const struct rtpproxy_config *config, const struct words *words,
			     struct command *command)
{
	const bool bad_party =
		(command->verb == COMMAND_UPDATE || command->verb == COMMAND_LOOKUP) &&
		command->update.address_kind == COMMAND_ADDRESS_BAD;

	for (unsigned int i = 0; i < words->sub_count; i++)
		if (subcommand_read(config, command, &words->sub[i], &command->sub[i]))
			return bad_party ? BAD_PARTY : BAD_SUBCOMMAND;
	command->sub_count = words->sub_count;
	return 0;
}

static int parse_verb(struct parsing *p, const struct verb *verb, bool subcommands)
{
	struct text first = word(p, 0);
	size_t len = strlen(verb->letters);

	p->modifiers = (struct text){first.at + len, first.len - len};
	if (p->words->count < verb->min || p->words->count > verb->max)
		return BAD_COUNT;
	if (p->modifiers.len && !verb->modifiers)
		return BAD_MODIFIER;
	if (subcommands && !verb->subcommands)
		return BAD_SUBCOMMAND;
	p->command->verb = verb->verb;
	return verb->parse(p);
}

int rtpproxy_parse(const struct rtpproxy_config *config, const char *data, size_t len,
		   bool with_cookie, struct rtpproxy_request *request)
{
	struct words words;
	struct parsing p = {
		.config = config, .words = &words.command, .command = &request->command};
	const struct verb *verb;
	int err = words_split(&words, data, len, with_cookie);

	memset(request, 0, sizeof(*request));
	request->cookie = words.cookie;
	if (err)
		return BAD_WORDS;
	verb = find_verb(words.command.word[0]);
	if (!verb)
		return RTPPROXY_E0;
	err = parse_verb(&p, verb, words.sub_count > 0);
	return err ? err : parse_subcommands(config, &words, &request->command);
}
