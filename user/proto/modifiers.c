/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of letters; each has a function that takes the letter's own argument, if it has one, off
 * the text that follows. They may come in any order, in either case, and repeatedly.
 */
#include <ctype.h>
#include <proto/address.h>
#include <proto/modifiers.h>

#define PTIME_LONGEST 999 /* ms */

enum {
	BAD_EXTERNAL = 11,
	BAD_INTERNAL = 12,
	BAD_PTIME = 13,
	BAD_CODECS = 14,
	NO_LOCAL = 15,
	NO_REMOTE = 16,
	BAD_LOCAL = 31,
	BAD_REMOTE = 32,
	UNKNOWN_MODIFIER = 35,
};

struct reading {
	struct text rest; /* what follows the letter */
	bool bridge;
	struct command_update *update;
};

static void skip(struct text *rest, size_t count)
{
	rest->at += count;
	rest->len -= count;
}

/* Takes off the characters at the front that `belongs` accepts. */
static struct text take_while(struct text *rest, bool (*belongs)(char c))
{
	struct text taken = {rest->at, 0};

	while (taken.len < rest->len && belongs(rest->at[taken.len]))
		taken.len++;
	skip(rest, taken.len);
	return taken;
}

static bool is_v4(char c)
{
	return isdigit((unsigned char)c) || c == '.';
}

static bool is_v6(char c)
{
	return isxdigit((unsigned char)c) || c == ':';
}

static bool is_list(char c)
{
	return isdigit((unsigned char)c) || c == ',';
}

static bool is_digit(char c)
{
	return isdigit((unsigned char)c);
}

static bool is_label(char c)
{
	return c != '}';
}

static int take_asymmetric(struct reading *r)
{
	r->update->asymmetric = true;
	r->update->symmetric = false;
	return 0;
}

static int take_symmetric(struct reading *r)
{
	r->update->symmetric = true;
	r->update->asymmetric = false;
	return 0;
}

/* The first letter is the network of the party, the second that of the other one. */
static int take_direction(struct reading *r, char letter, int code)
{
	struct command_update *update = r->update;

	if (!r->bridge || update->direction[1])
		return code;
	update->direction[update->direction[0] ? 1 : 0] = letter;
	return 0;
}

static int take_external(struct reading *r)
{
	return take_direction(r, 'e', BAD_EXTERNAL);
}

static int take_internal(struct reading *r)
{
	return take_direction(r, 'i', BAD_INTERNAL);
}

static int take_ipv6(struct reading *r)
{
	r->update->ipv6 = true;
	return 0;
}

static int take_weak(struct reading *r)
{
	r->update->weak = true;
	return 0;
}

static int take_new_port(struct reading *r)
{
	r->update->new_port = true;
	return 0;
}

static int take_ptime(struct reading *r)
{
	struct text digits;
	unsigned int ptime = 0;

	if (r->rest.len && *r->rest.at == '+')
		skip(&r->rest, 1);
	digits = take_while(&r->rest, is_digit);
	for (size_t i = 0; i < digits.len && ptime <= PTIME_LONGEST; i++)
		ptime = ptime * 10 + (unsigned int)(digits.at[i] - '0');
	if (!ptime || ptime > PTIME_LONGEST)
		return BAD_PTIME;
	r->update->ptime = (uint16_t)ptime;
	return 0;
}

static int take_codecs(struct reading *r)
{
	struct text list = take_while(&r->rest, is_list);

	if (!list.len || r->update->codecs.at)
		return BAD_CODECS;
	r->update->codecs = list;
	return 0;
}

/* What stands between a bracket, which is next, and its fellow; .at NULL when that is missing. */
static struct text take_enclosed(struct text *rest, char closing, bool (*belongs)(char c))
{
	struct text inside;

	skip(rest, 1);
	inside = take_while(rest, belongs);
	if (!rest->len || *rest->at != closing)
		return (struct text){NULL, 0};
	skip(rest, 1);
	return inside;
}

/* An address, 1.2.3.4 or [::1]. `missing`: there is none; `unusable`: it cannot be read. */
static int take_address(struct reading *r, enum command_bind bind, int missing, int unusable)
{
	bool ipv6 = r->rest.len && *r->rest.at == '[';
	struct text text = ipv6 ? take_enclosed(&r->rest, ']', is_v6) : take_while(&r->rest, is_v4);

	if (!text.len)
		return missing;
	if (address_read(text, ipv6, &r->update->bind_address))
		return unusable;
	r->update->bind = bind;
	return 0;
}

/* Which labels there are, the engine knows. */
static int take_label(struct reading *r)
{
	struct text label = take_enclosed(&r->rest, '}', is_label);

	if (!label.len)
		return NO_LOCAL;
	r->update->bind = COMMAND_BIND_LABEL;
	r->update->bind_label = label;
	return 0;
}

static int take_local(struct reading *r)
{
	if (r->rest.len && *r->rest.at == '{')
		return take_label(r);
	return take_address(r, COMMAND_BIND_LOCAL, NO_LOCAL, BAD_LOCAL);
}

static int take_remote(struct reading *r)
{
	return take_address(r, COMMAND_BIND_REMOTE, NO_REMOTE, BAD_REMOTE);
}

static const struct modifier {
	char letter;
	int (*take)(struct reading *reading);
} modifiers[] = {
	{'a', take_asymmetric}, {'s', take_symmetric}, {'e', take_external}, {'i', take_internal},
	{'6', take_ipv6},	{'l', take_local},     {'r', take_remote},   {'z', take_ptime},
	{'c', take_codecs},	{'w', take_weak},      {'n', take_new_port},
};

static int take_one(struct reading *r)
{
	char letter = (char)tolower((unsigned char)*r->rest.at);

	for (size_t i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++) {
		if (modifiers[i].letter != letter)
			continue;
		skip(&r->rest, 1);
		return modifiers[i].take(r);
	}
	return UNKNOWN_MODIFIER;
}

int modifiers_read(const struct rtpproxy_config *config, struct text text,
		   struct command_update *update)
{
	struct reading r = {.rest = text, .bridge = config->bridge, .update = update};
	int code = 0;

	while (r.rest.len && !code)
		code = take_one(&r);
	return code;
}

bool modifiers_only(struct text text, const char *known)
{
	for (size_t i = 0; i < text.len; i++)
		if (!strchr(known, tolower((unsigned char)text.at[i])))
			return false;
	return true;
}
