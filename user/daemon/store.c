/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See store.h. */
#include <string.h>
#include <base/log.h>
#include <core/journal.h>
#include <daemon/relay.h>
#include <daemon/store.h>

static int store_put_part(void *ctx, const struct xrp_journal_key *key,
			  const struct xrp_journal_value *value)
{
	struct relay *relay = ctx;

	return relay->datapath->ops->journal_put(relay->datapath, key, value);
}

static int store_remove_part(void *ctx, const struct xrp_journal_key *key)
{
	struct relay *relay = ctx;

	return relay->datapath->ops->journal_delete(relay->datapath, key);
}

struct journal_ops store_ops(struct relay *relay)
{
	return (struct journal_ops){store_put_part, store_remove_part, relay};
}

static void store_failed(const struct stream *stream, int err)
{
	static struct log_limit limit = LOG_LIMIT(5);
	unsigned int suppressed;
	char id[256];

	if (log_allow(&limit, &suppressed))
		log_event(LOG_ERR, "journal_failed",
			  "call_id=%s error=\"%s\" suppressed=%u this call would not outlive the "
			  "daemon",
			  log_value(stream->call->id, stream->call->id_len, id, sizeof(id)),
			  strerror(-err), suppressed);
}

void store_put(struct relay *relay, struct stream *stream)
{
	static uint8_t record[JOURNAL_RECORD];
	const struct journal_ops ops = store_ops(relay);
	int len, err;

	stream->journal.slow_packets = stream_slow_packets(stream);
	if (relay->options->no_pin)
		return;
	len = journal_stream(&relay->engine, stream, record, sizeof(record));
	err = len < 0 ? len
		      : journal_parts_write(&ops, stream->id, XRP_JOURNAL_STREAM, &stream->journal,
					    record, (size_t)len);
	stream->journal.owed = err != 0;
	if (!err)
		return;
	/* The record that is there names what the stream no longer has: another may get it. */
	journal_parts_delete(&ops, stream->id, XRP_JOURNAL_STREAM, &stream->journal);
	store_failed(stream, err);
}

void store_delete(struct relay *relay, struct stream *stream)
{
	const struct journal_ops ops = store_ops(relay);

	if (!relay->options->no_pin)
		journal_parts_delete(&ops, stream->id, XRP_JOURNAL_STREAM, &stream->journal);
}

void store_totals(struct relay *relay)
{
	const struct journal_ops ops = store_ops(relay);
	uint8_t record[1024];
	int len;

	relay->engine.totals.alive = relay_now();
	if (relay->options->no_pin)
		return;
	len = journal_totals(&relay->engine, record, sizeof(record));
	if (len > 0)
		journal_parts_write(&ops, 0, XRP_JOURNAL_TOTALS, &relay->totals_state, record,
				    (size_t)len);
}

void store_all(struct relay *relay)
{
	struct stream *stream;

	for (stream = relay->engine.calls.all; stream; stream = stream->next)
		store_put(relay, stream);
	store_totals(relay);
}
