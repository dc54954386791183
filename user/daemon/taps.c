/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See taps.h. A leg's tap has at most one recorder (R or C: two files, one file, or a UDP target)
 * and any number of streams that its media is copied to. Each of these is a branch of the recorder
 * thread for RTP and one for RTCP.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <core/engine.h>
#include <daemon/taps.h>
#include <daemon/taps_target.h>
#include <datapath/datapath.h>
#include <io/recorder.h>

#define TAPS_TTL 64

enum { KINDS = 2, SIDES = 2 }; /* of channels, of legs */

/* A stream that gets what the leg's party sends. */
struct tap_copy {
	struct stream *to;
	struct branch *branch[KINDS];
	struct tap_copy *next;
};

struct tap {
	bool recording; /* the next five are in use */
	bool single;
	struct branch *branch[KINDS]; /* NULL: RTCP is not recorded */
	struct recorder_file *file[KINDS];
	struct xrp_endpoint from; /* what copies are sent from; port 0: they go to files */
	struct tap_copy *copies;
	uint32_t generation[KINDS]; /* of the channels' slots that the branches know */
};

struct taps {
	struct taps_config config;
	struct recorder *recorder;
	struct capture_dirs dirs;
	unsigned int recorders;
	struct recorder_stats told; /* what the log has told of */
};

/* --- taps of a leg --------------------------------------------------------------------------- */

static struct stream *leg_stream(const struct leg *leg)
{
	return leg->channel[CHANNEL_RTP].stream;
}

static enum leg_side leg_side(const struct leg *leg)
{
	return leg->channel[CHANNEL_RTP].side;
}

static void taps_dirty(struct taps *taps, struct stream *stream)
{
	calls_dirty(&taps->config.engine->calls, stream);
}

static struct tap *tap_of(struct leg *leg)
{
	if (!leg->tap)
		leg->tap = calloc(1, sizeof(*leg->tap));
	for (int kind = 0; leg->tap && kind < KINDS; kind++) {
		if (!leg->tap->recording && !leg->tap->copies)
			leg->tap->generation[kind] = leg->channel[kind].generation;
	}
	return leg->tap;
}

/* A tap that taps nothing is none. */
static void tap_drop_idle(struct leg *leg)
{
	if (!leg->tap || leg->tap->recording || leg->tap->copies)
		return;
	free(leg->tap);
	leg->tap = NULL;
}

/* A branch for what comes in on a channel; without a port yet the flow is told by taps_sync. */
static struct branch *tap_branch(struct taps *taps, const struct channel *ch,
				 struct recorder_file *file)
{
	struct branch *b = recorder_branch(taps->recorder, file);

	if (!b || !ch->generation || !recorder_source(taps->recorder, b, ch->slot, ch->generation))
		return b;
	recorder_end(taps->recorder, b);
	return NULL;
}

static uint32_t copies_lost(const struct taps *taps, const struct channel *ch)
{
	const struct engine *e = taps->config.engine;
	const struct xrp_flow_stats *s = e->ops.stats(e->ops.ctx, ch->slot);

	return s && s->generation == ch->generation ? s->copies_lost : 0;
}

static void log_end(const struct taps *taps, const struct leg *leg)
{
	const struct stream *s = leg_stream(leg);
	unsigned int lost = 0;
	char id[256];

	for (int kind = 0; kind < KINDS; kind++)
		lost += copies_lost(taps, &leg->channel[kind]);
	log_event(lost ? LOG_WARNING : LOG_INFO, "record_end", "call_id=%s from=%s copies_lost=%u",
		  log_value(s->call->id, s->call->id_len, id, sizeof(id)),
		  leg_side_name(leg_side(leg)), lost);
}

static void log_start(const struct leg *leg, const char *target)
{
	const struct stream *s = leg_stream(leg);
	char id[256], text[512];

	log_event(LOG_INFO, "record_start", "call_id=%s from=%s to=%s",
		  log_value(s->call->id, s->call->id_len, id, sizeof(id)),
		  leg_side_name(leg_side(leg)),
		  log_value(target, strlen(target), text, sizeof(text)));
}

