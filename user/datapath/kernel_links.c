/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links: where an earlier start's is pinned, the program is exchanged in it, which the kernel
 * does between two packets. First all that can go on does; then what is of no use goes (the
 * interface is gone or no longer wanted, the kernel refuses the exchange); then what is missing is
 * attached. Only then are pins put to rights: a link without a pin would not outlive the daemon,
 * one that has two is the lesser evil.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <net/if.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <base/fault.h>
#include <base/log.h>
#include <datapath/attach.h>
#include <datapath/complaint.h>
#include <datapath/egress.h>
#include <datapath/kernel.h>
#include <datapath/pins_links.h>

#define STEER "steer"

static void name_link(const struct datapath_interface *interface, char name[32])
{
	snprintf(name, 32, "xdp-%s", interface->name);
	pins_name(name);
}

static int relay_program(const struct kernel *k)
{
	return bpf_program__fd(k->relay->progs.xrp_relay);
}

static int steer_program(const struct kernel *k)
{
	return bpf_program__fd(k->steer->progs.xrp_steer);
}

/* Exchanges the program; the link's descriptor, which is the caller's then, or -1. */
static int take(struct pins_link *link, int program)
{
	int fd = link->fd;

	if (bpf_link_update(fd, program, NULL))
		return -1;
	link->taken = true;
	link->fd = -1;
	fault_point("attach.take");
	return fd;
}

/* A link of the same number may be another network namespace's; the program tells. */
static void take_interface(struct kernel *k, unsigned int i, struct pins_links *links)
{
	struct datapath_interface *interface = &k->interfaces[i];
	struct attach_holder holder;

	if (attach_holder(interface->ifindex, &holder) || !holder.program)
		return;
	for (unsigned int l = 0; l < links->count && k->links[i] < 0; l++)
		if (links->link[l].xdp && links->link[l].ifindex == interface->ifindex &&
		    links->link[l].program == holder.program)
			k->links[i] = take(&links->link[l], relay_program(k));
	if (k->links[i] < 0)
		return;
	interface->mode = attach_mode_of(&holder);
	snprintf(interface->why, sizeof(interface->why), "%s",
		 interface->mode == DATAPATH_GENERIC ? "generic since an earlier start" : "");
}

static void take_steer(struct kernel *k, struct pins_links *links)
{
	struct stat netns;

	if (stat("/proc/thread-self/ns/net", &netns))
		return;
	for (unsigned int l = 0; l < links->count && k->steer_link < 0; l++)
		if (!links->link[l].xdp && links->link[l].netns == netns.st_ino)
			k->steer_link = take(&links->link[l], steer_program(k));
}

static void take_all(struct kernel *k, struct pins_links *links)
{
	take_steer(k, links);
	for (unsigned int i = 0; !k->no_xdp && i < k->interface_count; i++)
		take_interface(k, i, links);
}

static bool is_wanted(const struct kernel *k, uint32_t ifindex)
{
	for (unsigned int i = 0; !k->no_xdp && i < k->interface_count; i++)
		if (k->interfaces[i].ifindex == ifindex)
			return true;
	return false;
}

static void release(struct kernel *k, struct pins_links *links, struct pins_link *link)
{
	char name[IF_NAMESIZE];

	fault_point("attach.release");
	if (link->xdp && link->ifindex && !is_wanted(k, link->ifindex) &&
	    if_indextoname(link->ifindex, name))
		log_event(LOG_WARNING, "interface_released", "interface=%s", name);
	pins_links_release(&k->pins, links, link);
}

static void release_rest(struct kernel *k, struct pins_links *links)
{
	for (unsigned int l = 0; l < links->count; l++)
		if (!links->link[l].taken)
			release(k, links, &links->link[l]);
}

static int attach_rest(struct kernel *k, struct complaint *complaint)
{
	if (k->steer_link < 0)
		k->steer_link = attach_steer(steer_program(k));
	if (k->steer_link < 0)
		return complain(complaint, k->steer_link,
				"cannot attach the sk_lookup program to the network namespace: %s",
				strerror(-k->steer_link));
	fault_point("attach.steer");
	for (unsigned int i = 0; i < k->interface_count; i++) {
		if (k->no_xdp)
			snprintf(k->interfaces[i].why, sizeof(k->interfaces[i].why),
				 "switched off (--no-xdp)");
		else if (k->links[i] < 0)
			k->links[i] = attach_xdp(relay_program(k), &k->interfaces[i]);
		fault_point("attach.link");
	}
	return 0;
}

static uint32_t id_of(int fd)
{
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

/* Pins the link under that name, unless it is so already. */
static int pin(struct kernel *k, const struct pins_links *links, const char *name, int fd,
	       struct complaint *complaint)
{
	uint32_t id = id_of(fd);

	for (unsigned int l = 0; l < links->count; l++)
		if (links->link[l].id == id && links->link[l].version == XRP_ABI_VERSION &&
		    !strcmp(links->link[l].name, name))
			return 0;
	pins_drop(&k->pins, "links", name);
	fault_point("attach.pin");
	return pins_put(&k->pins, "links", name, fd, complaint);
}

/* Is it a name of one of our links? */
static bool is_name(const struct kernel *k, const char *name)
{
	char own[32];

	for (unsigned int i = 0; i < k->interface_count; i++) {
		name_link(&k->interfaces[i], own);
		if (k->links[i] >= 0 && !strcmp(own, name))
			return true;
	}
	return !strcmp(name, STEER);
}

/* Pins each under its name, and drops the names that they had before (of an interface renamed). */
static int pin_all(struct kernel *k, const struct pins_links *links, struct complaint *complaint)
{
	int err = pin(k, links, STEER, k->steer_link, complaint);
	char name[32];

	for (unsigned int i = 0; !err && i < k->interface_count; i++) {
		name_link(&k->interfaces[i], name);
		if (k->links[i] >= 0)
			err = pin(k, links, name, k->links[i], complaint);
	}
	for (unsigned int l = 0; !err && l < links->count; l++)
		if (links->link[l].version == XRP_ABI_VERSION && !is_name(k, links->link[l].name))
			pins_drop(&k->pins, "links", links->link[l].name);
	return err;
}

int links_attach(struct kernel *k, struct complaint *complaint)
{
	struct pins_links links = {0};
	int err = k->no_pin ? 0 : pins_links_read(k->pins.root, &links);

	if (err) {
		complain(complaint, err, "cannot open what an earlier start left in %s: %s",
			 k->pins.root, strerror(-err));
	} else {
		take_all(k, &links);
		release_rest(k, &links);
		err = attach_rest(k, complaint);
		if (!err && !k->no_pin)
			err = pin_all(k, &links, complaint);
	}
	pins_links_free(&links);
	egress_judge(k->interfaces, k->interface_count);
	return err;
}

void links_let_go(struct kernel *k, unsigned int i)
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

/* An attachment that would not outlive the daemon although it has to is none. */
void links_attach_one(struct kernel *k, unsigned int i)
{
	struct datapath_interface *interface = &k->interfaces[i];
	char name[32], text[sizeof(interface->why)];
	struct complaint complaint = {text, sizeof(text)};

	k->links[i] = attach_xdp(relay_program(k), interface);
	if (k->no_pin || k->links[i] < 0)
		return;
	name_link(interface, name);
	if (!pins_put(&k->pins, "links", name, k->links[i], &complaint))
		return;
	links_let_go(k, i);
	memcpy(interface->why, text, sizeof(text));
}
