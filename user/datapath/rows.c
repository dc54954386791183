/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of the kernel's maps: written and read, nothing kept here. */
#include <errno.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <base/fault.h>
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
	fault_point("flow_set.direct");
	if (!err)
		direct_set(k->direct, k->direct_mask, &sealed);
	return err == -E2BIG ? -ENOSPC : err;
}

int rows_flow_delete(struct datapath *dp, const struct xrp_endpoint *self)
{
	struct kernel *k = kernel_of(dp);

	direct_delete(k->direct, k->direct_mask, self);
	fault_point("flow_delete.flows");
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
	fault_point("nexthop_set.row");
	return bpf_map__update_elem(map, &id, sizeof(id), row, sizeof(*row), BPF_ANY);
}

int rows_control_write(struct kernel *k)
{
	const uint32_t only = 0;

	return bpf_map__update_elem(k->relay->maps.control, &only, sizeof(only), &k->control,
				    sizeof(k->control), BPF_ANY);
}

/* Before attaching, the map may be an earlier start's, whose program goes on by it. */
int rows_control_set(struct datapath *dp, const struct xrp_control *control)
{
	struct kernel *k = kernel_of(dp);

	k->control = *control;
	return k->attached ? rows_control_write(k) : 0;
}

int rows_caps_write(struct kernel *k)
{
	int err = 0;

	for (uint32_t i = 0; i < k->cap_count && !err; i++)
		err = bpf_map__update_elem(k->relay->maps.caps, &i, sizeof(i), &k->caps[i],
					   sizeof(k->caps[i]), BPF_ANY);
	return err;
}

int rows_caps_set(struct datapath *dp, const struct xrp_cap *caps, unsigned int count)
{
	struct kernel *k = kernel_of(dp);

	if (count > XRP_CAPS)
		return -E2BIG;
	memcpy(k->caps, caps, count * sizeof(*caps));
	k->cap_count = count;
	return k->attached ? rows_caps_write(k) : 0;
}

static int spared_write(struct kernel *k, uint32_t word)
{
	return bpf_map__update_elem(k->relay->maps.spared, &word, sizeof(word), &k->spared[word],
				    sizeof(k->spared[word]), BPF_ANY);
}

int rows_spared_write(struct kernel *k)
{
	int err = 0;

	for (uint32_t word = 0; word < XRP_SPARED_WORDS && !err; word++)
		err = spared_write(k, word);
	return err;
}

int rows_port_spare(struct datapath *dp, uint16_t port, bool spared)
{
	struct kernel *k = kernel_of(dp);
	uint64_t bit = 1ULL << port % 64;

	if (spared)
		k->spared[port / 64] |= bit;
	else
		k->spared[port / 64] &= ~bit;
	return k->attached ? spared_write(k, port / 64) : 0;
}

/*
 * The value of a local address says which start it was told to: the program asks only whether it is
 * there. So those that went while no daemon ran can be told from those that are.
 */
static uint32_t mark_of(const struct kernel *k, const struct xrp_addr *addr)
{
	const struct bpf_map *map = k->relay->maps.local_addresses;
	uint32_t mark = 0;

	bpf_map__lookup_elem(map, addr, sizeof(*addr), &mark, sizeof(mark), 0);
	return mark;
}

void rows_mark_addresses(struct kernel *k)
{
	const struct bpf_map *map = k->relay->maps.local_addresses;
	const struct xrp_addr *last = NULL;
	struct xrp_addr addr;
	uint32_t newest = 0;

	while (!bpf_map__get_next_key(map, last, &addr, sizeof(addr))) {
		if (mark_of(k, &addr) > newest)
			newest = mark_of(k, &addr);
		last = &addr;
	}
	k->local_mark = newest + 1;
}

void rows_forget_addresses(struct kernel *k)
{
	const struct bpf_map *map = k->relay->maps.local_addresses;
	struct xrp_addr addr, next;
	int end = bpf_map__get_next_key(map, NULL, &next, sizeof(next));

	while (!end) {
		addr = next;
		end = bpf_map__get_next_key(map, &addr, &next, sizeof(next));
		if (mark_of(k, &addr) != k->local_mark)
			bpf_map__delete_elem(map, &addr, sizeof(addr), 0);
	}
}

int rows_local_address_set(struct datapath *dp, const struct xrp_addr *addr, bool present)
{
	const struct kernel *k = kernel_of(dp);
	const struct bpf_map *map = k->relay->maps.local_addresses;
	int err;

	if (!present)
		return bpf_map__delete_elem(map, addr, sizeof(*addr), 0);
	err = bpf_map__update_elem(map, addr, sizeof(*addr), &k->local_mark, sizeof(k->local_mark),
				   BPF_ANY);
	return err == -E2BIG ? -ENOSPC : err;
}

int rows_journal_put(struct datapath *dp, const struct xrp_journal_key *key,
		     const struct xrp_journal_value *value)
{
	int err = bpf_map__update_elem(kernel_of(dp)->relay->maps.journal, key, sizeof(*key), value,
				       sizeof(*value), BPF_ANY);

	return err == -E2BIG ? -ENOSPC : err;
}

int rows_journal_delete(struct datapath *dp, const struct xrp_journal_key *key)
{
	return bpf_map__delete_elem(kernel_of(dp)->relay->maps.journal, key, sizeof(*key), 0);
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
