/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the kernel's maps: written and read, nothing kept here. */
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <datapath/direct.h>
#include <datapath/kernel.h>

int rows_flow_set(struct datapath *dp, const struct xrp_flow *row)
{
	struct kernel *k = kernel_of(dp);
	struct xrp_flow sealed = *row;
	int err;

	xrp_flow_seal(&sealed);
	err = bpf_map__update_elem(k->relay->maps.flows, &sealed.self, sizeof(sealed.self), &sealed,
				   sizeof(sealed), BPF_ANY);
	if (!err)
		direct_set(k->direct, k->direct_mask, &sealed);
	return err == -E2BIG ? -ENOSPC : err;
}

int rows_flow_delete(struct datapath *dp, const struct xrp_endpoint *self)
{
	struct kernel *k = kernel_of(dp);

	direct_delete(k->direct, k->direct_mask, self);
	return bpf_map__delete_elem(k->relay->maps.flows, self, sizeof(*self), 0);
}

/*
 * All zero first: between two rows a reader may meet the front of the one and the end of the other,
 * and then the versions at both ends differ, or are 0, whichever way the kernel copies.
 */
int rows_nexthop_set(struct datapath *dp, uint32_t id, const struct xrp_nexthop *row)
{
	const struct bpf_map *map = kernel_of(dp)->relay->maps.nexthops;
	const struct xrp_nexthop none = {0};
	int err = bpf_map__update_elem(map, &id, sizeof(id), &none, sizeof(none), BPF_ANY);

	if (err || !row->version)
		return err;
	return bpf_map__update_elem(map, &id, sizeof(id), row, sizeof(*row), BPF_ANY);
}

int rows_control_set(struct datapath *dp, const struct xrp_control *control)
{
	const uint32_t only = 0;

	return bpf_map__update_elem(kernel_of(dp)->relay->maps.control, &only, sizeof(only),
				    control, sizeof(*control), BPF_ANY);
}

int rows_local_address_set(struct datapath *dp, const struct xrp_addr *addr, bool present)
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

const struct xrp_flow_stats *rows_stats(struct datapath *dp, uint32_t slot)
{
	return slot < kernel_of(dp)->max_slots ? &kernel_of(dp)->stats[slot] : NULL;
}

int rows_reasons(struct datapath *dp, struct xrp_count sum[XRP_REASON_COUNT])
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
