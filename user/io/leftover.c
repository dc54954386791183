/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See leftover.h. Files are read in large pieces and not mapped: who shortens a mapped file ends
 * its reader.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <io/leftover.h>

#define PIECE	     65536
#define PCAP_MAGIC   0xa1b2c3d4U /* host order, microseconds */
#define PCAP_LONGEST 262144	 /* bytes of a record that libpcap takes */
#define DLT_ETHERNET 1
#define ADHOC_HEADER 30
#define ADHOC_LENGTH 28 /* where the payload's length stands */

struct pcap_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, linktype;
};

struct pcap_record {
	uint32_t seconds, microseconds, captured, length;
};

/* A file on its way through a walk from record to record. */
struct walk {
	int fd;
	uint64_t size, at;
	uint64_t start; /* of what is in `piece` */
	size_t len;
	uint8_t piece[PIECE];
};

/* Copies what stands `at`; false when the file ends before, or cannot be read. */
static bool peek(struct walk *w, void *to, size_t len)
{
	if (w->at + len > w->size)
		return false;
	if (w->at < w->start || w->at + len > w->start + w->len) {
		ssize_t n = pread(w->fd, w->piece, sizeof(w->piece), (off_t)w->at);

		w->start = w->at;
		w->len = n > 0 ? (size_t)n : 0;
		if (w->len < len)
			return false;
	}
	memcpy(to, w->piece + (w->at - w->start), len);
	return true;
}

static uint64_t pcap_length(struct walk *w)
{
	struct pcap_record r;

	return peek(w, &r, sizeof(r)) && r.captured <= PCAP_LONGEST ? sizeof(r) + r.captured : 0;
}

static uint64_t adhoc_length(struct walk *w)
{
	uint8_t header[ADHOC_HEADER];
	uint16_t payload;

	if (!peek(w, header, sizeof(header)))
		return 0;
	memcpy(&payload, header + ADHOC_LENGTH, sizeof(payload));
	return ADHOC_HEADER + payload;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len > end && !strcmp(name + len - end, suffix);
}

/* How long the record at w->at is; 0: none whole begins there. */
typedef uint64_t record_length(struct walk *w);

/* Sets w->at to the first record. NULL: not a recording. */
static record_length *format_of(struct walk *w, const char *name)
{
	bool payloads = ends_with(name, ".rtp") || ends_with(name, ".rtcp");
	struct pcap_header header = {0};
	uint16_t family;

	if (!w->size) /* killed before a packet came */
		return payloads || ends_with(name, ".pcap") ? adhoc_length : NULL;
	if (peek(w, &header, sizeof(header)) && header.magic == PCAP_MAGIC && header.major == 2 &&
	    header.linktype == DLT_ETHERNET) {
		w->at = sizeof(header);
		return pcap_length;
	}
	if (!payloads || !peek(w, &family, sizeof(family)) ||
	    (family != AF_INET && family != AF_INET6))
		return NULL;
	return adhoc_length;
}

static int mend(int fd, uint64_t size, const char *name, uint64_t *cut)
{
	struct walk w = {.fd = fd, .size = size};
	record_length *length = format_of(&w, name);
	uint64_t len = 0;

	*cut = 0;
	if (!length)
		return -EINVAL;
	while ((len = length(&w)) && w.at + len <= size)
		w.at += len;
	/* What is longer than any record is not one that was cut off: that stays. */
	if (w.at == size || (!len && size - w.at >= PCAP_LONGEST))
		return 0;
	*cut = size - w.at;
	return ftruncate(fd, (off_t)w.at) ? -errno : 0;
}

/* Is it what has this name still? Else its writer moved it, just before we had the lock. */
static bool still_there(int dir, const char *name, const struct stat *st)
{
	struct stat now;

	return !fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) && now.st_ino == st->st_ino &&
	       now.st_dev == st->st_dev;
}

/* The descriptor of the locked and mended file, or -errno. */
static int take(int dir, const char *name, uint64_t *cut)
{
	int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int err = 0;

	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		err = -EBUSY;
	else if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		err = -EINVAL;
	else if (!still_there(dir, name, &st))
		err = -ENOENT;
	else
		err = mend(fd, (uint64_t)st.st_size, name, cut);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int leftover_mend(int dir, const char *name, uint64_t *cut)
{
	int fd = take(dir, name, cut);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int leftover_move(const struct capture_dirs *dirs, const char *name, uint64_t *cut)
{
	int fd = take(dirs->spool, name, cut), err;

	if (fd < 0)
		return fd;
	err = capture_move(dirs, name);
	close(fd);
	return err;
}
