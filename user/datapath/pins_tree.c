/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories under the root as a whole: what earlier starts left there, and its end.
 *
 * What is looked at and removed is only what has the shape of our pins (a directory named by a
 * number, and all below), so that a wrong --pin-root does not take others' pins away.
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <bpf/bpf.h>
#include <base/fault.h>
#include <datapath/pins.h>
#include <xdp-rtpproxy/abi.h>

static FTS *walk(const char *root)
{
	char *const paths[] = {(char *)(uintptr_t)root, NULL};

	return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
}

/* The number of a version's directory; 0: this is none. */
static unsigned int version_of(const char *name)
{
	unsigned long number = strtoul(name, NULL, 10);

	return name[strspn(name, "0123456789")] || number > INT_MAX ? 0 : (unsigned int)number;
}

/* Is this inside of a directory that we made? Its version is noted in fts_number all the way. */
static bool is_ours(FTS *fts, FTSENT *entry)
{
	if (entry->fts_level < 1)
		return false;
	entry->fts_number =
		entry->fts_level == 1 ? version_of(entry->fts_name) : entry->fts_parent->fts_number;
	if (!entry->fts_number)
		fts_set(fts, entry, FTS_SKIP);
	return entry->fts_number;
}

int pins_each(const char *root, pins_each_fn *fn, void *ctx)
{
	FTS *fts = walk(root);
	FTSENT *entry;
	int failed, err = 0;

	if (!fts)
		return -errno;
	while ((entry = fts_read(fts))) {
		if (!is_ours(fts, entry))
			continue;
		failed = entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
					 entry->fts_info == FTS_NS
				 ? -entry->fts_errno
				 : fn(ctx, entry);
		if (failed && !err)
			err = failed;
	}
	fts_close(fts);
	return err;
}

/* Is it a pin of this kind? */
bool pins_is(const FTSENT *entry, const char *kind)
{
	return entry->fts_level == 3 && entry->fts_info != FTS_D && entry->fts_info != FTS_DP &&
	       !strcmp(entry->fts_parent->fts_name, kind);
}

static int survey_entry(void *ctx, FTSENT *entry)
{
	struct pins_survey *survey = ctx;
	unsigned int version = (unsigned int)entry->fts_number;

	if (!pins_is(entry, "maps") || strcmp(entry->fts_name, PINS_MARK) != 0)
		return 0;
	if (version == XRP_ABI_VERSION)
		survey->whole = true;
	else if (version > XRP_ABI_VERSION)
		survey->newer = version;
	else if (version > survey->older)
		survey->older = version;
	return 0;
}

int pins_survey(const struct pins *pins, struct pins_survey *survey)
{
	memset(survey, 0, sizeof(*survey));
	return pins_each(pins->root, survey_entry, survey);
}

static int any_entry(void *ctx, FTSENT *entry)
{
	(void)entry;
	*(bool *)ctx = true;
	return 0;
}

bool pins_any(const char *root)
{
	bool any = false;

	if (pins_exist(root))
		pins_each(root, any_entry, &any);
	return any;
}

static int remove_directory(const FTSENT *entry)
{
	if (entry->fts_info == FTS_D)
		return 0;
	return rmdir(entry->fts_accpath) ? -errno : 0;
}

static int remove_entry(void *ctx, FTSENT *entry)
{
	int fd;

	(void)ctx;
	if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
		return remove_directory(entry);
	fault_point("detach.pin");
	/* A link is detached at once: after an unlink alone the kernel does it when it finds the
	 * time. */
	fd = pins_is(entry, "links") ? bpf_obj_get(entry->fts_accpath) : -1;
	if (fd >= 0) {
		bpf_link_detach(fd);
		close(fd);
	}
	return unlink(entry->fts_accpath) ? -errno : 0;
}

static int remove_mark(void *ctx, FTSENT *entry)
{
	(void)ctx;
	if (!pins_is(entry, "maps") || strcmp(entry->fts_name, PINS_MARK) != 0)
		return 0;
	fault_point("detach.mark");
	return unlink(entry->fts_accpath) ? -errno : 0;
}

int pins_clear(const struct pins *pins)
{
	int err = pins_each(pins->root, remove_mark, NULL);

	return err ? err : pins_each(pins->root, remove_entry, NULL);
}

static int remove_other(void *ctx, FTSENT *entry)
{
	(void)ctx;
	if (entry->fts_number == XRP_ABI_VERSION)
		return 0;
	fault_point("attach.other");
	if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
		return remove_directory(entry);
	return unlink(entry->fts_accpath) ? -errno : 0;
}

int pins_drop_others(const struct pins *pins)
{
	return pins_each(pins->root, remove_other, NULL);
}

static int remove_map(void *ctx, FTSENT *entry)
{
	(void)ctx;
	if (entry->fts_number != XRP_ABI_VERSION || !pins_is(entry, "maps"))
		return 0;
	return unlink(entry->fts_accpath) ? -errno : 0;
}

int pins_drop_maps(const struct pins *pins)
{
	return pins_each(pins->root, remove_map, NULL);
}
