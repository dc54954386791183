/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subcommand C: a stream sends what both parties of another say, as if its own parties' media
 * had come in: what the caller of the other says goes to its caller, likewise the callee; or, as
 * the tags may want it, the other way round. Handy for recorders that are called by SIP (RFC 7866).
 */
#include <errno.h>
#include <stdlib.h>
#include <base/endpoint.h>
#include <daemon/taps_private.h>

static void copy_free(struct taps *taps, struct tap_copy *copy)
{
	for (int kind = 0; kind < KINDS; kind++)
		recorder_end(taps->recorder, copy->branch[kind]);
	free(copy);
}

/* What a leg's party says is sent as the relay itself would send to the party that gets it. */
static void copy_aim(struct taps *taps, const struct tap_copy *copy, enum leg_side from)
{
	enum leg_side side = copy->to->copy_reversed ? !from : from;

	for (int kind = 0; kind < KINDS; kind++) {
		const struct leg *out = &copy->to->leg[side];
		const struct slowpath_send send = {
			.src = out->channel[kind].local,
			.dst = out->has_port ? out->channel[kind].learn.dest
					     : (struct xrp_endpoint){.zero = 0},
			.tos = out->tos,
			.ttl = TAPS_TTL,
		};

		recorder_target(taps->recorder, copy->branch[kind], &send);
	}
}

static int copy_begin(struct taps *taps, struct leg *leg, struct stream *to)
{
	struct tap *tap = tap_of(leg);
	struct tap_copy *copy = calloc(1, sizeof(*copy));
	int err = tap && copy ? 0 : -ENOMEM;

	for (int kind = 0; kind < KINDS && !err; kind++) {
		copy->branch[kind] = tap_branch(taps, &leg->channel[kind], NULL);
		err = copy->branch[kind] ? 0 : -ENOMEM;
	}
	if (err) {
		if (copy)
			copy_free(taps, copy);
		tap_drop_idle(leg);
		return err;
	}
	copy->to = to;
	copy->next = tap->copies;
	tap->copies = copy;
	copy_aim(taps, copy, leg_side(leg));
	return 0;
}

static struct tap_copy **copy_find(struct leg *leg, const struct stream *to)
{
	struct tap_copy **at = leg->tap ? &leg->tap->copies : NULL;

	while (at && *at && (*at)->to != to)
		at = &(*at)->next;
	return at && *at ? at : NULL;
}

void tap_end_copies_to(struct taps *taps, struct stream *to)
{
	struct stream *other = to->copy_of;

	to->copy_of = NULL;
	for (int side = 0; other && side < SIDES; side++) {
		struct tap_copy **at = copy_find(&other->leg[side], to), *copy;

		if (!at)
			continue;
		copy = *at;
		*at = copy->next;
		copy_free(taps, copy);
		tap_drop_idle(&other->leg[side]);
		taps_dirty(taps, other);
	}
}

int taps_copy_stream(struct taps *taps, struct stream *stream, struct stream *other, bool reversed)
{
	int err = 0;

	if (stream->copy_of == other && stream->copy_reversed == reversed)
		return -EALREADY;
	tap_end_copies_to(taps, stream);
	stream->copy_of = other;
	stream->copy_reversed = reversed;
	for (int side = 0; side < SIDES && !err; side++)
		err = copy_begin(taps, &other->leg[side], stream);
	if (err)
		tap_end_copies_to(taps, stream);
	taps_dirty(taps, stream);
	taps_dirty(taps, other);
	return err;
}

void tap_end_copies_from(struct taps *taps, struct leg *leg)
{
	struct tap_copy *copy;

	while (leg->tap && (copy = leg->tap->copies)) {
		leg->tap->copies = copy->next;
		taps_dirty(taps, copy->to);
		copy->to->copy_of = copy->to; /* it still hears nobody, but sends nothing either */
		copy_free(taps, copy);
	}
	tap_drop_idle(leg);
}

void tap_aim_copies(struct taps *taps, struct stream *to)
{
	for (int side = 0; to->copy_of && side < SIDES; side++) {
		struct tap_copy **at = copy_find(&to->copy_of->leg[side], to);

		if (at)
			copy_aim(taps, *at, side);
	}
}
