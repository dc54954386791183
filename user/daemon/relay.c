/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making the parts and connecting them. What happens while it runs is in relay_events.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <event2/event.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <core/engine_sub.h>
#include <daemon/access.h>
#include <daemon/adopt.h>
#include <daemon/process.h>
#include <daemon/media.h>
#include <daemon/operate.h>
#include <daemon/privileges.h>
#include <daemon/reach.h>
#include <daemon/relay.h>
#include <daemon/relay_engine.h>
#include <daemon/relay_events.h>
#include <daemon/reload.h>
#include <daemon/report.h>
#include <daemon/requests.h>
#include <daemon/store.h>
#include <daemon/sync.h>
#include <io/control.h>
#include <io/ctlserver.h>
#include <io/foreign.h>
#include <io/nexthops.h>
#include <io/notify.h>
#include <io/reserve.h>
#include <io/worker.h>
#include <io/sandbox.h>
#include <proto/dupcache.h>

#define NS_PER_S 1000000000ULL

uint64_t relay_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int write_nexthop(void *ctx, uint32_t id, const struct xrp_nexthop *row)
{
	struct relay *relay = ctx;

	return relay->datapath->ops->nexthop_set(relay->datapath, id, row);
}

static bool egress_usable(void *ctx, uint32_t ifindex)
{
	struct relay *relay = ctx;

	return datapath_kernel_egress(relay->datapath, ifindex);
}

static void routes_changed(void *ctx)
{
	struct relay *relay = ctx;

	relay_follow_interfaces(relay);
	relay_resync(relay);
}

static int start_nexthops(struct relay *relay, char *error, size_t size)
{
	const struct nexthops_ops ops = {write_nexthop, routes_changed, egress_usable, relay};
	const struct engine_config *c = &relay->engine.config;
	char addr[ADDR_TEXT];

	relay->nexthops = nexthops_new(relay->base, &ops, RELAY_NEXTHOPS);
	if (!relay->nexthops) {
		snprintf(error, size, "rtnetlink cannot be used: %s", strerror(errno));
		return -EIO;
	}
	for (unsigned int i = 0; i < c->address_count; i++) {
		if (addr_is_unspecified(&c->address[i].addr) ||
		    nexthops_address_is_local(relay->nexthops, &c->address[i].addr))
			continue;
		snprintf(error, size,
			 "the listen address %s is not on this host: `ip address` lists what is; "
			 "behind a NAT listen on the local address and advertise the public one "
			 "with -A",
			 addr_format(&c->address[i].addr, addr));
		return -EADDRNOTAVAIL;
	}
	return 0;
}

static unsigned int relay_interfaces(struct relay *relay, char names[][16], unsigned int max)
{
	const struct options *o = relay->options;
	const struct engine_config *c = &relay->engine.config;
	struct xrp_addr listen[ENGINE_ADDRESSES];

	if (o->no_xdp)
		return 0;
	for (unsigned int i = 0; i < c->address_count; i++)
		listen[i] = c->address[i].addr;
	if (!o->interface_count)
		return nexthops_default_interfaces(relay->nexthops, listen, c->address_count, names,
						   max);
	memcpy(names, o->interfaces, o->interface_count * sizeof(o->interfaces[0]));
	return o->interface_count;
}

static int start_datapath(struct relay *relay, char *error, size_t size)
{
	const struct options *o = relay->options;
	char names[OPTIONS_INTERFACES][16];
	const char *pointers[OPTIONS_INTERFACES];
	struct datapath_config config = {
		.interfaces = pointers,
		.interface_count = relay_interfaces(relay, names, OPTIONS_INTERFACES),
		.no_xdp = o->no_xdp,
		.no_pin = o->no_pin,
		.pin_root = o->pin_root,
		.max_flows = o->max_calls * RELAY_FLOWS_PER_STREAM,
		.max_slots = relay_engine_slots(o),
		.max_nexthops = RELAY_NEXTHOPS,
		.copies_size = DATAPATH_COPIES,
	};

	int err;

	for (unsigned int i = 0; i < config.interface_count; i++)
		pointers[i] = names[i];
	relay->switches = (struct xrp_control){
		.switches = o->drop_unallocated ? XRP_SWITCH_DROP_UNALLOCATED : 0,
		.port_min = (uint16_t)o->port_min,
		.port_max = (uint16_t)o->port_max,
		.punt_rate = o->punt_rate,
		.punt_burst = o->punt_burst,
		.pass_after = relay_pass_after(relay),
	};
	config.control = relay->switches;
	err = operate_takeover(o, &config, error, size);
	if (err)
		return err;
	relay->datapath = datapath_kernel_new(&config, error, (unsigned int)size);
	if (!relay->datapath)
		return -EIO;
	relay_rate_caps(relay);
	if (o->drop_unallocated)
		relay_follow_addresses(relay);
	return 0;
}