static void give_port(struct taps *taps, const struct xrp_endpoint *from)
{
	struct engine *e = taps->config.engine;

	if (endpoint_port(from))
		ports_give(addr_is_v4(&from->addr) ? e->ports4 : e->ports6, endpoint_port(from),
			   taps->config.now());
}

/* Ends R or C. */
static void recording_end(struct taps *taps, struct leg *leg)
{
	struct tap *tap = leg->tap;

	for (int kind = 0; kind < KINDS; kind++) {
		recorder_end(taps->recorder, tap->branch[kind]);
		recorder_file_end(taps->recorder, tap->file[kind]);
		tap->branch[kind] = NULL;
		tap->file[kind] = NULL;
	}
	give_port(taps, &tap->from);
	memset(&tap->from, 0, sizeof(tap->from));
	tap->recording = false;
	taps->recorders--;
}

/* Begins it; whatever of it is there is taken back when it fails. */
static void recording_begin(struct taps *taps, struct leg *leg, bool single)
{
	leg->tap->recording = true;
	leg->tap->single = single;
	taps->recorders++;
	taps_dirty(taps, leg_stream(leg));
}

static int recording_failed(struct taps *taps, struct leg *leg, int err)
{
	recording_end(taps, leg);
	tap_drop_idle(leg);
	return err;
}

/* --- files ----------------------------------------------------------------------------------- */

/* The names of the files for RTP and RTCP, the same for a single file. */
static int record_files(struct taps *taps, struct leg *leg, char name[KINDS][CAPTURE_NAME])
{
	enum capture_format format = taps->config.pcap ? CAPTURE_PCAP : CAPTURE_ADHOC;
	struct tap *tap = leg->tap;

	for (int kind = 0; kind < (taps->config.no_rtcp ? 1 : KINDS); kind++) {
		int err = recorder_file(taps->recorder, &taps->dirs, name[kind], format,
					&tap->file[kind]);

		if (err)
			return err;
		tap->branch[kind] = tap_branch(taps, &leg->channel[kind], tap->file[kind]);
		if (!tap->branch[kind])
			return -ENOMEM;
	}
	return 0;
}

static void log_failed(const struct leg *leg, const char *name, int err)
{
	static struct log_limit limit = LOG_LIMIT(5);
	const struct stream *s = leg_stream(leg);
	unsigned int suppressed;
	char id[256], text[512];

	if (log_allow(&limit, &suppressed))
		log_event(LOG_ERR, "record_failed", "call_id=%s file=%s error=\"%s\" suppressed=%u",
			  log_value(s->call->id, s->call->id_len, id, sizeof(id)),
			  log_value(name, strlen(name), text, sizeof(text)), strerror(-err),
			  suppressed);
}

static int start_files(struct taps *taps, struct leg *leg, bool single,
		       char name[KINDS][CAPTURE_NAME])
{
	int err;

	if (!tap_of(leg))
		return -ENOMEM;
	recording_begin(taps, leg, single);
	err = record_files(taps, leg, name);
	if (err) {
		log_failed(leg, name[0], err);
		return recording_failed(taps, leg, err);
	}
	log_start(leg, name[0]);
	return 0;
}

/* Single files cannot be asked for twice, as in rtpproxy; without -P there are none. */
static int already(const struct taps *taps, const struct leg *leg, bool single)
{
	if (!leg->tap || !leg->tap->recording)
		return 0;
	return single && taps->config.pcap ? -EBUSY : -EALREADY;
}

int taps_record(struct taps *taps, struct leg *leg, bool single)
{
	const struct stream *s = leg_stream(leg);
	const char *who = leg_side(leg) == LEG_CALLER ? ".o" : ".a";
	char name[KINDS][CAPTURE_NAME], suffix[8];
	int err = already(taps, leg, single);

	if (err)
		return err;
	if (taps->dirs.record < 0)
		return -ENOTSUP;
	single = single && taps->config.pcap;
	for (int kind = 0; kind < KINDS; kind++) {
		snprintf(suffix, sizeof(suffix), "%s.%s", who,
			 kind == CHANNEL_RTP ? "rtp" : "rtcp");
		err = taps_target_name(name[kind], s, single ? ".pcap" : suffix);
		if (err)
			return err;
	}
	return start_files(taps, leg, single, name);
}

