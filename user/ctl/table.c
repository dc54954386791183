/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables for people: cells are kept until the widths are known. */
#include "table.h"

#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct table {
	const char *align;
	size_t columns, cells, room;
	char **cell;
	size_t width[32];
};

struct table *table_new(const char *align)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		err(1, "no memory");
	table->align = align;
	table->columns = strlen(align);
	return table;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->cells; i++)
		free(table->cell[i]);
	free(table->cell);
	free(table);
}

void table_cell(struct table *table, const char *format, ...)
{
	size_t column = table->cells % table->columns;
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len >= 0 && table->cells == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cell = reallocarray(table->cell, table->room, sizeof(*table->cell));
	}
	if (len < 0 || !table->cell)
		err(1, "no memory");
	table->cell[table->cells++] = text;
	if ((size_t)len > table->width[column])
		table->width[column] = (size_t)len;
}

/* Is there nothing to see from cell `i` to the end of its row? */
static bool rest_is_empty(const struct table *table, size_t i)
{
	do {
		if (table->cell[i][0])
			return false;
	} while (++i % table->columns && i < table->cells);
	return true;
}

/* A row: no blanks behind its last text. */
static void print_row(const struct table *table, size_t first, FILE *out)
{
	for (size_t i = first; i < first + table->columns && i < table->cells; i++) {
		int width = (int)table->width[i - first];

		if (rest_is_empty(table, i))
			break;
		if (i > first)
			fputs("  ", out);
		if (table->align[i - first] == 'r')
			fprintf(out, "%*s", width, table->cell[i]);
		else if (i + 1 < first + table->columns && !rest_is_empty(table, i + 1))
			fprintf(out, "%-*s", width, table->cell[i]);
		else
			fputs(table->cell[i], out);
	}
	fputc('\n', out);
}

void table_print(const struct table *table, unsigned int indent, FILE *out)
{
	for (size_t i = 0; i < table->cells; i += table->columns) {
		fprintf(out, "%*s", (int)indent, "");
		print_row(table, i, out);
	}
}
