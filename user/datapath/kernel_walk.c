/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading what stands in the maps, for a start that goes on with it. Rows are fetched many at a
 * time: a system call for each would make a start with thousands of calls a slow one. A chunk is
 * told only once it is all here, so what is deleted meanwhile does not lead the walk astray.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <datapath/direct.h>
#include <datapath/kernel.h>

#define CHUNK 2048 /* rows fetched at once; more where one bucket of a hash map has more */

/* A walk over one map. */
struct walk {
	int map;
	size_t key_size, value_size;
	int (*row)(const struct walk *walk, const void *key, const void *value);
	union {
		int (*flow)(void *ctx, const struct xrp_flow *row);
		int (*nexthop)(void *ctx, uint32_t id, const struct xrp_nexthop *row);
		int (*journal)(void *ctx, const struct xrp_journal_key *key,
			       const struct xrp_journal_value *value);
	} fn;
	void *ctx;
};

/* Room for so many rows, or -ENOMEM; what was there is gone. */
static int make_room(const struct walk *walk, uint32_t room, uint8_t **keys, uint8_t **values)
{
	free(*keys);
	free(*values);
	*keys = calloc(room, walk->key_size);
	*values = calloc(room, walk->value_size);
	return *keys && *values ? 0 : -ENOMEM;
}

static int tell(const struct walk *walk, const uint8_t *keys, const uint8_t *values, uint32_t count)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < count; i++)
		err = walk->row(walk, keys + i * walk->key_size, values + i * walk->value_size);
	return err;
}

static int walk_map(const struct walk *walk)
{
	uint8_t *keys = NULL, *values = NULL;
	uint32_t room = CHUNK, count, from = 0, to = 0;
	int err = make_room(walk, room, &keys, &values), told = 0;
	bool begun = false;

	while (!err && !told) {
		count = room;
		err = bpf_map_lookup_batch(walk->map, begun ? &from : NULL, &to, keys, values,
					   &count, NULL);
		if (err == -ENOSPC) {
			room *= 2;
			err = make_room(walk, room, &keys, &values);
			continue;
		}
		if (!err || err == -ENOENT) /* the last ones come with the end */
			told = tell(walk, keys, values, count);
		from = to;
		begun = true;
	}
	free(keys);
	free(values);
	return told ? told : err == -ENOENT ? 0 : err;
}

static int tell_flow(const struct walk *walk, const void *key, const void *value)
{
	(void)key;
	return walk->fn.flow(walk->ctx, value);
}

int datapath_kernel_flows(struct datapath *dp, int (*fn)(void *ctx, const struct xrp_flow *row),
			  void *ctx)
{
	const struct walk walk = {
		.map = bpf_map__fd(kernel_of(dp)->relay->maps.flows),
		.key_size = sizeof(struct xrp_endpoint),
		.value_size = sizeof(struct xrp_flow),
		.row = tell_flow,
		.fn.flow = fn,
		.ctx = ctx,
	};

	return walk_map(&walk);
}

static int tell_nexthop(const struct walk *walk, const void *key, const void *value)
{
	static const struct xrp_nexthop none;
	uint32_t id;

	if (!memcmp(value, &none, sizeof(none)))
		return 0;
	memcpy(&id, key, sizeof(id));
	return walk->fn.nexthop(walk->ctx, id, value);
}

int datapath_kernel_nexthops(struct datapath *dp,
			     int (*fn)(void *ctx, uint32_t id, const struct xrp_nexthop *row),
			     void *ctx)
{
	const struct walk walk = {
		.map = bpf_map__fd(kernel_of(dp)->relay->maps.nexthops),
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(struct xrp_nexthop),
		.row = tell_nexthop,
		.fn.nexthop = fn,
		.ctx = ctx,
	};

	return walk_map(&walk);
}

static int tell_journal(const struct walk *walk, const void *key, const void *value)
{
	return walk->fn.journal(walk->ctx, key, value);
}

int datapath_kernel_journal(struct datapath *dp,
			    int (*fn)(void *ctx, const struct xrp_journal_key *key,
				      const struct xrp_journal_value *value),
			    void *ctx)
{
	const struct kernel *k = kernel_of(dp);
	const struct walk walk = {
		.map = k->old_journal >= 0 ? k->old_journal : bpf_map__fd(k->relay->maps.journal),
		.key_size = sizeof(struct xrp_journal_key),
		.value_size = sizeof(struct xrp_journal_value),
		.row = tell_journal,
		.fn.journal = fn,
		.ctx = ctx,
	};

	return walk_map(&walk);
}

int datapath_kernel_flow(struct datapath *dp, const struct xrp_endpoint *self, struct xrp_flow *row)
{
	const struct kernel *k = kernel_of(dp);
	struct xrp_flow direct;
	int err = bpf_map__lookup_elem(k->relay->maps.flows, self, sizeof(*self), row, sizeof(*row),
				       0);

	if (err)
		return err;
	err = direct_get(k->direct, k->direct_mask, self, &direct);
	if (err == -ENOENT)
		return 0;
	return err || memcmp(&direct, row, sizeof(direct)) ? -EUCLEAN : 0;
}

static int repair_row(void *ctx, const struct xrp_flow *row)
{
	direct_repair_row(ctx, row);
	return 0;
}

static int repair_missing(void *ctx, const struct xrp_flow *row)
{
	direct_repair_missing(ctx, row);
	return 0;
}

unsigned int datapath_kernel_repair_direct(struct datapath *dp)
{
	const struct kernel *k = kernel_of(dp);
	struct direct_repair *repair = direct_repair_begin(k->direct, k->direct_mask);
	unsigned int wrong;

	if (!repair)
		return 0;
	/* What the walk did not tell must not be cleared. */
	if (!datapath_kernel_flows(dp, repair_row, repair)) {
		direct_repair_clear(repair);
		datapath_kernel_flows(dp, repair_missing, repair);
	}
	wrong = repair->wrong;
	free(repair);
	return wrong;
}
