/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control request's way: duplicate cache, parser, engine, synchroniser, reply. */
#ifndef XRP_DAEMON_REQUESTS_H
#define XRP_DAEMON_REQUESTS_H

#include <io/control.h>

/* The handler of control_ops; ctx is the struct relay. The reply leaves after the maps hold. */
size_t requests_handle(void *ctx, const struct control_request *request, char *reply, size_t size);

#endif
