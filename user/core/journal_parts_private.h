/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writing a record's elements and reading them have in common. */
#ifndef XRP_CORE_JOURNAL_PARTS_PRIVATE_H
#define XRP_CORE_JOURNAL_PARTS_PRIVATE_H

#include <base/siphash.h>
#include <core/journal_parts.h>

/* What a record can be long: the number of a part has 16 bits. */
#define JOURNAL_PARTS_LONGEST (UINT16_MAX * (size_t)XRP_JOURNAL_DATA)

/* stream_journal.hash of a record; never 0. */
uint64_t journal_parts_hash(const uint8_t *data, size_t len);
/* How many elements a record of `len` bytes takes besides its head. */
unsigned int journal_parts_more(size_t len);

/* xrp_journal_key.part of a record's element `number`; 0 is the head. */
static inline uint32_t journal_parts_key(uint16_t turn, unsigned int number)
{
	return number ? (uint32_t)turn << 16 | number : 0;
}

#endif
