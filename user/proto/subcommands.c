/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Subcommands: a table has a row a letter. Whatever is wrong with one is the same error, so the
 * functions only say yes or no.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <core/learn.h>
#include <proto/address.h>
#include <proto/modifiers.h>
#include <proto/subcommands.h>

#define DTMF_MODULE  "3:1" /* catch_dtmf of rtpproxy, its first instance */
#define DTMF_PAYLOAD 101

struct sub_reading {
	const struct rtpproxy_config *config;
	const struct words_list *words;
	struct text modifiers; /* what follows the letter */
	struct subcommand *sub;
};

/* A decimal number up to `most`; nothing else may be in `text`. */
static bool read_number(struct text text, unsigned int most, unsigned int *number)
{
	uint64_t value = 0;

	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!isdigit((unsigned char)text.at[i]))
			return false;
		value = value * 10 + (uint64_t)(text.at[i] - '0');
		if (value > most)
			return false;
	}
	*number = (unsigned int)value;
	return true;
}

/* Takes `prefix` off the front of `text`, if it is there. */
static bool take_prefix(struct text *text, const char *prefix)
{
	const size_t len = strlen(prefix);

	if (text->len < len || memcmp(text->at, prefix, len) != 0)
		return false;
	*text = (struct text){text->at + len, text->len - len};
	return true;
}

static bool read_delete(struct sub_reading *r)
{
	r->sub->kind = SUBCOMMAND_DELETE;
	r->sub->weak = r->modifiers.len > 0;
	return modifiers_only(r->modifiers, "w");
}

/* S rtcp=regenerate, S rtcp=forward: ours, and of the whole call. */
static bool read_rtcp(struct sub_reading *r, struct text how)
{
	r->sub->kind = SUBCOMMAND_RTCP;
	r->sub->set.value = text_equal(how, text_of("regenerate"));
	return !r->modifiers.len && (r->sub->set.value || text_equal(how, text_of("forward")));
}

static bool read_positive(struct sub_reading *r, struct text number)
{
	return modifiers_only(r->modifiers, "r") &&
	       read_number(number, INT_MAX, &r->sub->set.value) && r->sub->set.value > 0;
}

static bool read_ttl(struct sub_reading *r, struct text seconds)
{
	r->sub->kind = SUBCOMMAND_TTL;
	return read_positive(r, seconds);
}

static bool read_tos(struct sub_reading *r, struct text tos)
{
	r->sub->kind = SUBCOMMAND_TOS;
	return read_positive(r, tos);
}

/* Ours: who may become the party's peer. */
static bool read_learn(struct sub_reading *r, struct text name)
{
	r->sub->kind = SUBCOMMAND_LEARN;
	if (!modifiers_only(r->modifiers, "r"))
		return false;
	for (unsigned int i = LEARN_STRICT; i <= LEARN_ANY; i++) {
		r->sub->set.value = i;
		if (text_equal(name, text_of(learn_policy_name((enum learn_policy)i))))
			return true;
	}
	return false;
}

static bool read_handover(struct sub_reading *r, struct text on)
{
	r->sub->kind = SUBCOMMAND_HANDOVER;
	return modifiers_only(r->modifiers, "r") && read_number(on, 1, &r->sub->set.value);
}

static const struct sub_setting {
	const char *prefix;
	bool (*read)(struct sub_reading *reading, struct text value);
} sub_settings[] = {
	{"ttl=", read_ttl},	{"tos=", read_tos},	      {"rtcp=", read_rtcp},
	{"learn=", read_learn}, {"handover=", read_handover},
};

/* S NAME=VALUE; r: of the other party's side. */
static bool read_set(struct sub_reading *r)
{
	struct text setting = words_at(r->words, 1);

	r->sub->set.reverse = r->modifiers.len > 0;
	for (size_t i = 0; i < sizeof(sub_settings) / sizeof(sub_settings[0]); i++) {
		if (take_prefix(&setting, sub_settings[i].prefix))
			return sub_settings[i].read(r, setting);
	}
	return false;
}

/* The other party's address has to be right at once: the command is not carried out otherwise. */
static bool read_lookup(struct sub_reading *r)
{
	struct command_update *lookup = &r->sub->lookup;

	r->sub->kind = SUBCOMMAND_LOOKUP;
	if (modifiers_read(r->config, r->modifiers, lookup))
		return false;
	address_of_party(words_at(r->words, 1), words_at(r->words, 2), lookup);
	return lookup->address_kind != COMMAND_ADDRESS_BAD;
}

static bool read_copy(struct sub_reading *r)
{
	r->sub->kind = SUBCOMMAND_COPY;
	r->sub->copy.call_id = words_at(r->words, 1);
	r->sub->copy.from_tag = words_at(r->words, 2);
	r->sub->copy.to_tag = words_at(r->words, 3);
	return !r->modifiers.len;
}

/* M3:1 TAG [PT [h]]. Of modules there is only this one. */
static bool read_module(struct sub_reading *r)
{
	struct text payload_type = words_at(r->words, 2), letters = words_at(r->words, 3);
	unsigned int number = DTMF_PAYLOAD;

	r->sub->kind = SUBCOMMAND_DTMF;
	if (!text_equal(r->modifiers, text_of(DTMF_MODULE)))
		return false;
	r->sub->dtmf.tag = words_at(r->words, 1);
	take_prefix(&payload_type, "pt=");
	if (payload_type.at && !read_number(payload_type, 127, &number))
		return false;
	r->sub->dtmf.payload_type = (uint8_t)number;
	r->sub->dtmf.hide = letters.len > 0;
	return words_escapes_right(r->sub->dtmf.tag) && modifiers_only(letters, "h");
}

static const struct sub_verb {
	char letter;
	unsigned int min, max; /* words, the letter's included */
	bool both_parties;     /* only behind a U that names both */
	bool (*read)(struct sub_reading *reading);
} sub_verbs[] = {
	{'d', 1, 1, false, read_delete}, {'s', 2, 2, false, read_set},
	{'l', 3, 3, true, read_lookup},	 {'c', 4, 4, true, read_copy},
	{'m', 2, 4, false, read_module},
};

static const struct sub_verb *find_sub_verb(char letter)
{
	for (size_t i = 0; i < sizeof(sub_verbs) / sizeof(sub_verbs[0]); i++)
		if (sub_verbs[i].letter == tolower((unsigned char)letter))
			return &sub_verbs[i];
	return NULL;
}

int subcommand_read(const struct rtpproxy_config *config, const struct command *command,
		    const struct words_list *words, struct subcommand *sub)
{
	const struct text first = words->word[0];
	const struct sub_verb *verb = find_sub_verb(*first.at);
	struct sub_reading r = {.config = config,
				.words = words,
				.modifiers = {first.at + 1, first.len - 1},
				.sub = sub};

	if (!verb || words->count < verb->min || words->count > verb->max)
		return -EINVAL;
	if (verb->both_parties && (command->verb != COMMAND_UPDATE || !command->to_tag.at))
		return -EINVAL;
	return verb->read(&r) ? 0 : -EINVAL;
}
