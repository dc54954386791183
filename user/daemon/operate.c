/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See operate.h. */
#include <errno.h>
#include <stdio.h>
#include <base/log.h>
#include <core/engine_learn.h>
#include <daemon/operate.h>
#include <daemon/relay.h>
#include <daemon/relay_events.h>
#include <daemon/reload.h>
#include <daemon/sync.h>
#include <datapath/pins_holder.h>
#include <io/ctlclient.h>

json_t *operate_drain(struct relay *relay, json_t *request)
{
	(void)request;
	relay_drain(relay);
	return json_pack("{s:i}", "streams", (int)relay->engine.calls.count);
}

json_t *operate_stop(struct relay *relay, json_t *request)
{
	json_t *answer = json_pack("{s:i, s:b}", "streams", (int)relay->engine.calls.count,
				   "pinned", !relay->options->no_pin);

	relay_leave(relay, json_string_value(json_object_get(request, "command")));
	return answer;
}

json_t *operate_reload(struct relay *relay, json_t *request)
{
	char error[RELAY_ERROR];
	json_t *answer = reload_run(relay, error, sizeof(error));

	(void)request;
	return answer ? answer : json_pack("{s:s}", "error", error);
}

/* Both sides of all its streams; how many sides changed. */
static int learn_call(struct engine *engine, struct call *call, enum learn_policy policy)
{
	int changed = 0;

	for (struct stream *s = call->streams; s; s = s->call_next) {
		for (int side = 0; side < 2; side++)
			changed += engine_set_policy(engine, &s->leg[side], policy);
	}
	return changed;
}

json_t *operate_learn(struct relay *relay, json_t *request)
{
	json_t *id = json_object_get(request, "call_id");
	const char *name = json_string_value(json_object_get(request, "policy"));
	struct text call_id = {json_string_value(id), json_string_length(id)};
	enum learn_policy policy;
	struct call *call;
	int changed;

	if (!call_id.at || !name)
		return json_pack("{s:s}", "error", "learn wants a call_id and a policy");
	if (learn_policy_parse(name, &policy))
		return json_pack("{s:s}", "error", "a policy is strict, host, auto or any");
	call = calls_call(&relay->engine.calls, call_id);
	if (!call)
		return json_pack("{s:s, s:s}", "error", "no call has this Call-ID", "code",
				 "not_found");
	changed = learn_call(&relay->engine, call, policy);
	sync_run(relay);
	return json_pack("{s:s, s:i}", "policy", name, "legs", changed);
}

int operate_takeover(const struct options *o, char *error, size_t size)
{
	int holder = o->takeover ? pins_holder(o->pin_root) : 0, pid;
	char why[RELAY_ERROR];

	if (!holder)
		return 0;
	pid = ctlclient_leave(o->ctl_path, why, sizeof(why));
	if (pid >= 0) {
		log_event(LOG_NOTICE, "takeover", "pid=%d", pid);
		return 0;
	}
	snprintf(error, size, "--takeover: %s is held by pid %d, which does not leave: %.300s",
		 o->pin_root, holder, why);
	return pid;
}
