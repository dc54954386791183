/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an earlier start left, judged and opened, not changed yet.
 *
 * The own version's directory, where it has its mark, is adopted: even if an older one is there as
 * well, for then a migration was interrupted after the rows had been made. A map that is missing
 * there (somebody removed it) is made anew. Else the journal of the latest older version is taken
 * over and rows are to be made from it. A directory without the mark is no reason for anything: its
 * maps are replaced when attaching; any link that is pinned anywhere is taken over or taken away.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <datapath/attach.h>
#include <datapath/complaint.h>
#include <datapath/direct.h>
#include <datapath/egress.h>
#include <datapath/kernel.h>
#include <datapath/pins_links.h>

static int complain_pinned(struct kernel *k, const struct datapath_interface *interface,
			   const char *pin_root, struct complaint *complaint)
{
	int err =
		pins_lock(&k->pins, pin_root, complaint); /* who is using it has the better story */

	return err ? err
		   : complain(
			     complaint, -EBUSY,
			     "interface %s relays the calls that an earlier start left in %s: start "
			     "without --no-pin to go on with them, or end them with --detach",
			     interface->name, pin_root);
}

static int complain_holder(struct complaint *complaint, const char *name,
			   const struct attach_holder *holder)
{
	if (!strcmp(holder->name, "xrp_relay"))
		return complain(complaint, -EBUSY,
				"interface %s is served by another xdp-rtpproxy (program id %u): "
				"stop that one (`xdp-rtpproxy --detach` with its --pin-root "
				"removes what it left), or give this one other interfaces "
				"(--interface) or none (--no-xdp): two cannot share one",
				name, holder->program);
	return complain(complaint, -EBUSY,
			"interface %s runs another XDP program already, %s (id %u): take it off "
			"(`ip link set dev %s %s off`; where a link holds it, `bpftool net` and "
			"`bpftool link` tell whose it is) or leave the interface out",
			name, holder->name, holder->program, name, holder->mode);
}

/* May the interface be ours? It may where nobody has it, or an earlier start that we go on with. */
static int judge_holder(struct kernel *k, struct datapath_interface *interface,
			const char *pin_root, struct complaint *complaint)
{
	struct attach_holder holder;
	int err = attach_holder(interface->ifindex, &holder);

	if (err)
		return complain(complaint, err, "cannot find out what is attached to %s: %s",
				interface->name, strerror(-err));
	if (!holder.program)
		return 0;
	if (!pins_links_hold(pin_root, interface->ifindex, holder.program))
		return complain_holder(complaint, interface->name, &holder);
	if (k->no_pin)
		return complain_pinned(k, interface, pin_root, complaint);
	interface->mode = attach_mode_of(&holder);
	return 0;
}

/* The journal's layout is the same in every version; another one is none that can be read. */
static int open_journal(struct kernel *k, unsigned int version, struct complaint *complaint)
{
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info);
	int fd = pins_get(&k->pins, version, PINS_MARK, complaint);

	if (fd < 0)
		return fd;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && info.type == BPF_MAP_TYPE_HASH &&
	    info.key_size == sizeof(struct xrp_journal_key) &&
	    info.value_size == sizeof(struct xrp_journal_value)) {
		k->old_journal = fd;
		return 0;
	}
	close(fd);
	return complain(complaint, -EPROTO,
			"%s/%u/maps/" PINS_MARK " is no journal of calls: end the calls there with "
			"--detach, or take another --pin-root",
			k->pins.root, version);
}

static int judge_root(struct kernel *k, struct complaint *complaint)
{
	struct pins_survey survey;
	int err = pins_survey(&k->pins, &survey);

	if (err)
		return complain(complaint, err, "cannot read %s: %s", k->pins.root, strerror(-err));
	if (survey.newer)
		return complain(
			complaint, -EPROTO,
			"%s holds the calls of a newer xdp-rtpproxy (maps of version %u, this "
			"one's are %u): run that one, or end its calls with --detach",
			k->pins.root, survey.newer, XRP_ABI_VERSION);
	if (survey.whole) {
		k->found.origin = DATAPATH_ADOPTED;
	} else if (survey.older) {
		k->found.origin = DATAPATH_MIGRATED;
		k->found.abi = survey.older;
		return open_journal(k, survey.older, complaint);
	}
	return 0;
}

