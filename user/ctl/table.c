/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables for people: cells are kept until the widths are known. */
#include "table.h"

#include <err.h>
#include <stdarg.h>
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

static void print_cell(const struct table *table, size_t i, FILE *out)
{
	size_t column = i % table->columns;
	int width = (int)table->width[column];

	if (table->align[column] == 'r')
		fprintf(out, "%*s", width, table->cell[i]);
	else if (column + 1 < table->columns)
		fprintf(out, "%-*s", width, table->cell[i]);
	else
		fputs(table->cell[i], out);
	fputs(column + 1 < table->columns ? "  " : "\n", out);
}

void table_print(const struct table *table, unsigned int indent, FILE *out)
{
	for (size_t i = 0; i < table->cells; i++) {
		if (i % table->columns == 0)
			fprintf(out, "%*s", (int)indent, "");
		print_cell(table, i, out);
	}
}
