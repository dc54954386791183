/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See operate.h. */
#include <errno.h>
#include <stdio.h>
#include <base/log.h>
#include <daemon/operate.h>
#include <daemon/relay.h>
#include <daemon/relay_events.h>
#include <daemon/reload.h>
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
