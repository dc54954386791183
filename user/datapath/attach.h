/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching programs by bpf_links: XDP to interfaces, sk_lookup to the own network namespace. */
#ifndef XRP_DATAPATH_ATTACH_H
#define XRP_DATAPATH_ATTACH_H

#include <stdbool.h>
#include <stdint.h>
#include <bpf/libbpf.h>
#include <datapath/complaint.h>
#include <datapath/datapath.h>

/* The XDP program that an interface has already. */
struct attach_holder {
	uint32_t program; /* id; 0: there is none */
	char name[BPF_OBJ_NAME_LEN];
	const char *mode; /* as `ip link set dev X MODE off` wants it */
};

/* Looks an interface up by name: fills it, mode none. 0, or -ENODEV. */
int attach_find(const char *name, struct datapath_interface *interface);
#define ATTACH_DRIVER 32
/* The driver's name as ethtool tells it; "" where it does not. */
void attach_driver(const struct datapath_interface *interface, char name[ATTACH_DRIVER]);
/* Who holds the interface? 0 or -errno. */
int attach_holder(uint32_t ifindex, struct attach_holder *holder);
/* The mode that the holder is attached in. */
enum datapath_mode attach_mode_of(const struct attach_holder *holder);
/*
 * Attaches the XDP program natively, else generically. Returns the link, or -1 where neither can
 * be; fills mode and why. Loopback is never attached, nor what carries no Ethernet (tunnels): in
 * generic mode the program would take the IP header for an Ethernet one.
 */
int attach_xdp(int program, struct datapath_interface *interface);
/* Is the link (of attach_xdp) on this interface still? Not when that was removed meanwhile. */
bool attach_is_on(int link, uint32_t ifindex);
/* Attaches the sk_lookup program to the process's network namespace. The link or -errno. */
int attach_steer(int program);

#endif
