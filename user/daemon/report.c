/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the operator's socket, and the status. A call's report is in report_call.c. */
#include <string.h>
#include <unistd.h>
#include <base/endpoint.h>
#include <daemon/attachlog.h>
#include <daemon/media.h>
#include <daemon/operate.h>
#include <daemon/relay.h>
#include <daemon/audit.h>
#include <daemon/report.h>
#include <daemon/report_call.h>
#include <daemon/report_privileges.h>
#include <io/control.h>
#include <io/notify.h>
#include <xdp-rtpproxy/reasons.h>

static const struct {
	const char *name, *meaning;
} reason_texts[XRP_REASON_COUNT] = {
#define REASON_TEXT(name, label, sentence) {label, sentence},
	XRP_REASONS(REASON_TEXT)
#undef REASON_TEXT
};

static json_t *status_reasons(const struct xrp_count *counts)
{
	json_t *list = json_array();

	for (int i = 0; i < XRP_REASON_COUNT; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:s}", "name",
						      reason_texts[i].name, "packets",
						      (json_int_t)counts[i].packets, "bytes",
						      (json_int_t)counts[i].bytes, "meaning",
						      reason_texts[i].meaning));
	return list;
}

static json_t *status_interfaces(struct relay *relay)
{
	const struct datapath_interface *interfaces;
	unsigned int count = datapath_kernel_interfaces(relay->datapath, &interfaces);
	json_t *list = json_array();

	for (unsigned int i = 0; i < count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:i, s:s, s:s}", "name", interfaces[i].name,
						"ifindex", (int)interfaces[i].ifindex, "mode",
						datapath_mode_name(interfaces[i].mode), "why",
						interfaces[i].why));
	return list;
}

static json_t *status_ports(const struct relay *relay)
{
	struct ports_count c = ports_count(relay->engine.ports4);

	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "min", (int)relay->options->port_min,
			 "max", (int)relay->options->port_max, "pairs", (int)c.total, "taken",
			 (int)c.taken, "resting", (int)c.resting, "foreign", (int)c.foreign);
}

static json_t *status_calls(struct relay *relay)
{
	const struct engine *e = &relay->engine;

	return json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:i}", "active",
			 (int)HASH_COUNT(e->calls.by_id), "streams", (int)e->calls.count, "created",
			 (json_int_t)e->totals.created, "timed_out",
			 (json_int_t)e->totals.timed_out, "rate_limited",
			 (json_int_t)e->totals.rate_limited, "loops", (json_int_t)e->totals.loops,
			 "max_streams", (int)e->config.max_streams);
}

static json_t *status_packets(const struct xrp_count *counts, uint64_t slow)
{
	uint64_t kernel = counts[XRP_RELAY_TX].packets + counts[XRP_RELAY_REDIRECT].packets;
	uint64_t all = kernel + slow, share = all ? kernel * 10000 / all : 0;

	return json_pack("{s:I, s:I, s:f}", "kernel", (json_int_t)kernel, "slow_path",
			 (json_int_t)slow, "kernel_percent", (double)share / 100);
}

static json_t *status_slowpath(const struct slowpath_stats *s, uint64_t refused)
{
	return json_pack("{s:I, s:I, s:I, s:I}", "received", (json_int_t)s->received, "sent",
			 (json_int_t)s->sent, "send_errors", (json_int_t)s->send_errors, "refused",
			 (json_int_t)refused);
}

/* What control did not take, and whose the last was; null: nobody's yet. */
static json_t *status_drops(const struct control_drops *drops)
{
	char text[ENDPOINT_TEXT];

	return json_pack("{s:I, s:s?}", "count", (json_int_t)drops->count, "last_source",
			 drops->count ? endpoint_format(&drops->last, text) : NULL);
}

static json_t *status_control(const struct relay *relay)
{
	const struct control_dropped *dropped = control_dropped(relay->control);
	const struct engine_totals *t = &relay->engine.totals;

	return json_pack("{s:I, s:I, s:I, s:o, s:o}", "commands", (json_int_t)t->commands,
			 "duplicates", (json_int_t)t->command_duplicates, "errors",
			 (json_int_t)t->command_errors, "refused", status_drops(&dropped->refused),
			 "limited", status_drops(&dropped->limited));
}

static json_t *status_recording(struct relay *relay)
{
	struct taps_stats s = media_taps(relay->media);
	uint64_t lost = s.lost + relay->engine.totals.copies_lost;

	return json_pack("{s:i, s:i, s:I, s:I, s:I, s:I, s:I}", "sides", (int)s.recorders, "files",
			 (int)s.files, "packets", (json_int_t)s.packets, "bytes",
			 (json_int_t)s.bytes, "copies_sent", (json_int_t)s.sent, "copies_lost",
			 (json_int_t)lost, "write_errors", (json_int_t)s.write_errors);
}

