/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling the service manager how it goes: sd_notify(3)'s protocol, datagrams to the socket that
 * NOTIFY_SOCKET names. With WATCHDOG_USEC the event loop says every half of that time that it still
 * turns; a loop that hangs is restarted by the manager, and its calls go on in the kernel.
 *
 * All functions take NULL, which is "no manager".
 */
#ifndef XRP_IO_SUPERVISOR_H
#define XRP_IO_SUPERVISOR_H

struct event_base;
struct supervisor;

/* NULL where the environment names no manager, or one that cannot be reached. */
struct supervisor *supervisor_new(struct event_base *base);
/* The daemon serves; also the end of a reload. */
void supervisor_ready(struct supervisor *supervisor);
void supervisor_reloading(struct supervisor *supervisor);
void supervisor_stopping(struct supervisor *supervisor);
/* A line for `systemctl status`; sent when it is another than the last. */
void supervisor_status(struct supervisor *supervisor, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void supervisor_free(struct supervisor *supervisor);

#endif
