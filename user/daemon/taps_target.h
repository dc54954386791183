/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a recording is called, and what the target of a C says. Reference, 13. */
#ifndef XRP_DAEMON_TAPS_TARGET_H
#define XRP_DAEMON_TAPS_TARGET_H

#include <stdbool.h>
#include <base/text.h>
#include <core/call.h>
#include <io/capture.h>

struct taps;

/*
 * The safe name of a stream's recording: Call-ID, "=", from-tag, `suffix`. rtpproxy leaves out the
 * tag's media number, so that all media of a call get the same names; here only ";1" is left out.
 * 0 or -ENOMEM.
 */
int taps_target_name(char name[CAPTURE_NAME], const struct stream *stream, const char *suffix);
bool taps_target_is_udp(struct text target);
/*
 * Reads "udp:ADDRESS:PORT", the address numeric (IPv6 with or without brackets), the port one that
 * leaves the next for RTCP. 0 or -EINVAL.
 */
int taps_target_udp(struct text target, struct xrp_endpoint *endpoint);
/*
 * Why copies are not sent to `endpoint` and the port above: they would reach many, no host, a
 * service of a system, whom the operator has not allowed, a call of ours, or our control socket.
 * NULL: they are sent.
 */
const char *taps_target_refused(const struct taps *taps, const struct xrp_endpoint *endpoint);

#endif
