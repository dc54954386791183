/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is removed is only what has the shape of our pins (a directory named by a number, and all
 * below), so that a wrong --pin-root does not take others' pins away.
 *
 * The lock is a flock on the root directory itself: a bpf filesystem has no plain files to hold a
 * pid, but /proc/locks tells who holds it, and it ends with its holder however that dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <bpf/bpf.h>
#include <datapath/pins.h>
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

/* The process that holds a flock on the open directory; 0 where that cannot be seen. */
static int lock_holder(int fd)
{
	char want[64], line[256], pid[16], at[64];
	int found = 0;
	struct stat st;
	FILE *locks;

	if (fstat(fd, &st))
		return 0;
	locks = fopen("/proc/locks", "re");
	if (!locks)
		return 0;
	snprintf(want, sizeof(want), "%02x:%02x:%llu", major(st.st_dev), minor(st.st_dev),
		 (unsigned long long)st.st_ino);
	while (!found && fgets(line, sizeof(line), locks))
		if (sscanf(line, "%*s FLOCK %*s %*s %15s %63s", pid, at) == 2 && !strcmp(at, want))
			found = (int)strtol(pid, NULL, 10);
	fclose(locks);
	return found;
}

/* Is the open directory still the one of that name? Who held it may have removed it. */
static bool is_still_there(int fd, const char *path)
{
	struct stat opened, named;

	return !fstat(fd, &opened) && !stat(path, &named) && opened.st_ino == named.st_ino &&
	       opened.st_dev == named.st_dev;
}

/* Opens and locks; 1: gone meanwhile, to be tried again. */
static int try_lock(struct pins *pins, struct complaint *complaint)
{
	int pid, fd = open(pins->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return complain(complaint, -errno, "cannot open %s: %s", pins->root,
				strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		pid = lock_holder(fd);
		close(fd);
		return complain(
			complaint, -EBUSY,
			"%s is in use by another xdp-rtpproxy (pid %d): stop that one, or "
			"give this one another --pin-root and other interfaces (--interface, "
			"or --no-xdp): two cannot share one",
			pins->root, pid);
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

static void name_kind(const struct pins *pins, const char *kind, char path[PIN_PATH])
{
	if (pins->links >= 0 && !strcmp(kind, "links"))
		snprintf(path, PIN_PATH, "/proc/self/fd/%d", pins->links);
	else
		snprintf(path, PIN_PATH, "%s/%d/%s", pins->root, XRP_ABI_VERSION, kind);
}

static void name_pin(const struct pins *pins, const char *kind, const char *name,
		     char path[PIN_PATH])
{
	size_t at;

	name_kind(pins, kind, path);
	at = strlen(path);
	path[at++] = '/';
	snprintf(path + at, PIN_PATH - at, "%s", name);
	/* Dots are refused there, and VLAN interfaces have them; no interface name has a colon. */
	for (; path[at]; at++)
		if (path[at] == '.')
			path[at] = ':';
}

int pins_put(const struct pins *pins, const char *kind, const char *name, int fd,
	     struct complaint *complaint)
{
	char path[PIN_PATH];
	int err;

	name_kind(pins, kind, path);
	err = make_path(path);
	name_pin(pins, kind, name, path);
	if (!err)
		err = bpf_obj_pin(fd, path);
	if (err)
		return complain(complaint, err, "cannot pin %s: %s; or pin nothing (--no-pin)",
				path, strerror(-err));
	return 0;
}

int pins_give(struct pins *pins, uid_t uid, gid_t gid)
{
	char path[PIN_PATH];
	int fd;

	name_kind(pins, "links", path);
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

	name_pin(pins, kind, name, path);
	unlink(path);
}

static FTS *walk(const char *root)
{
	char *const paths[] = {(char *)(uintptr_t)root, NULL};

	return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
}

/* Is this inside of a directory that we made? Those are named by the ABI version. */
static bool is_ours(FTS *fts, FTSENT *entry)
{
	if (entry->fts_level == 1 && strspn(entry->fts_name, "0123456789") != entry->fts_namelen)
		fts_set(fts, entry, FTS_SKIP);
	else if (entry->fts_level >= 1)
		return true;
	return false;
}

/* A link is detached at once: after an unlink alone the kernel does it when it finds the time. */
static int remove_pin(const char *path)
{
	int fd = bpf_obj_get(path);

	if (fd >= 0) {
		bpf_link_detach(fd);
		close(fd);
	}
	return unlink(path) ? -errno : 0;
}

static int remove_entry(const FTSENT *entry)
{
	switch (entry->fts_info) {
	case FTS_D:
		return 0;
	case FTS_DP:
		return rmdir(entry->fts_accpath) ? -errno : 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return -entry->fts_errno;
	default:
		return remove_pin(entry->fts_accpath);
	}
}

int pins_clear(const struct pins *pins)
{
	FTS *fts = walk(pins->root);
	int failed, err = 0;
	FTSENT *entry;

	if (!fts)
		return -errno;
	while ((entry = fts_read(fts))) {
		failed = is_ours(fts, entry) ? remove_entry(entry) : 0;
		if (failed && !err)
			err = failed;
	}
	fts_close(fts);
	return err;
}

bool pins_any(const char *root)
{
	bool any = false;
	FTSENT *entry;
	FTS *fts;

	if (!pins_exist(root))
		return false;
	fts = walk(root);
	if (!fts)
		return false;
	while (!any && (entry = fts_read(fts)))
		any = is_ours(fts, entry);
	fts_close(fts);
	return any;
}

static bool link_holds(const char *path, uint32_t ifindex, uint32_t program)
{
	struct bpf_link_info info = {0};
	__u32 size = sizeof(info);
	int fd = bpf_obj_get(path);
	bool told;

	if (fd < 0)
		return false;
	told = !bpf_obj_get_info_by_fd(fd, &info, &size);
	close(fd);
	return told && info.type == BPF_LINK_TYPE_XDP && info.prog_id == program &&
	       info.xdp.ifindex == ifindex;
}

bool pins_hold(const char *root, uint32_t ifindex, uint32_t program)
{
	bool held = false;
	FTSENT *entry;
	FTS *fts;

	if (!pins_exist(root))
		return false;
	fts = walk(root);
	if (!fts)
		return false;
	while (!held && (entry = fts_read(fts)))
		if (is_ours(fts, entry) && entry->fts_info != FTS_D && entry->fts_info != FTS_DP &&
		    !strcmp(entry->fts_parent->fts_name, "links"))
			held = link_holds(entry->fts_accpath, ifindex, program);
	fts_close(fts);
	return held;
}
