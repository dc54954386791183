/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See sync.h. Rows go before rows come, so that a port that changes hands is never two calls'. The
 * journal is written before a call's rows and cleared after them: a daemon that is killed in
 * between leaves a call in the journal whose rows the next one makes, or makes again, never the
 * reverse.
 */
#include <stdlib.h>
#include <string.h>
#include <base/endpoint.h>
#include <base/fault.h>
#include <base/log.h>
#include <core/engine_sub.h>
#include <core/plan.h>
#include <daemon/calllog.h>
#include <daemon/media.h>
#include <daemon/relay.h>
#include <daemon/relay_events.h>
#include <daemon/store.h>
#include <daemon/sync.h>
#include <io/nexthops.h>
#include <io/notify.h>

#define NOTIFY_TAG 8192 /* as long as a command may be */

static void sync_failed(const char *what, const struct xrp_endpoint *local, int err)
{
	static struct log_limit limit = LOG_LIMIT(5);
	char text[ENDPOINT_TEXT];
	unsigned int suppressed;

	if (log_allow(&limit, &suppressed))
		log_event(LOG_ERR, what, "local=%s error=\"%s\" suppressed=%u",
			  endpoint_format(local, text), strerror(-err), suppressed);
}

static void sync_delete_row(struct relay *relay, const struct xrp_endpoint *local)
{
	int err = relay->datapath->ops->flow_delete(relay->datapath, local);

	if (err)
		sync_failed("flow_delete_failed", local, err);
}

static void sync_drop_route(struct relay *relay, struct channel *ch)
{
	if (ch->route)
		nexthops_put(relay->nexthops, ch->route);
	ch->route = NULL;
	memset(&ch->routed, 0, sizeof(ch->routed));
}

/* Sees to it that ch->route leads to where the channel's packets go. */
static void sync_route(struct relay *relay, struct channel *ch, struct plan_way *way)
{
	const struct channel *out = channel_opposite(ch);

	*way = (struct plan_way){.nexthop = 0};
	if (!xrp_addr_equal(&ch->routed.to, &out->learn.dest.addr) ||
	    !xrp_addr_equal(&ch->routed.from, &out->local.addr) || !ch->stream->complete)
		sync_drop_route(relay, ch);
	if (!endpoint_is_set(&out->learn.dest) || !ch->stream->complete)
		return;
	if (!ch->route) {
		ch->route = nexthops_get(relay->nexthops, &out->learn.dest.addr, &out->local.addr);
		ch->routed.to = out->learn.dest.addr;
		ch->routed.from = out->local.addr;
	}
	if (!ch->route)
		return;
	way->nexthop = route_id(ch->route);
	way->source = route_source(ch->route);
}

void sync_planned(const struct channel *ch, struct xrp_flow *row)
{
	struct plan_way way = {.nexthop = 0};

	if (ch->route) {
		way.nexthop = route_id(ch->route);
		way.source = route_source(ch->route);
	}
	plan_flow(ch, &way, row);
}

static int sync_channel(struct relay *relay, struct channel *ch)
{
	struct xrp_flow row;
	struct plan_way way;
	int err;

	sync_route(relay, ch, &way);
	plan_flow(ch, &way, &row);
	if (ch->written && !memcmp(&row, &ch->row, sizeof(row)))
		return 0;
	if (addr_is_unspecified(&row.self.addr))
		relay_listen_any(relay);
	err = relay->datapath->ops->flow_set(relay->datapath, &row);
	if (err) {
		sync_failed("flow_set_failed", &ch->local, err);
		return err;
	}
	ch->row = row;
	ch->written = true;
	fault_point("sync.row");
	return 0;
}

static int sync_stream(struct relay *relay, struct stream *stream)
{
	int err = 0;

	media_sync(relay, stream);
	calllog_changes(stream); /* what was told is in the record */
	store_put(relay, stream);
	fault_point("sync.stored");
	for (int i = 0; i < 4 && !err; i++) {
		if (stream->leg[i / 2].has_port)
			err = sync_channel(relay, &stream->leg[i / 2].channel[i % 2]);
	}
	return err;
}

static void sync_retired(struct relay *relay)
{
	struct retired *r;

	while ((r = relay->engine.calls.retired)) {
		relay->engine.calls.retired = r->next;
		if (r->written)
			sync_delete_row(relay, &r->local);
		if (r->route)
			nexthops_put(relay->nexthops, r->route);
		free(r);
	}
}

/* A timeout is told to whom the U named. */
static void sync_notify(struct relay *relay, struct stream *s)
{
	char tag[NOTIFY_TAG];
	struct text decoded = {tag, 0};

	if (s->notify && s->notify_tag &&
	    (s->end == STREAM_TIMEOUT || s->end == STREAM_SETUP_TIMEOUT)) {
		decoded.len = notify_tag_decode(text_of(s->notify_tag), tag, sizeof(tag));
		notify_send(s->notify, decoded);
	}
	stream_forget_notify(s, &relay->engine);
}

static void sync_ended(struct relay *relay)
{
	struct stream *s;

	while ((s = relay->engine.calls.ended)) {
		uint64_t now = relay_now();

		relay->engine.calls.ended = s->next;
		for (int i = 0; i < 4; i++) {
			struct channel *ch = &s->leg[i / 2].channel[i % 2];

			if (ch->written)
				sync_delete_row(relay, &ch->local);
			sync_drop_route(relay, ch);
			fault_point("sync.row_deleted");
		}
		sync_notify(relay, s); /* twice is better than never */
		store_delete(relay, s);
		fault_point("sync.forgotten");
		engine_account(&relay->engine, s, now);
		calllog_end(&relay->engine, s, now);
		stream_free(s);
	}
}

int sync_run(struct relay *relay)
{
	struct calls *calls = &relay->engine.calls;
	struct stream *failed = NULL, *s;
	int err = 0, this;

	sync_retired(relay);
	sync_ended(relay);
	while ((s = calls->dirty)) {
		calls->dirty = s->dirty_next;
		s->dirty = false;
		this = sync_stream(relay, s);
		if (!this)
			continue;
		err = this;
		s->dirty_next = failed;
		failed = s;
	}
	while ((s = failed)) { /* to be tried again with the next command or tick */
		failed = s->dirty_next;
		calls_dirty(calls, s);
	}
	return err;
}

bool sync_some(struct relay *relay, unsigned int count)
{
	struct calls *calls = &relay->engine.calls;

	for (; count && calls->resync; count--) {
		calls_dirty(calls, calls->resync);
		calls->resync = calls->resync->next;
	}
	sync_run(relay);
	return calls->resync != NULL;
}
