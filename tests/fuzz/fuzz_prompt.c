/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prompts: the name and the list of codecs that P gives, a file of any bytes, and its packets.
 * Whatever the list says, a prompt that opens is one of its types, all of the file and nothing
 * else; its packets are pieces of it, in order.
 *
 * An input: a byte for the length of the list, one for that of the name ("p" is there), two of
 * ptime and one of rounds, then list, name, file.
 */
#include <core/playout.h>
#include <io/prompt.h>
#include "files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEADER	5
#define PACKETS 100
#define MS	1000000ULL

static const uint8_t types[] = {0, 3, 8, 18};

static void play(const struct prompt *prompt, uint16_t ptime, int count)
{
	const struct playout_prompt what = {.data = prompt->data,
					    .len = prompt->len,
					    .payload_type = prompt->payload_type,
					    .ptime = ptime,
					    .count = count,
					    .start = MS};
	static uint8_t packet[PLAYOUT_PACKET];
	struct playout playout;
	size_t len, at = 0;

	if (playout_start(&playout, &what)) {
		demand(playout_due(&playout) == UINT64_MAX);
		return;
	}
	for (int i = 0; i < PACKETS && playout_due(&playout) != UINT64_MAX; i++) {
		len = playout_next(&playout, playout_due(&playout), packet, sizeof(packet));
		demand(len > 12);
		len -= 12;
		if (at + len > prompt->len)
			at = 0;
		demand(len <= prompt->len && !memcmp(packet + 12, prompt->data + at, len));
		at += len;
	}
}

/* One of the list, as a number that is written there. */
static bool names(struct text codecs, uint8_t type)
{
	char word[5];
	int len = snprintf(word, sizeof(word), "%u", type);

	return memmem(codecs.at, codecs.len, word, (size_t)len) != NULL;
}

/* A block of its very size, for the sanitizer. */
static struct text cut(const uint8_t **at, const uint8_t *end, size_t len)
{
	size_t left = (size_t)(end - *at);
	char *copy = malloc(len < left ? len + 1 : left + 1);
	struct text text = {copy, len < left ? len : left};

	demand(copy != NULL);
	memcpy(copy, *at, text.len);
	*at += text.len;
	/* cppcheck-suppress memleak ; it is text.at */
	return text;
}

static void run(const uint8_t *data, const uint8_t *end)
{
	const uint8_t *at = data + HEADER;
	struct text codecs = cut(&at, end, data[0] % 32), name = cut(&at, end, data[1]);
	struct prompts *prompts = NULL;
	struct text found;
	const struct prompt *prompt, *again;
	int err = prompts_new(NULL, &prompts);
	char file[8], path[sizeof(files_path) + 1 + UINT8_MAX];

	for (unsigned int i = 0; i < sizeof(types); i++) {
		snprintf(file, sizeof(file), "p.%u", types[i]);
		files_write(file, at, (size_t)(end - at));
	}
	demand(!err);
	found.len = (size_t)snprintf(path, sizeof(path), "%s/", files_path);
	memcpy(path + found.len, name.at, name.len);
	found = (struct text){path, found.len + name.len};
	if (!prompts_open(prompts, found, codecs, &prompt)) {
		demand(names(codecs, prompt->payload_type));
		demand(prompt->len == (size_t)(end - at) && !memcmp(prompt->data, at, prompt->len));
		demand(!prompts_open(prompts, found, codecs, &again) && again == prompt);
		play(prompt, (uint16_t)(data[2] << 8 | data[3]), (int8_t)data[4]);
		prompts_close(prompts, again);
		prompts_close(prompts, prompt);
	}
	demand(!prompts_count(prompts));
	prompts_free(prompts);
	free((void *)(uintptr_t)codecs.at);
	free((void *)(uintptr_t)name.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEADER)
		return 0;
	files_open();
	run(data, data + size);
	return 0;
}
