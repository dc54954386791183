/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of the journal as elements of its map, and back: see <xdp-rtpproxy/journal.h>. Pure: what
 * is to be written and deleted is told to the functions given.
 */
#ifndef XRP_CORE_JOURNAL_PARTS_H
#define XRP_CORE_JOURNAL_PARTS_H

#include <stddef.h>
#include <stdint.h>
#include <core/call.h>
#include <xdp-rtpproxy/journal.h>

struct journal_ops {
	int (*put)(void *ctx, const struct xrp_journal_key *key,
		   const struct xrp_journal_value *value);
	int (*remove)(void *ctx, const struct xrp_journal_key *key);
	void *ctx;
};

/*
 * Writes a record: parts of a new turn first, the head, then the old turn's parts go. `state` is
 * what the last writing left (all zero: there was none) and is brought up to date; a record whose
 * bytes have not changed is not written. 0 or the error of put: the old record holds then.
 */
int journal_parts_write(const struct journal_ops *ops, uint64_t id, uint32_t kind,
			struct stream_journal *state, const uint8_t *data, size_t len);
/*
 * Deletes what `state` says was written, the head first: what a kill leaves of it are strays. A
 * damaged record has no state: journal_set_remove deletes it.
 */
void journal_parts_delete(const struct journal_ops *ops, uint64_t id, uint32_t kind,
			  struct stream_journal *state);

struct journal_set; /* elements read from the map, by record */

struct journal_set *journal_set_new(void);
void journal_set_free(struct journal_set *set);
/* 0 or -ENOMEM; the element is copied. */
int journal_set_add(struct journal_set *set, const struct xrp_journal_key *key,
		    const struct xrp_journal_value *value);

struct journal_record {
	uint64_t id;
	uint32_t kind;
	const uint8_t *data; /* until `record` returns; NULL: damaged (a part missing, wrong sum) */
	size_t len;
	struct stream_journal state; /* for journal_parts_write */
};
/*
 * Calls `record` for each, lowest id first, those that were set aside earlier included, and `stray`
 * for each element of a whole record that its head does not lead to, or that has no head (a writing
 * or a deletion was cut off): to be deleted. `record` returns 0 or an error that ends the walk and
 * is returned; it may call journal_set_aside.
 */
int journal_set_walk(struct journal_set *set,
		     int (*record)(void *ctx, const struct journal_record *record),
		     void (*stray)(void *ctx, const struct xrp_journal_key *key), void *ctx);
/*
 * Sets a damaged record aside: its elements get the kind XRP_JOURNAL_DAMAGED | kind. Where there is
 * no room for that it stays as it is.
 */
void journal_set_aside(struct journal_set *set, const struct journal_ops *ops, uint64_t id,
		       uint32_t kind);
/* Puts all elements of a record, whole or not, where `ops` writes: into another map. */
void journal_set_copy(struct journal_set *set, const struct journal_ops *ops, uint64_t id,
		      uint32_t kind);
/* Deletes all elements of a record, whole or damaged, the head first. */
void journal_set_remove(struct journal_set *set, const struct journal_ops *ops, uint64_t id,
			uint32_t kind);

#endif
