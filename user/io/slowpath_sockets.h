/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sockets of the slow path, made and set up; what each option is for stands in the .c file. */
#ifndef XRP_IO_SLOWPATH_SOCKETS_H
#define XRP_IO_SLOWPATH_SOCKETS_H

/*
 * A UDP socket that a steering program can select for any local endpoint, and that tells with each
 * datagram which one it was sent to. Returns the descriptor or -errno; -EAFNOSUPPORT: the host has
 * not got this family.
 */
int slowpath_receive_socket(int family);
/*
 * A raw socket that sends UDP datagrams, their header included, from any local address, and hears
 * nothing. Returns the descriptor or -errno; -EPERM: CAP_NET_RAW is missing.
 */
int slowpath_send_socket(int family);

#endif
