/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In generic mode any interface sends. In native mode the driver must take XDP frames
 * (ndo_xdp_xmit), and must be ready for them: Intel's need a program on the interface, a veth needs
 * one, or GRO, at its far end, which may be in another namespace. The kernel tells by the
 * `xdp-features` of netlink's family `netdev` (6.3; Documentation/netlink/specs/netdev.yaml): the
 * flag ndo-xmit comes and goes with that readiness, for a veth too. An older kernel does not tell;
 * then a native program on the interface is taken for an answer.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <datapath/attach.h>
#include <datapath/egress.h>

/* From linux/netdev.h, which older headers lack. */
#define FAMILY_NAME	 "netdev"
#define CMD_DEV_GET	 1
#define ATTR_IFINDEX	 1
#define ATTR_FEATURES	 3
#define FEATURE_NDO_XMIT (1U << 2)

/* A veth notices its far end's GRO only when that is switched on while the far end is up. */
#define NOT_READY                                                                                   \
	"native, but what is relayed out of it would be lost: the driver is not ready to send XDP " \
	"frames; a veth needs GRO at its far end, switched on when that is up (ethtool -K FAR gro on)"

struct answer {
	uint16_t family;
	uint64_t features;
};

static int read_attr(const struct nlattr *attr, void *data)
{
	struct answer *answer = data;

	/* Of either command; the numbers do not collide in what is asked for. */
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
	    mnl_attr_get_payload_len(attr) == sizeof(uint16_t))
		answer->family = mnl_attr_get_u16(attr);
	if (mnl_attr_get_type(attr) == ATTR_FEATURES &&
	    mnl_attr_get_payload_len(attr) == sizeof(uint64_t))
		answer->features = mnl_attr_get_u64(attr);
	return MNL_CB_OK;
}

static int read_answer(const struct nlmsghdr *message, void *data)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), read_attr, data);
}

static struct nlmsghdr *begin(char *buffer, uint16_t type, uint8_t command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *generic;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	generic = mnl_nlmsg_put_extra_header(message, sizeof(*generic));
	generic->cmd = command;
	generic->version = 1;
	return message;
}

/* 0 or -errno. */
static int ask(struct mnl_socket *nl, const struct nlmsghdr *message, struct answer *answer)
{
	char buffer[4096];
	ssize_t got;
	int more = MNL_CB_OK;

	if (mnl_socket_sendto(nl, message, message->nlmsg_len) < 0)
		return -errno;
	while (more > MNL_CB_STOP) {
		got = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
		if (got < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)got, 0, 0, read_answer, answer);
	}
	return more < 0 ? -errno : 0;
}

/* The family's number; 0: this kernel does not have it. */
static uint16_t find_family(struct mnl_socket *nl)
{
	char buffer[256];
	struct nlmsghdr *message = begin(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	struct answer answer = {0};

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, FAMILY_NAME);
	return ask(nl, message, &answer) ? 0 : answer.family;
}

/* Is the driver ready to send XDP frames? True also where the kernel does not tell. */
static bool is_ready(struct mnl_socket *nl, uint16_t family, uint32_t ifindex)
{
	char buffer[256];
	struct nlmsghdr *message;
	struct answer answer = {0};

	if (!family)
		return true;
	message = begin(buffer, family, CMD_DEV_GET);
	mnl_attr_put_u32(message, ATTR_IFINDEX, ifindex);
	return ask(nl, message, &answer) || (answer.features & FEATURE_NDO_XMIT);
}

static unsigned int count_mode(const struct datapath_interface *interfaces, unsigned int count,
			       enum datapath_mode mode)
{
	unsigned int found = 0;

	while (count--)
		found += interfaces[count].mode == mode;
	return found;
}

/* A NIC sends back out of itself (XDP_TX) by its receive side; a veth sends as ever. */
static bool is_veth(const struct datapath_interface *interface)
{
	char driver[ATTACH_DRIVER];

	attach_driver(interface, driver);
	return !strcmp(driver, "veth");
}

static void judge_native(struct datapath_interface *interface, bool ready)
{
	interface->egress = ready;
	snprintf(interface->why, sizeof(interface->why), "%s", ready ? "" : NOT_READY);
}

void egress_judge(struct datapath_interface *interfaces, unsigned int count)
{
	unsigned int native = count_mode(interfaces, count, DATAPATH_NATIVE);
	bool alone = native + count_mode(interfaces, count, DATAPATH_GENERIC) == 1;
	struct mnl_socket *nl = native ? mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC) : NULL;
	bool before;
	uint16_t family = 0;
	unsigned int i;

	if (nl && !mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		family = find_family(nl);
	for (i = 0; i < count; i++) {
		before = interfaces[i].egress;
		if (interfaces[i].mode == DATAPATH_NATIVE)
			judge_native(&interfaces[i], is_ready(nl, family, interfaces[i].ifindex) ||
							     (alone && !is_veth(&interfaces[i])));
		else
			interfaces[i].egress = !native && interfaces[i].mode == DATAPATH_GENERIC;
		interfaces[i].changed |= before != interfaces[i].egress;
	}
	if (nl)
		mnl_socket_close(nl);
}
