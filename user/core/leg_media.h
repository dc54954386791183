/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes in leg->media what was asked to be done to a leg's media and succeeded. What cannot be
 * noted for want of memory goes on all the same; it only ends with the daemon.
 */
#ifndef XRP_CORE_LEG_MEDIA_H
#define XRP_CORE_LEG_MEDIA_H

#include <base/text.h>
#include <core/call.h>

void leg_media_record(struct leg *leg, bool single);
/* `from`: what the copies are sent from; port 0: they go to a file. */
void leg_media_copy(struct leg *leg, struct text target, bool single,
		    const struct xrp_endpoint *from);
/* Neither is recorded nor copied. The number of the part stays: its file is there. */
void leg_media_stop(struct leg *leg);
void leg_media_play(struct leg *leg, struct text prompt, struct text codecs, int count);
void leg_media_stop_play(struct leg *leg);
void leg_media_digits(struct leg *leg, struct text tag, bool hide);
void leg_media_stop_digits(struct leg *leg);
/* Frees the texts. */
void leg_media_free(struct leg *leg);

#endif
