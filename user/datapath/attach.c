/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links are made by the bare system call, because libbpf's bpf_program__attach_xdp takes no flags:
 * it would fall back to generic mode in silence. And bpf_link gives no reason when it fails, so the
 * same is tried once more by netlink, whose extended ack tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <bpf/bpf.h>
#include <datapath/attach.h>

int attach_find(const char *name, struct datapath_interface *interface)
{
	memset(interface, 0, sizeof(*interface));
	interface->mode = DATAPATH_NONE;
	snprintf(interface->name, sizeof(interface->name), "%s", name);
	interface->ifindex = strlen(name) < sizeof(interface->name) ? if_nametoindex(name) : 0;
	return interface->ifindex ? 0 : -ENODEV;
}

static void name_program(uint32_t program, char name[BPF_OBJ_NAME_LEN])
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program);

	snprintf(name, BPF_OBJ_NAME_LEN, "?");
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &size) && info.name[0])
		snprintf(name, BPF_OBJ_NAME_LEN, "%s", info.name);
	close(fd);
}

int attach_holder(uint32_t ifindex, struct attach_holder *holder)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int err = bpf_xdp_query((int)ifindex, 0, &opts);

	memset(holder, 0, sizeof(*holder));
	if (err)
		return err;
	holder->mode = "xdp";
	holder->program = opts.drv_prog_id;
	if (!holder->program && opts.skb_prog_id) {
		holder->mode = "xdpgeneric";
		holder->program = opts.skb_prog_id;
	}
	if (!holder->program && opts.hw_prog_id) {
		holder->mode = "xdpoffload";
		holder->program = opts.hw_prog_id;
	}
	if (holder->program)
		name_program(holder->program, holder->name);
	return 0;
}

/* Asks the driver something by ioctl. */
static bool ask(const struct datapath_interface *interface, unsigned long request,
		struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool told;

	snprintf(ifr->ifr_name, sizeof(ifr->ifr_name), "%s", interface->name);
	told = fd >= 0 && !ioctl(fd, request, ifr);
	if (fd >= 0)
		close(fd);
	return told;
}

/* Why no program may be there; NULL: it may. */
static const char *refuse(const struct datapath_interface *interface)
{
	struct ifreq ifr = {0};

	if (!ask(interface, SIOCGIFHWADDR, &ifr) || ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER)
		return NULL;
	if (ifr.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK)
		return "loopback is never attached";
	return "not an Ethernet interface: the XDP program reads Ethernet frames";
}

void attach_driver(const struct datapath_interface *interface, char name[ATTACH_DRIVER])
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq ifr = {0};

	ifr.ifr_data = (char *)&info;
	name[0] = '\0';
	if (ask(interface, SIOCETHTOOL, &ifr))
		snprintf(name, ATTACH_DRIVER, "%.31s", info.driver);
}

/* "driver veth: ", or nothing where the driver does not say its name or `reason` does. */
static void name_driver(const struct datapath_interface *interface, const char *reason, char *text,
			size_t size)
{
	char driver[ATTACH_DRIVER];

	attach_driver(interface, driver);
	text[0] = '\0';
	if (driver[0] && strncmp(reason, driver, strlen(driver)) != 0)
		snprintf(text, size, "driver %s: ", driver);
}

enum datapath_mode attach_mode_of(const struct attach_holder *holder)
{
	return !strcmp(holder->mode, "xdpgeneric") ? DATAPATH_GENERIC : DATAPATH_NATIVE;
}

/* The kernel's reason why the program cannot be attached in this mode, as `flags` say it. */
static void find_reason(int program, uint32_t ifindex, __u32 flags, int err, char *text,
			size_t size)
{
	complaint_forget();
	if (!bpf_xdp_attach((int)ifindex, program, flags | XDP_FLAGS_UPDATE_IF_NOEXIST, NULL))
		bpf_xdp_detach((int)ifindex, flags, NULL);
	snprintf(text, size, "%s", *complaint_heard() ? complaint_heard() : strerror(-err));
}

/* The link, or -1 with the reason. */
static int attach_mode(int program, uint32_t ifindex, __u32 flags, char *reason, size_t size)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	int link = bpf_link_create(program, (int)ifindex, BPF_XDP, &opts);

	if (link >= 0)
		return link;
	find_reason(program, ifindex, flags, link, reason, size);
	return -1;
}

int attach_xdp(int program, struct datapath_interface *interface)
{
	char native[96], generic[96], driver[48];
	const char *refused = refuse(interface);
	int link;

	interface->why[0] = '\0';
	interface->mode = DATAPATH_NONE;
	if (refused) {
		snprintf(interface->why, sizeof(interface->why), "%s", refused);
		return -1;
	}
	link = attach_mode(program, interface->ifindex, XDP_FLAGS_DRV_MODE, native, sizeof(native));
	if (link >= 0) {
		interface->mode = DATAPATH_NATIVE;
		return link;
	}
	name_driver(interface, native, driver, sizeof(driver));
	link = attach_mode(program, interface->ifindex, XDP_FLAGS_SKB_MODE, generic,
			   sizeof(generic));
	interface->mode = link >= 0 ? DATAPATH_GENERIC : DATAPATH_NONE;
	if (link >= 0 || !strcmp(native, generic))
		snprintf(interface->why, sizeof(interface->why), "%s%s", driver, native);
	else
		snprintf(interface->why, sizeof(interface->why), "%snative: %s; generic: %s",
			 driver, native, generic);
	return link;
}

bool attach_is_on(int link, uint32_t ifindex)
{
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);

	return !bpf_obj_get_info_by_fd(link, &info, &size) && info.xdp.ifindex == ifindex;
}

int attach_steer(int program)
{
	int link, netns = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	if (netns < 0)
		return -errno;
	link = bpf_link_create(program, netns, BPF_SK_LOOKUP, NULL);
	close(netns);
	return link;
}
