/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens while the relay runs: packets of the slow path, timers, signals, changed routes. */
#ifndef XRP_DAEMON_RELAY_EVENTS_H
#define XRP_DAEMON_RELAY_EVENTS_H

#include <daemon/relay.h>

/* Timers and signals. 0, or -errno and a sentence. */
int relay_events_start(struct relay *relay, char *error, size_t size);
void relay_events_stop(struct relay *relay);
/* Handlers of slowpath_ops; ctx is the struct relay. */
bool relay_packet(void *ctx, const struct slowpath_packet *packet, struct slowpath_send *out);
void relay_batch_done(void *ctx);
/* The routes have changed: plan all rows anew, a share of them each turn of the loop. */
void relay_resync(struct relay *relay);
/* The program is to know of the host's addresses, now and as they change. */
void relay_follow_addresses(struct relay *relay);
/* There are flows of the unspecified address: the program is to look for them. */
void relay_listen_any(struct relay *relay);
/* Looks whether the interfaces are as they were, attaches and plans anew where they are not. */
void relay_follow_interfaces(struct relay *relay);
/* No new calls; ends when the last is gone (SIGHUP, end of stdin). */
void relay_drain(struct relay *relay);
/* Ends at once, which `why` says: what is pinned stays. */
void relay_leave(struct relay *relay, const char *why);
/* When the program is to take calls for dead (xrp_control's pass_after), as seen from now. */
uint64_t relay_pass_after(const struct relay *relay);
/* Tells the program that the daemon lives. */
void relay_heartbeat(struct relay *relay);
/* Lets slow path and program know what --rate-cap says. */
void relay_rate_caps(struct relay *relay);
/* Looks which ports of the range other programs hold. */
void relay_scan_ports(struct relay *relay);

#endif