int adopt_judge(struct kernel *k, const struct datapath_config *config, struct complaint *complaint)
{
	int err = 0;

	k->found.origin = DATAPATH_NEW;
	k->found.abi = XRP_ABI_VERSION;
	snprintf(k->pins.root, sizeof(k->pins.root), "%s", config->pin_root);
	if (!k->no_pin && pins_exist(config->pin_root))
		err = judge_root(k, complaint);
	for (unsigned int i = 0; !err && !k->no_xdp && i < k->interface_count; i++)
		err = judge_holder(k, &k->interfaces[i], config->pin_root, complaint);
	/* Rows are made before the exchange, and those that are there are not to lose their way. */
	if (!err)
		egress_judge(k->interfaces, k->interface_count);
	return err;
}

int adopt_claim(struct kernel *k, const struct datapath_config *config, struct complaint *complaint)
{
	int err = 0;

	if (!k->no_pin)
		err = pins_make(config->pin_root, complaint);
	if (!err && !k->no_pin)
		err = pins_lock(&k->pins, config->pin_root, complaint);
	return err ? err : adopt_judge(k, config, complaint);
}

/* Is its size the loader's to choose? Then it stays as it is. */
static bool is_sized(const struct relay_bpf *relay, const struct bpf_map *map)
{
	return map == relay->maps.flows || map == relay->maps.direct ||
	       map == relay->maps.flow_stats || map == relay->maps.nexthops ||
	       map == relay->maps.copies || map == relay->maps.journal;
}

static bool fits(const struct relay_bpf *relay, const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.type != bpf_map__type(map) ||
	    info.key_size != bpf_map__key_size(map) ||
	    info.value_size != bpf_map__value_size(map) ||
	    info.map_flags != bpf_map__map_flags(map))
		return false;
	if (map == relay->maps.direct && info.max_entries & (info.max_entries - 1))
		return false;
	return is_sized(relay, map) || info.max_entries == bpf_map__max_entries(map);
}

static int adopt_map(struct kernel *k, struct bpf_map *map, struct complaint *complaint)
{
	int err, fd = pins_get(&k->pins, XRP_ABI_VERSION, bpf_map__name(map), complaint);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (!fits(k->relay, map, fd))
		err = complain(
			complaint, -EPROTO,
			"%s/%u/maps/%s is not as this xdp-rtpproxy makes it: run the one that "
			"made it, or end its calls with --detach",
			k->pins.root, XRP_ABI_VERSION, bpf_map__name(map));
	else
		err = bpf_map__reuse_fd(map, fd);
	close(fd);
	return err;
}

static int adopt_own(struct kernel *k, struct complaint *complaint)
{
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map(map, k->relay->obj)
	{
		err = bpf_map__is_internal(map) ? 0 : adopt_map(k, map, complaint);
		if (err)
			return err;
	}
	return 0;
}

/* The new maps are to have room for all that the old journal may hold. */
static void widen(struct kernel *k)
{
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(k->old_journal, &info, &size))
		return;
	if (info.max_entries > bpf_map__max_entries(k->relay->maps.journal))
		bpf_map__set_max_entries(k->relay->maps.journal, info.max_entries);
	if (info.max_entries > bpf_map__max_entries(k->relay->maps.flows)) {
		bpf_map__set_max_entries(k->relay->maps.flows, info.max_entries);
		bpf_map__set_max_entries(k->relay->maps.direct, direct_entries(info.max_entries));
	}
	if (info.max_entries > bpf_map__max_entries(k->relay->maps.flow_stats))
		bpf_map__set_max_entries(k->relay->maps.flow_stats, info.max_entries);
}

int adopt_maps(struct kernel *k, struct complaint *complaint)
{
	if (k->found.origin == DATAPATH_ADOPTED)
		return adopt_own(k, complaint);
	if (k->found.origin == DATAPATH_MIGRATED)
		widen(k);
	return 0;
}
