/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real datapath: loads the two programs, lets them share their maps, attaches and pins them,
 * and writes rows. The start judges everything that can be refused before it takes away what an
 * earlier start left, so that a start that fails for its options does no harm.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <datapath/attach.h>
#include <datapath/checks.h>
#include <datapath/complaint.h>
#include <datapath/datapath.h>
#include <datapath/pins.h>
#include <relay.skel.h>
#include <steer.skel.h>

struct kernel {
	struct datapath base;
	struct relay_bpf *relay;
	struct steer_bpf *steer;
	struct datapath_interface *interfaces;
	int *links; /* one an interface; -1: not attached */
	unsigned int interface_count;
	int steer_link;
	struct pins pins;
	const struct xrp_flow_stats *stats;
	uint32_t max_flows;
	struct xrp_count *counts; /* room for one reason of all CPUs */
	int cpus;
};

static struct kernel *kernel_of(struct datapath *dp)
{
	return (struct kernel *)dp;
}

/* Rows. */

static int kernel_flow_set(struct datapath *dp, const struct xrp_flow *row)
{
	struct xrp_flow sealed = *row;
	int err;

	xrp_flow_seal(&sealed);
	err = bpf_map__update_elem(kernel_of(dp)->relay->maps.flows, &sealed.self,
				   sizeof(sealed.self), &sealed, sizeof(sealed), BPF_ANY);
	return err == -E2BIG ? -ENOSPC : err;
}

static int kernel_flow_delete(struct datapath *dp, const struct xrp_endpoint *self)
{
	return bpf_map__delete_elem(kernel_of(dp)->relay->maps.flows, self, sizeof(*self), 0);
}

/*
 * All zero first: between two rows a reader may meet the front of the one and the end of the other,
 * and then the versions at both ends differ, or are 0, whichever way the kernel copies.
 */
static int kernel_nexthop_set(struct datapath *dp, uint32_t id, const struct xrp_nexthop *row)
{
	const struct bpf_map *map = kernel_of(dp)->relay->maps.nexthops;
	const struct xrp_nexthop none = {0};
	int err = bpf_map__update_elem(map, &id, sizeof(id), &none, sizeof(none), BPF_ANY);

	if (err || !row->version)
		return err;
	return bpf_map__update_elem(map, &id, sizeof(id), row, sizeof(*row), BPF_ANY);
}

static int kernel_control_set(struct datapath *dp, const struct xrp_control *control)
{
	const uint32_t only = 0;

	return bpf_map__update_elem(kernel_of(dp)->relay->maps.control, &only, sizeof(only),
				    control, sizeof(*control), BPF_ANY);
}

static int kernel_local_address_set(struct datapath *dp, const struct xrp_addr *addr, bool present)
{
	const struct bpf_map *map = kernel_of(dp)->relay->maps.local_addresses;
	const uint8_t yes[8] = {1};
	int err;

	if (!present)
		return bpf_map__delete_elem(map, addr, sizeof(*addr), 0);
	err = bpf_map__update_elem(map, addr, sizeof(*addr), yes, bpf_map__value_size(map),
				   BPF_ANY);
	return err == -E2BIG ? -ENOSPC : err;
}

static const struct xrp_flow_stats *kernel_stats(struct datapath *dp, uint32_t slot)
{
	return slot < kernel_of(dp)->max_flows ? &kernel_of(dp)->stats[slot] : NULL;
}

static int kernel_reasons(struct datapath *dp, struct xrp_count sum[XRP_REASON_COUNT])
{
	struct kernel *k = kernel_of(dp);
	size_t size = (size_t)k->cpus * sizeof(*k->counts);
	uint32_t reason;
	int cpu, err;

	memset(sum, 0, XRP_REASON_COUNT * sizeof(*sum));
	for (reason = 0; reason < XRP_REASON_COUNT; reason++) {
		err = bpf_map__lookup_elem(k->relay->maps.reasons, &reason, sizeof(reason),
					   k->counts, size, 0);
		if (err)
			return err;
		for (cpu = 0; cpu < k->cpus; cpu++) {
			sum[reason].packets += k->counts[cpu].packets;
			sum[reason].bytes += k->counts[cpu].bytes;
		}
	}
	return 0;
}

