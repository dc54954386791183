/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the kernel's datapath share: kernel.c (loading and the end), kernel_adopt.c
 * (what an earlier start left), kernel_attach.c and kernel_links.c (attaching and pinning),
 * kernel_follow.c (staying attached), rows.c and kernel_walk.c (what is written and read
 * meanwhile).
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
	uint64_t *port_rests;
	uint32_t max_slots;
	struct datapath_found found;
	int old_journal;	       /* of another version, until attached; -1: there is none */
	struct xrp_control control;    /* what is to stand in the map from attaching on */
	struct xrp_cap caps[XRP_CAPS]; /* likewise, the first cap_count */
	unsigned int cap_count;
	uint64_t spared[XRP_SPARED_WORDS]; /* likewise */
	uint32_t local_mark;		   /* value of the local addresses that this start knows */
	bool attached;
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
int rows_caps_set(struct datapath *dp, const struct xrp_cap *caps, unsigned int count);
int rows_port_spare(struct datapath *dp, uint16_t port, bool spared);
int rows_local_address_set(struct datapath *dp, const struct xrp_addr *addr, bool present);
const struct xrp_flow_stats *rows_stats(struct datapath *dp, uint32_t slot);
int rows_reasons(struct datapath *dp, struct xrp_count sum[XRP_REASON_COUNT]);
int rows_journal_put(struct datapath *dp, const struct xrp_journal_key *key,
		     const struct xrp_journal_value *value);
int rows_journal_delete(struct datapath *dp, const struct xrp_journal_key *key);
/* These write k->control, k->caps and k->spared. */
int rows_control_write(struct kernel *k);
int rows_caps_write(struct kernel *k);
int rows_spared_write(struct kernel *k);
/* Of the local addresses that an earlier start knew: rows_mark_addresses is to be called before
 * any is told, rows_forget_addresses forgets those that were not told since. */
void rows_mark_addresses(struct kernel *k);
void rows_forget_addresses(struct kernel *k);
void kernel_free(struct datapath *dp);

/*
 * kernel_adopt.c. Judges who holds the interfaces and what stands in the pin root: fills k->found,
 * and k->old_journal where that is all there is to be had. 0, or -errno and the sentence.
 */
int adopt_judge(struct kernel *k, const struct datapath_config *config,
		struct complaint *complaint);
/* Claims the pin root before: makes and locks it. Likewise. */
int adopt_claim(struct kernel *k, const struct datapath_config *config,
		struct complaint *complaint);
/* Gives the opened, not yet loaded object the earlier start's maps, where there are. */
int adopt_maps(struct kernel *k, struct complaint *complaint);

/*
 * kernel_links.c. Attaches the programs: in the links that an earlier start left where that can be,
 * and takes away what it left and nobody wants. 0, or -errno and the sentence.
 */
int links_attach(struct kernel *k, struct complaint *complaint);
/* Attaches to one interface and pins that; what cannot be pinned is not attached. */
void links_attach_one(struct kernel *k, unsigned int i);
/* Detaches from the interface and drops the pin. */
void links_let_go(struct kernel *k, unsigned int i);

#endif
