/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rtpproxy control protocol: bytes to commands and answers to bytes. Pure. docs/protocol.md has
 * the verbs, the error codes and the order of checks.
 */
#ifndef XRP_PROTO_RTPPROXY_H
#define XRP_PROTO_RTPPROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <core/command.h>

#define RTPPROXY_REQUEST    8191 /* bytes of a request that are looked at; the rest is cut off */
#define RTPPROXY_COOKIE_MAX 1000 /* a longer cookie is refused, and not sent back */
#define RTPPROXY_REPLY	    1024 /* replies of Q and G stay below this, the cookie included */
#define RTPPROXY_E0	    1000 /* stands for the error code 0, since 0 means no error */

struct rtpproxy_config {
	bool bridge;	 /* two networks: e and i are allowed */
	bool notify;	 /* timeouts can be notified: a feature to be told */
	int refuse_code; /* told instead of E98 when a limit refuses a new stream; 0: E98 */
};

/* All texts point into the bytes that were parsed, which must live as long as the request is used.
 */
struct rtpproxy_request {
	struct text cookie; /* .at NULL: none */
	struct command command;
};

/*
 * Reads one request of `len` bytes; with `with_cookie` the first word is the cookie. Returns 0, or
 * the protocol's error code (the N of EN, and E0 as RTPPROXY_E0) when it is to be refused; the
 * cookie is filled in either way, if there was one. The party's address is not refused here but
 * marked COMMAND_ADDRESS_BAD: whether its family is served at all (E36) is to be checked first.
 */
int rtpproxy_parse(const struct rtpproxy_config *config, const char *data, size_t len,
		   bool with_cookie, struct rtpproxy_request *request);
/*
 * Writes the reply to an answer, with the cookie before it (if cookie->at) and LF at its end.
 * Returns its length, at most `size`; 0 when not even an error fits. V and VF need no answer. A
 * `size` of 2048 is enough for every cookie that rtpproxy_parse lets through; if the results of
 * subcommands find no room in it, -1 stands for the first that does not.
 */
size_t rtpproxy_reply(const struct rtpproxy_config *config, const struct text *cookie,
		      const struct command *command, const struct answer *answer, char *buf,
		      size_t size);
/* Writes a refusal; `code` as returned by rtpproxy_parse. Returns its length, 0: does not fit. */
size_t rtpproxy_refuse(const struct text *cookie, int code, char *buf, size_t size);
/* Is the feature of this date one that we have (VF)? */
bool rtpproxy_feature(const struct rtpproxy_config *config, struct text date);
/* All features one by one: the date of number `i` from 0, its sentence in `what`; NULL: no more. */
const char *rtpproxy_feature_at(unsigned int i, const char **what);

#endif
