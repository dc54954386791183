/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See leg_media.h. */
#include <stdlib.h>
#include <core/leg_media.h>

static void replace(char **text, struct text by)
{
	free(*text);
	*text = by.at ? strndup(by.at, by.len) : NULL;
}

static const struct text nothing;

void leg_media_record(struct leg *leg, bool single)
{
	leg_media_stop(leg);
	leg->media.record = true;
	leg->media.single = single;
}

void leg_media_copy(struct leg *leg, struct text target, bool single,
		    const struct xrp_endpoint *from)
{
	leg_media_stop(leg);
	replace(&leg->media.copy_to, target);
	leg->media.single = single;
	if (leg->media.copy_to && from->port)
		leg->media.copy_from = *from;
}

void leg_media_stop(struct leg *leg)
{
	leg->media.record = leg->media.single = false;
	replace(&leg->media.copy_to, nothing);
	leg->media.copy_from = (struct xrp_endpoint){.port = 0};
}

void leg_media_play(struct leg *leg, struct text prompt, struct text codecs, int count)
{
	replace(&leg->media.prompt, prompt);
	replace(&leg->media.prompt_codecs, codecs);
	leg->media.prompt_count = count;
	if (!leg->media.prompt || !leg->media.prompt_codecs || !count)
		leg_media_stop_play(leg);
}

void leg_media_stop_play(struct leg *leg)
{
	replace(&leg->media.prompt, nothing);
	replace(&leg->media.prompt_codecs, nothing);
	leg->media.prompt_count = 0;
}

void leg_media_digits(struct leg *leg, struct text tag, bool hide)
{
	replace(&leg->media.digits_tag, tag);
	leg->media.digits_hide = leg->media.digits_tag && hide;
}

void leg_media_stop_digits(struct leg *leg)
{
	leg_media_digits(leg, nothing, false);
}

void leg_media_free(struct leg *leg)
{
	leg_media_stop(leg);
	leg_media_stop_play(leg);
	leg_media_stop_digits(leg);
}
