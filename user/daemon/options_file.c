/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: lines of `name = value` with the long names of the options; `name` alone,
 * or with yes or no, for a switch; # begins a comment, but not within the quotes of a value. Of
 * lines that contradict each other the last wins, and the command line wins over all. A
 * `modules { ... }` block, which rtpproxy's own files have, is passed over with a warning.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <daemon/options_private.h>

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return s;
}

/* A value without its quotes and the comment behind it; NULL with the sentence. */
static char *file_value(char *s, struct options_error *error)
{
	char *end, *behind;

	s = trim(s);
	if (*s != '"' && *s != '\'') {
		s[strcspn(s, "#")] = '\0';
		return trim(s);
	}
	end = strchr(s + 1, *s);
	if (!end) {
		(void)OPTIONS_FAIL(error, "the quote %c has no second one: %s", *s, s);
		return NULL;
	}
	behind = trim(end + 1);
	if (*behind && *behind != '#') {
		(void)OPTIONS_FAIL(error,
				   "'%s' stands behind the quotes: put all of the value "
				   "into them",
				   behind);
		return NULL;
	}
	*end = '\0';
	return s + 1;
}

struct options_text {
	struct options_text *next;
	char text[];
};

const char *options_keep(struct options *o, const char *value)
{
	size_t len = strlen(value) + 1;
	struct options_text *kept = malloc(sizeof(*kept) + len);

	if (!kept)
		return NULL;
	memcpy(kept->text, value, len);
	kept->next = o->texts;
	o->texts = kept;
	return kept->text;
}

void options_release(struct options *o)
{
	struct options_text *next;

	for (struct options_text *text = o->texts; text; text = next) {
		next = text->next;
		free(text);
	}
	o->texts = NULL;
}

static int file_option(struct options *o, char *name, char *value, struct options_error *error)
{
	const struct options_row *row = options_named(name, strlen(name));
	const char *kept;

	if (!row || row->set == set_config || row->set == set_action)
		return OPTIONS_FAIL(error, "'%s' is not an option; --help lists them", name);
	if (options_given(o, row))
		return 0;
	if (!row->argument)
		return options_switch(o, row, value, error);
	if ((!value || !*value) && !options_optional(row))
		return OPTIONS_FAIL(error, "%s wants a value: %s = %s", name, name, row->argument);
	kept = options_keep(o, value ? value : "");
	return kept ? row->set(o, row, kept, error) : -ENOMEM;
}

static int file_line(struct options *o, char *line, struct options_error *error)
{
	char *name, *value = NULL;
	size_t len = strcspn(line, "=#");

	if (line[len] == '=') {
		value = file_value(line + len + 1, error);
		if (!value)
			return -EINVAL;
	}
	line[len] = '\0';
	name = trim(line);
	return *name ? file_option(o, name, value, error) : 0;
}

/* How deep in braces we are behind this line. */
static int file_depth(const char *line, int depth)
{
	for (; *line && *line != '#'; line++)
		depth += (*line == '{') - (*line == '}');
	return depth;
}

static bool file_is_modules(const char *line)
{
	static const char word[] = "modules";

	line += strspn(line, " \t");
	if (strncmp(line, word, strlen(word)) != 0)
		return false;
	line += strlen(word);
	return line[strspn(line, " \t")] == '{';
}

static int file_read(struct options *o, FILE *file, int *number, struct options_error *error)
{
	static const struct options_row modules = {
		.sentence = "the modules { } block of the configuration file is passed over: what "
			    "rtpproxy's modules do is built in"};
	char line[1024];
	int depth = 0, err = 0;

	while (!err && fgets(line, sizeof(line), file)) {
		bool inside = depth > 0;

		++*number;
		if (strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n')
			return OPTIONS_FAIL(error, "the line is longer than %zu bytes",
					    sizeof(line) - 2);
		if (!inside && file_is_modules(line))
			set_warning(o, &modules, NULL, error);
		else if (!inside)
			err = file_line(o, line, error);
		if (inside || file_is_modules(line))
			depth = file_depth(line, depth);
	}
	if (!err && depth > 0)
		return OPTIONS_FAIL(error, "a { of the modules block has no }");
	return err;
}

int set_config(struct options *o, const struct options_row *row, const char *value,
	       struct options_error *error)
{
	char sentence[400] = "out of memory", path[2 * PATH_MAX];
	struct options_error inner = {sentence, sizeof(sentence)};
	int number = 0, err;
	FILE *file;

	(void)row;
	snprintf(path, sizeof(path), "%s%s%s", value[0] == '/' ? "" : o->directory,
		 value[0] == '/' ? "" : "/", value);
	file = fopen(path, "re");
	if (!file)
		return OPTIONS_FAIL(error, "--config %s: %s", value, strerror(errno));
	err = file_read(o, file, &number, &inner);
	if (!err && ferror(file)) {
		fclose(file);
		return OPTIONS_FAIL(error, "--config %s cannot be read", value);
	}
	fclose(file);
	return err ? OPTIONS_FAIL(error, "--config %s, line %d: %s", value, number, sentence) : 0;
}
