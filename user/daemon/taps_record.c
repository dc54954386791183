/* SPDX-License-Identifier: GPL-2.0-or-later */
/* R, C and N: to files or to a UDP target. See taps.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <daemon/taps_private.h>
#include <daemon/taps_target.h>

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

static struct ports *ports_towards(const struct taps *taps, const struct xrp_addr *addr)
{
	const struct engine *e = taps->config.engine;

	return addr_is_v4(addr) ? e->ports4 : e->ports6;
}

static void give_port(struct taps *taps, const struct xrp_endpoint *from)
{
	if (endpoint_port(from))
		ports_give(ports_towards(taps, &from->addr), endpoint_port(from),
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
	memset(&leg->media.copy_from, 0, sizeof(leg->media.copy_from));
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

/* The names of the files for RTP and RTCP, the same for a single file. */
static int record_files(struct taps *taps, struct leg *leg, char name[KINDS][CAPTURE_NAME])
{
	struct tap *tap = leg->tap;

	for (int kind = 0; kind < (taps->config.no_rtcp ? 1 : KINDS); kind++) {
		int err = recorder_file(taps->recorder, &taps->dirs, name[kind], taps->config.pcap,
					&tap->file[kind]);

		if (err)
			return err;
		tap->branch[kind] = tap_branch(taps, &leg->channel[kind], tap->file[kind]);
		if (!tap->branch[kind])
			return -ENOMEM;
	}
	return 0;
}

static void part_names(char part[KINDS][CAPTURE_NAME], char name[KINDS][CAPTURE_NAME],
		       unsigned int number)
{
	for (int kind = 0; kind < KINDS; kind++)
		capture_part(strcpy(part[kind], name[kind]), number);
}

/* A name that is no other recording's: it is free, or a file that the other party's shares. */
static bool is_free(const struct taps *taps, char name[KINDS][CAPTURE_NAME])
{
	for (int kind = 0; kind < (taps->config.no_rtcp ? 1 : KINDS); kind++) {
		if (capture_exists(&taps->dirs, name[kind]) &&
		    !recorder_has(taps->recorder, name[kind]))
			return false;
	}
	return true;
}

/*
 * After a restart a recording goes on in new files, the first that are not there yet; what the last
 * daemon wrote stays, and is made readable.
 */
static void next_part(struct taps *taps, struct leg *leg, char name[KINDS][CAPTURE_NAME])
{
	unsigned int number = leg->media.part + 1;
	char part[KINDS][CAPTURE_NAME], before[KINDS][CAPTURE_NAME];

	part_names(before, name, leg->media.part);
	part_names(part, name, number);
	while (!is_free(taps, part)) {
		memcpy(before, part, sizeof(part));
		part_names(part, name, ++number);
	}
	leg->media.part = number - 1;
	for (int kind = 0; kind < KINDS; kind++)
		salvage_add(taps->salvage, before[kind]);
	memcpy(name, part, sizeof(part));
}

/* The other party's file, which this one is to share, may have been begun after a restart. */
static void share_part(const struct taps *taps, struct leg *leg, const char *name)
{
	const struct leg *other = &leg_stream(leg)->leg[!leg_side(leg)];
	char part[CAPTURE_NAME];

	snprintf(part, sizeof(part), "%s", name);
	if (!leg->media.part &&
	    recorder_has(taps->recorder, capture_part(part, other->media.part + 1)))
		leg->media.part = other->media.part;
}

static int start_files(struct taps *taps, struct leg *leg, bool single,
		       char name[KINDS][CAPTURE_NAME])
{
	int err;

	share_part(taps, leg, name[CHANNEL_RTP]);
	if (leg->media.part)
		next_part(taps, leg, name);
	if (!tap_of(leg))
		return -ENOMEM;
	recording_begin(taps, leg, single);
	err = record_files(taps, leg, name);
	if (err) {
		tap_log_failed(leg, name[0], err);
		return recording_failed(taps, leg, err);
	}
	log_start(leg, name[0]);
	return 0;
}

/* A single file cannot be asked for twice, as in rtpproxy. */
static int already(const struct leg *leg, bool single)
{
	if (!leg->tap || !leg->tap->recording)
		return 0;
	return single && leg->tap->single ? -EBUSY : -EALREADY;
}