static void kernel_free(struct datapath *dp)
{
	struct kernel *k = kernel_of(dp);
	unsigned int i;

	for (i = 0; i < k->interface_count; i++)
		if (k->links[i] >= 0)
			close(k->links[i]);
	if (k->steer_link >= 0)
		close(k->steer_link);
	if (k->stats)
		munmap((void *)(uintptr_t)k->stats, k->max_flows * sizeof(*k->stats));
	steer_bpf__destroy(k->steer);
	relay_bpf__destroy(k->relay);
	pins_unlock(&k->pins);
	free(k->interfaces);
	free(k->links);
	free(k->counts);
	free(k);
}

static const struct datapath_ops datapath_kernel = {
	.flow_set = kernel_flow_set,
	.flow_delete = kernel_flow_delete,
	.nexthop_set = kernel_nexthop_set,
	.control_set = kernel_control_set,
	.local_address_set = kernel_local_address_set,
	.stats = kernel_stats,
	.reasons = kernel_reasons,
	.free = kernel_free,
};

/* The start. */

static struct kernel *make(const struct datapath_config *config)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->base.ops = &datapath_kernel;
	k->steer_link = -1;
	k->pins.lock = -1;
	k->max_flows = config->max_flows;
	k->cpus = libbpf_num_possible_cpus();
	k->interfaces = calloc(config->interface_count + 1, sizeof(*k->interfaces));
	k->links = calloc(config->interface_count + 1, sizeof(*k->links));
	k->counts = k->cpus > 0 ? calloc((size_t)k->cpus, sizeof(*k->counts)) : NULL;
	if (k->interfaces && k->links && k->counts)
		return k;
	kernel_free(&k->base);
	return NULL;
}

static bool is_known(const struct kernel *k, uint32_t ifindex)
{
	unsigned int i;

	for (i = 0; i < k->interface_count; i++)
		if (k->interfaces[i].ifindex == ifindex)
			return true;
	return false;
}

static int find_interfaces(struct kernel *k, const struct datapath_config *config,
			   struct complaint *complaint)
{
	unsigned int i;
	int err;

	for (i = 0; i < config->interface_count; i++) {
		struct datapath_interface *interface = &k->interfaces[k->interface_count];

		err = attach_find(config->interfaces[i], interface);
		if (err)
			return complain(complaint, err,
					"there is no interface %s (`ip link` lists those there "
					"are)",
					config->interfaces[i]);
		if (is_known(k, interface->ifindex))
			continue;
		k->links[k->interface_count++] = -1;
	}
	return 0;
}

static int complain_holder(struct complaint *complaint, const char *name,
			   const struct attach_holder *holder)
{
	if (!strcmp(holder->name, "xrp_relay"))
		return complain(complaint, -EBUSY,
				"interface %s is served by another xdp-rtpproxy (program id %u): "
				"stop that one (`xdp-rtpproxy --detach` with its --pin-root "
				"removes what it left), or leave the interface out",
				name, holder->program);
	return complain(complaint, -EBUSY,
			"interface %s runs another XDP program already, %s (id %u): take it off "
			"(`ip link set dev %s %s off`; where a link holds it, `bpftool net` and "
			"`bpftool link` tell whose it is) or leave the interface out",
			name, holder->name, holder->program, name, holder->mode);
}

/* Looks who holds the interface: *ours tells of a program that an earlier start left. */
static int judge_holder(const struct datapath_interface *interface, const char *pin_root,
			bool *ours, struct complaint *complaint)
{
	struct attach_holder holder;
	int err = attach_holder(interface->ifindex, &holder);

	if (err)
		return complain(complaint, err, "cannot find out what is attached to %s: %s",
				interface->name, strerror(-err));
	if (!holder.program)
		return 0;
	if (pins_hold(pin_root, interface->ifindex, holder.program)) {
		*ours = true;
		return 0;
	}
	return complain_holder(complaint, interface->name, &holder);
}

