/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of one call: what it was told, its socket, what it sent and got. */
#ifndef RTPGEN_END_H
#define RTPGEN_END_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "tally.h"

struct end {
	struct options options;
	struct tally tally;
	struct pollfd sockets[2]; /* the first one, and the one after a rebind */
	unsigned int socket_count;
	unsigned long sent, send_errors;
	uint64_t began;	  /* when it was ready, ns */
	uint64_t started; /* when sending started; 0: not yet */
	uint64_t last;	  /* when the last packet was sent, or when it was ready */
};

/* ns of CLOCK_MONOTONIC */
uint64_t end_clock(void);
/* Binds the socket of an end whose options are set. Says why and exits when it cannot. */
void end_open(struct end *end);
/* False as long as the start file is not there. */
bool end_may_start(struct end *end, uint64_t now);
void end_send(struct end *end, uint64_t now);
/* Takes one packet from a socket of the end; false: there was none. */
bool end_receive(struct end *end, int fd);
/* Has all come that had to? Only the timeout ends the wait for nothing. */
bool end_satisfied(const struct end *end);
/* Was all as the options want it? */
bool end_as_expected(const struct end *end);

#endif
