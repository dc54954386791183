/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes to commands. A table has a row a verb; the checks are made in the order that the protocol's
 * clients have always seen: words, verb, number of words, modifiers at all, subcommands at all,
 * which modifiers, which subcommands.
 */
#include <ctype.h>
#include <proto/address.h>
#include <proto/modifiers.h>
#include <proto/rtpproxy.h>
#include <proto/words.h>

enum {
	BAD_COUNT = 1,
	BAD_MODIFIER = 2,
	BAD_SUBCOMMAND = 3,
	BAD_WORDS = 5,
	BAD_DELETE_MODIFIER = 8,
	BAD_COUNTERS_MODIFIER = 9,
	BAD_NOTIFY_TAG = 10,
	BAD_INFO_MODIFIER = 18,
	BAD_QUERY_MODIFIER = 19,
};

struct parsing {
	const struct rtpproxy_config *config;
	const struct words *words;
	struct text modifiers;
	struct command *command;
};

static struct text word(const struct parsing *p, unsigned int i)
{
	return i < p->words->count ? p->words->word[i] : (struct text){NULL, 0};
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

/* Is every % followed by two hexadecimal digits? */
static bool escapes_right(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] != '%')
			continue;
		if (text.len - i < 3 || !isxdigit((unsigned char)text.at[i + 1]) ||
		    !isxdigit((unsigned char)text.at[i + 2]))
			return false;
		i += 2;
	}
	return true;
}

/* With seven words, the last two are the notification's and there is no to-tag. */
static int parse_update(const struct parsing *p)
{
	struct command_update *update = &p->command->update;
	unsigned int count = p->words->count;

	if (count > 6) {
		update->notify_socket = word(p, count - 2);
		update->notify_tag = word(p, count - 1);
		if (!escapes_right(update->notify_tag))
			return BAD_NOTIFY_TAG;
	}
	return update_or_lookup(p);
}

/* Are all modifiers among `known` (lower case)? */
static bool only(struct text modifiers, const char *known)
{
	for (size_t i = 0; i < modifiers.len; i++)
		if (!strchr(known, tolower((unsigned char)modifiers.at[i])))
			return false;
	return true;
}

static int parse_delete(const struct parsing *p)
{
	struct command *command = p->command;

	if (!only(p->modifiers, "w"))
		return BAD_DELETE_MODIFIER;
	command->remove.weak = p->modifiers.len > 0;
	command->call_id = word(p, 1);
	command->from_tag = word(p, 2);
	command->to_tag = word(p, 3);
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
	if (!only(p->modifiers, "v"))
		return BAD_QUERY_MODIFIER;
	p->command->call_id = word(p, 1);
	p->command->from_tag = word(p, 2);
	p->command->to_tag = word(p, 3);
	take_names(p, 4);
	return 0;
}

static int parse_counters(const struct parsing *p)
{
	if (!only(p->modifiers, "v"))
		return BAD_COUNTERS_MODIFIER;
	take_names(p, 1);
	return 0;
}

/* b (brief) is the default. */
static int parse_info(const struct parsing *p)
{
	if (!only(p->modifiers, "bl"))
		return BAD_INFO_MODIFIER;
	for (size_t i = 0; i < p->modifiers.len; i++)
		if (tolower((unsigned char)p->modifiers.at[i]) == 'l')
			p->command->info.load = true;
	return 0;
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

static int parse_verb(struct parsing *p, const struct verb *verb)
{
	struct text first = word(p, 0);
	size_t len = strlen(verb->letters);
	int code;

	p->modifiers = (struct text){first.at + len, first.len - len};
	if (p->words->count < verb->min || p->words->count > verb->max)
		return BAD_COUNT;
	if (p->modifiers.len && !verb->modifiers)
		return BAD_MODIFIER;
	if (p->words->subcommands && !verb->subcommands)
		return BAD_SUBCOMMAND;
	p->command->verb = verb->verb;
	code = verb->parse(p);
	if (code)
		return code;
	return p->words->subcommands ? BAD_SUBCOMMAND : 0; /* this release knows none */
}

int rtpproxy_parse(const struct rtpproxy_config *config, const char *data, size_t len,
		   bool with_cookie, struct rtpproxy_request *request)
{
	struct words words;
	struct parsing p = {.config = config, .words = &words, .command = &request->command};
	const struct verb *verb;
	int err = words_split(&words, data, len, with_cookie);

	memset(request, 0, sizeof(*request));
	request->cookie = words.cookie;
	if (err)
		return BAD_WORDS;
	verb = find_verb(words.word[0]);
	return verb ? parse_verb(&p, verb) : RTPPROXY_E0;
}
