/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel side as the daemon sees it: the maps, the XDP program on the relay interfaces and the
 * sk_lookup program that steers the rest to the slow path. A seam of functions: `datapath_kernel`
 * is the real one, `datapath_fake` (tests) keeps rows in memory.
 */
#ifndef XRP_DATAPATH_DATAPATH_H
#define XRP_DATAPATH_DATAPATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <xdp-rtpproxy/abi.h>
#include <xdp-rtpproxy/journal.h>
#include <xdp-rtpproxy/reasons.h>

struct datapath;

struct datapath_ops {
	/* Write or replace the row row->self, sealed (xrp_flow_seal). 0, -ENOSPC (the map is full),
	 * or another -errno. */
	int (*flow_set)(struct datapath *dp, const struct xrp_flow *row);
	/* 0, or -ENOENT. */
	int (*flow_delete)(struct datapath *dp, const struct xrp_endpoint *self);
	/* The caller sets both versions, never twice the same for an id; all zero is "not
	 * resolved". 0, or -E2BIG: no such id. */
	int (*nexthop_set)(struct datapath *dp, uint32_t id, const struct xrp_nexthop *row);
	int (*control_set)(struct datapath *dp, const struct xrp_control *control);
	/* The first `count` elements of caps, XRP_CAPS at most. 0 or -errno. */
	int (*caps_set)(struct datapath *dp, const struct xrp_cap *caps, unsigned int count);
	/* Is this an address of the host, for flows of the unspecified address? `present` false
	 * takes it out (-ENOENT: was not there). -ENOSPC: too many of them. */
	int (*local_address_set)(struct datapath *dp, const struct xrp_addr *addr, bool present);
	/* Does another program hold this port of the media range? Then what comes to it is spared
	 * by XRP_SWITCH_DROP_UNALLOCATED. 0 or -errno. */
	int (*port_spare)(struct datapath *dp, uint16_t port, bool spared);
	/* The mapped statistics of a slot; read-only, written by the program at any time. NULL: no
	 * such slot. */
	const struct xrp_flow_stats *(*stats)(struct datapath *dp, uint32_t slot);
	/* Sums over all CPUs. */
	int (*reasons)(struct datapath *dp, struct xrp_count sum[XRP_REASON_COUNT]);
	/* An element of the journal is written or replaced at once. 0, -ENOSPC or another -errno.
	 */
	int (*journal_put)(struct datapath *dp, const struct xrp_journal_key *key,
			   const struct xrp_journal_value *value);
	/* 0, or -ENOENT. */
	int (*journal_delete)(struct datapath *dp, const struct xrp_journal_key *key);
	/* Lets go of everything. What is pinned stays and goes on relaying; what is not goes. */
	void (*free)(struct datapath *dp);
};

struct datapath { /* first member of each implementation */
	const struct datapath_ops *ops;
};

enum datapath_mode { DATAPATH_NATIVE, DATAPATH_GENERIC, DATAPATH_NONE };

struct datapath_interface {
	char name[16];
	uint32_t ifindex; /* 0: it is gone */
	enum datapath_mode mode;
	bool egress;   /* may what came in by any of the interfaces be relayed out of this one? */
	bool changed;  /* has the last datapath_kernel_refresh changed something here? */
	char why[256]; /* why not native, or native but no egress; else "" */
};

struct datapath_config {
	const char *const *interfaces; /* names to attach to; one named twice counts once */
	unsigned int interface_count;
	bool no_xdp;	      /* load and steer, attach nothing */
	bool no_pin;	      /* pin nothing: all goes with the daemon */
	const char *pin_root; /* "/sys/fs/bpf/xdp-rtpproxy"; the ABI version is appended */
	uint32_t max_flows;   /* rows of flows */
	uint32_t max_slots;   /* of flow_stats: more than the flows, for those that rest */
	uint32_t max_nexthops;
	/* Bytes of the ring of copies, rounded up to a power of two; DATAPATH_COPIES is ample. 0:
	 * nothing is ever recorded, so it is as small as can be. */
	uint32_t copies_size;
	struct xrp_control control;
};

#define DATAPATH_COPIES (4U << 20)

enum datapath_origin {
	DATAPATH_NEW,	   /* the maps are empty */
	DATAPATH_ADOPTED,  /* an earlier start's maps: rows, next hops, statistics and all */
	DATAPATH_MIGRATED, /* another ABI version's: the journal was taken over, rows are to be made
			    */
};

/* What an earlier start left, and what of this one's wishes that bent. */
struct datapath_found {
	enum datapath_origin origin;
	uint32_t max_flows, max_slots; /* as the maps are; less than wished for: theirs is kept */
	unsigned int abi;	       /* of what was taken over */
};

/*
 * Loads the programs, claims the pin root, takes over the maps that an earlier start left pinned
 * there (of this ABI version; of an older one the journal, see DATAPATH_MIGRATED; a newer one is
 * refused) or makes them; attaches nothing and takes nothing away. With no_pin it is refused where
 * an interface relays for what an earlier start left. On error NULL, and `error` (of `size` bytes,
 * 512 hold every one) holds one sentence that names the thing and the mend: a missing capability, a
 * kernel too old, no such interface, another XDP program on an interface (named), no bpffs, another
 * daemon that uses the pin root (its pid).
 */
struct datapath *datapath_kernel_new(const struct datapath_config *config, char *error,
				     unsigned int size);
