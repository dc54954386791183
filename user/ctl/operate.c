/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that change something: what was done, in a line or two. */
#include "view.h"

#include "format.h"

void view_drain(const json_t *answer, FILE *out)
{
	fprintf(out,
		"no new calls from now on; the daemon ends with the last of %s media streams\n",
		format_count(answer, "streams"));
}

void view_stop(const json_t *answer, FILE *out)
{
	if (format_true(answer, "pinned"))
		fprintf(out, "the daemon leaves; %s media streams go on in the kernel\n",
			format_count(answer, "streams"));
	else
		fprintf(out, "the daemon leaves; nothing is pinned, so %s media streams end\n",
			format_count(answer, "streams"));
}

/* "label: a, b, c"; nothing for an empty list. */
static void print_names(const json_t *names, const char *label, FILE *out)
{
	const json_t *name;
	size_t i;

	if (!json_array_size(names))
		return;
	fputs(label, out);
	json_array_foreach(names, i, name)
		fprintf(out, "%s%s", i ? ", " : " ", json_string_value(name));
	putc('\n', out);
}

void view_reload(const json_t *answer, FILE *out)
{
	const json_t *changed = json_object_get(answer, "changed");
	const json_t *restart = json_object_get(answer, "restart");

	print_names(changed, "changed:", out);
	print_names(restart, "needs a restart, which keeps calls:", out);
	if (!json_array_size(changed) && !json_array_size(restart))
		fputs("nothing has changed\n", out);
}

void view_learn(const json_t *answer, FILE *out)
{
	fprintf(out, "who may become a peer: %s; changed for %s legs\n",
		format_text(answer, "policy"), format_count(answer, "legs"));
}

void view_detach(const json_t *answer, FILE *out)
{
	if (json_is_integer(json_object_get(answer, "pid")))
		fprintf(out, "stopped the daemon (pid %s)\n", format_text(answer, "pid"));
	fprintf(out, "removed %s maps and %s links under %s; reserved ports given back: %s\n",
		format_text(answer, "maps"), format_text(answer, "links"),
		format_text(answer, "pin_root"), format_text(answer, "ports"));
}

void view_audit(const json_t *answer, FILE *out)
{
	const json_t *list = json_object_get(answer, "differences"), *row;
	size_t i;

	fprintf(out,
		"%s calls, %s streams, %s rows, %s records, %s ports, %s slots, %s next hops "
		"looked at in %.1f ms\n",
		format_count(answer, "calls"), format_count(answer, "streams"),
		format_count(answer, "rows"), format_count(answer, "records"),
		format_count(answer, "ports"), format_count(answer, "slots"),
		format_count(answer, "nexthops"), format_number(answer, "ms"));
	json_array_foreach(list, i, row)
		fprintf(out, "  %s: %s\n", format_text(row, "what"), format_text(row, "detail"));
	if (!json_array_size(list))
		fputs("all of it agrees\n", out);
	else
		fprintf(out, "%s differences, %s repaired\n",
			format_count_of((double)json_array_size(list)),
			format_count(answer, "repaired"));
}

int audit_verdict(const json_t *answer)
{
	return json_array_size(json_object_get(answer, "differences")) ? 1 : 0;
}
