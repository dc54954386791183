/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See reload.h. Which options can change while calls are up is a table; all others need a restart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <base/log.h>
#include <daemon/access.h>
#include <daemon/options.h>
#include <daemon/relay_events.h>
#include <daemon/reload.h>
#include <io/notify.h>
#include <io/supervisor.h>

#define NS_PER_S 1000000000ULL

/* Takes an option over from `next`. False: it cannot be, and waits for a restart. */
typedef bool reload_taker(struct relay *relay, const struct options *next);

static bool take_record_all(struct relay *relay, const struct options *next)
{
	if (next->record_all && !relay->options->record_dir)
		return false; /* the directory, too, waits for a restart */
	relay->options->record_all = next->record_all;
	return true;
}

/* What is advertised belongs to addresses, and these stay. */
static bool take_advertised(struct relay *relay, const struct options *next)
{
	struct options *o = relay->options;

	if (options_listen_differs(o, next))
		return false;
	memcpy(o->advertised, next->advertised, sizeof(o->advertised));
	for (int i = 0; i < 2; i++)
		strcpy(o->network[i].advertised, next->network[i].advertised);
	for (unsigned int i = 0; i < o->labelled_count; i++)
		strcpy(o->labelled[i].advertised, next->labelled[i].advertised);
	return true;
}

static bool is_allowed(const struct options *o, const char *target)
{
	for (unsigned int i = 0; i < o->notify_count; i++) {
		if (!strcmp(o->notify[i], target))
			return true;
	}
	return false;
}

/* New targets are allowed; one that is gone stays allowed until the restart, for calls name it. */
static bool take_notify(struct relay *relay, const struct options *next)
{
	struct options *o = relay->options;
	char error[RELAY_ERROR];
	const char *kept;
	bool all = true;

	for (unsigned int i = 0; i < o->notify_count; i++)
		all &= is_allowed(next, o->notify[i]);
	for (unsigned int i = 0; i < next->notify_count; i++) {
		if (is_allowed(o, next->notify[i]))
			continue;
		kept = options_keep(o, next->notify[i]);
		if (kept && o->notify_count < OPTIONS_NOTIFY &&
		    !notify_allow(relay->notify, kept, error, sizeof(error)))
			o->notify[o->notify_count++] = kept;
		else
			all = false;
	}
	return all;
}

/* Options that are taken over as they stand in struct options, and those that take more. */
static const struct reload_row {
	const char *name;
	size_t offset, size;
	reload_taker *take;
} reload_table[] = {
#define ROW(name, member)                                                                          \
	{                                                                                          \
		name, offsetof(struct options, member), sizeof(((struct options *)0)->member),     \
			NULL                                                                       \
	}
	ROW("ttl", ttl),
	ROW("setup-ttl", setup_ttl),
	ROW("independent-ttl", independent_ttl),
	ROW("tos", tos),
	ROW("learn", policy),
	ROW("handover", handover),
	ROW("rtcp", rtcp_own),
	ROW("max-rate", max_rate),
	ROW("max-load", max_load),
	ROW("refuse-with", refuse_code),
	ROW("punt-rate", punt_rate),
	ROW("punt-burst", punt_burst),
	ROW("rate-cap", rate_cap),
	ROW("heartbeat-timeout", heartbeat_timeout),
	ROW("log", log),
	ROW("allow", allow),
	ROW("allow-copy", allow_copy),
	ROW("control-rate", control_rate),
#undef ROW
	{"record-all", 0, 0, take_record_all},
	{"advertised", 0, 0, take_advertised},
	{"notify", 0, 0, take_notify},
};

static bool take_option(struct relay *relay, const struct options *next, const char *name)
{
	const struct reload_row *row = reload_table;
	const struct reload_row *end = row + sizeof(reload_table) / sizeof(reload_table[0]);

	while (row < end && strcmp(row->name, name) != 0)
		row++;
	if (row == end)
		return false;
	if (row->take)
		return row->take(relay, next);
	memcpy((char *)relay->options + row->offset, (const char *)next + row->offset, row->size);
	return true;
}

void reload_settings(const struct options *o, struct engine_config *c)
{
	c->ttl = o->ttl * NS_PER_S;
	c->setup_ttl = o->setup_ttl * NS_PER_S;
	c->independent_ttl = o->independent_ttl;
	c->tos = (uint8_t)o->tos;
	c->policy = o->policy;
	c->handover = o->handover;
	c->notify = o->notify_count > 0;
	c->record_all = o->record_all;
	c->rtcp_own = o->rtcp_own;
	c->rate = o->rate_cap;
	c->max_rate = o->max_rate;
	c->max_load = o->max_load / 100.0;
	options_addresses(o, c);
}

/* Lets all parts know. */
static void reload_spread(struct relay *relay)
{
	const struct options *o = relay->options;

	reload_settings(o, &relay->engine.config);
	log_setup(!o->foreground, o->log.facility, o->log.level);
	relay->switches.punt_rate = o->punt_rate;
	relay->switches.punt_burst = o->punt_burst;
	relay_rate_caps(relay);
	access_control(relay);
	relay_heartbeat(relay);
}

/* "a,b" for the log. */
static const char *names_text(const json_t *names, char *buf, size_t size)
{
	const json_t *name;
	size_t i, len = 0;

	buf[0] = '\0';
	json_array_foreach(names, i, name)
	{
		if (len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? "," : "",
						json_string_value(name));
	}
	return buf;
}

static json_t *reload_take(struct relay *relay, const struct options *next)
{
	json_t *changed = json_array(), *restart = json_array();
	char changed_text[RELAY_ERROR], restart_text[RELAY_ERROR];
	struct options before = *relay->options;
	unsigned int at = 0;
	const char *name;

	while ((name = options_changed(&before, next, &at)))
		json_array_append_new(take_option(relay, next, name) ? changed : restart,
				      json_string(name));
	reload_spread(relay);
	log_event(LOG_NOTICE, "reloaded", "changed=\"%s\" restart=\"%s\"",
		  names_text(changed, changed_text, sizeof(changed_text)),
		  names_text(restart, restart_text, sizeof(restart_text)));
	return json_pack("{s:o, s:o}", "changed", changed, "restart", restart);
}

json_t *reload_run(struct relay *relay, char *error, size_t size)
{
	struct options *next = calloc(1, sizeof(*next));
	json_t *answer = NULL;
	char text[RELAY_ERROR];
	int err;

	supervisor_reloading(relay->supervisor);
	snprintf(error, size, "out of memory");
	err = next ? options_parse_again(next, relay->options, error, size) : -ENOMEM;
	if (!err)
		answer = reload_take(relay, next);
	else
		log_event(LOG_ERR, "reload_failed", "error=%s",
			  log_value(error, strlen(error), text, sizeof(text)));
	if (next)
		options_release(next);
	free(next);
	supervisor_ready(relay->supervisor);
	return answer;
}