/* Takes the lock where pins are to be made or replaced; judges who holds the interfaces. */
static int claim(struct kernel *k, const struct datapath_config *config, bool *ours,
		 struct complaint *complaint)
{
	unsigned int i;
	int err = 0;

	if (!config->no_pin) {
		err = pins_make(config->pin_root, complaint);
		if (!err)
			err = pins_lock(&k->pins, config->pin_root, complaint);
	}
	for (i = 0; !err && !config->no_xdp && i < k->interface_count; i++)
		err = judge_holder(&k->interfaces[i], config->pin_root, ours, complaint);
	if (!err && *ours && k->pins.lock < 0)
		err = pins_lock(&k->pins, config->pin_root, complaint);
	return err;
}

static int complain_load(struct complaint *complaint, const char *which, int err)
{
	return complain(complaint, err, "cannot load the %s program: %s (%s)%s", which,
			strerror(-err), complaint_heard(), checks_refusal(err));
}

static int load_relay(struct kernel *k, const struct datapath_config *config,
		      struct complaint *complaint)
{
	int err;

	complaint_forget();
	k->relay = relay_bpf__open();
	if (!k->relay)
		return complain_load(complaint, "XDP", -errno);
	bpf_map__set_max_entries(k->relay->maps.flows, config->max_flows);
	bpf_map__set_max_entries(k->relay->maps.flow_stats, config->max_flows);
	bpf_map__set_max_entries(k->relay->maps.nexthops, config->max_nexthops);
	err = relay_bpf__load(k->relay);
	return err ? complain_load(complaint, "XDP", err) : 0;
}

/* The maps that both programs name are the same: the XDP program's. */
static int share_maps(struct kernel *k)
{
	const struct bpf_map *shared;
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map(map, k->steer->obj)
	{
		shared = bpf_object__find_map_by_name(k->relay->obj, bpf_map__name(map));
		if (!shared || bpf_map__is_internal(map))
			continue;
		err = bpf_map__reuse_fd(map, bpf_map__fd(shared));
		if (err)
			return err;
	}
	return 0;
}

static int load_steer(struct kernel *k, struct complaint *complaint)
{
	int err;

	complaint_forget();
	k->steer = steer_bpf__open();
	if (!k->steer)
		return complain_load(complaint, "sk_lookup", -errno);
	err = share_maps(k);
	if (!err)
		err = steer_bpf__load(k->steer);
	return err ? complain_load(complaint, "sk_lookup", err) : 0;
}

static int map_stats(struct kernel *k, struct complaint *complaint)
{
	void *at = mmap(NULL, k->max_flows * sizeof(*k->stats), PROT_READ, MAP_SHARED,
			bpf_map__fd(k->relay->maps.flow_stats), 0);

	if (at == MAP_FAILED)
		return complain(complaint, -errno, "cannot map the statistics: %s",
				strerror(errno));
	k->stats = at;
	return 0;
}

static int pin(struct kernel *k, struct complaint *complaint)
{
	const struct bpf_map *map;
	char name[32];
	unsigned int i;
	int err = 0;

	bpf_object__for_each_map(map, k->relay->obj)
	{
		if (!err && !bpf_map__is_internal(map))
			err = pins_put(&k->pins, "maps", bpf_map__name(map), bpf_map__fd(map),
				       complaint);
	}
	for (i = 0; !err && i < k->interface_count; i++) {
		snprintf(name, sizeof(name), "xdp-%s", k->interfaces[i].name);
		if (k->links[i] >= 0)
			err = pins_put(&k->pins, "links", name, k->links[i], complaint);
	}
	return err ? err : pins_put(&k->pins, "links", "steer", k->steer_link, complaint);
}

static int attach(struct kernel *k, const struct datapath_config *config,
		  struct complaint *complaint)
{
	unsigned int i;

