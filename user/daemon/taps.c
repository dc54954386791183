/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See taps.h and taps_private.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <base/log.h>
#include <daemon/taps_private.h>
#include <datapath/datapath.h>

struct tap *tap_of(struct leg *leg)
{
	if (!leg->tap)
		leg->tap = calloc(1, sizeof(*leg->tap));
	for (int kind = 0; leg->tap && kind < KINDS; kind++) {
		if (!leg->tap->recording && !leg->tap->copies)
			leg->tap->generation[kind] = leg->channel[kind].generation;
	}
	return leg->tap;
}

void tap_drop_idle(struct leg *leg)
{
	if (!leg->tap || leg->tap->recording || leg->tap->copies)
		return;
	free(leg->tap);
	leg->tap = NULL;
}

/* A branch for what comes in on a channel; without a port yet the flow is told by taps_sync. */
struct branch *tap_branch(struct taps *taps, const struct channel *ch, struct recorder_file *file)
{
	struct branch *b = recorder_branch(taps->recorder, file);

	if (!b || !ch->generation || !recorder_source(taps->recorder, b, ch->slot, ch->generation))
		return b;
	recorder_end(taps->recorder, b);
	return NULL;
}

void tap_log_failed(const struct leg *leg, const char *name, int err)
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

void taps_release(struct taps *taps, struct leg *leg)
{
	if (!leg_stream(leg)) /* it was never set up */
		return;
	tap_end_copies_to(taps, leg_stream(leg));
	tap_end_recording(taps, leg);
	tap_end_copies_from(taps, leg);
}

bool taps_records(const struct leg *leg)
{
	return leg->tap && leg->tap->recording && !leg->tap->from.port;
}

bool taps_copies(const struct leg *leg)
{
	return leg->tap && (leg->tap->copies || (leg->tap->recording && leg->tap->from.port));
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
			tap_log_failed(leg, "", err);
	}
}

void taps_sync(struct taps *taps, struct stream *stream)
{
	for (int side = 0; side < SIDES; side++) {
		if (stream->leg[side].tap)
			tap_sync(taps, &stream->leg[side]);
	}
	tap_aim_copies(taps, stream);
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

/* What a killed daemon left. */
static void log_salvaged(struct taps *taps)
{
	struct salvage_stats now;

	if (!taps->salvage)
		return;
	now = salvage_stats(taps->salvage);
	if (now.moved != taps->told_salvaged.moved || now.cut != taps->told_salvaged.cut)
		log_event(LOG_NOTICE, "record_salvaged", "moved=%llu cut=%llu",
			  (unsigned long long)(now.moved - taps->told_salvaged.moved),
			  (unsigned long long)(now.cut - taps->told_salvaged.cut));
	if (now.failed != taps->told_salvaged.failed)
		log_event(LOG_ERR, "record_left", "files=%llu error=\"%s\"",
			  (unsigned long long)(now.failed - taps->told_salvaged.failed),
			  strerror(-now.last_error));
	taps->told_salvaged = now;
}

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
	log_salvaged(taps);
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

/* A spool directory that is the other one is none. Files are moved by renaming them. */
static int check_spool(struct taps *taps, char *error, size_t size)
{
	struct capture_dirs *dirs = &taps->dirs;
	struct stat record, spool;

	if (dirs->record < 0 || dirs->spool < 0 || fstat(dirs->record, &record) ||
	    fstat(dirs->spool, &spool))
		return 0;
	if (record.st_dev != spool.st_dev) {
		snprintf(error, size,
			 "recordings cannot be moved from -S %s to -r %s: these are on different "
			 "file systems; name a directory on that of -r",
			 taps->config.spool_dir, taps->config.record_dir);
		return -EXDEV;
	}
	if (record.st_ino == spool.st_ino) {
		close(dirs->spool);
		dirs->spool = -1;
	}
	return 0;
}

static int open_dirs(struct taps *taps, char *error, size_t size)
{
	const struct taps_config *config = &taps->config;
	int err = open_dir(config->record_dir, &taps->dirs.record, error, size);

	if (!err)
		err = open_dir(config->spool_dir, &taps->dirs.spool, error, size);
	return err ? err : check_spool(taps, error, size);
}

static int make_parts(struct taps *taps)
{
	struct datapath *datapath = taps->config.datapath;

	taps->recorder = recorder_new(datapath ? datapath_kernel_copies(datapath) : -1);
	if (!taps->recorder)
		return -errno;
	if (taps->dirs.record < 0)
		return 0;
	taps->salvage = salvage_new(&taps->dirs);
	return taps->salvage ? 0 : -ENOMEM;
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
	err = open_dirs(taps, error, size);
	if (err)
		goto fail;
	err = make_parts(taps);
	if (!err)
		return taps;
	snprintf(error, size, "recordings cannot be prepared: %s", strerror(-err));
fail:
	taps_free(taps);
	return NULL;
}

int taps_start(struct taps *taps, char *error, size_t size)
{
	int err = recorder_start(taps->recorder);

	if (!err && taps->salvage)
		err = salvage_start(taps->salvage);
	if (err)
		snprintf(error, size, "the recorder cannot start: %s", strerror(-err));
	return err;
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
	salvage_free(taps->salvage);
	if (taps->dirs.record >= 0)
		close(taps->dirs.record);
	if (taps->dirs.spool >= 0)
		close(taps->dirs.spool);
	free(taps);
}
