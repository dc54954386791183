/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See reach.h. Two ways lead nowhere: the kernel refuses a packet, and says so; or it takes it,
 * asks for the neighbour in vain and drops it without a word.
 */
#include <daemon/reach.h>
#include <daemon/relay.h>

static void reach_take_back(struct channel *ch, uint64_t packets)
{
	if (packets > ch->slow_relayed)
		packets = ch->slow_relayed;
	ch->slow_relayed -= packets;
	ch->slow_dropped += packets;
}

enum reach reach_of(struct relay *relay, struct channel *ch)
{
	enum reach reach = REACH_OK;

	if (ch->route)
		reach = route_reach(relay->nexthops, ch->route, relay_now());
	if (reach == REACH_SILENT || reach == REACH_NO_CARRIER)
		reach_take_back(ch, ch->unresolved);
	if (reach != REACH_WAITING)
		ch->unresolved = 0;
	return reach;
}

void reach_count(struct relay *relay, struct channel *ch)
{
	ch->unresolved++;
	reach_of(relay, ch);
}

void reach_failed(void *ctx, const struct slowpath_send *out, int err)
{
	struct relay *relay = ctx;
	struct channel *to = calls_channel(&relay->engine.calls, &out->src), *ch;

	if (!to)
		return;
	ch = channel_opposite(to);
	ch->send_failed.error = err;
	ch->send_failed.at = relay_now();
	if (ch->unresolved)
		ch->unresolved--;
	reach_take_back(ch, 1);
}
