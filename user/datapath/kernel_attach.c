/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching and pinning what kernel.c has loaded. The order makes every instant one from which the
 * next start can go on, see docs/architecture.md (A restart):
 *
 *   the maps, the mark last -> the links (kernel_links.c) -> other versions' directories go
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <base/fault.h>
#include <datapath/complaint.h>
#include <datapath/kernel.h>

/* 0 also where it is pinned already. */
static int pin_map(struct kernel *k, const struct bpf_map *map, struct complaint *complaint)
{
	int fd = pins_get(&k->pins, XRP_ABI_VERSION, bpf_map__name(map), complaint);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (fd != -ENOENT)
		return fd;
	fault_point("attach.map");
	return pins_put(&k->pins, "maps", bpf_map__name(map), bpf_map__fd(map), complaint);
}

static int pin_maps(struct kernel *k, struct complaint *complaint)
{
	int err = k->found.origin == DATAPATH_ADOPTED ? 0 : pins_drop_maps(&k->pins);
	const struct bpf_map *map;

	if (err)
		return complain(complaint, err,
				"cannot remove what an earlier start left in %s: %s", k->pins.root,
				strerror(-err));
	bpf_object__for_each_map(map, k->relay->obj)
	{
		if (!err && !bpf_map__is_internal(map) && map != k->relay->maps.journal)
			err = pin_map(k, map, complaint);
	}
	return err ? err : pin_map(k, k->relay->maps.journal, complaint);
}

static int drop_others(struct kernel *k, struct complaint *complaint)
{
	int err = pins_drop_others(&k->pins);

	return err ? complain(complaint, err,
			      "cannot remove what an earlier version left in %s: %s", k->pins.root,
			      strerror(-err))
		   : 0;
}

static int attach(struct kernel *k, struct complaint *complaint)
{
	int err = rows_control_write(k);

	if (!err)
		err = rows_caps_write(k);
	if (!err)
		err = rows_spared_write(k);
	if (err)
		return complain(complaint, err, "cannot write the control maps: %s",
				strerror(-err));
	rows_forget_addresses(k);
	if (!k->no_pin)
		err = pin_maps(k, complaint);
	if (!err)
		err = links_attach(k, complaint);
	if (!err && !k->no_pin)
		err = drop_others(k, complaint);
	return err;
}

int datapath_kernel_attach(struct datapath *dp, char *error, unsigned int size)
{
	struct complaint complaint = {error, size};
	struct kernel *k = kernel_of(dp);
	int err = attach(k, &complaint);

	/* Calls of an earlier start go on; without such nothing is to be left. */
	if (err && !k->no_pin && k->found.origin == DATAPATH_NEW)
		pins_clear(&k->pins);
	if (err)
		return err;
	k->attached = true;
	if (k->old_journal >= 0)
		close(k->old_journal);
	k->old_journal = -1;
	return 0;
}

int datapath_kernel_give(struct datapath *dp, uid_t uid, gid_t gid)
{
	struct kernel *k = kernel_of(dp);

	return k->no_pin ? 0 : pins_give(&k->pins, uid, gid);
}
