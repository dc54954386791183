/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: a stream as bytes, so that a later daemon, of this or another version, makes it
 * anew. A record is a sequence of type-length-value items, groups of them nested for legs and
 * channels; docs/journal.md lists them. An unknown type is kept and written again; a type that is
 * missing means the default. Types are never given another meaning.
 */
#ifndef XRP_CORE_JOURNAL_H
#define XRP_CORE_JOURNAL_H

#include <core/engine.h>
#include <xdp-rtpproxy/journal.h>

#define JOURNAL_RECORD 65536 /* longest record, bytes: several commands' texts are in one */

/*
 * Writes the record of `stream`: all that journal_adopt needs. Returns its length; -EMSGSIZE when
 * it is longer than `size`. The same stream makes the same bytes.
 */
int journal_stream(const struct engine *engine, const struct stream *stream, uint8_t *buf,
		   size_t size);

/* Counters of engine->totals likewise (those that only grow). */
int journal_totals(const struct engine *engine, uint8_t *buf, size_t size);
int journal_adopt_totals(struct engine *engine, const uint8_t *data, size_t len);

struct journal_world {	 /* in which a record is adopted */
	bool keep_slots; /* statistics slots are those of the same maps: claim them. Else new ones
			  */
	uint64_t down; /* ns that no daemon was there: the slow path's and commands' times are moved
			  on by so much, as nobody could be heard */
	uint64_t now;  /* ns */
};

/* What of a stream could not be kept, as flags. */
enum journal_bent {
	JOURNAL_BENT_SLOTS = 1 << 0, /* statistics begin anew, as they all do with new maps */
	JOURNAL_BENT_RANGE =
		1 << 1, /* a port is outside of the range now: it is kept all the same */
	JOURNAL_BENT_ADDRESS =
		1 << 2,		      /* a local address is not among those listened on: likewise */
	JOURNAL_BENT_NOTIFY = 1 << 3, /* whom to notify is no longer allowed */
};

/*
 * Makes the stream `id` of its record: in calls, with its ports and slots claimed, dirty. The media
 * functions are not called yet. 0 and `*adopted`, `*bent` (enum journal_bent); or, with nothing
 * changed, -EBADMSG (not a record: cut off, lengths that lie, values that cannot be), -EEXIST (the
 * id, or a stream of these tags, is there already), -EADDRINUSE (another stream has its port),
 * -ENOSPC (no slot), -ENOMEM. Never reads beyond `len`; the bytes may come from anybody.
 */
int journal_adopt(struct engine *engine, const struct journal_world *world, uint64_t id,
		  const uint8_t *data, size_t len, struct stream **adopted, unsigned int *bent);
/*
 * Is this the record of the stream, as far as its next life depends on it: tags, ports, addresses,
 * slots, what is done to it? Counters and times may be older. For audits.
 */
bool journal_tells(const struct stream *stream, const uint8_t *data, size_t len);
/*
 * To be called when all streams are adopted: recording (a new part), copying, prompts, digits and
 * re-packetising go on as leg->media says. Returns how many of these could not be resumed.
 */
unsigned int journal_resume_media(struct engine *engine, struct stream *stream);

#endif