static int copy_to_files(struct taps *taps, struct leg *leg, struct text target, bool single)
{
	char name[KINDS][CAPTURE_NAME];

	if (taps->dirs.record < 0)
		return -ENOTSUP;
	if (!target.len)
		return -EINVAL;
	single = single && taps->config.pcap;
	capture_name(name[CHANNEL_RTP], target, single ? "" : ".rtp");
	capture_name(name[CHANNEL_RTCP], target, single ? "" : ".rtcp");
	return start_files(taps, leg, single, name);
}

/* --- UDP ------------------------------------------------------------------------------------- */

/* A pair to send from: on the leg's address, or another one of the target's family. */
static int take_port(struct taps *taps, const struct leg *leg, const struct xrp_addr *towards,
		     struct xrp_endpoint *from)
{
	struct engine *e = taps->config.engine;
	int family = addr_family(towards), port;
	struct xrp_addr addr = addr_any(family);

	for (unsigned int i = 0; i < e->config.address_count; i++) {
		if (addr_family(&e->config.address[i].addr) == family) {
			addr = e->config.address[i].addr;
			break;
		}
	}
	if (addr_family(&leg->bind) == family)
		addr = leg->bind;
	port = ports_take(family == AF_INET ? e->ports4 : e->ports6, taps->config.now());
	if (port < 0)
		return port;
	*from = endpoint_make(&addr, (uint16_t)port);
	return 0;
}

static struct xrp_endpoint endpoint_above(const struct xrp_endpoint *ep, int by)
{
	return endpoint_make(&ep->addr, (uint16_t)(endpoint_port(ep) + by));
}

static int send_branches(struct taps *taps, struct leg *leg, const struct xrp_endpoint *to)
{
	struct tap *tap = leg->tap;

	for (int kind = 0; kind < KINDS; kind++) {
		const struct slowpath_send send = {
			.src = endpoint_above(&tap->from, kind),
			.dst = endpoint_above(to, kind),
			.tos = taps->config.engine->config.tos,
			.ttl = TAPS_TTL,
		};

		tap->branch[kind] = tap_branch(taps, &leg->channel[kind], NULL);
		if (!tap->branch[kind])
			return -ENOMEM;
		recorder_target(taps->recorder, tap->branch[kind], &send);
	}
	return 0;
}

static int copy_to_udp(struct taps *taps, struct leg *leg, struct text target,
		       struct xrp_endpoint *told)
{
	struct xrp_endpoint to;
	char text[ENDPOINT_TEXT];
	int err = taps_target_udp(target, &to);

	if (err)
		return err;
	if (!tap_of(leg))
		return -ENOMEM;
	recording_begin(taps, leg, false);
	err = take_port(taps, leg, &to.addr, &leg->tap->from);
	if (!err)
		err = send_branches(taps, leg, &to);
	if (err)
		return recording_failed(taps, leg, err);
	*told = leg->tap->from;
	log_start(leg, endpoint_format(&to, text));
	return 0;
}

int taps_copy(struct taps *taps, struct leg *leg, struct text target, bool single,
	      struct xrp_endpoint *told)
{
	bool udp = taps_target_is_udp(target);
	int err = already(taps, leg, single && !udp);

	memset(told, 0, sizeof(*told));
	if (err) {
		*told = leg->tap->from;
		return err;
	}
	return udp ? copy_to_udp(taps, leg, target, told)
		   : copy_to_files(taps, leg, target, single);
}

int taps_stop(struct taps *taps, struct leg *leg)
{
	if (!leg->tap || !leg->tap->recording)
		return -ENOENT;
	log_end(taps, leg);
	recording_end(taps, leg);
	tap_drop_idle(leg);
	taps_dirty(taps, leg_stream(leg));
	return 0;
}

