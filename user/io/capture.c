/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See capture.h. 4 KiB stay in memory, as with rtpproxy. Not by stdio: closing one of its streams
 * takes as long as there are many of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <base/endpoint.h>
#include <base/siphash.h>
#include <io/capture.h>
#include <io/leftover.h>
#include <io/pcapwriter.h>

#define BUFFER_BYTES  4096
#define PARTS_AT_MOST 100000
#define NS_PER_S      1000000000ULL
#define HASH_DIGITS   17 /* "~" and 16 of them */

struct capture {
	struct capture_dirs dirs;
	char name[CAPTURE_NAME];
	int fd;
	int error;		 /* the first of a write */
	struct pcapwriter *pcap; /* NULL: rtpproxy's own format */
	uint16_t id;		 /* IPv4 identification, counted up */
	size_t buffered;
	uint8_t buffer[BUFFER_BYTES];
};

/* rtpproxy's header of a packet. */
struct adhoc {
	uint16_t family; /* host order */
	__be16 port;	 /* of the source, as its address */
	uint8_t addr[16];
	double time;	 /* s since the epoch, host order */
	uint16_t length; /* host order */
} __attribute__((packed));
_Static_assert(sizeof(struct adhoc) == 30, "as rtpproxy writes it");

/* --- names ----------------------------------------------------------------------------------- */

static bool is_safe(struct text text, size_t i)
{
	unsigned char c = (unsigned char)text.at[i];

	return c >= ' ' && c != 0x7f && c != '/' && c != '%' && (c != '.' || i > 0);
}

/* Writes as much of `text` as fits whole into `room` characters; returns how many these are. */
static size_t escape(char *out, size_t room, struct text text, bool *cut)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t width = is_safe(text, i) ? 1 : 3;

		*cut = len + width > room;
		if (*cut)
			break;
		if (width == 1) {
			out[len++] = text.at[i];
		} else {
			out[len++] = '%';
			out[len++] = hex[(unsigned char)text.at[i] >> 4];
			out[len++] = hex[text.at[i] & 15];
		}
	}
	return len;
}

char *capture_name(char name[CAPTURE_NAME], struct text text, const char *suffix)
{
	static const uint8_t key[16] = "recording's name"; /* the same name at every start */
	size_t room = CAPTURE_NAME - 1 - strlen(suffix), len;
	bool cut = false;

	len = escape(name, room, text, &cut);
	if (cut) {
		len = escape(name, room - HASH_DIGITS, text, &cut);
		len += (size_t)snprintf(name + len, HASH_DIGITS + 1, "~%016llx",
					(unsigned long long)siphash(key, text.at, text.len));
	}
	memcpy(name + len, suffix, strlen(suffix) + 1);
	return name;
}

/* --- opening and closing --------------------------------------------------------------------- */

/* Where what follows a part's number begins. */
static size_t suffix_at(const char *name)
{
	static const char *const suffixes[] = {".o.rtp", ".a.rtp", ".o.rtcp", ".a.rtcp",
					       ".rtp",	 ".rtcp",  ".pcap"};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t end = strlen(suffixes[i]);

		if (len > end && !strcmp(name + len - end, suffixes[i]))
			return len - end;
	}
	return len;
}

/* Where ".partN" begins that ends `at`, and its N; `at` and 1 when there is none. */
static size_t part_at(const char *name, size_t at, unsigned int *number)
{
	size_t digits = at, word = strlen(".part");

	*number = 1;
	while (digits && name[digits - 1] >= '0' && name[digits - 1] <= '9')
		digits--;
	if (digits == at || digits <= word || at - digits > 6 ||
	    memcmp(name + digits - word, ".part", word) != 0)
		return at;
	*number = (unsigned int)strtoul(name + digits, NULL, 10);
	return digits - word;
}

char *capture_part(char name[CAPTURE_NAME], unsigned int number)
{
	size_t end = suffix_at(name), len, room;
	char suffix[8], part[24];
	unsigned int had;

	if (number < 2)
		return name;
	snprintf(suffix, sizeof(suffix), "%s", name + end);
	len = part_at(name, end, &had);
	snprintf(part, sizeof(part), ".part%u", had + number - 1);
	room = CAPTURE_NAME - 1 - strlen(part) - strlen(suffix);
	if (len > room)
		len = room;
	snprintf(name + len, CAPTURE_NAME - len, "%s%s", part, suffix);
	return name;
}

int capture_move(const struct capture_dirs *dirs, const char *name)
{
	char to[CAPTURE_NAME];
	int err = -EEXIST;

	for (unsigned int number = 1; err == -EEXIST && number < PARTS_AT_MOST; number++) {
		snprintf(to, sizeof(to), "%s", name);
		capture_part(to, number);
		err = renameat2(dirs->spool, name, dirs->record, to, RENAME_NOREPLACE) ? -errno : 0;
	}
	return err;
}

