/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See prompt.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <base/hash.h>
#include <io/prompt.h>

/* A file in memory. */
struct prompt_file {
	struct prompt prompt; /* first: what users hold */
	char *path;	      /* key */
	struct stat stat;     /* of what was read */
	unsigned int users;
	bool current; /* in the table: no newer version was read since */
	UT_hash_handle hh;
	uint8_t bytes[];
};

struct prompts {
	struct prompt_file *table;
	unsigned int count;
	char *dir; /* NULL: anywhere */
	int dir_fd;
};

/* A descriptor, or -errno. glibc has no openat2. */
static int open_beneath(int dir_fd, const char *path, uint64_t flags)
{
	const struct open_how how = {
		.flags = flags,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

	if (fd >= 0)
		return fd;
	return errno == EXDEV || errno == ELOOP ? -EACCES : -errno;
}

/* The directory, tried with the call that files are opened with. */
static int open_dir(struct prompts *prompts)
{
	int fd;

	prompts->dir_fd = open(prompts->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (prompts->dir_fd < 0)
		return -errno;
	fd = open_beneath(prompts->dir_fd, ".", O_PATH | O_CLOEXEC);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int prompts_new(const char *dir, struct prompts **prompts)
{
	struct prompts *p = calloc(1, sizeof(*p));
	int err = -ENOMEM;

	if (!p)
		return err;
	p->dir_fd = -1;
	p->dir = dir ? strdup(dir) : NULL;
	if (p->dir)
		err = open_dir(p);
	else if (!dir)
		err = 0;
	if (err)
		prompts_free(p);
	else
		*prompts = p;
	return err;
}

unsigned int prompts_count(const struct prompts *prompts)
{
	return prompts->count;
}

static void retire(struct prompts *prompts, struct prompt_file *file)
{
	if (file->current)
		HASH_DEL(prompts->table, file);
	file->current = false;
}

static void release(struct prompts *prompts, struct prompt_file *file)
{
	retire(prompts, file);
	prompts->count--;
	free(file->path);
	free(file);
}

void prompts_free(struct prompts *prompts)
{
	struct prompt_file *file, *next;

	if (!prompts)
		return;
	HASH_ITER (hh, prompts->table, file, next) {
		release(prompts, file);
	}
	if (prompts->dir_fd >= 0)
		close(prompts->dir_fd);
	free(prompts->dir);
	free(prompts);
}

void prompts_close(struct prompts *prompts, const struct prompt *prompt)
{
	struct prompt_file *file = (struct prompt_file *)(uintptr_t)prompt;

	if (prompt && --file->users == 0)
		release(prompts, file);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Reads all that there is, up to `size` bytes. Returns how much, or -errno. */
static ssize_t read_all(int fd, uint8_t *buf, size_t size)
{
	size_t len = 0;
	ssize_t got = 1;

	while (len < size && got) {
		got = read(fd, buf + len, size - len);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			len += (size_t)got;
	}
	return (ssize_t)len;
}

/* Reads an open file into memory and into the table. */
static int load(struct prompts *prompts, int fd, const char *path, const struct stat *st,
		uint8_t payload_type, struct prompt_file **loaded)
{
	struct prompt_file *file = calloc(1, sizeof(*file) + (size_t)st->st_size);
	ssize_t len = -ENOMEM;

	if (!file)
		return -ENOMEM;
	file->path = strdup(path);
	if (file->path)
		len = read_all(fd, file->bytes, (size_t)st->st_size);
	if (len < 0) {
		free(file->path);
		free(file);
		return (int)len;
	}
	file->prompt = (struct prompt){file->bytes, (size_t)len, payload_type};
	file->stat = *st;
	file->current = true;
	HASH_ADD_KEYPTR(hh, prompts->table, file->path, strlen(file->path), file);
	prompts->count++;
	*loaded = file;
	return 0;
}

/* The file that is open, from memory where it is there and has not changed. */
static int open_fd(struct prompts *prompts, int fd, const char *path, uint8_t payload_type,
		   struct prompt_file **found)
{
	struct prompt_file *file;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	if (st.st_size > PROMPT_MAX)
		return -EFBIG;
	HASH_FIND(hh, prompts->table, path, strlen(path), file);
	if (file && is_same_file(&file->stat, &st)) {
		*found = file;
		return 0;
	}
	if (file)
		retire(prompts, file);
	return load(prompts, fd, path, &st, payload_type, found);
}

/* RESOLVE_BENEATH would let it be where it comes back; nobody names a prompt so. */
static bool climbs(const char *path)
{
	const char *at = path;

	while ((at = strstr(at, ".."))) {
		if ((at == path || at[-1] == '/') && (!at[2] || at[2] == '/'))
			return true;
		at += 2;
	}
	return false;
}

/* The path as seen from the directory: a name may begin with the directory's own. */
static const char *in_dir(const struct prompts *prompts, const char *path)
{
	size_t len = strlen(prompts->dir);

	while (len > 1 && prompts->dir[len - 1] == '/')
		len--;
	if (strncmp(path, prompts->dir, len) != 0 || path[len] != '/')
		return path;
	return path + len + strspn(path + len, "/");
}

/* A descriptor, or -errno. */
static int open_path(const struct prompts *prompts, const char *path)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd;

	if (prompts->dir && climbs(path))
		return -EACCES;
	if (prompts->dir)
		return open_beneath(prompts->dir_fd, in_dir(prompts, path), (uint64_t)flags);
	fd = open(path, flags);
	return fd < 0 ? -errno : fd;
}

static int open_one(struct prompts *prompts, struct text name, uint8_t payload_type,
		    const struct prompt **prompt)
{
	struct prompt_file *file = NULL;
	char path[PATH_MAX];
	int fd, rc;

	rc = snprintf(path, sizeof(path), "%.*s.%u", (int)name.len, name.at, payload_type);
	if (rc < 0 || (size_t)rc >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open_path(prompts, path);
	if (fd < 0)
		return fd;
	rc = open_fd(prompts, fd, path, payload_type, &file);
	close(fd);
	if (!file)
		return rc;
	file->users++;
	*prompt = &file->prompt;
	return 0;
}

static bool is_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] < ' ' || name.at[i] == 0x7f)
			return false;
	return name.len && name.len < PATH_MAX;
}

/* Takes the next payload type off the list; -1: that is none. */
static int next_codec(struct text *codecs)
{
	int type = 0;
	size_t i;

	for (i = 0; i < codecs->len && codecs->at[i] != ','; i++) {
		if (codecs->at[i] < '0' || codecs->at[i] > '9')
			return -1;
		type = type * 10 + (codecs->at[i] - '0');
		if (type > 127)
			return -1;
	}
	if (!i)
		return -1;
	/* A comma at the very end leaves an empty one, which is none. */
	if (i + 1 < codecs->len)
		i++;
	codecs->at += i;
	codecs->len -= i;
	return type;
}

int prompts_open(struct prompts *prompts, struct text name, struct text codecs,
		 const struct prompt **prompt)
{
	int error = -ENOENT;

	if (!is_name(name) || !codecs.len)
		return -EINVAL;
	while (codecs.len) {
		int type = next_codec(&codecs), rc;

		if (type < 0)
			return -EINVAL;
		rc = open_one(prompts, name, (uint8_t)type, prompt);
		if (!rc)
			return 0;
		if (rc != -ENOENT)
			error = rc;
	}
	return error;
}