/* --- copies to a stream ---------------------------------------------------------------------- */

static void copy_free(struct taps *taps, struct tap_copy *copy)
{
	for (int kind = 0; kind < KINDS; kind++)
		recorder_end(taps->recorder, copy->branch[kind]);
	free(copy);
}

/* Copies are sent as the relay itself would send to that leg's party. */
static void copy_aim(struct taps *taps, const struct tap_copy *copy, enum leg_side side)
{
	for (int kind = 0; kind < KINDS; kind++) {
		const struct leg *out = &copy->to->leg[side];
		const struct slowpath_send send = {
			.src = out->channel[kind].local,
			.dst = out->has_port ? out->channel[kind].learn.dest
					     : (struct xrp_endpoint){.zero = 0},
			.tos = out->tos,
			.ttl = TAPS_TTL,
		};

		recorder_target(taps->recorder, copy->branch[kind], &send);
	}
}

static int copy_begin(struct taps *taps, struct leg *leg, struct stream *to)
{
	struct tap *tap = tap_of(leg);
	struct tap_copy *copy = calloc(1, sizeof(*copy));
	int err = tap && copy ? 0 : -ENOMEM;

	for (int kind = 0; kind < KINDS && !err; kind++) {
		copy->branch[kind] = tap_branch(taps, &leg->channel[kind], NULL);
		err = copy->branch[kind] ? 0 : -ENOMEM;
	}
	if (err) {
		if (copy)
			copy_free(taps, copy);
		tap_drop_idle(leg);
		return err;
	}
	copy->to = to;
	copy->next = tap->copies;
	tap->copies = copy;
	copy_aim(taps, copy, leg_side(leg));
	return 0;
}

static struct tap_copy **copy_find(struct leg *leg, const struct stream *to)
{
	struct tap_copy **at = leg->tap ? &leg->tap->copies : NULL;

	while (at && *at && (*at)->to != to)
		at = &(*at)->next;
	return at && *at ? at : NULL;
}

/* The stream no longer gets another's media. */
static void copies_stop(struct taps *taps, struct stream *to)
{
	struct stream *other = to->copy_of;

	to->copy_of = NULL;
	for (int side = 0; other && side < SIDES; side++) {
		struct tap_copy **at = copy_find(&other->leg[side], to), *copy;

		if (!at)
			continue;
		copy = *at;
		*at = copy->next;
		copy_free(taps, copy);
		tap_drop_idle(&other->leg[side]);
		taps_dirty(taps, other);
	}
}

int taps_copy_stream(struct taps *taps, struct stream *stream, struct stream *other)
{
	int err = 0;

	if (stream->copy_of == other)
		return -EALREADY;
	copies_stop(taps, stream);
	stream->copy_of = other;
	for (int side = 0; side < SIDES && !err; side++)
		err = copy_begin(taps, &other->leg[side], stream);
	if (err)
		copies_stop(taps, stream);
	taps_dirty(taps, stream);
	taps_dirty(taps, other);
	return err;
}

/* --- streams that change or go --------------------------------------------------------------- */

void taps_release(struct taps *taps, struct leg *leg)
{
	struct stream *s = leg_stream(leg);
	struct tap_copy *copy;

	if (!s) /* a leg that was never set up */
		return;
	copies_stop(taps, s);
	if (!leg->tap)
		return;
	if (leg->tap->recording) {
		log_end(taps, leg);
		recording_end(taps, leg);
	}
	while ((copy = leg->tap->copies)) {
		leg->tap->copies = copy->next;
		copy->to->copy_of = copy->to; /* it still hears nobody, but sends nothing either */
		copy_free(taps, copy);
	}
	tap_drop_idle(leg);
}

