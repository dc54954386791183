/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `calls`: a row a stream. The Call-ID stands last, uncut, so that it can be copied to `show`. */
#include "view.h"

#include "format.h"
#include "table.h"

static void leg_cells(struct table *table, const json_t *leg)
{
	table_cell(table, "%s", format_text(leg, "peer"));
	table_cell(table, "%s", format_text(leg, "state"));
	table_cell(table, "%s", format_count(leg, "packets"));
}

void view_calls(const json_t *answer, FILE *out)
{
	static const char *const head[] = {"AGE",    "IDLE",  "CALLER",	 "STATE",   "PACKETS",
					   "CALLEE", "STATE", "PACKETS", "CALL-ID", "FROM-TAG"};
	const json_t *calls = json_object_get(answer, "calls"), *row;
	struct table *table;
	size_t i;

	if (!json_array_size(calls)) {
		fputs("no calls\n", out);
		return;
	}
	table = table_new("rrllrllrll");
	for (i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		table_cell(table, "%s", head[i]);
	json_array_foreach(calls, i, row)
	{
		table_cell(table, "%s", format_seconds(row, "age_s"));
		table_cell(table, "%s", format_seconds(row, "idle_s"));
		leg_cells(table, json_object_get(row, "caller"));
		leg_cells(table, json_object_get(row, "callee"));
		table_cell(table, "%s", format_text(row, "call_id"));
		table_cell(table, "%s%s", format_text(row, "from_tag"),
			   format_true(row, "complete") ? "" : "  (one side only yet)");
	}
	table_print(table, 0, out);
	table_free(table);
}
