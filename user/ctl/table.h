/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of text cells, printed with each column as wide as its widest cell. The last column is
 * never padded, so a long Call-ID does no harm there.
 */
#ifndef XRP_CTL_TABLE_H
#define XRP_CTL_TABLE_H

#include <stdio.h>

struct table;

/* `align`: one letter a column, 'l' or 'r'. Exits on lack of memory, as all of this does. */
struct table *table_new(const char *align);
void table_free(struct table *table);
/* Adds a cell; after the last column the next row begins. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints each row behind `indent` spaces, the columns two spaces apart. */
void table_print(const struct table *table, unsigned int indent, FILE *out);

#endif