static json_t *status_prompts(const struct engine_totals *t)
{
	return json_pack("{s:I, s:I, s:I}", "playing",
			 (json_int_t)(t->prompts_started - t->prompts_ended), "started",
			 (json_int_t)t->prompts_started, "packets", (json_int_t)t->prompt_packets);
}

static json_t *status_notify(const struct notify *notify)
{
	struct notify_count c = notify_count(notify);

	return json_pack("{s:i, s:i, s:I, s:I, s:i, s:I, s:I}", "targets", (int)c.targets,
			 "connected", (int)c.connected, "sent", (json_int_t)c.sent, "resent",
			 (json_int_t)c.resent, "queued", (int)c.queued, "lost", (json_int_t)c.lost,
			 "connects", (json_int_t)c.connects);
}

/* Why the program is attached to no interface; null where it is, or where each tells its own. */
static json_t *status_no_xdp(struct relay *relay)
{
	const char *none = attachlog_none(relay->options, relay->datapath);

	return none ? json_string(none) : json_null();
}

static json_t *status_listen(const struct engine *e)
{
	json_t *list = json_array();
	char text[ADDR_TEXT];

	for (unsigned int i = 0; i < e->config.address_count; i++)
		json_array_append_new(list,
				      json_string(addr_format(&e->config.address[i].addr, text)));
	return list;
}

static json_t *json_word(const char *word)
{
	return word[0] ? json_string(word) : json_null();
}

/* As configured: network i or e, the label, and what is told instead of the address. */
static json_t *status_addresses(const struct engine *e)
{
	json_t *list = json_array();
	char text[ADDR_TEXT];

	for (unsigned int i = 0; i < e->config.address_count; i++) {
		const struct engine_address *a = &e->config.address[i];
		bool network = e->config.bridge && i < 2;

		json_array_append_new(
			list,
			json_pack("{s:s, s:o, s:o, s:o}", "address", addr_format(&a->addr, text),
				  "network", network ? json_string(i ? "e" : "i") : json_null(),
				  "label", json_word(a->label), "advertised",
				  json_word(a->advertised[0] ? a->advertised
							     : e->config.advertised)));
	}
	return list;
}

static json_t *report_status(struct relay *relay, json_t *request)
{
	struct xrp_count counts[XRP_REASON_COUNT] = {0};
	struct slowpath_stats slow = slowpath_stats(relay->slowpath);
	const struct engine *e = &relay->engine;
	uint64_t uptime = (relay_now() - relay->started) / 1000000; /* ms */
	json_t *status;

	(void)request;
	relay->datapath->ops->reasons(relay->datapath, counts);
	status = json_pack("{s:s, s:i, s:f, s:i, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			   "version", XRP_VERSION, "pid", (int)getpid(), "uptime_s",
			   (double)uptime / 1e3, "abi", XRP_ABI_VERSION, "xdp",
			   !relay->options->no_xdp, "learn", learn_policy_name(e->config.policy),
			   "interfaces", status_interfaces(relay), "listen", status_listen(e),
			   "ports", status_ports(relay), "calls", status_calls(relay), "packets",
			   status_packets(counts, slow.sent), "slow_path",
			   status_slowpath(&slow, e->totals.slow_refused), "control",
			   status_control(relay), "reasons", status_reasons(counts));
	json_object_set_new(status, "addresses", status_addresses(e));
	json_object_set_new(status, "privileges", report_privileges(relay->options->sandbox));
	json_object_set_new(status, "no_xdp", status_no_xdp(relay));
	json_object_set_new(status, "recording", status_recording(relay));
	json_object_set_new(status, "prompts", status_prompts(&e->totals));
	json_object_set_new(status, "notify", status_notify(relay->notify));
	return status;
}

static const struct {
	const char *name;
	json_t *(*handle)(struct relay *relay, json_t *request);
} report_commands[] = {
	{"status", report_status},  {"calls", report_calls}, {"show", report_show},
	{"drain", operate_drain},   {"stop", operate_stop},  {"leave", operate_stop},
	{"reload", operate_reload}, {"audit", audit_handle}, {"learn", operate_learn},
};

json_t *report_handle(void *ctx, json_t *request)
{
	const char *command = json_string_value(json_object_get(request, "command"));

	for (unsigned int i = 0; command && i < sizeof(report_commands) / sizeof(*report_commands);
	     i++) {
		if (!strcmp(report_commands[i].name, command))
			return report_commands[i].handle(ctx, request);
	}
	return json_pack("{s:s}", "error",
			 "unknown command: is this xdp-rtpctl newer than the daemon?");
}
