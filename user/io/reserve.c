/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The media range in the kernel's list of reserved ports: see the header. */
#include "io/reserve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <base/fault.h>

#define SYSCTL	   "/proc/sys/net/ipv4/ip_local_reserved_ports"
#define RANGE_FILE "/proc/sys/net/ipv4/ip_local_port_range"

bool reserve_has(const struct reserve_set *set, uint16_t port)
{
	return set->bits[port / 8] & (1U << (port % 8));
}

void reserve_put(struct reserve_set *set, uint16_t min, uint16_t max)
{
	for (uint32_t port = min; port <= max; port++)
		set->bits[port / 8] |= (uint8_t)(1U << (port % 8));
}

void reserve_unite(struct reserve_set *set, const struct reserve_set *other)
{
	for (size_t i = 0; i < sizeof(set->bits); i++)
		set->bits[i] |= other->bits[i];
}

void reserve_subtract(struct reserve_set *set, const struct reserve_set *other)
{
	for (size_t i = 0; i < sizeof(set->bits); i++)
		set->bits[i] &= (uint8_t)~other->bits[i];
}

/* Reads a port and moves on behind it. -1: there is none. */
static int parse_port(const char **at)
{
	unsigned int port = 0;
	const char *begin = *at;

	for (; **at >= '0' && **at <= '9'; (*at)++) {
		port = port * 10 + (unsigned int)(**at - '0');
		if (port > UINT16_MAX)
			return -1;
	}
	return *at == begin ? -1 : (int)port;
}

int reserve_parse(const char *text, struct reserve_set *set)
{
	const char *at = text;
	int min, max;

	if (!*at || !strcmp(at, "\n"))
		return 0;
	for (;; at++) {
		min = max = parse_port(&at);
		if (min >= 0 && *at == '-') {
			at++;
			max = parse_port(&at);
		}
		if (min < 0 || max < min)
			return -EINVAL;
		reserve_put(set, (uint16_t)min, (uint16_t)max);
		if (*at != ',')
			return !*at || !strcmp(at, "\n") ? 0 : -EINVAL;
	}
}

int reserve_format(const struct reserve_set *set, char *text, size_t size)
{
	size_t len = 0;
	int wrote;

	if (!size)
		return -ENOSPC;
	*text = 0;
	for (uint32_t port = 0, last; port <= UINT16_MAX; port = last + 1) {
		last = port;
		if (!reserve_has(set, (uint16_t)port))
			continue;
		while (last < UINT16_MAX && reserve_has(set, (uint16_t)(last + 1)))
			last++;
		wrote = snprintf(text + len, size - len, last > port ? "%s%u-%u" : "%s%u",
				 len ? "," : "", port, last);
		len += (size_t)wrote;
		if (len >= size)
			return -ENOSPC;
	}
	return (int)len;
}

/* Adds the list in a file to `set`. 0 or -errno. */
static int read_set(const char *path, struct reserve_set *set)
{
	char *text = malloc(RESERVE_TEXT + 1);
	size_t len = 0;
	ssize_t got = -1;
	int fd, err;

	if (!text)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	while (fd >= 0 && (got = read(fd, text + len, RESERVE_TEXT - len)) > 0)
		len += (size_t)got;
	err = got < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	text[len] = 0;
	if (!err)
		err = reserve_parse(text, set);
	free(text);
	return err;
}

/*
 * Writes the set's list to an open file, with one write where the kernel takes that: of its list
 * the first write replaces all, what follows is added. Closes the file.
 */
static int write_list(int fd, const struct reserve_set *set)
{
	char *text = malloc(RESERVE_TEXT + 1);
	int len, done = 0, err = text ? 0 : -ENOMEM;
	ssize_t wrote;

	len = text ? reserve_format(set, text, RESERVE_TEXT) : 0;
	if (text)
		text[len++] = '\n';
	while (!err && done < len) {
		wrote = write(fd, text + done, (size_t)(len - done));
		if (wrote <= 0)
			err = wrote ? -errno : -EIO;
		else
			done += (int)wrote;
	}
	if (close(fd) && !err)
		err = -errno;
	free(text);
	return err;
}

