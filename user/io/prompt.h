/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prompt files: raw payload of one payload type, which is the end of the name ("welcome.8" is
 * PCMA). Read once into memory and shared by all that play them (a mapped file that somebody
 * truncates would kill us). A file that changed on disk is read anew; who plays the old one keeps
 * it.
 *
 * Names come by the control protocol. With a directory nothing outside of it is opened, by whatever
 * name or symbolic link: the kernel sees to it (openat2(2), RESOLVE_BENEATH). Without one any file
 * that we may read is a prompt, as in rtpproxy.
 */
#ifndef XRP_IO_PROMPT_H
#define XRP_IO_PROMPT_H

#include <stddef.h>
#include <stdint.h>
#include <base/text.h>

/* Bytes, 17 minutes of G.711: reading it holds up all commands for a few milliseconds. */
#define PROMPT_MAX (8 << 20)

struct prompts;

struct prompt {
	const uint8_t *data;
	size_t len; /* may be 0 */
	uint8_t payload_type;
};

/*
 * `dir`: where prompts are, opened now; NULL: anywhere. 0, -ENOMEM, or -errno of opening `dir`,
 * also -ENOSYS for a kernel without openat2.
 */
int prompts_new(const char *dir, struct prompts **prompts);
/* All prompts must have been given back. */
void prompts_free(struct prompts *prompts);
/*
 * Opens NAME.PT for the first PT of `codecs` ("8,0,18", in order of preference) that can be opened.
 * With a directory, NAME is in it, and may begin with the directory's own name.
 * 0, or -EINVAL (a NUL or control character in the name, or something in the list that is no
 * payload type before one that opens), -EACCES (a name with "..", or that leads out of the
 * directory), -ENOENT (no file for any of the codecs), or what kept the
 * last one from being read: -EACCES, -ENAMETOOLONG, -EFBIG, -ENOTSUP (no regular file), -ENOMEM ...
 */
int prompts_open(struct prompts *prompts, struct text name, struct text codecs,
		 const struct prompt **prompt);
/* Gives one back. */
void prompts_close(struct prompts *prompts, const struct prompt *prompt);
/* Files in memory at present. */
unsigned int prompts_count(const struct prompts *prompts);

#endif
