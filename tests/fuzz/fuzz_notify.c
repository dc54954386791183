/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes from outside about notifications: the tag that is decoded, and the socket word of a
 * command (or the name of one, out of the journal), which finds a target that -n allowed or none.
 * The input's first byte says how much room the tag gets; the rest is tag, word and name alike.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <event2/event.h>
#include <io/notify.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool right)
{
	if (!right)
		abort();
}

/* Each byte as %XX: decoded it is itself again. */
static void check_encoded(struct text text)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char *encoded = malloc(3 * text.len + 1);
	size_t len;

	demand(encoded != NULL);
	for (size_t i = 0; i < text.len; i++) {
		unsigned int high = (uint8_t)text.at[i] >> 4, low = text.at[i] & 15;

		encoded[3 * i] = '%';
		encoded[3 * i + 1] = digits[high > 9 && i % 2 ? high + 6 : high];
		encoded[3 * i + 2] = digits[low > 9 && i % 3 ? low + 6 : low];
	}
	len = notify_tag_decode((struct text){encoded, 3 * text.len}, encoded, 3 * text.len);
	demand(len == text.len && !memcmp(encoded, text.at, len));
	free(encoded);
}

static void check_tag(struct text tag, size_t room)
{
	char *apart = malloc(room + 1), *within = malloc(tag.len + 1);
	size_t len, all;

	demand(apart && within);
	memcpy(within, tag.at, tag.len);
	len = notify_tag_decode(tag, apart, room);
	all = notify_tag_decode((struct text){within, tag.len}, within, tag.len);
	demand(len <= room && all <= tag.len && len == (all < room ? all : room));
	demand(!memcmp(apart, within, len));
	free(apart);
	free(within);
	check_encoded(tag);
}

static struct notify *allowed(void)
{
	static const char *const names[] = {"unix:/run/a", "/run/b", "tcp:127.0.0.1:9000",
					    "127.0.0.1:9001", "tcp:%%CC_SELF%%:9002"};
	static struct notify *notify;
	char error[256];

	if (notify)
		return notify;
	notify = notify_new(event_base_new());
	demand(notify != NULL);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		demand(!notify_allow(notify, names[i], error, sizeof(error)));
	return notify;
}

/* Is it one of those, or the wildcard's? And is it found again by its name? */
static void check_target(struct notify *notify, struct notify_target *target)
{
	const char *name = notify_target_name(target);
	struct notify_target *again = notify_recall(notify, name);

	demand(!strcmp(name, "unix:/run/a") || !strcmp(name, "unix:/run/b") ||
	       !strcmp(name, "tcp:127.0.0.1:9000") || !strcmp(name, "tcp:127.0.0.1:9001") ||
	       !strncmp(name, "tcp:%%CC_SELF%%:9002 ", 21));
	demand(again == target);
	notify_target_release(again);
	notify_target_release(target);
}

static void check_word(struct text word, const char *name)
{
	struct sockaddr_in client = {.sin_family = AF_INET}, local = client;
	struct notify *notify = allowed();
	struct notify_target *target;

	client.sin_addr.s_addr = htonl(0x0a000000 | (uint32_t)(word.len & 7));
	local.sin_addr.s_addr = htonl(word.len & 8 ? 0 : 0x0a000001);
	target = notify_find(notify, word, (const struct sockaddr *)&client,
			     (const struct sockaddr *)&local);
	if (target)
		check_target(notify, target);
	target = notify_recall(notify, name);
	if (target)
		check_target(notify, target);
	demand(notify_count(notify).targets < 1100); /* 4, and 1024 that the wildcard became */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text;
	char *name;

	if (!size)
		return 0;
	text = (struct text){(const char *)data + 1, size - 1};
	name = strndup(text.at, text.len);
	demand(name != NULL);
	check_tag(text, data[0]);
	check_word(text, name);
	free(name);
	return 0;
}