static int write_kernel(const struct reserve_set *set)
{
	int fd = open(SYSCTL, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : write_list(fd, set);
}

/* No link, no device and no file that has another name, too, is a record of ours. */
static int judge_record(const char *record)
{
	struct stat st;

	if (lstat(record, &st))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(st.st_mode) && st.st_nlink == 1 ? 0 : -EPERM;
}

/*
 * The new record takes the place of the old one when it is whole: who is killed before leaves the
 * old one. The directory may be a user's (-u), and it is root that writes: into a file that was not
 * there before, and nowhere else.
 */
static int write_record(const char *record, const struct reserve_set *set)
{
	char fresh[PATH_MAX];
	int fd, err = judge_record(record);

	if (err)
		return err;
	if (snprintf(fresh, sizeof(fresh), "%s.new", record) >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	unlink(fresh); /* of a start that was killed */
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	err = write_list(fd, set);
	if (!err)
		fault_point("reserve.note");
	if (!err && rename(fresh, record))
		err = -errno;
	if (err)
		unlink(fresh);
	return err;
}

static int read_record(const char *record, struct reserve_set *ours)
{
	int err = read_set(record, ours);

	return err == -ENOENT ? 0 : err;
}

int reserve_left(uint16_t min, uint16_t max)
{
	struct reserve_set *set = calloc(1, sizeof(*set));
	unsigned int low = 1, high = 0;
	FILE *file = fopen(RANGE_FILE, "re");
	int left = 0;

	if (!set || !file || fscanf(file, "%u %u", &low, &high) != 2 || high > 65535)
		left = -EINVAL;
	if (file)
		fclose(file);
	if (!left)
		left = read_set(SYSCTL, set);
	if (!left) {
		reserve_put(set, min, max);
		for (unsigned int port = low; port <= high; port++)
			left += !reserve_has(set, (uint16_t)port);
	}
	free(set);
	return left;
}

int reserve_add(uint16_t min, uint16_t max, const char *record, struct reserve_set *added)
{
	struct reserve_set now = {0}, ours = {0};
	int err;

	*added = (struct reserve_set){0};

	if (min > max)
		return -EINVAL;
	err = read_set(SYSCTL, &now);
	if (!err)
		err = read_record(record, &ours);
	if (err)
		return err;
	reserve_put(added, min, max);
	reserve_subtract(added, &now);
	reserve_unite(&now, added);
	reserve_unite(&ours, added);
	/* The record first: a crash in between leaves a note too many, not a range for ever. */
	err = write_record(record, &ours);
	if (!err)
		err = write_kernel(&now);
	return err;
}

/* Takes `out` out of the kernel's list and writes what is left of ours; no file where nothing is.
 */
static int take_out(const char *record, const struct reserve_set *out, struct reserve_set *ours)
{
	static const struct reserve_set none;
	struct reserve_set now = {0};
	int err = read_set(SYSCTL, &now);

	if (err)
		return err;
	reserve_subtract(&now, out);
	reserve_subtract(ours, out);
	err = write_kernel(&now);
	if (err)
		return err;
	if (memcmp(ours, &none, sizeof(none)) != 0)
		return write_record(record, ours);
	return unlink(record) ? -errno : 0;
}

int reserve_give_back(const char *record, const struct reserve_set *added)
{
	struct reserve_set ours = {0};
	int err = read_set(record, &ours);

	return err ? err : take_out(record, added, &ours);
}

int reserve_remove(const char *record)
{
	struct reserve_set all = {0}, ours;
	int err = read_set(record, &all);

	if (err)
		return err == -ENOENT ? 0 : err;
	ours = all;
	return take_out(record, &all, &ours);
}
