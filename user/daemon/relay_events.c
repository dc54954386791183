/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See relay_events.h. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <event2/event.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <core/judge.h>
#include <core/sweep.h>
#include <daemon/attachlog.h>
#include <daemon/media.h>
#include <daemon/reach.h>
#include <daemon/relay_events.h>
#include <daemon/reload.h>
#include <daemon/store.h>
#include <daemon/sync.h>
#include <io/foreign.h>
#include <io/nexthops.h>
#include <io/supervisor.h>

#define SWEEPS_PER_S 20
#define RESYNC_SHARE 256 /* streams planned anew in one turn of the loop */
#define RELAY_TTL    64

bool relay_packet(void *ctx, const struct slowpath_packet *packet, struct slowpath_send *out)
{
	struct relay *relay = ctx;
	const struct judge_packet p = {packet->local, packet->source, packet->data, packet->len,
				       packet->now};
	struct judge_send send;
	bool sendable;

	sendable = judge(&relay->engine, &p, &send);
	if (!send.channel || !media_packet(relay, packet, &send, sendable))
		return false;
	out->src = send.src;
	out->dst = send.dst;
	out->tos = send.channel->stream->leg[!send.channel->side].tos;
	out->ttl = RELAY_TTL;
	reach_count(relay, send.channel);
	return true;
}

void relay_batch_done(void *ctx)
{
	sync_run(ctx);
}

static void resync_next(struct relay *relay)
{
	const struct timeval now = {0, 0};

	event_add(relay->timers[RELAY_RESYNC], &now);
}

static void on_resync(evutil_socket_t fd, short what, void *ctx)
{
	struct relay *relay = ctx;

	(void)fd;
	(void)what;
	if (sync_some(relay, RESYNC_SHARE))
		resync_next(relay);
}

void relay_resync(struct relay *relay)
{
	relay->engine.calls.resync = relay->engine.calls.all;
	if (relay->timers[RELAY_RESYNC])
		resync_next(relay);
}

/* Is it one that media ports are on? Of the others the program is to know only where flows of the
 * unspecified address exist. */
static bool is_wanted_local(const struct relay *relay, const struct xrp_addr *addr)
{
	const struct engine_config *c = &relay->engine.config;
	const struct xrp_addr any = addr_any(addr_is_v4(addr) ? AF_INET : AF_INET6);

	for (unsigned int i = 0; i < c->address_count; i++) {
		if (xrp_addr_equal(&c->address[i].addr, addr) ||
		    xrp_addr_equal(&c->address[i].addr, &any))
			return true;
	}
	return relay->switches.switches & XRP_SWITCH_WILDCARD;
}

static void local_address(void *ctx, const struct xrp_addr *addr, bool present)
{
	struct relay *relay = ctx;
	char text[ADDR_TEXT];
	int err;

	if (!is_wanted_local(relay, addr))
		return;
	err = relay->datapath->ops->local_address_set(relay->datapath, addr, present);
	if (err && err != -ENOENT)
		log_event(LOG_WARNING, "local_address_failed", "address=%s error=\"%s\"",
			  addr_format(addr, text), strerror(-err));
}

void relay_follow_addresses(struct relay *relay)
{
	nexthops_local_addresses(relay->nexthops, local_address, relay);
}

void relay_listen_any(struct relay *relay)
{
	if (relay->switches.switches & XRP_SWITCH_WILDCARD)
		return;
	relay->switches.switches |= XRP_SWITCH_WILDCARD;
	relay_follow_addresses(relay);
	relay->datapath->ops->control_set(relay->datapath, &relay->switches);
}

static void on_sweep(evutil_socket_t fd, short what, void *ctx)
{
	struct relay *relay = ctx;
	unsigned int share = (relay->engine.calls.count + SWEEPS_PER_S - 1) / SWEEPS_PER_S;

	(void)fd;
	(void)what;
	sweep(&relay->engine, share, relay_now());
	sync_run(relay);
	if (relay->engine.totals.draining && !relay->engine.calls.count)
		event_base_loopbreak(relay->base);
}

/* Packets taken in so far, by the program and by the slow path. */
static uint64_t packets_in(struct relay *relay)
{
	struct xrp_count counts[XRP_REASON_COUNT] = {0};

	relay->datapath->ops->reasons(relay->datapath, counts);
	return counts[XRP_RELAY_TX].packets + counts[XRP_RELAY_REDIRECT].packets +
	       counts[XRP_DROP_STRANGER].packets + counts[XRP_DROP_RATE].packets +
	       slowpath_stats(relay->slowpath).received;
}

/* The share of a CPU that the process used since `then`, which becomes now. */
static double load_since(struct relay_cpu *then)
{
	struct timespec used;
	uint64_t now = relay_now(), cpu;
	double load = 0;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	cpu = (uint64_t)used.tv_sec * 1000000000ULL + (uint64_t)used.tv_nsec;
	if (then->wall && now > then->wall)
		load = (double)(cpu - then->cpu) / (double)(now - then->wall);
	*then = (struct relay_cpu){now, cpu};
	return load;
}

uint64_t relay_pass_after(const struct relay *relay)
{
	uint64_t timeout = relay->options->heartbeat_timeout;

	return timeout ? relay_now() + timeout * 1000000000ULL : 0;
}

void relay_heartbeat(struct relay *relay)
{
	relay->switches.pass_after = relay_pass_after(relay);
	relay->datapath->ops->control_set(relay->datapath, &relay->switches);
}

