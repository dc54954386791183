/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See relay_engine.h. */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <base/hash.h>
#include <base/log.h>
#include <daemon/media.h>
#include <daemon/relay_engine.h>
#include <daemon/relay_events.h>
#include <daemon/reload.h>
#include <io/control.h>
#include <io/nexthops.h>
#include <io/notify.h>
#include <proto/dupcache.h>

#define NS_PER_S       1000000000ULL
#define DUPCACHE_BYTES (256UL << 20)

static bool ask_local(void *ctx, const struct xrp_addr *addr)
{
	struct relay *relay = ctx;

	return nexthops_address_is_local(relay->nexthops, addr);
}

static void look_ports(void *ctx)
{
	relay_scan_ports(ctx);
}

static int ask_source(void *ctx, const struct xrp_addr *remote, struct xrp_addr *source)
{
	struct relay *relay = ctx;

	return nexthops_source_towards(relay->nexthops, remote, source);
}

static const struct xrp_flow_stats *ask_stats(void *ctx, uint32_t slot)
{
	struct relay *relay = ctx;

	return relay->datapath->ops->stats(relay->datapath, slot);
}

static struct notify_target *ask_notify(void *ctx, struct text word)
{
	struct relay *relay = ctx;
	struct notify_target *target =
		notify_find(relay->notify, word, relay->request->client, relay->request->local);
	char text[256];

	if (!target)
		log_event(LOG_WARNING, "notify_refused", "socket=%s not named by -n",
			  log_value(word.at, word.len, text, sizeof(text)));
	return target;
}

static void put_notify(void *ctx, struct notify_target *target)
{
	(void)ctx;
	notify_target_release(target);
}

static const char *name_notify(void *ctx, const struct notify_target *target)
{
	(void)ctx;
	return notify_target_name(target);
}

static struct notify_target *recall_notify(void *ctx, const char *name)
{
	struct relay *relay = ctx;

	return notify_recall(relay->notify, name);
}

/* A slot rests after use: as many may rest as are in use, so that they refuse no new call. */
uint32_t relay_engine_slots(const struct options *o)
{
	return o->max_calls * RELAY_FLOWS_PER_STREAM * 2;
}

/* What the engine is to do, and what it may ask. Seeds are random: ports and hash order are not to
 * be guessed. */
int relay_engine_start(struct relay *relay, char *error, size_t size)
{
	const struct options *o = relay->options;
	struct engine *e = &relay->engine;
	uint8_t seed[16];

	(void)error;
	(void)size;
	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return -errno;
	hash_seed(seed);
	e->config = (struct engine_config){
		.asymmetric = o->force_asymmetric || (o->bridge && !o->bridge_symmetric),
		.max_streams = o->max_calls,
	};
	reload_settings(o, &e->config);
	e->ops = (struct engine_ops){
		.address_is_local = ask_local,
		.source_towards = ask_source,
		.ports_look = look_ports,
		.stats = ask_stats,
		.notify_find = ask_notify,
		.notify_put = put_notify,
		.notify_name = name_notify,
		.notify_recall = recall_notify,
		.media = &media_engine,
		.ctx = relay,
	};
	relay->dupcache = dupcache_new(seed, DUPCACHE_BYTES);
	return relay->dupcache ? 0 : -ENOMEM;
}

/* The engine's tables: of the sizes that the maps have, and with the ports that still rest. */
int relay_engine_tables(struct relay *relay, char *error, size_t size)
{
	const struct datapath_found *found = datapath_kernel_found(relay->datapath);
	uint64_t *rests = datapath_kernel_port_rests(relay->datapath);
	const struct options *o = relay->options;
	uint16_t min = (uint16_t)o->port_min, max = (uint16_t)o->port_max;
	struct engine *e = &relay->engine;
	uint64_t rest = o->port_rest * NS_PER_S, seed[2];
	uint32_t generation;

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed) ||
	    getrandom(&generation, sizeof(generation), 0) != sizeof(generation))
		return -errno;
	e->ports4 = ports_new(min, max, o->ordered_ports, rest, seed[0]);
	if (!e->ports4 && errno == ERANGE) {
		snprintf(error, size,
			 "no port pair in %u to %u: a pair is an even port and the next, and the "
			 "highest port is not given out when it is even",
			 o->port_min, o->port_max);
		return -ERANGE;
	}
	e->ports6 = ports_new(min, max, o->ordered_ports, rest, seed[1]);
	e->slots = slots_new(found->max_slots, rest, generation | 1);
	if (!e->ports4 || !e->ports6 || !e->slots)
		return -ENOMEM;
	ports_share(e->ports4, rests + xrp_port_rest_index(false, 0), relay_now());
	ports_share(e->ports6, rests + xrp_port_rest_index(true, 0), relay_now());
	if (e->config.max_streams > found->max_flows / RELAY_FLOWS_PER_STREAM)
		e->config.max_streams = found->max_flows / RELAY_FLOWS_PER_STREAM;
	return 0;
}
