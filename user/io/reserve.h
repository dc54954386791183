/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The media range in net.ipv4.ip_local_reserved_ports: the kernel gives no port of it to a socket
 * that asks for any, so that no answer to somebody's DNS query meets a call. Ranges of others in
 * that list stay. What we add is noted in a file, so that a later process takes out just that and
 * leaves what the administrator had reserved before us.
 */
#ifndef XRP_IO_RESERVE_H
#define XRP_IO_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of ports. All zero is the empty one. */
struct reserve_set {
	uint8_t bits[65536 / 8];
};

/* Adds the ports of a list as the kernel writes it ("8080,9148,40000-50000\n"; empty is none) to
 * `set`. 0, or -EINVAL for what is no such list; then the set is not to be used. */
int reserve_parse(const char *text, struct reserve_set *set);
/*
 * Writes the shortest list of the set, without a newline. Returns its length, or -ENOSPC when it
 * does not fit into `size` bytes with its NUL. RESERVE_TEXT fits any set.
 */
#define RESERVE_TEXT (32768 * 6 + 1)
int reserve_format(const struct reserve_set *set, char *text, size_t size);
/* Adds min to max, both included. */
void reserve_put(struct reserve_set *set, uint16_t min, uint16_t max);
void reserve_unite(struct reserve_set *set, const struct reserve_set *other);
void reserve_subtract(struct reserve_set *set, const struct reserve_set *other);
bool reserve_has(const struct reserve_set *set, uint16_t port);

/*
 * How many ports the kernel could still give to sockets that ask for any, were `min` to `max`
 * reserved (those of net.ipv4.ip_local_port_range outside of it). -errno where that cannot be read.
 */
int reserve_left(uint16_t min, uint16_t max);
#define RESERVE_LEAST 1024 /* with fewer left a host does not work: DNS, its own calls out */
/*
 * Reserves `min` to `max` in this network namespace and notes in the file `record` what was not
 * reserved before, together with what an earlier start noted there. Sets `added` to what was not
 * reserved before. 0, or -errno: -EACCES or -EROFS without the privilege or in a container with a
 * read-only /proc; -EINVAL for min above max.
 */
int reserve_add(uint16_t min, uint16_t max, const char *record, struct reserve_set *added);
/* Takes out what one reserve_add has added, and leaves what earlier ones have. 0 or -errno. */
int reserve_give_back(const char *record, const struct reserve_set *added);
/* Takes out what `record` says and removes it. 0 (also when there is no record), or -errno. */
int reserve_remove(const char *record);

#endif