void relay_rate_caps(struct relay *relay)
{
	struct engine *e = &relay->engine;
	int err;

	rate_caps(&e->config.rate, e->caps);
	err = relay->datapath->ops->caps_set(relay->datapath, e->caps, RATE_CLASSES);
	if (err)
		log_event(LOG_WARNING, "rate_caps_failed", "error=\"%s\"", strerror(-err));
}

static void on_second(evutil_socket_t fd, short what, void *ctx)
{
	struct relay *relay = ctx;
	uint64_t packets = packets_in(relay);

	(void)fd;
	(void)what;
	relay->engine.totals.packets_per_second = (double)(packets - relay->packets_then);
	relay->packets_then = packets;
	relay->engine.totals.load = load_since(&relay->cpu_then);
	media_second(relay);
	relay_heartbeat(relay);
	supervisor_status(relay->supervisor, "%u media streams%s", relay->engine.calls.count,
			  relay->engine.totals.draining ? ", draining" : "");
	store_totals(relay);
}

static void on_foreign_port(void *ctx, uint16_t port, bool held)
{
	struct relay *relay = ctx;
	int err;

	ports_foreign(relay->engine.ports4, port, held);
	ports_foreign(relay->engine.ports6, port, held);
	err = relay->datapath->ops->port_spare(relay->datapath, port, held);
	if (err)
		log_event(LOG_WARNING, "port_spare_failed", "port=%u error=\"%s\"", port,
			  strerror(-err));
}

void relay_scan_ports(struct relay *relay)
{
	int err = foreign_scan(relay->foreign, on_foreign_port, relay);

	if (err)
		log_event(LOG_WARNING, "port_scan_failed", "error=\"%s\"", strerror(-err));
}

void relay_follow_interfaces(struct relay *relay)
{
	if (!datapath_kernel_refresh(relay->datapath))
		return;
	attachlog_changed(relay->datapath);
	nexthops_refresh(relay->nexthops);
}

static void on_scan(evutil_socket_t fd, short what, void *ctx)
{
	struct relay *relay = ctx;

	(void)fd;
	(void)what;
	relay_scan_ports(relay);
	relay_follow_interfaces(relay);
}

void relay_leave(struct relay *relay, const char *why)
{
	const struct timeval next_turn = {0, 1}; /* the operator's socket is written before */

	log_event(LOG_NOTICE, "stop", "command=%s calls=%u pinned=%s", why,
		  relay->engine.calls.count, relay->options->no_pin ? "no" : "yes");
	event_base_loopexit(relay->base, &next_turn);
}

static void on_terminate(evutil_socket_t signal, short what, void *ctx)
{
	struct relay *relay = ctx;

	(void)what;
	log_event(LOG_NOTICE, "stop", "signal=%d calls=%u pinned=%s", (int)signal,
		  relay->engine.calls.count, relay->options->no_pin ? "no" : "yes");
	event_base_loopbreak(relay->base);
}

void relay_drain(struct relay *relay)
{
	relay->engine.totals.draining = true;
	store_totals(relay);
	log_event(LOG_NOTICE, "draining", "calls=%u", relay->engine.calls.count);
}

static void on_drain(evutil_socket_t signal, short what, void *ctx)
{
	(void)signal;
	(void)what;
	relay_drain(ctx);
}

static void on_reload(evutil_socket_t signal, short what, void *ctx)
{
	char error[RELAY_ERROR];

	(void)signal;
	(void)what;
	json_decref(reload_run(ctx, error, sizeof(error))); /* it has logged what was wrong */
}

int relay_events_start(struct relay *relay, char *error, size_t size)
{
	static const struct {
		struct timeval period;
		event_callback_fn fn;
	} timers[RELAY_PERIODIC] = {
		[RELAY_SWEEP] = {{0, 1000000 / SWEEPS_PER_S}, on_sweep},
		[RELAY_SECOND] = {{1, 0}, on_second},
		[RELAY_FOREIGN] = {{5, 0}, on_scan},
	};
	const struct {
		int number;
		event_callback_fn fn;
	} signals[RELAY_SIGNALS] = {
		{SIGHUP, on_drain},	 {SIGRTMIN, on_reload},	    {SIGTERM, on_terminate},
		{SIGINT, on_terminate},	 {SIGUSR1, on_terminate},   {SIGUSR2, on_terminate},
		{SIGXCPU, on_terminate}, {SIGVTALRM, on_terminate}, {SIGPROF, on_terminate},
	};
	bool ok = true;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a recording that gets too large is cut, nothing else */
	for (int i = 0; i < RELAY_PERIODIC; i++) {
		relay->timers[i] = event_new(relay->base, -1, EV_PERSIST, timers[i].fn, relay);
		ok &= relay->timers[i] && !event_add(relay->timers[i], &timers[i].period);
	}
	relay->timers[RELAY_RESYNC] = evtimer_new(relay->base, on_resync, relay);
	ok &= relay->timers[RELAY_RESYNC] != NULL;
	for (int i = 0; i < RELAY_SIGNALS; i++) {
		relay->signals[i] =
			evsignal_new(relay->base, signals[i].number, signals[i].fn, relay);
		ok &= relay->signals[i] && !event_add(relay->signals[i], NULL);
	}
	if (!ok)
		snprintf(error, size, "timers and signals cannot be set up");
	return ok ? 0 : -ENOMEM;
}

void relay_events_stop(struct relay *relay)
{
	for (int i = 0; i < RELAY_TIMERS; i++) {
		if (relay->timers[i])
			event_free(relay->timers[i]);
		relay->timers[i] = NULL;
	}
	for (int i = 0; i < RELAY_SIGNALS; i++) {
		if (relay->signals[i])
			event_free(relay->signals[i]);
	}
}
