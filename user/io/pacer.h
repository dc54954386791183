/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pacer: a thread that sends prompts, each packet at its time, whatever the event loop is busy
 * with. It makes the packets itself (core/playout); the loop says what is to be played and where to
 * it goes, and is woken when something is over.
 *
 * The thread is scheduled as pacer_start's caller is, which should be in real time (worker_raise);
 * it sleeps until a packet is due and never waits for anything else.
 */
#ifndef XRP_IO_PACER_H
#define XRP_IO_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <core/playout.h>
#include <io/slowpath.h>

struct pacer;
struct pace; /* one prompt that plays */

struct pace_state {
	uint64_t sent; /* packets */
	int left;      /* times that are to be played yet, this one included; PLAYOUT_ENDLESS */
	bool over;
};

/* NULL with errno set: a raw socket cannot be had. */
struct pacer *pacer_new(void);
/* Starts the thread; what was begun before it waits for that. 0 or -errno. */
int pacer_start(struct pacer *pacer);
/* All prompts must have been stopped. */
void pacer_free(struct pacer *pacer);
/* An eventfd that is readable when a prompt is over; it is to be read. */
int pacer_fd(const struct pacer *pacer);

/*
 * Begins. The prompt's data must stay until pacer_stop. NULL with errno set: ENOMEM, or what
 * playout_start says.
 */
struct pace *pacer_play(struct pacer *pacer, const struct playout_prompt *prompt,
			const struct slowpath_send *to);
/* From where and to whom from now on. A destination of port 0: what is due is not sent. */
void pacer_aim(struct pacer *pacer, struct pace *pace, const struct slowpath_send *to);
struct pace_state pacer_look(struct pacer *pacer, const struct pace *pace);
/* Ends it, over or not, and frees it. How it stood. */
struct pace_state pacer_stop(struct pacer *pacer, struct pace *pace);

#endif
