/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libbpf tells its reasons by printing only: its functions return no more than an errno. So its
 * output is listened to, and three kinds of line are told apart by how trustworthy they are.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include <datapath/complaint.h>

#define LINE 256

static struct {
	char kernel[LINE];   /* netlink's extended ack */
	char verifier[LINE]; /* the last line of the verifier's log that gives a reason */
	char libbpf[LINE];   /* the first warning */
} heard;

int complain(struct complaint *complaint, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint->text, complaint->size, format, args);
	va_end(args);
	return err;
}

/* Copies the line at `from` without its newline. */
static void keep_line(char *to, const char *from)
{
	snprintf(to, LINE, "%.*s", (int)strcspn(from, "\n"), from);
}

/* Is this line of a verifier's log a reason, not a heading, a count or an instruction? */
static int is_reason(const char *line)
{
	static const char *const others[] = {"processed ", "-- ", "verification time",
					     "stack depth"};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!strncmp(line, others[i], strlen(others[i])))
			return 0;
	return *line && *line != '\n';
}

static void keep_verifier(const char *log)
{
	const char *line = strchr(log, '\n'); /* the first is the heading */

	while (line) {
		if (is_reason(line + 1))
			keep_line(heard.verifier, line + 1);
		line = strchr(line + 1, '\n');
	}
}

static void keep_warning(const char *message)
{
	static const char kernel[] = "Kernel error message: ";
	static const char libbpf[] = "libbpf: ";
	const char *at = strstr(message, kernel);

	if (at)
		keep_line(heard.kernel, at + sizeof(kernel) - 1);
	else if (strstr(message, "-- BEGIN PROG LOAD LOG --"))
		keep_verifier(message);
	else if (!heard.libbpf[0])
		keep_line(heard.libbpf, strncmp(message, libbpf, sizeof(libbpf) - 1)
						? message
						: message + sizeof(libbpf) - 1);
}

static int __attribute__((format(printf, 2, 0)))
hear(enum libbpf_print_level level, const char *format, va_list args)
{
	char *message;

	if (level != LIBBPF_WARN || vasprintf(&message, format, args) < 0)
		return 0;
	keep_warning(message);
	free(message);
	return 0;
}

void complaint_listen(void)
{
	libbpf_set_print(hear);
	complaint_forget();
}

void complaint_forget(void)
{
	memset(&heard, 0, sizeof(heard));
}

const char *complaint_heard(void)
{
	if (heard.kernel[0])
		return heard.kernel;
	return heard.verifier[0] ? heard.verifier : heard.libbpf;
}
