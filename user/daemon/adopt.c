/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See adopt.h. */
#include <errno.h>
#include <string.h>
#include <base/endpoint.h>
#include <base/fault.h>
#include <base/log.h>
#include <core/journal.h>
#include <daemon/adopt.h>
#include <daemon/privileges.h>
#include <daemon/relay.h>
#include <daemon/store.h>
#include <daemon/sync.h>
#include <io/nexthops.h>

struct adoption {
	struct relay *relay;
	const struct datapath_found *found;
	struct journal_set *set;
	struct journal_ops ops;
	struct journal_world world;
	unsigned int streams, rows, orphans, aside, strays, resumed_not;
	unsigned int slots, range, address, notify; /* streams that kept less: enum journal_bent */
};

static int adopt_element(void *ctx, const struct xrp_journal_key *key,
			 const struct xrp_journal_value *value)
{
	struct adoption *a = ctx;

	return journal_set_add(a->set, key, value);
}

static int adopt_nexthop(void *ctx, uint32_t id, const struct xrp_nexthop *row)
{
	struct adoption *a = ctx;

	nexthops_adopt(a->relay->nexthops, id, row);
	return 0;
}

/*
 * No other stream is to get the number of a record that stays. Of those that are adopted
 * journal_adopt sees to it: done before, it would take each number for one that may be there, and
 * look for it.
 */
static void adopt_number(struct adoption *a, const struct journal_record *record)
{
	struct calls *calls = &a->relay->engine.calls;

	if ((record->kind & ~XRP_JOURNAL_DAMAGED) == XRP_JOURNAL_STREAM &&
	    record->id > calls->last_id)
		calls->last_id = record->id;
}

/* Nothing is known of it; who looks can still find it. */
static void adopt_set_aside(struct adoption *a, const struct journal_record *record, int err)
{
	static struct log_limit limit = LOG_LIMIT(20);
	unsigned int suppressed;

	a->aside++;
	adopt_number(a, record);
	journal_set_aside(a->set, &a->ops, record->id, record->kind);
	if (log_allow(&limit, &suppressed))
		log_event(LOG_ERR, "journal_damaged",
			  "id=%llu kind=%u error=\"%s\" suppressed=%u the record was set aside",
			  (unsigned long long)record->id, record->kind, strerror(-err), suppressed);
}

static void adopt_count(struct adoption *a, unsigned int bent)
{
	a->streams++;
	a->slots += (bent & JOURNAL_BENT_SLOTS) != 0;
	a->range += (bent & JOURNAL_BENT_RANGE) != 0;
	a->address += (bent & JOURNAL_BENT_ADDRESS) != 0;
	a->notify += (bent & JOURNAL_BENT_NOTIFY) != 0;
}

static int adopt_stream(struct adoption *a, const struct journal_record *record)
{
	struct stream *stream;
	unsigned int bent;
	int err = journal_adopt(&a->relay->engine, &a->world, record->id, record->data, record->len,
				&stream, &bent);

	if (err == -ENOMEM)
		return err;
	if (err) {
		adopt_set_aside(a, record, err);
		return 0;
	}
	stream->journal.hash = record->state.hash;
	stream->journal.turn = record->state.turn;
	stream->journal.parts = record->state.parts;
	stream->told_complete = stream->complete;
	adopt_count(a, bent);
	return 0;
}

static int adopt_totals(struct adoption *a, const struct journal_record *record)
{
	struct relay *relay = a->relay;
	uint64_t alive;

	if (journal_adopt_totals(&relay->engine, record->data, record->len)) {
		adopt_set_aside(a, record, -EBADMSG);
		return 0;
	}
	alive = relay->engine.totals.alive;
	if (alive && alive < a->world.now)
		a->world.down = a->world.now - alive;
	relay->totals_state = record->state;
	return 0;
}

/* What was set aside, and kinds that a later version may have made, stay as they are. */
static bool is_kept(const struct journal_record *record)
{
	return record->kind & XRP_JOURNAL_DAMAGED ||
	       (record->kind != XRP_JOURNAL_STREAM && record->kind != XRP_JOURNAL_TOTALS);
}

static int adopt_record(void *ctx, const struct journal_record *record)
{
	struct adoption *a = ctx;

	if (is_kept(record)) {
		adopt_number(a, record);
		if (a->found->origin == DATAPATH_MIGRATED)
			journal_set_copy(a->set, &a->ops, record->id, record->kind);
		return 0;
	}
	if (!record->data) {
		adopt_set_aside(a, record, -EBADMSG);
		return 0;
	}
	if (record->kind == XRP_JOURNAL_TOTALS)
		return adopt_totals(a, record);
	return adopt_stream(a, record);
}

