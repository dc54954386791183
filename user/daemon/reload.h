/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the command line and the configuration file again while calls are up. What can change is
 * changed, for calls to come; what cannot is named, and waits for a restart, which keeps calls. A
 * file with an error changes nothing.
 */
#ifndef XRP_DAEMON_RELOAD_H
#define XRP_DAEMON_RELOAD_H

#include <stddef.h>
#include <jansson.h>
#include <daemon/relay.h>

/* The settings of the engine that a reload can change, from the options. */
void reload_settings(const struct options *options, struct engine_config *config);
/*
 * Reads again. Returns the names of the options that changed and of those that want a restart, as
 * {"changed":[...],"restart":[...]}, a new reference; or NULL and one sentence that says which line
 * is wrong. Logs either.
 */
json_t *reload_run(struct relay *relay, char *error, size_t size);

#endif
