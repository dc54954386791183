/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaching and pinning what kernel.c has loaded, and keeping it attached: interfaces are removed
 * and made again under the same name (a tunnel or a container's veth, a bond built anew, a driver
 * loaded again), and a link does not outlive its interface.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <datapath/attach.h>
#include <datapath/complaint.h>
#include <datapath/egress.h>
#include <datapath/kernel.h>

static void name_link(const struct datapath_interface *interface, char name[32])
{
	snprintf(name, 32, "xdp-%s", interface->name);
}

static int pin_link(struct kernel *k, unsigned int i, struct complaint *complaint)
{
	char name[32];

	if (k->links[i] < 0)
		return 0;
	name_link(&k->interfaces[i], name);
	return pins_put(&k->pins, "links", name, k->links[i], complaint);
}

static int pin(struct kernel *k, struct complaint *complaint)
{
	const struct bpf_map *map;
	unsigned int i;
	int err = 0;

	bpf_object__for_each_map(map, k->relay->obj)
	{
		if (!err && !bpf_map__is_internal(map))
			err = pins_put(&k->pins, "maps", bpf_map__name(map), bpf_map__fd(map),
				       complaint);
	}
	for (i = 0; !err && i < k->interface_count; i++)
		err = pin_link(k, i, complaint);
	return err ? err : pins_put(&k->pins, "links", "steer", k->steer_link, complaint);
}

static int attach_program(const struct kernel *k, struct datapath_interface *interface)
{
	return attach_xdp(bpf_program__fd(k->relay->progs.xrp_relay), interface);
}

static void attach(struct kernel *k)
{
	unsigned int i;

	for (i = 0; i < k->interface_count; i++) {
		if (k->no_xdp)
			snprintf(k->interfaces[i].why, sizeof(k->interfaces[i].why),
				 "switched off (--no-xdp)");
		else
			k->links[i] = attach_program(k, &k->interfaces[i]);
	}
	egress_judge(k->interfaces, k->interface_count);
}

/* An interface has one XDP program: what an earlier start left goes before ours comes. */
static int take_over(struct kernel *k, struct complaint *complaint)
{
	int err = k->pins.lock >= 0 ? pins_clear(&k->pins) : 0;

	if (err)
		return complain(complaint, err,
				"cannot remove what an earlier start left in %s: %s", k->pins.root,
				strerror(-err));
	attach(k);
	if (!k->no_pin) {
		err = pin(k, complaint);
		if (err)
			pins_clear(&k->pins);
	} else if (k->pins.lock >= 0) {
		rmdir(k->pins.root);
		pins_unlock(&k->pins);
	}
	return err;
}

int datapath_kernel_attach(struct datapath *dp, char *error, unsigned int size)
{
	struct complaint complaint = {error, size};
	struct kernel *k = kernel_of(dp);

	/* A namespace takes many of these, so this one can fail before anything is taken away. */
	k->steer_link = attach_steer(bpf_program__fd(k->steer->progs.xrp_steer));
	if (k->steer_link < 0)
		return complain(&complaint, k->steer_link,
				"cannot attach the sk_lookup program to the network namespace: %s",
				strerror(-k->steer_link));
	return take_over(k, &complaint);
}

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

static void let_go(struct kernel *k, unsigned int i)
{
	char name[32];

	if (k->links[i] < 0)
		return;
	if (!k->no_pin) {
		name_link(&k->interfaces[i], name);
		pins_drop(&k->pins, "links", name);
	}
	bpf_link_detach(k->links[i]);
	close(k->links[i]);
	k->links[i] = -1;
	k->interfaces[i].mode = DATAPATH_NONE;
}

int datapath_kernel_give(struct datapath *dp, uid_t uid, gid_t gid)
{
	struct kernel *k = kernel_of(dp);

	return k->no_pin ? 0 : pins_give(&k->pins, uid, gid);
}

/* An attachment that would not outlive the daemon although it has to is none. */
static void attach_again(struct kernel *k, unsigned int i)
{
	struct datapath_interface *interface = &k->interfaces[i];
	char text[sizeof(interface->why)];
	struct complaint complaint = {text, sizeof(text)};

	k->links[i] = attach_program(k, interface);
	if (k->no_pin || !pin_link(k, i, &complaint))
		return;
	let_go(k, i);
	memcpy(interface->why, text, sizeof(text));
}

/* Follows an interface that was removed or is another one under the old name. */
static void follow(struct kernel *k, unsigned int i)
{
	struct datapath_interface *interface = &k->interfaces[i];
	uint32_t ifindex = if_nametoindex(interface->name);

	if (ifindex == interface->ifindex &&
	    (k->links[i] < 0 || attach_is_on(k->links[i], ifindex)))
		return;
	let_go(k, i);
	interface->changed = true;
	interface->ifindex = ifindex;
	if (ifindex)
		attach_again(k, i);
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