/*
 * Would datapath_kernel_new be refused for anything but the daemon that uses the pin root? For one
 * that is to take over from it: judges the same and keeps nothing. 0, or -errno and the sentence.
 */
int datapath_kernel_check(const struct datapath_config *config, char *error, unsigned int size);
/* How it began. */
const struct datapath_found *datapath_kernel_found(struct datapath *dp);
/*
 * Walks what stands in the maps; `fn` returns 0, or an error that ends the walk and is returned. It
 * may delete what it is told of. 0 or -errno. Rows of flows are as in the map; next hops are those
 * that are not all zero.
 */
int datapath_kernel_flows(struct datapath *dp, int (*fn)(void *ctx, const struct xrp_flow *row),
			  void *ctx);
int datapath_kernel_nexthops(struct datapath *dp,
			     int (*fn)(void *ctx, uint32_t id, const struct xrp_nexthop *row),
			     void *ctx);
int datapath_kernel_journal(struct datapath *dp,
			    int (*fn)(void *ctx, const struct xrp_journal_key *key,
				      const struct xrp_journal_value *value),
			    void *ctx);
/* The row of this endpoint as the maps have it, by way of `flows` and of `direct`. 0, -ENOENT; or
 * -EUCLEAN: it is in both and they differ (`row` is that of flows). */
int datapath_kernel_flow(struct datapath *dp, const struct xrp_endpoint *self,
			 struct xrp_flow *row);
/* Makes `direct` agree with `flows` everywhere; returns how many places did not. */
unsigned int datapath_kernel_repair_direct(struct datapath *dp);
/* The mapped `port_rests`: XRP_PORT_RESTS elements, the caller's to write. */
uint64_t *datapath_kernel_port_rests(struct datapath *dp);
/*
 * Attaches the programs and pins what is not pinned yet: once, as the last step of a start, when
 * the rows are right. Where an earlier start's link is pinned the program is exchanged in it at
 * once, without a packet lost; links to interfaces that are no longer ours are taken away; then an
 * older ABI version's directory. 0, or -errno and the sentence. An interface where XDP cannot be
 * attached is no error: it is reported as such and its media takes the slow path.
 */
int datapath_kernel_attach(struct datapath *dp, char *error, unsigned int size);
/* Puts the slow path's socket into the steering map. 0 or -errno. */
int datapath_kernel_steer(struct datapath *dp, int family, int socket);
/* The interfaces and how the program is attached there; returns their number. */
unsigned int datapath_kernel_interfaces(struct datapath *dp,
					const struct datapath_interface **interfaces);
/* The ring buffer of copies (struct xrp_copy), a map's descriptor that stays the datapath's. It is
 * for one reader, who must look by himself: the program wakes nobody. */
int datapath_kernel_copies(struct datapath *dp);
/*
 * May next hops be reached by this interface in XDP? Else its frames would be lost, and belong on
 * the slow path: it is none of ours, or is generic where others are native, or its driver is not
 * ready to send XDP frames (a veth whose far end has neither GRO nor an XDP program).
 */
bool datapath_kernel_egress(struct datapath *dp, uint32_t ifindex);
/*
 * Looks again, for every few seconds and after changes of links (it makes system calls): an
 * interface that is gone loses its link and its pin, one that is back under its name (with another
 * ifindex) gets new ones, and the drivers are asked again whether they are ready to send. True when
 * something is not as it was: datapath_kernel_egress may have another answer, and the interfaces
 * concerned are marked `changed`.
 */
bool datapath_kernel_refresh(struct datapath *dp);
/*
 * The process is about to become this user: from then on datapath_kernel_refresh pins new links as
 * that user. 0 or -errno.
 */
int datapath_kernel_give(struct datapath *dp, uid_t uid, gid_t gid);
const char *datapath_mode_name(enum datapath_mode mode);
/*
 * Detaches and removes all that is pinned under `pin_root`, of any ABI version. 1, or 0 where
 * nothing is; -EBUSY while a daemon uses it (the own datapath must be freed first); -errno.
 */
int datapath_kernel_detach(const char *pin_root);

/*
 * Rows in memory, for tests. What was written can be read back: NULL where there is none. The
 * limits are the kernel's: -ENOSPC, -E2BIG and -ENOENT come as there.
 */
struct datapath *datapath_fake_new(uint32_t max_flows, uint32_t max_nexthops);
const struct xrp_flow *datapath_fake_flow(struct datapath *dp, const struct xrp_endpoint *self);
const struct xrp_nexthop *datapath_fake_nexthop(struct datapath *dp, uint32_t id);
const struct xrp_control *datapath_fake_control(struct datapath *dp);
bool datapath_fake_is_spared(struct datapath *dp, uint16_t port);
const struct xrp_cap *datapath_fake_cap(struct datapath *dp, uint8_t cap);
const struct xrp_journal_value *datapath_fake_journal(struct datapath *dp,
						      const struct xrp_journal_key *key);
/* How many elements the journal has. */
unsigned int datapath_fake_journal_count(struct datapath *dp);
bool datapath_fake_is_local(struct datapath *dp, const struct xrp_addr *addr);
/* Statistics and reasons as the program would write them. */
struct xrp_flow_stats *datapath_fake_stats(struct datapath *dp, uint32_t slot);
struct xrp_count *datapath_fake_reasons(struct datapath *dp);
/* How many flows there are. */
unsigned int datapath_fake_count(struct datapath *dp);

#endif
