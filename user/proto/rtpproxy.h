/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rtpproxy control protocol: bytes to commands and answers to bytes. Pure. Error codes and the
 * order of checks are those of the reference (docs/protocol.md).
 */
#ifndef XRP_PROTO_RTPPROXY_H
#define XRP_PROTO_RTPPROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <core/command.h>

struct rtpproxy_config {
	bool bridge; /* two networks: e and i are allowed */
};

/* The words of a command point into `storage`, which must live as long as the command is used. */
#define RTPPROXY_WORDS 24
struct rtpproxy_request {
	struct text cookie; /* .at NULL: none */
	struct command command;
};

/*
 * Reads one request of `len` bytes; with `with_cookie` the first word is the cookie. Returns 0, or
 * the protocol's error code (the N of EN, and E0 as RTPPROXY_E0) when it is to be refused; the
 * cookie is filled in either way, if there was one.
 */
#define RTPPROXY_E0 1000
int rtpproxy_parse(const struct rtpproxy_config *config, const char *data, size_t len,
		   bool with_cookie, struct rtpproxy_request *request);
/* Writes the reply to an answer, with the cookie before it and LF at its end; returns its length.
 */
size_t rtpproxy_reply(const struct text *cookie, const struct command *command,
		      const struct answer *answer, char *buf, size_t size);
/* Writes a refusal. `code` as returned by rtpproxy_parse. */
size_t rtpproxy_refuse(const struct text *cookie, int code, char *buf, size_t size);
/* Is the feature of this date one that we have (VF)? Reference, 11. */
bool rtpproxy_feature(struct text date);

#endif
