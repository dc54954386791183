/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pins_links.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <datapath/pins_links.h>
#include <xdp-rtpproxy/abi.h>

static struct pins_link *add(struct pins_links *links)
{
	unsigned int room = links->room ? links->room * 2 : 16;
	struct pins_link *more;

	if (links->count == links->room) {
		more = realloc(links->link, room * sizeof(*more));
		if (!more)
			return NULL;
		links->link = more;
		links->room = room;
	}
	memset(&links->link[links->count], 0, sizeof(links->link[0]));
	return &links->link[links->count++];
}

/* What is no link of ours (a file that somebody put there) is left out. */
static int read_link(void *ctx, FTSENT *entry)
{
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);
	struct pins_link *link;
	int fd;

	if (!pins_is(entry, "links"))
		return 0;
	fd = bpf_obj_get(entry->fts_accpath);
	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) ||
	    (info.type != BPF_LINK_TYPE_XDP && info.type != BPF_LINK_TYPE_NETNS)) {
		close(fd);
		return 0;
	}
	link = add(ctx);
	if (!link) {
		close(fd);
		return -ENOMEM;
	}
	snprintf(link->name, sizeof(link->name), "%s", entry->fts_name);
	link->version = (unsigned int)entry->fts_number;
	link->fd = fd;
	link->id = info.id;
	link->program = info.prog_id;
	link->xdp = info.type == BPF_LINK_TYPE_XDP;
	link->ifindex = link->xdp ? info.xdp.ifindex : 0;
	link->netns = link->xdp ? 0 : info.netns.netns_ino;
	return 0;
}

static int own_first(const void *a, const void *b)
{
	const struct pins_link *left = a, *right = b;

	return (right->version == XRP_ABI_VERSION) - (left->version == XRP_ABI_VERSION);
}

int pins_links_read(const char *root, struct pins_links *links)
{
	int err;

	memset(links, 0, sizeof(*links));
	err = pins_each(root, read_link, links);
	if (links->count)
		qsort(links->link, links->count, sizeof(links->link[0]), own_first);
	return err;
}

void pins_links_free(struct pins_links *links)
{
	for (unsigned int i = 0; i < links->count; i++)
		if (links->link[i].fd >= 0)
			close(links->link[i].fd);
	free(links->link);
	memset(links, 0, sizeof(*links));
}

bool pins_links_hold(const char *root, uint32_t ifindex, uint32_t program)
{
	struct pins_links links;
	bool held = false;

	if (!pins_exist(root))
		return false;
	pins_links_read(root, &links);
	for (unsigned int i = 0; i < links.count; i++)
		held |= links.link[i].xdp && links.link[i].program == program &&
			links.link[i].ifindex == ifindex;
	pins_links_free(&links);
	return held;
}

static bool is_taken(const struct pins_links *links, uint32_t id)
{
	for (unsigned int i = 0; i < links->count; i++)
		if (links->link[i].taken && links->link[i].id == id)
			return true;
	return false;
}

void pins_links_release(const struct pins *pins, struct pins_links *links, struct pins_link *link)
{
	if (!is_taken(links, link->id))
		bpf_link_detach(link->fd);
	if (link->version == XRP_ABI_VERSION)
		pins_drop(pins, "links", link->name);
	link->name[0] = '\0';
}
