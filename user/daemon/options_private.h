/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the option table and the functions that take its values share. */
#ifndef XRP_DAEMON_OPTIONS_PRIVATE_H
#define XRP_DAEMON_OPTIONS_PRIVATE_H

#include <errno.h>
#include <stdio.h>
#include <daemon/options.h>

struct options_error {
	char *text;
	size_t size;
};

#define OPTIONS_FAIL(error, ...) (snprintf((error)->text, (error)->size, __VA_ARGS__), -EINVAL)

struct options_row;
/* Takes a value. 0, or -EINVAL with the sentence. */
typedef int options_setter(struct options *o, const struct options_row *row, const char *value,
			   struct options_error *error);

struct options_row {
	char letter;	      /* 0: none */
	const char *name;     /* long name, and key in the file */
	const char *argument; /* NULL: a switch; "[=...]": may be left out */
	options_setter *set;
	size_t offset;		  /* of its member in struct options */
	unsigned int least, most; /* of numbers */
	const char *fallback;	  /* the default, as text; NULL: none */
	const char *sentence;
};

options_setter set_number, set_switch, set_text, set_action, set_warning;
options_setter set_listen, set_listen6, set_advertised;
options_setter set_socket, set_notify, set_interface, set_policy, set_log, set_rtcp, set_nice;
options_setter set_scheduler, set_instance, set_tos, set_mode, set_rate_cap;
options_setter set_networks, set_sandbox;
/* Lines of the file whose option is given on the command line, too, change nothing. */
options_setter set_config;

/* Paths that were not given become those of --instance. */
void options_instance(struct options *o);
/* Makes relative paths start from where the daemon was started, where it goes elsewhere. 0 or
 * -ENOMEM with the sentence. */
int options_absolute(struct options *o, struct options_error *error);
/* Is the option of this row another in `a` than in `b`? */
bool options_row_differs(const struct options_row *row, const struct options *a,
			 const struct options *b);
/* May its argument be left out? */
bool options_optional(const struct options_row *row);
/* The row of a long name, `len` bytes of it, or NULL. */
const struct options_row *options_named(const char *name, size_t len);
/* Has the command line this option? -l and -6 count as one: together they make the networks. */
bool options_given(const struct options *o, const struct options_row *row);
/* Is it a switch, which yes and no can follow? */
bool options_is_switch(const struct options_row *row);
/* Is all that is advertised an address or a host name? 0, or -EINVAL with the sentence. */
int options_check_advertised(const struct options *o, struct options_error *error);
/* Gives names that `running` has, too, the addresses that it found: a reload asks no resolver. */
void options_resolved(struct options *next, const struct options *running);
/* Takes a switch's word: nothing, yes or no. 0, or -EINVAL with the sentence. */
int options_switch(struct options *o, const struct options_row *row, const char *word,
		   struct options_error *error);

#endif
