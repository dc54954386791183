/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The links that earlier starts left pinned, of any ABI version. */
#ifndef XRP_DATAPATH_PINS_LINKS_H
#define XRP_DATAPATH_PINS_LINKS_H

#include <stdbool.h>
#include <stdint.h>
#include <datapath/pins.h>

struct pins_link {
	char name[48]; /* as a pin: "xdp-INTERFACE", "steer"; "": no more */
	unsigned int version;
	int fd;
	uint32_t id;	  /* the kernel's: a link may be pinned at several places */
	uint32_t program; /* id */
	bool xdp;	  /* else sk_lookup */
	uint32_t ifindex; /* xdp: 0: the interface is gone */
	uint32_t netns;	  /* sk_lookup: inode of the namespace; 0: it is gone */
	bool taken;	  /* by this start, which goes on with it */
};

struct pins_links {
	struct pins_link *link;
	unsigned int count, room;
};

/* Opens them all, those of the own version first. 0 or -errno; to be freed in either case. */
int pins_links_read(const char *root, struct pins_links *links);
void pins_links_free(struct pins_links *links);
/* Is the XDP program with this id on this interface held by a link that is pinned under root? */
bool pins_links_hold(const char *root, uint32_t ifindex, uint32_t program);
/* Removes the pin, and detaches the link unless another place has it, which is taken. */
void pins_links_release(const struct pins *pins, struct pins_links *links, struct pins_link *link);

#endif
