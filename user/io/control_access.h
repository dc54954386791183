/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may send commands, and how many. The protocol has no authentication, so on internet sockets
 * the source address is all there is: loopback may, others that a list has. What comes from
 * elsewhere is dropped without a reply: it would tell a scanner that somebody is here, and go to
 * whom a forged source names. Unix sockets have the modes of their files instead.
 */
#ifndef XRP_IO_CONTROL_ACCESS_H
#define XRP_IO_CONTROL_ACCESS_H

#include <io/control.h>
#include <io/control_socket.h>

struct rates;

/*
 * May this client command us? True for what is no internet address. If not, it is counted and
 * logged, some of them.
 */
bool control_admits(struct control_hub *hub, const struct sockaddr *client);
/*
 * May it send one more command now? 0, or the nanoseconds until it may; then that is counted and
 * logged, some of them. Only internet clients that are not on this host's loopback have a limit.
 */
uint64_t control_hold(struct control_hub *hub, const struct sockaddr *client);
/* May a socket be bound to this address? 0, or -EACCES and a complaint. */
int control_may_bind(const struct control_hub *hub, const struct sockaddr *local,
		     const struct complaint_text *to);

#endif