static int start_adopt(struct relay *relay, char *error, size_t size)
{
	int err = adopt_run(relay);

	if (err)
		snprintf(error, size, "what an earlier start left cannot be read: %s",
			 strerror(-err));
	return err;
}

static int start_attach(struct relay *relay, char *error, size_t size)
{
	relay_scan_ports(relay); /* our own sockets that are there by now */
	return datapath_kernel_attach(relay->datapath, error, (unsigned int)size);
}

static int start_slowpath(struct relay *relay, char *error, size_t size)
{
	const struct slowpath_ops ops = {relay_packet, relay_batch_done, reach_failed, relay};
	static const int families[] = {AF_INET, AF_INET6};
	int err = 0;

	relay->slowpath = slowpath_new(relay->base, &ops);
	if (!relay->slowpath) {
		snprintf(error, size, "the slow path's sockets cannot be had: %s%s",
			 strerror(errno), errno == EPERM ? " (CAP_NET_RAW is needed)" : "");
		return -EIO;
	}
	for (unsigned int i = 0; i < 2 && !err; i++) {
		int fd = slowpath_socket(relay->slowpath, families[i]);

		if (fd >= 0)
			err = datapath_kernel_steer(relay->datapath, families[i], fd);
	}
	if (err)
		snprintf(error, size, "packets cannot be steered to the slow path: %s",
			 strerror(-err));
	return err;
}

static void ports_not_reserved(const struct options *o, const char *why)
{
	log_event(LOG_WARNING, "ports_not_reserved",
		  "range=%u-%u why=\"%s\" the kernel may give these ports to others", o->port_min,
		  o->port_max, why);
}

/* Keeps the kernel from giving ports of the range to others, unless that leaves it too few. */
static void reserve_ports(struct relay *relay)
{
	const struct options *o = relay->options;
	uint16_t min = (uint16_t)o->port_min, max = (uint16_t)o->port_max;
	int left = reserve_left(min, max), err;

	if (o->no_reserve_ports) {
		ports_not_reserved(o, "--no-reserve-ports");
		return;
	}
	if (left >= 0 && left < RESERVE_LEAST) {
		ports_not_reserved(o, "too few of ip_local_port_range would be left; make the "
				      "range smaller");
		return;
	}
	err = reserve_add(min, max, o->reserve_record, &relay->reservation);
	relay->reserved = !err;
	if (err)
		ports_not_reserved(o, strerror(-err));
}

/* Ports of the range are kept from others, and others' are kept from being given out. */
static int start_ports(struct relay *relay, char *error, size_t size)
{
	const struct options *o = relay->options;

	relay->foreign = foreign_new((uint16_t)o->port_min, (uint16_t)o->port_max);
	if (!relay->foreign) {
		snprintf(error, size, "sock_diag cannot be used: %s", strerror(errno));
		return -EIO;
	}
	reserve_ports(relay);
	relay_scan_ports(relay);
	return 0;
}

static int start_ctlserver(struct relay *relay, char *error, size_t size)
{
	relay->ctlserver = ctlserver_new(relay->base, relay->options->ctl_path, 0600, report_handle,
					 relay, error, size);
	return relay->ctlserver ? 0 : -EIO;
}

static int start_notify(struct relay *relay, char *error, size_t size)
{
	const struct options *o = relay->options;
	int err = 0;

	relay->notify = notify_new(relay->base);
	if (!relay->notify)
		return -ENOMEM;
	for (unsigned int i = 0; i < o->notify_count && !err; i++)
		err = notify_allow(relay->notify, o->notify[i], error, size);
	return err;
}

static int start_media(struct relay *relay, char *error, size_t size)
{
	relay->media = media_new(relay, error, size);
	return relay->media ? 0 : -EIO;
}

static void end_of_input(void *ctx)
{
	relay_drain(ctx);
}

static int start_control(struct relay *relay, char *error, size_t size)
{
	const struct options *o = relay->options;
	const struct control_ops ops = {requests_handle, relay, end_of_input};
	struct control_files files;
	int err;

	relay->control = control_new(relay->base, &ops);
	if (!relay->control)
		return -ENOMEM;
	access_control(relay);
	err = privileges_files(o, &files, error, size);
	if (!err)
		control_set_files(relay->control, &files);
	for (unsigned int i = 0; i < o->socket_count && !err; i++)
		err = control_listen(relay->control, o->sockets[i], error, size);
	return err;
}

static int start_pid_file(struct relay *relay, char *error, size_t size)
{
	return process_write_pid(relay->options->pid_file, &relay->pid_file, error, size);
}