	k->steer_link = attach_steer(bpf_program__fd(k->steer->progs.xrp_steer));
	if (k->steer_link < 0)
		return complain(complaint, k->steer_link,
				"cannot attach the sk_lookup program to the network namespace: %s",
				strerror(-k->steer_link));
	for (i = 0; i < k->interface_count; i++) {
		if (config->no_xdp)
			snprintf(k->interfaces[i].why, sizeof(k->interfaces[i].why),
				 "switched off (--no-xdp)");
		else
			k->links[i] = attach_xdp(bpf_program__fd(k->relay->progs.xrp_relay),
						 &k->interfaces[i]);
	}
	return 0;
}

/* Replaces what an earlier start left by our own. */
static int take_over(struct kernel *k, const struct datapath_config *config,
		     struct complaint *complaint)
{
	int err;

	if (k->pins.lock >= 0) {
		err = pins_clear(&k->pins);
		if (err)
			return complain(complaint, err,
					"cannot remove what an earlier start left in %s: %s",
					k->pins.root, strerror(-err));
	}
	err = attach(k, config, complaint);
	if (!err && !config->no_pin) {
		err = pin(k, complaint);
		if (err)
			pins_clear(&k->pins);
	}
	if (config->no_pin)
		pins_unlock(&k->pins);
	return err;
}

static int start(struct kernel *k, const struct datapath_config *config,
		 struct complaint *complaint)
{
	bool ours = false;
	int err;

	complaint_listen();
	err = find_interfaces(k, config, complaint);
	if (!err)
		err = checks_kernel(complaint);
	if (!err)
		err = claim(k, config, &ours, complaint);
	if (!err)
		err = load_relay(k, config, complaint);
	if (!err)
		err = load_steer(k, complaint);
	if (!err)
		err = map_stats(k, complaint);
	if (err)
		return err;
	err = kernel_control_set(&k->base, &config->control);
	if (err)
		return complain(complaint, err, "cannot write the control map: %s", strerror(-err));
	return take_over(k, config, complaint);
}

struct datapath *datapath_kernel_new(const struct datapath_config *config, char *error,
				     unsigned int size)
{
	struct complaint complaint = {error, size};
	struct kernel *k = make(config);

	if (!k) {
		complain(&complaint, -ENOMEM, "out of memory");
		return NULL;
	}
	if (!start(k, config, &complaint))
		return &k->base;
	kernel_free(&k->base);
	return NULL;
}

int datapath_kernel_steer(struct datapath *dp, int family, int socket)
{
	const struct bpf_map *map = kernel_of(dp)->steer->maps.steer_sockets;
	uint32_t index = family == AF_INET6;
	uint64_t wide = (uint64_t)socket;
	uint32_t narrow = (uint32_t)socket;
	size_t size = bpf_map__value_size(map);

	return bpf_map__update_elem(map, &index, sizeof(index),
				    size == sizeof(wide) ? (void *)&wide : &narrow, size, BPF_ANY);
}

unsigned int datapath_kernel_interfaces(struct datapath *dp,
					const struct datapath_interface **interfaces)
{
	*interfaces = kernel_of(dp)->interfaces;
	return kernel_of(dp)->interface_count;
}

const char *datapath_mode_name(enum datapath_mode mode)
{
	static const char *const names[] = {
		[DATAPATH_NATIVE] = "native",
		[DATAPATH_GENERIC] = "generic",
		[DATAPATH_NONE] = "none",
	};

	return names[mode];
}

int datapath_kernel_detach(const char *pin_root)
{
	char ignored[256];
	struct complaint complaint = {ignored, sizeof(ignored)};
	struct pins pins = {.lock = -1};
	int err;

	if (!pins_exist(pin_root))
		return 0;
	err = pins_lock(&pins, pin_root, &complaint);
	if (err)
		return err;
	err = pins_clear(&pins);
	if (!err)
		rmdir(pin_root);
	pins_unlock(&pins);
	return err;
}
