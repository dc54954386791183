/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Players: prompts that play to a party (P and S). Reference, 12. */
#ifndef XRP_DAEMON_PLAYERS_H
#define XRP_DAEMON_PLAYERS_H

#include <base/text.h>
#include <core/call.h>

struct relay;
struct players;

/* NULL with a sentence in `error`: no memory, or --prompt-dir cannot be opened. */
struct players *players_new(struct relay *relay, char *error, size_t size);
/* Starts the thread that sends; to be called when privileges are gone. 0 or -errno. */
int players_start(struct players *players);
void players_free(struct players *players);
/*
 * Plays to the leg's party; what plays is stopped first, and count 0 does only that. -1: endless.
 * It begins when the leg has a port and its party's address is known. 0, -ENOENT: no file for any
 * of the codecs, -EINVAL: bad list.
 */
int players_play(struct players *players, struct leg *leg, struct text prompt, struct text codecs,
		 int count);
void players_stop(struct players *players, struct leg *leg);
/* Where to and how the leg's party is sent may have changed. */
void players_sync(struct leg *leg);
/* The file that plays to the leg's party, or NULL. */
const char *players_prompt(const struct leg *leg);

#endif
