/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Staying attached: interfaces are removed and made again under the same name (a tunnel or a
 * container's veth, a bond built anew, a driver loaded again), and a link does not outlive its
 * interface.
 */
#include <stdio.h>
#include <net/if.h>
#include <datapath/attach.h>
#include <datapath/egress.h>
#include <datapath/kernel.h>

unsigned int datapath_kernel_interfaces(struct datapath *dp,
					const struct datapath_interface **interfaces)
{
	*interfaces = kernel_of(dp)->interfaces;
	return kernel_of(dp)->interface_count;
}

bool datapath_kernel_egress(struct datapath *dp, uint32_t ifindex)
{
	const struct kernel *k = kernel_of(dp);
	unsigned int i;

	for (i = 0; i < k->interface_count; i++)
		if (k->interfaces[i].ifindex == ifindex)
			return k->interfaces[i].egress;
	return false;
}

/* Follows an interface that was removed or is another one under the old name. */
static void follow(struct kernel *k, unsigned int i)
{
	struct datapath_interface *interface = &k->interfaces[i];
	uint32_t ifindex = if_nametoindex(interface->name);

	if (ifindex == interface->ifindex &&
	    (k->links[i] < 0 || attach_is_on(k->links[i], ifindex)))
		return;
	links_let_go(k, i);
	interface->changed = true;
	interface->ifindex = ifindex;
	if (ifindex)
		links_attach_one(k, i);
	else
		snprintf(interface->why, sizeof(interface->why), "the interface is gone");
}

bool datapath_kernel_refresh(struct datapath *dp)
{
	struct kernel *k = kernel_of(dp);
	bool changed = false;
	unsigned int i;

	if (k->no_xdp)
		return false;
	for (i = 0; i < k->interface_count; i++) {
		k->interfaces[i].changed = false;
		follow(k, i);
	}
	egress_judge(k->interfaces, k->interface_count);
	for (i = 0; i < k->interface_count; i++)
		changed |= k->interfaces[i].changed;
	return changed;
}
