/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words are parted by any mix of blanks, tabs, CR and LF; any other byte may be part of one. */
#include <ctype.h>
#include <errno.h>
#include <proto/rtpproxy.h>
#include <proto/words.h>

static bool is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next word of `rest`, which loses it; .at NULL when there is none. */
static struct text next_word(struct text *rest)
{
	struct text word = {NULL, 0};

	while (rest->len && is_gap(*rest->at)) {
		rest->at++;
		rest->len--;
	}
	if (!rest->len)
		return word;
	word.at = rest->at;
	while (rest->len && !is_gap(*rest->at)) {
		rest->at++;
		rest->len--;
		word.len++;
	}
	return word;
}

static bool is_and(struct text word)
{
	return word.len == 2 && word.at[0] == '&' && word.at[1] == '&';
}

/* The words of one command, up to "&&" or the end. */
static int split_command(struct text *rest, struct words_list *list, bool *more)
{
	struct text word;

	list->count = 0;
	*more = false;
	for (word = next_word(rest); word.at; word = next_word(rest)) {
		if (is_and(word)) {
			*more = true;
			break;
		}
		if (list->count == WORDS_MAX)
			return -EINVAL;
		list->word[list->count++] = word;
	}
	return list->count ? 0 : -EINVAL;
}

/* A cookie that no reply has room for is as good as none. */
static int take_cookie(struct words *words, struct text *rest)
{
	struct text cookie = next_word(rest);

	if (cookie.len > RTPPROXY_COOKIE_MAX)
		return -EINVAL;
	words->cookie = cookie;
	return 0;
}

int words_split(struct words *words, const char *data, size_t len, bool with_cookie)
{
	struct text rest = {data, len < RTPPROXY_REQUEST ? len : RTPPROXY_REQUEST};
	bool more;
	int err;

	words->cookie = (struct text){NULL, 0};
	words->command.count = words->sub_count = 0;
	if (with_cookie && take_cookie(words, &rest))
		return -EINVAL;
	if (rest.len && memchr(rest.at, '\0', rest.len))
		return -EINVAL;
	err = split_command(&rest, &words->command, &more);
	while (!err && more) {
		if (words->sub_count == WORDS_SUBCOMMANDS)
			return -EINVAL;
		err = split_command(&rest, &words->sub[words->sub_count++], &more);
	}
	return err;
}

struct text words_at(const struct words_list *list, unsigned int i)
{
	return i < list->count ? list->word[i] : (struct text){NULL, 0};
}

bool words_escapes_right(struct text word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] != '%')
			continue;
		if (word.len - i < 3 || !isxdigit((unsigned char)word.at[i + 1]) ||
		    !isxdigit((unsigned char)word.at[i + 2]))
			return false;
		i += 2;
	}
	return true;
}