/* One that is recorded again replaces what was there, as in rtpproxy; but not a later part. */
static int move_complete(const struct capture_dirs *dirs, const char *name)
{
	unsigned int number;

	part_at(name, suffix_at(name), &number);
	if (number > 1)
		return capture_move(dirs, name);
	return renameat(dirs->spool, name, dirs->record, name) ? -errno : 0;
}

static bool is_in(int dir, const char *name)
{
	struct stat st;

	return dir >= 0 && (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || errno != ENOENT);
}

bool capture_exists(const struct capture_dirs *dirs, const char *name)
{
	return is_in(dirs->record, name) || is_in(dirs->spool, name);
}

/* 0 when the file is now ours alone, and empty. */
static int claim(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -EINVAL;
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return -EBUSY;
	return ftruncate(fd, 0) ? -errno : 0;
}

/* O_NONBLOCK: else a FIFO that somebody left there would stop us. */
static int open_file(int dir, const char *name, int flags)
{
	int fd = openat(dir, name,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags,
			0666);
	int err;

	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	err = claim(fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int open_where_written(const struct capture_dirs *dirs, const char *name)
{
	uint64_t cut;
	int fd;

	if (dirs->spool < 0)
		return open_file(dirs->record, name, 0);
	fd = open_file(dirs->spool, name, O_EXCL);
	if (fd == -EEXIST) {
		fd = leftover_move(dirs, name, &cut);
		if (!fd || fd == -ENOENT)
			fd = open_file(dirs->spool, name, O_EXCL);
	}
	return fd;
}

/* All of it, or an error, after which nothing more is written: a torn record may stand there. */
static int write_all(struct capture *c, const uint8_t *data, size_t len)
{
	while (len && !c->error) {
		ssize_t n = write(c->fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			c->error = n ? -errno : -EIO;
			break;
		}
		data += n;
		len -= (size_t)n;
	}
	return c->error;
}

int capture_flush(struct capture *c)
{
	size_t len = c->buffered;

	c->buffered = 0;
	return write_all(c, c->buffer, len);
}

/* Takes what it cannot hold straight to the file. */
static int put(struct capture *c, const void *data, size_t len)
{
	if (len > sizeof(c->buffer) - c->buffered && capture_flush(c))
		return c->error;
	if (len > sizeof(c->buffer))
		return write_all(c, data, len);
	memcpy(c->buffer + c->buffered, data, len);
	c->buffered += len;
	return 0;
}

static int put_header(struct capture *c)
{
	size_t len;
	const void *header = pcapwriter_header(c->pcap, &len);

	return write_all(c, header, len);
}

/* Where the file is while it is written. */
static int home(const struct capture_dirs *dirs)
{
	return dirs->spool >= 0 ? dirs->spool : dirs->record;
}

int capture_open(const struct capture_dirs *dirs, const char *name, struct pcapwriter *pcap,
		 struct capture **capture)
{
	struct capture *c = malloc(sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->dirs = *dirs;
	c->error = 0;
	c->pcap = pcap;
	c->id = 0;
	c->buffered = 0;
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->fd = open_where_written(dirs, name);
	err = c->fd < 0 ? c->fd : 0;
	if (!err && pcap)
		err = put_header(c);
	if (!err) {
		*capture = c;
		return 0;
	}
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	return err;
}

void capture_unname(const struct capture_dirs *dirs, const char *name)
{
	unlinkat(home(dirs), name, 0);
}

void capture_abandon(struct capture *c)
{
	close(c->fd);
	free(c);
}

/* It moves before its lock goes with the descriptor. */
int capture_close(struct capture *c)
{
	int err = capture_flush(c), failed = 0;

	if (c->dirs.spool >= 0)
		failed = move_complete(&c->dirs, c->name);
	if (close(c->fd) && !failed)
		failed = -errno;
	if (!err)
		err = failed;
	free(c);
	return err;
}

/* --- packets --------------------------------------------------------------------------------- */

static int write_adhoc(struct capture *c, const struct capture_packet *p)
{
	uint64_t seconds = p->time / NS_PER_S; /* ns since the epoch are too many for a double */
	struct adhoc head = {
		.family = (uint16_t)addr_family(&p->source.addr),
		.port = p->source.port,
		.time = (double)seconds + (double)(p->time % NS_PER_S) / NS_PER_S,
		.length = (uint16_t)p->len,
	};
	int err;

	if (addr_is_v4(&p->source.addr))
		memcpy(head.addr, &p->source.addr.word[3], 4);
	else
		memcpy(head.addr, &p->source.addr, 16);
	err = put(c, &head, sizeof(head));
	return err ? err : put(c, p->data, p->len);
}

static int write_pcap(struct capture *c, const struct capture_packet *p)
{
	size_t len;
	const void *record = pcapwriter_record(c->pcap, p, c->id++, &len);

	return put(c, record, len);
}

int capture_write(struct capture *c, const struct capture_packet *packet)
{
	if (packet->len > CAPTURE_PAYLOAD)
		return -EMSGSIZE;
	if (c->error)
		return c->error;
	return c->pcap ? write_pcap(c, packet) : write_adhoc(c, packet);
}