static int no_directory(const struct leg *leg)
{
	static struct log_limit limit = LOG_LIMIT(1);
	const struct stream *s = leg_stream(leg);
	unsigned int suppressed;
	char id[256];

	if (log_allow(&limit, &suppressed))
		log_event(LOG_ERR, "record_failed", "call_id=%s error=\"no -r\" suppressed=%u",
			  log_value(s->call->id, s->call->id_len, id, sizeof(id)), suppressed);
	return -ENOTSUP;
}

int taps_record(struct taps *taps, struct leg *leg, bool single)
{
	const struct stream *s = leg_stream(leg);
	const char *who = leg_side(leg) == LEG_CALLER ? ".o" : ".a";
	char name[KINDS][CAPTURE_NAME], suffix[8];
	int err = already(leg, single);

	if (err)
		return err;
	if (taps->dirs.record < 0)
		return no_directory(leg);
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
	int err = already(leg, single);

	if (taps->dirs.record < 0)
		return no_directory(leg);
	if (!target.len)
		return -EINVAL;
	if (err)
		return err;
	single = single && taps->config.pcap;
	capture_name(name[CHANNEL_RTP], target, single ? "" : ".rtp");
	capture_name(name[CHANNEL_RTCP], target, single ? "" : ".rtcp");
	return start_files(taps, leg, single, name);
}

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
	port = ports_take(ports_towards(taps, towards), taps->config.now());
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

/* A new pair, or that of before the restart. */
static int copy_source(struct taps *taps, struct leg *leg, const struct xrp_endpoint *to)
{
	struct tap *tap = leg->tap;
	int err = 0;

	if (endpoint_port(&leg->media.copy_from))
		tap->from = leg->media.copy_from;
	else
		err = take_port(taps, leg, &to->addr, &tap->from);
	leg->media.copy_from = tap->from;
	ports_set_copies(ports_towards(taps, &tap->from.addr), endpoint_port(&tap->from));
	return err;
}

/* A pair that was claimed for copies that cannot go on is free. */
static int no_copy(struct taps *taps, struct leg *leg, int err)
{
	give_port(taps, &leg->media.copy_from);
	memset(&leg->media.copy_from, 0, sizeof(leg->media.copy_from));
	return err;
}

static int check_target(const struct taps *taps, const struct leg *leg,
			const struct xrp_endpoint *to)
{
	static struct log_limit limit = LOG_LIMIT(5);
	const struct stream *s = leg_stream(leg);
	const char *why = taps_target_refused(taps, to);
	char id[256], text[ENDPOINT_TEXT];
	unsigned int suppressed;

	if (!why)
		return 0;
	if (log_allow(&limit, &suppressed))
		log_event(LOG_WARNING, "copy_refused",
			  "call_id=%s target=%s reason=\"%s\" suppressed=%u",
			  log_value(s->call->id, s->call->id_len, id, sizeof(id)),
			  endpoint_format(to, text), why, suppressed);
	return -EACCES;
}

static int copy_to_udp(struct taps *taps, struct leg *leg, struct text target,
		       struct xrp_endpoint *told)
{
	struct xrp_endpoint to;
	char text[ENDPOINT_TEXT];
	int err = taps_target_udp(target, &to);

	if (!err)
		err = check_target(taps, leg, &to);
	if (leg->tap && leg->tap->recording) {
		*told = leg->tap->from;
		return err ? err : -EALREADY;
	}
	if (!err && !tap_of(leg))
		err = -ENOMEM;
	if (err)
		return no_copy(taps, leg, err);
	recording_begin(taps, leg, false);
	err = copy_source(taps, leg, &to);
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
	memset(told, 0, sizeof(*told));
	if (taps_target_is_udp(target))
		return copy_to_udp(taps, leg, target, told);
	return copy_to_files(taps, leg, target, single);
}

void tap_end_recording(struct taps *taps, struct leg *leg)
{
	if (!leg->tap || !leg->tap->recording)
		return;
	log_end(taps, leg);
	recording_end(taps, leg);
	tap_drop_idle(leg);
}

int taps_stop(struct taps *taps, struct leg *leg)
{
	if (!leg->tap || !leg->tap->recording)
		return -ENOENT;
	tap_end_recording(taps, leg);
	taps_dirty(taps, leg_stream(leg));
	return 0;
}