static void adopt_stray(void *ctx, const struct xrp_journal_key *key)
{
	struct adoption *a = ctx;

	a->strays++;
	a->ops.remove(a->ops.ctx, key);
}

/* A row of a call is as if we had written it; one of no call goes. */
static int adopt_row(void *ctx, const struct xrp_flow *row)
{
	struct adoption *a = ctx;
	struct relay *relay = a->relay;
	struct channel *ch = calls_channel(&relay->engine.calls, &row->self);

	a->rows++;
	if (!ch || !xrp_endpoint_equal(&ch->local, &row->self)) {
		a->orphans++;
		return relay->datapath->ops->flow_delete(relay->datapath, &row->self);
	}
	ch->row = *row;
	ch->row.self_end = 0; /* rows are compared unsealed */
	ch->written = true;
	if (row->nexthop) /* of a neighbour that is not resolved: the id is in use all the same */
		nexthops_adopt(relay->nexthops, row->nexthop, &(struct xrp_nexthop){.version = 0});
	return 0;
}

static int adopt_journal(struct adoption *a)
{
	int err = datapath_kernel_journal(a->relay->datapath, adopt_element, a);

	return err ? err : journal_set_walk(a->set, adopt_record, adopt_stray, a);
}

/* The maps' own contents: of this ABI version only. */
static int adopt_maps(struct adoption *a)
{
	struct datapath *dp = a->relay->datapath;
	int err;

	if (a->found->origin != DATAPATH_ADOPTED)
		return 0;
	datapath_kernel_repair_direct(dp);
	err = datapath_kernel_nexthops(dp, adopt_nexthop, a);
	return err ? err : datapath_kernel_flows(dp, adopt_row, a);
}

static void adopt_media(struct adoption *a)
{
	struct engine *e = &a->relay->engine;

	for (struct stream *s = e->calls.all; s; s = s->next)
		a->resumed_not += journal_resume_media(e, s);
}

static void adopt_tell(const struct adoption *a)
{
	log_event(LOG_NOTICE, "adopted",
		  "calls=%u streams=%u rows=%u rows_of_no_call=%u from_abi=%u down_ms=%llu "
		  "took_ms=%.1f",
		  HASH_COUNT(a->relay->engine.calls.by_id), a->streams, a->rows, a->orphans,
		  a->found->abi, (unsigned long long)(a->world.down / 1000000),
		  (double)(relay_now() - a->world.now) / 1e6);
	if (a->relay->engine.totals.draining)
		log_event(LOG_NOTICE, "draining",
			  "calls=%u as the daemon did that has not been stopped",
			  a->relay->engine.calls.count);
	if (a->aside || a->resumed_not)
		log_event(LOG_ERR, "adopted_partly", "records_set_aside=%u media_not_resumed=%u",
			  a->aside, a->resumed_not);
	if (a->slots || a->range || a->address || a->notify)
		log_event(LOG_WARNING, "adopted_changed",
			  "statistics_anew=%u outside_port_range=%u not_listened_on=%u "
			  "notify_not_allowed=%u streams are kept as they are",
			  a->slots, a->range, a->address, a->notify);
}

/* What was asked for and what the maps that are there allow. */
static void adopt_sizes(const struct adoption *a)
{
	const struct options *o = a->relay->options;
	unsigned int streams = a->found->max_flows / RELAY_FLOWS_PER_STREAM;

	if (streams < o->max_calls)
		log_event(LOG_WARNING, "max_calls_kept",
			  "wanted=%u kept=%u the maps in use keep their size: drain and detach to "
			  "change it",
			  o->max_calls, streams);
}

int adopt_run(struct relay *relay)
{
	struct adoption a = {
		.relay = relay,
		.found = datapath_kernel_found(relay->datapath),
		.ops = store_ops(relay),
	};
	int err;

	if (a.found->origin == DATAPATH_NEW)
		return 0;
	a.set = journal_set_new();
	if (!a.set)
		return -ENOMEM;
	a.world.keep_slots = a.found->origin == DATAPATH_ADOPTED;
	a.world.now = relay_now();
	err = adopt_journal(&a);
	journal_set_free(a.set);
	if (!err)
		err = adopt_maps(&a);
	if (err)
		return err;
	fault_point("adopt.rows");
	privileges_files_as_user(relay->options, true);
	adopt_media(&a);
	privileges_files_as_user(relay->options, false);
	sync_run(relay);
	nexthops_adopted(relay->nexthops);
	adopt_sizes(&a);
	adopt_tell(&a);
	return 0;
}
