/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kernel.c (loading and the end), kernel_attach.c (attaching and pinning) and rows.c (what is
 * written and read meanwhile) share.
 */
#ifndef XRP_DATAPATH_KERNEL_H
#define XRP_DATAPATH_KERNEL_H

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
	struct xrp_direct *direct;
	uint32_t direct_mask; /* its entries less one */
	uint32_t max_slots;
	bool no_xdp, no_pin;	  /* as configured */
	struct xrp_count *counts; /* room for one reason of all CPUs */
	int cpus;
};

static inline struct kernel *kernel_of(struct datapath *dp)
{
	return (struct kernel *)dp;
}

/* The functions of the seam; see datapath_ops. */
int rows_flow_set(struct datapath *dp, const struct xrp_flow *row);
int rows_flow_delete(struct datapath *dp, const struct xrp_endpoint *self);
int rows_nexthop_set(struct datapath *dp, uint32_t id, const struct xrp_nexthop *row);
int rows_control_set(struct datapath *dp, const struct xrp_control *control);
int rows_local_address_set(struct datapath *dp, const struct xrp_addr *addr, bool present);
const struct xrp_flow_stats *rows_stats(struct datapath *dp, uint32_t slot);
int rows_reasons(struct datapath *dp, struct xrp_count sum[XRP_REASON_COUNT]);
void kernel_free(struct datapath *dp);

#endif
