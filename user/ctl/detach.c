/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See detach.h. What is pinned is counted before it goes, so that the operator sees what went. */
#include "detach.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <datapath/datapath.h>
#include <datapath/pins_holder.h>
#include <io/ctlclient.h>
#include <io/reserve.h>

/* How many pins stand in the directories of that name. */
static int count_pins(const char *root, const char *kind)
{
	char *const paths[] = {(char *)(uintptr_t)root, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	FTSENT *entry;
	int count = 0;

	while (fts && (entry = fts_read(fts)))
		count += entry->fts_info == FTS_F && !strcmp(entry->fts_parent->fts_name, kind);
	if (fts)
		fts_close(fts);
	return count;
}

/* The list in the record of reserved ports; NULL where there is none. */
static json_t *read_ports(const char *record)
{
	FILE *file = fopen(record, "re");
	char line[512] = "";

	if (!file)
		return json_null();
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return line[0] ? json_string(line) : json_null();
}

/* The daemon leaves. Its pid, 0 where none runs, or -errno with the sentence. */
static int end_daemon(const char *ctl, const char *pin_root, char *error, size_t size)
{
	int holder = pins_holder(pin_root);
	int pid = ctlclient_leave(ctl, holder, error, size);

	if (pid != -ENOENT && pid != -ESRCH)
		return pid;
	if (!holder)
		return 0;
	snprintf(error, size,
		 "%s is in use by an xdp-rtpproxy (pid %d) that does not answer at %s: name its "
		 "socket with --socket, or end it first",
		 pin_root, holder, ctl);
	return -EBUSY;
}

json_t *detach_run(const char *ctl, const char *pin_root, char *error, size_t size)
{
	int pid = end_daemon(ctl, pin_root, error, size), err, maps, links;
	char record[256];
	json_t *ports;

	if (pid < 0)
		return NULL;
	snprintf(record, sizeof(record), "%s.ports", ctl);
	maps = count_pins(pin_root, "maps");
	links = count_pins(pin_root, "links");
	err = datapath_kernel_detach(pin_root);
	if (err < 0) {
		snprintf(error, size, "%s cannot be removed: %s", pin_root, strerror(-err));
		return NULL;
	}
	ports = read_ports(record);
	err = reserve_remove(record);
	if (!err)
		return json_pack("{s:o, s:s, s:i, s:i, s:o}", "pid",
				 pid ? json_integer(pid) : json_null(), "pin_root", pin_root,
				 "maps", maps, "links", links, "ports", ports);
	json_decref(ports);
	snprintf(error, size,
		 "the ports that %s names cannot be taken out of the reserved ones: %s", record,
		 strerror(-err));
	return NULL;
}
