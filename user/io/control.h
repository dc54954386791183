/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control sockets of the rtpproxy protocol. What arrives is handed up with the client it came from;
 * the reply goes back the same way. The kinds, by the prefix of their names:
 *
 *   udp:HOST[:PORT]  udp6:ADDRESS[:PORT]  a datagram is a command that begins with a cookie
 *   unix:PATH  PATH                       one command a connection, in one read, newline or not
 *   systemd:                              the same on the one stream socket inherited (LISTEN_FDS)
 *   cunix:PATH                            lines; the connection stays open
 *   tcp:HOST[:PORT]  tcp6:ADDRESS[:PORT]  lines; the connection stays open
 *   stdio:  stdioc:                       lines from stdin, replies to stdout
 *
 * HOST "*" is any address, the last colon splits, the port is 22222 unless given. Lines end in a
 * newline and may be sent ahead of the replies; what has no newline waits for it, and a line that
 * does not fit in CONTROL_BUFFER closes the connection without a reply. A client that does not read
 * its replies is not read from, and is hung up on in the end (not stdio: it waits). At most 100
 * connections over all stream sockets are open, further ones are accepted and closed.
 */
#ifndef XRP_IO_CONTROL_H
#define XRP_IO_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <base/cidr.h>
#include <xdp-rtpproxy/abi.h>

struct event_base;
struct control;

#define CONTROL_BUFFER	    8192 /* longest command, with room for one byte more */
#define CONTROL_REPLY	    2048 /* room for a reply: a cookie of 1000 bytes and 1024 more */
#define CONTROL_CONNECTIONS 100
#define CONTROL_UNIX_MODE   0755 /* of a unix socket's file, unless set */

struct control_request {
	const char *data;
	size_t len;
	bool cookie;		       /* the first word is a cookie (datagrams) */
	const struct sockaddr *client; /* who asks; keys the duplicate cache; never NULL */
	socklen_t client_len;
	const struct sockaddr *local; /* our address that was asked; AF_UNIX: there is none */
	socklen_t local_len;
};

struct control_ops {
	/*
	 * Answers a request into `reply` (`size` bytes, CONTROL_REPLY); returns the reply's length,
	 * 0 for none.
	 */
	size_t (*request)(void *ctx, const struct control_request *request, char *reply,
			  size_t size);
	void *ctx;
	/*
	 * Stdin has ended, all its commands are answered, and nobody can command us any more: it
	 * was "stdioc:", or no other socket is open. To be taken as SIGHUP is: end when the last
	 * call has. May be NULL. It must not call control_free.
	 */
	void (*eof)(void *ctx);
};

/* `ops` is copied. NULL: no memory. */
struct control *control_new(struct event_base *base, const struct control_ops *ops);

/* The file of a unix socket. */
struct control_files {
	mode_t mode; /* exact: the umask plays no part */
	uid_t uid;   /* (uid_t)-1: as it comes */
	gid_t gid;   /* (gid_t)-1: as it comes */
};
/*
 * How the files of the unix sockets that are opened from now on are made; before, it is
 * {CONTROL_UNIX_MODE, -1, -1}. rtpproxy's -w is decimal and counts only where -u names a group:
 * that is the caller's to see to.
 */
void control_set_files(struct control *control, const struct control_files *files);

/*
 * Who may send commands to internet sockets. Loopback always may, without a limit; before this is
 * called, nobody else may. A datagram from elsewhere is dropped without a reply, a connection is
 * closed. Of a client (an address) that sends more commands than its rate, held back with bursts
 * of a second, datagrams are dropped and lines are read later.
 */
struct control_access {
	struct cidr_list allow;
	unsigned int rate; /* commands a second; 0: no limit */
};
/* Open connections of who may not any more are closed when they next say something. */
void control_set_access(struct control *control, const struct control_access *access);

/* Commands, or connections, that were not taken, and whose the last one was. */
struct control_drops {
	uint64_t count;
	struct xrp_endpoint last;
};
struct control_dropped {
	struct control_drops refused; /* from who may not */
	struct control_drops limited; /* too many; of lines: how often they had to wait */
};
const struct control_dropped *control_dropped(const struct control *control);

/*
 * Opens one socket by its name. 0, or -errno with one sentence in `error` that has the name in it:
 * -EPROTONOSUPPORT for a prefix that is none of the above, -EINVAL for a bad address, -EACCES for
 * one that is not loopback while nobody else may send commands, -ENOTCONN where "systemd:" finds no
 * socket, -EBUSY for stdin twice, else what the system says.
 * stdio: and stdioc: need the foreground (see control_name_is_stdio). systemd: works in the process
 * that systemd started or in its child while that waits.
 */
int control_listen(struct control *control, const char *name, char *error, size_t size);
/* Is it "stdio:" or "stdioc:", which make no sense in the background? */
bool control_name_is_stdio(const char *name);
/*
 * Would a datagram to this endpoint be taken for a command? The address must be the host's own:
 * sockets that listen on any have it, too.
 */
bool control_takes(const struct control *control, const struct xrp_endpoint *endpoint);
/* Stream connections that are open. */
unsigned int control_connections(const struct control *control);
/* Closes all, unlinks the unix sockets that we made. */
void control_free(struct control *control);

#endif