/* Tells the branches of a leg the slots that its channels have now. */
static void tap_sync(struct taps *taps, struct leg *leg)
{
	struct tap *tap = leg->tap;

	for (int kind = 0; kind < KINDS; kind++) {
		const struct channel *ch = &leg->channel[kind];
		int err = 0;

		if (tap->generation[kind] == ch->generation)
			continue;
		tap->generation[kind] = ch->generation;
		if (tap->branch[kind])
			err = recorder_source(taps->recorder, tap->branch[kind], ch->slot,
					      ch->generation);
		for (struct tap_copy *copy = tap->copies; copy && !err; copy = copy->next)
			err = recorder_source(taps->recorder, copy->branch[kind], ch->slot,
					      ch->generation);
		if (err)
			log_failed(leg, "", err);
	}
}

void taps_sync(struct taps *taps, struct stream *stream)
{
	for (int side = 0; side < SIDES; side++) {
		struct tap_copy **at = NULL;

		if (stream->leg[side].tap)
			tap_sync(taps, &stream->leg[side]);
		if (stream->copy_of)
			at = copy_find(&stream->copy_of->leg[side], stream);
		if (at)
			copy_aim(taps, *at, side);
	}
}

void taps_slow_packet(struct taps *taps, const struct channel *channel,
		      const struct slowpath_packet *packet)
{
	const struct tap *tap = channel->stream->leg[channel->side].tap;

	if (!tap)
		return;
	if (tap->branch[channel->kind])
		recorder_packet(taps->recorder, tap->branch[channel->kind], packet);
	for (const struct tap_copy *copy = tap->copies; copy; copy = copy->next)
		recorder_packet(taps->recorder, copy->branch[channel->kind], packet);
}

/* --- all of them ----------------------------------------------------------------------------- */

void taps_second(struct taps *taps)
{
	struct recorder_stats now = recorder_stats(taps->recorder);

	if (now.lost != taps->told.lost)
		log_event(LOG_WARNING, "copies_lost",
			  "packets=%llu the disk is too slow, or sending to a copy's target is",
			  (unsigned long long)(now.lost - taps->told.lost));
	if (now.failed_files != taps->told.failed_files)
		log_event(LOG_ERR, "record_incomplete", "files=%llu error=\"%s\"",
			  (unsigned long long)(now.failed_files - taps->told.failed_files),
			  strerror(-now.last_error));
	taps->told = now;
}

struct taps_stats taps_stats(struct taps *taps)
{
	struct recorder_stats s = recorder_stats(taps->recorder);

	return (struct taps_stats){
		.packets = s.packets,
		.bytes = s.bytes,
		.sent = s.sent,
		.lost = s.lost,
		.write_errors = s.write_errors,
		.files = s.files,
		.recorders = taps->recorders,
	};
}

static int open_dir(const char *path, int *dir, char *error, size_t size)
{
	if (!path)
		return 0;
	*dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir >= 0 && !faccessat(*dir, ".", W_OK | X_OK, AT_EACCESS))
		return 0;
	snprintf(error, size, "recordings cannot be put into %s: %s", path, strerror(errno));
	return -errno;
}

struct taps *taps_new(const struct taps_config *config, char *error, size_t size)
{
	struct taps *taps = calloc(1, sizeof(*taps));
	int err;

	if (!taps) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	taps->config = *config;
	taps->dirs = (struct capture_dirs){-1, -1};
	err = open_dir(config->record_dir, &taps->dirs.record, error, size);
	if (!err)
		err = open_dir(config->spool_dir, &taps->dirs.spool, error, size);
	if (err) {
		taps_free(taps);
		return NULL;
	}
	taps->recorder =
		recorder_new(config->datapath ? datapath_kernel_copies(config->datapath) : -1);
	if (taps->recorder)
		return taps;
	snprintf(error, size, "the recorder cannot start: %s", strerror(errno));
	taps_free(taps);
	return NULL;
}

void taps_free(struct taps *taps)
{
	struct stream *s;

	if (!taps)
		return;
	for (s = taps->recorder ? taps->config.engine->calls.all : NULL; s; s = s->next) {
		for (int side = 0; side < SIDES; side++)
			taps_release(taps, &s->leg[side]);
	}
	recorder_free(taps->recorder);
	if (taps->dirs.record >= 0)
		close(taps->dirs.record);
	if (taps->dirs.spool >= 0)
		close(taps->dirs.spool);
	free(taps);
}
