/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine of the relay: what it is to do, what it may ask of the world, and its tables. */
#ifndef XRP_DAEMON_RELAY_ENGINE_H
#define XRP_DAEMON_RELAY_ENGINE_H

#include <daemon/relay.h>

/* Statistics slots for the options' --max-calls. */
uint32_t relay_engine_slots(const struct options *options);
/* Two steps of relay_start: the configuration and what may be asked, before anything else ... 0, or
 * -errno and a sentence. */
int relay_engine_start(struct relay *relay, char *error, size_t size);
/* ... and tables of the sizes that the maps have, with the ports that still rest. Likewise. */
int relay_engine_tables(struct relay *relay, char *error, size_t size);

#endif
