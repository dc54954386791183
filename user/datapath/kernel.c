/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real datapath: loads the two programs, lets them share their maps; kernel_attach.c attaches
 * and pins them. Loading judges everything that can be refused, and changes nothing of what an
 * earlier start left: a start that fails for its options does no harm.
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
#include <datapath/direct.h>
#include <datapath/kernel.h>

void kernel_free(struct datapath *dp)
{
	struct kernel *k = kernel_of(dp);
	unsigned int i;

	for (i = 0; i < k->interface_count; i++)
		if (k->links[i] >= 0)
			close(k->links[i]);
	if (k->steer_link >= 0)
		close(k->steer_link);
	if (k->stats)
		munmap((void *)(uintptr_t)k->stats, k->max_slots * sizeof(*k->stats));
	if (k->direct)
		munmap(k->direct, (k->direct_mask + 1ULL) * sizeof(*k->direct));
	if (k->port_rests)
		munmap(k->port_rests, XRP_PORT_RESTS * sizeof(*k->port_rests));
	if (k->old_journal >= 0)
		close(k->old_journal);
	steer_bpf__destroy(k->steer);
	relay_bpf__destroy(k->relay);
	if (k->pins.lock >= 0)
		rmdir(k->pins.root); /* where nothing is pinned */
	pins_unlock(&k->pins);
	free(k->interfaces);
	free(k->links);
	free(k->counts);
	free(k);
}

static const struct datapath_ops datapath_kernel = {
	.flow_set = rows_flow_set,
	.flow_delete = rows_flow_delete,
	.nexthop_set = rows_nexthop_set,
	.control_set = rows_control_set,
	.caps_set = rows_caps_set,
	.port_spare = rows_port_spare,
	.local_address_set = rows_local_address_set,
	.stats = rows_stats,
	.reasons = rows_reasons,
	.journal_put = rows_journal_put,
	.journal_delete = rows_journal_delete,
	.free = kernel_free,
};

static struct kernel *make(const struct datapath_config *config)
{
	struct kernel *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->base.ops = &datapath_kernel;
	k->steer_link = k->old_journal = -1;
	k->pins.lock = k->pins.links = -1;
	k->no_xdp = config->no_xdp;
	k->no_pin = config->no_pin;
	k->control = config->control;
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

static int complain_load(struct complaint *complaint, const char *which, int err)
{
	return complain(complaint, err, "cannot load the %s program: %s (%s)%s", which,
			strerror(-err), complaint_heard(), checks_refusal(err));
}

static bool has_veth(const struct kernel *k)
{
	char driver[ATTACH_DRIVER];

	for (unsigned int i = 0; i < k->interface_count; i++) {
		attach_driver(&k->interfaces[i], driver);
		if (!strcmp(driver, "veth"))
			return true;
	}
	return false;
}

/* What the kernel wants of a ring's size: a power of two, and whole pages. */
static uint32_t copies_size(uint32_t wanted)
{
	uint32_t size = (uint32_t)sysconf(_SC_PAGESIZE);

	while (size < wanted && size < 1U << 31)
		size <<= 1;
	return size;
}

static void size_maps(struct kernel *k, const struct datapath_config *config)
{
	bpf_map__set_max_entries(k->relay->maps.direct, direct_entries(config->max_flows));
	bpf_map__set_max_entries(k->relay->maps.flows, config->max_flows);
	bpf_map__set_max_entries(k->relay->maps.journal, config->max_flows);
	bpf_map__set_max_entries(k->relay->maps.flow_stats, config->max_slots);
	bpf_map__set_max_entries(k->relay->maps.nexthops, config->max_nexthops);
	bpf_map__set_max_entries(k->relay->maps.copies, copies_size(config->copies_size));
}

static int load_relay(struct kernel *k, const struct datapath_config *config,
		      struct complaint *complaint)
{
	int err;

	complaint_forget();
	k->relay = relay_bpf__open();
	if (!k->relay)
		return complain_load(complaint, "XDP", -errno);
	size_maps(k, config);
	err = adopt_maps(k, complaint);
	if (err)
		return err;
	k->max_slots = bpf_map__max_entries(k->relay->maps.flow_stats);
	k->direct_mask = bpf_map__max_entries(k->relay->maps.direct) - 1;
	k->found.max_slots = k->max_slots;
	k->found.max_flows = bpf_map__max_entries(k->relay->maps.flows);
	k->relay->rodata->tx_by_redirect = has_veth(k);
	k->relay->rodata->direct_mask = k->direct_mask;
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

static void *map_one(const struct bpf_map *map, size_t size, int protection)
{
	void *memory = mmap(NULL, size, protection, MAP_SHARED, bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int map_memory(struct kernel *k, struct complaint *complaint)
{
	k->stats = map_one(k->relay->maps.flow_stats, k->max_slots * sizeof(*k->stats), PROT_READ);
	k->direct = map_one(k->relay->maps.direct, (k->direct_mask + 1ULL) * sizeof(*k->direct),
			    PROT_READ | PROT_WRITE);
	k->port_rests = map_one(k->relay->maps.port_rests, XRP_PORT_RESTS * sizeof(*k->port_rests),
				PROT_READ | PROT_WRITE);
	if (k->stats && k->direct && k->port_rests)
		return 0;
	return complain(complaint, -ENOMEM, "cannot map the flows and statistics: %s",
			strerror(errno));
}

/* Either of adopt_claim and adopt_judge. */
typedef int judge_fn(struct kernel *k, const struct datapath_config *config,
		     struct complaint *complaint);

/* Everything that may be refused; writes into nothing that is there. */
static int load(struct kernel *k, const struct datapath_config *config, judge_fn *judge,
		struct complaint *complaint)
{
	int err;

	complaint_listen();
	err = find_interfaces(k, config, complaint);
	if (!err)
		err = checks_kernel(complaint);
	if (!err)
		err = judge(k, config, complaint);
	if (!err)
		err = load_relay(k, config, complaint);
	if (!err)
		err = load_steer(k, complaint);
	if (!err)
		err = map_memory(k, complaint);
	return err;
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
	if (!load(k, config, adopt_claim, &complaint)) {
		rows_mark_addresses(k);
		return &k->base;
	}
	kernel_free(&k->base);
	return NULL;
}

int datapath_kernel_check(const struct datapath_config *config, char *error, unsigned int size)
{
	struct complaint complaint = {error, size};
	struct kernel *k = make(config);
	int err;

	if (!k)
		return complain(&complaint, -ENOMEM, "out of memory");
	err = load(k, config, adopt_judge, &complaint);
	kernel_free(&k->base);
	return err;
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

const struct datapath_found *datapath_kernel_found(struct datapath *dp)
{
	return &kernel_of(dp)->found;
}

uint64_t *datapath_kernel_port_rests(struct datapath *dp)
{
	return kernel_of(dp)->port_rests;
}

int datapath_kernel_copies(struct datapath *dp)
{
	return bpf_map__fd(kernel_of(dp)->relay->maps.copies);
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
	struct pins pins = {.lock = -1, .links = -1};
	bool any = pins_any(pin_root);
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
	return err ? err : any;
}
