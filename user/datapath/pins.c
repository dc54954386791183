/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root, its lock, and single pins; pins_tree.c has what concerns whole directories.
 *
 * The lock is a flock on the root directory itself: a bpf filesystem has no plain files to hold a
 * pid, and a lock ends with its holder however that dies. pins_holder.c tells who that is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <bpf/bpf.h>
#include <datapath/pins.h>
#include <datapath/pins_holder.h>
#include <xdp-rtpproxy/abi.h>

#define BPFFS	   "/sys/fs/bpf"
#define LOCK_TRIES 3

/* Is the path, or what of it exists, on a bpf filesystem? */
static bool is_on_bpffs(const char *path)
{
	char at[PATH_MAX];
	struct statfs fs;
	char *slash;

	snprintf(at, sizeof(at), "%s", path);
	while (statfs(at, &fs)) {
		slash = strrchr(at, '/');
		if (errno != ENOENT || !slash || slash == at)
			return false;
		*slash = '\0';
	}
	return (unsigned int)fs.f_type == BPF_FS_MAGIC;
}

bool pins_exist(const char *root)
{
	struct stat st;

	return root && !stat(root, &st) && S_ISDIR(st.st_mode) && is_on_bpffs(root);
}

static int mount_bpffs(const char *root, struct complaint *complaint)
{
	if (strncmp(root, BPFFS "/", sizeof(BPFFS)) != 0)
		return complain(complaint, -EINVAL,
				"%s is not on a bpf filesystem: mount one there (mount -t bpf bpf "
				"DIR), take a --pin-root below %s, or pin nothing (--no-pin)",
				root, BPFFS);
	if (!mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return 0;
	return complain(complaint, -errno,
			"there is no bpf filesystem at %s and mounting one fails (%s): mount it "
			"from outside, or pin nothing (--no-pin)",
			BPFFS, strerror(errno));
}

/* Makes the directory and those above it. 0 or -errno. */
static int make_path(const char *path)
{
	char at[PATH_MAX];
	char *slash = at;

	snprintf(at, sizeof(at), "%s", path);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(at, 0700) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(at, 0700) && errno != EEXIST ? -errno : 0;
}

int pins_make(const char *root, struct complaint *complaint)
{
	int err;

	if (root[0] != '/' || strlen(root) >= PATH_MAX - 64)
		return complain(complaint, -EINVAL, "--pin-root %s: not an absolute path", root);
	if (!is_on_bpffs(root)) {
		err = mount_bpffs(root, complaint);
		if (err)
			return err;
	}
	err = make_path(root);
	if (err)
		return complain(complaint, err,
				"cannot make %s: %s (names on a bpf filesystem have no dots); or "
				"pin nothing (--no-pin)",
				root, strerror(-err));
	return 0;
}

/* Is the open directory still the one of that name? Who held it may have removed it. */
static bool is_still_there(int fd, const char *path)
{
	struct stat opened, named;

	return !fstat(fd, &opened) && !stat(path, &named) && opened.st_ino == named.st_ino &&
	       opened.st_dev == named.st_dev;
}

static int complain_use(const struct pins *pins, struct complaint *complaint)
{
	int pid = pins_holder(pins->root);
	char who[32] = "in another container";

	if (pid > 0)
		snprintf(who, sizeof(who), "pid %d", pid);
	return complain(
		complaint, -EBUSY,
		"%s is in use by another xdp-rtpproxy (%s): stop that one (--takeover does), "
		"or give this one another --instance or --pin-root and other interfaces "
		"(--interface, or --no-xdp): two cannot share one",
		pins->root, who);
}

/* Opens and locks; 1: gone meanwhile, to be tried again. */
static int try_lock(struct pins *pins, struct complaint *complaint)
{
	int fd = open(pins->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return complain(complaint, -errno, "cannot open %s: %s", pins->root,
				strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return complain_use(pins, complaint);
	}
	if (is_still_there(fd, pins->root)) {
		pins->lock = fd;
		return 0;
	}
	close(fd);
	return 1;
}

int pins_lock(struct pins *pins, const char *root, struct complaint *complaint)
{
	int tries, err = 1;

	snprintf(pins->root, sizeof(pins->root), "%s", root);
	for (tries = 0; err > 0 && tries < LOCK_TRIES; tries++)
		err = try_lock(pins, complaint);
	if (err > 0)
		return complain(complaint, -EBUSY, "%s is being removed: try again", root);
	return err;
}

void pins_unlock(struct pins *pins)
{
	if (pins->lock >= 0)
		close(pins->lock);
	pins->lock = -1;
	if (pins->links >= 0)
		close(pins->links);
	pins->links = -1;
}

#define PIN_PATH (PATH_MAX + 128)

static void name_kind(const struct pins *pins, unsigned int version, const char *kind,
		      char path[PIN_PATH])
{
	if (pins->links >= 0 && version == XRP_ABI_VERSION && !strcmp(kind, "links"))
		snprintf(path, PIN_PATH, "/proc/self/fd/%d", pins->links);
	else
		snprintf(path, PIN_PATH, "%s/%u/%s", pins->root, version, kind);
}

void pins_name(char *name)
{
	/* Dots are refused there, and VLAN interfaces have them; no interface name has a colon. */
	for (; *name; name++)
		if (*name == '.')
			*name = ':';
}

static void name_pin(const struct pins *pins, unsigned int version, const char *kind,
		     const char *name, char path[PIN_PATH])
{
	size_t at;

	name_kind(pins, version, kind, path);
	at = strlen(path);
	path[at++] = '/';
	snprintf(path + at, PIN_PATH - at, "%s", name);
	pins_name(path + at);
}

int pins_put(const struct pins *pins, const char *kind, const char *name, int fd,
	     struct complaint *complaint)
{
	char path[PIN_PATH];
	int err;

	name_kind(pins, XRP_ABI_VERSION, kind, path);
	err = make_path(path);
	name_pin(pins, XRP_ABI_VERSION, kind, name, path);
	if (!err)
		err = bpf_obj_pin(fd, path);
	if (err)
		return complain(complaint, err, "cannot pin %s: %s; or pin nothing (--no-pin)",
				path, strerror(-err));
	return 0;
}

int pins_get(const struct pins *pins, unsigned int version, const char *name,
	     struct complaint *complaint)
{
	char path[PIN_PATH];
	int fd;

	name_pin(pins, version, "maps", name, path);
	fd = bpf_obj_get(path);
	if (fd < 0 && fd != -ENOENT)
		return complain(complaint, fd, "cannot open %s: %s", path, strerror(-fd));
	return fd;
}

int pins_give(struct pins *pins, uid_t uid, gid_t gid)
{
	char path[PIN_PATH];
	int fd;

	name_kind(pins, XRP_ABI_VERSION, "links", path);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH)) {
		close(fd);
		return -errno;
	}
	pins->links = fd;
	return 0;
}

void pins_drop(const struct pins *pins, const char *kind, const char *name)
{
	char path[PIN_PATH];

	name_pin(pins, XRP_ABI_VERSION, kind, name, path);
	unlink(path);
}
