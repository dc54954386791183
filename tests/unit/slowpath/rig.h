/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network that the slow path is tested in: a namespace of the relay with the steering program
 * and a namespace of alice's, joined by a veth pair with an MTU of 1500. The test runs in the
 * relay's; alice's sockets are made by rig_socket. Whatever fails here fails the test.
 */
#ifndef TESTS_SLOWPATH_RIG_H
#define TESTS_SLOWPATH_RIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/endpoint.h"

#define RIG_DEADLINE_MS 3000

/* Set by rig_setup. Flows exist for relay4 and relay6; relay4_other is only an address of ours. */
extern struct xrp_endpoint relay4, relay4_other, relay6, alice4, alice6;

struct received {
	struct xrp_endpoint from;
	size_t len;
	int tos, ttl; /* -1: not told */
	uint8_t data[65536];
};

struct xrp_endpoint rig_endpoint(const char *addr, uint16_t port);
void rig_setup(void);
void rig_teardown(void);
/* Lets the steering program choose this socket for a family. */
void rig_steer(int family, int socket);
/* A UDP socket of alice's, SOCK_DGRAM or SOCK_RAW, bound to `local`. */
int rig_socket(const struct xrp_endpoint *local, int type);
void rig_send(int fd, const struct xrp_endpoint *to, const void *data, size_t len);
/* Waits for one packet. */
void rig_receive(int fd, struct received *received);

#endif