static int start_privileges(struct relay *relay, char *error, size_t size)
{
	struct control_files user;
	int err;

	if (!relay->options->user)
		return privileges_drop(relay->options, error, size);
	err = privileges_files(relay->options, &user, error, size);
	if (err)
		return err;
	err = datapath_kernel_give(relay->datapath, user.uid, user.gid);
	if (err)
		snprintf(error, size, "-u %s: the pinned links cannot be given to the user: %s",
			 relay->options->user, strerror(-err));
	if (!err && ctlserver_give(relay->ctlserver, user.uid, user.gid))
		log_event(LOG_WARNING, "directory_kept", "user=%s socket=%s", relay->options->user,
			  relay->options->ctl_path);
	if (!err)
		err = privileges_drop(relay->options, error, size);
	return err;
}

/* The thread of prompts is to be punctual; what that needs is given up before it starts. */
static int start_real_time(struct relay *relay, char *error, size_t size)
{
	(void)error;
	(void)size;
	relay->raised = worker_raise();
	return 0;
}

/* Its threads would keep the privileges that this one drops. */
static int start_recorder(struct relay *relay, char *error, size_t size)
{
	int err = media_start(relay->media, error, size);

	if (relay->raised)
		worker_lower();
	return err;
}

/* The last step: all threads run, and what they began with is done. */
static int start_sandbox(struct relay *relay, char *error, size_t size)
{
	int err = sandbox_enter(relay->options->sandbox);

	if (err)
		snprintf(
			error, size,
			"the filter of system calls cannot be set: %s; a systemd unit wants seccomp in "
			"its SystemCallFilter=, and --seccomp off does without",
			strerror(-err));
	return err;
}

/* What waits in a re-packetiser leaves on time only with timers finer than a millisecond. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	if (!config)
		return NULL;
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	return base;
}

/*
 * The operator's socket makes the directory that the reservation of ports is noted in. The ports
 * come before the slow path, whose own sockets get numbers outside of the range then.
 * Adopting and attaching touch what an earlier start left, and come when the options have proved
 * good.
 */
int relay_start(struct relay *relay, struct options *options, char *error, size_t size)
{
	static int (*const steps[])(struct relay *, char *, size_t) = {
		relay_engine_start, start_nexthops, start_datapath,  relay_engine_tables,
		start_ctlserver,    start_ports,    start_slowpath,  start_notify,
		start_media,	    start_control,  start_pid_file,  relay_events_start,
		start_adopt,	    start_attach,   start_real_time, start_privileges,
		start_recorder,	    start_sandbox,
	};
	int err = -ENOMEM;

	memset(relay, 0, sizeof(*relay));
	error[0] = '\0';
	relay->options = options;
	relay->pid_file = -1;
	relay->started = relay_now();
	relay->base = new_base();
	if (relay->base)
		err = 0;
	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]) && !err; i++)
		err = steps[i](relay, error, size);
	if (err && relay->reserved) {
		reserve_give_back(options->reserve_record, &relay->reservation);
		relay->reserved = false;
	}
	if (err && !error[0])
		snprintf(error, size, "cannot start: %s", strerror(-err));
	return err;
}

void relay_serve(struct relay *relay)
{
	event_base_dispatch(relay->base);
	relay->engine.totals.draining = false; /* that is for who is killed */
	if (!relay->options->no_pin) {
		store_all(relay); /* the calls go on in the kernel */
		return;
	}
	while (relay->engine.calls.all)
		engine_end_stream(&relay->engine, relay->engine.calls.all, STREAM_SHUTDOWN,
				  relay_now());
	sync_run(relay);
}

/*
 * Recordings are completed; the calls themselves may go on in the kernel. To release a leg's media
 * changes what the leg says of it, so nothing is synchronised any more from here on: the next
 * start takes up what was noted before.
 */
static void relay_end_media(struct relay *relay)
{
	struct stream *stream;

	for (stream = relay->engine.calls.all; stream && relay->media; stream = stream->next) {
		media_engine.release(relay, &stream->leg[0]);
		media_engine.release(relay, &stream->leg[1]);
		stream_forget_notify(stream, &relay->engine);
	}
	media_free(relay->media);
	if (relay->notify)
		notify_free(relay->notify);
}

void relay_stop(struct relay *relay)
{
	if (relay->control)
		control_free(relay->control);
	ctlserver_free(relay->ctlserver);
	relay_events_stop(relay);
	relay_end_media(relay);
	if (relay->foreign)
		foreign_free(relay->foreign);
	if (relay->reserved && relay->options->no_pin)
		reserve_remove(relay->options->reserve_record);
	if (relay->slowpath)
		slowpath_free(relay->slowpath);
	if (relay->datapath)
		relay->datapath->ops->free(relay->datapath);
	if (relay->nexthops)
		nexthops_free(relay->nexthops);
	dupcache_free(relay->dupcache);
	calls_free(&relay->engine.calls);
	ports_free(relay->engine.ports4);
	ports_free(relay->engine.ports6);
	slots_free(relay->engine.slots);
	if (relay->base)
		event_base_free(relay->base);
	process_remove_pid(relay->options->pid_file, relay->pid_file);
}
