/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet left the XDP program as it did. Every packet has exactly one reason, so the counters
 * add up to the packets seen. The first word is the action: RELAY (XDP_TX or redirect), PASS (not
 * ours: the stack's), UP (ours, but for the slow path: also XDP_PASS), DROP.
 */
#ifndef XDP_RTPPROXY_REASONS_H
#define XDP_RTPPROXY_REASONS_H

/* X(NAME, label of metrics and reports, sentence) */
#define XRP_REASONS(X)                                                                             \
	X(RELAY_TX, "relay_tx", "relayed, out of the interface it came in by")                     \
	X(RELAY_REDIRECT, "relay_redirect", "relayed, out of another interface")                   \
	X(PASS_NOT_IPV4, "pass_not_ipv4", "not IPv4: left to the stack")                           \
	X(PASS_NOT_UDP, "pass_not_udp", "not UDP: left to the stack")                              \
	X(PASS_FRAGMENT, "pass_fragment",                                                          \
	  "a later fragment, which has no port: the stack reassembles it")                         \
	X(PASS_MALFORMED, "pass_malformed",                                                        \
	  "a header is cut off or lies: left to the stack, which drops it")                        \
	X(PASS_NOT_OURS, "pass_not_ours", "no call has this address and port: left to the stack")  \
	X(PASS_NO_DAEMON, "pass_no_daemon",                                                        \
	  "no daemon has come back for too long: everything is left to the stack")                 \
	X(UP_FRAGMENT, "up_fragment",                                                              \
	  "a first fragment: the stack reassembles it, the slow path relays it")                   \
	X(UP_OPTIONS, "up_options",                                                                \
	  "IP options: the stack judges them, the slow path relays the rest")                      \
	X(UP_TRAILER, "up_trailer",                                                                \
	  "bytes behind the UDP datagram: the slow path leaves them out")                          \
	X(UP_STRANGER, "up_stranger",                                                              \
	  "a source that may yet turn out to be the peer: the slow path learns")                   \
	X(UP_NO_DESTINATION, "up_no_destination", "the other side's address is not known yet")     \
	X(UP_OTHER_FAMILY, "up_other_family", "in by IPv4, out by IPv6: the slow path relays it")  \
	X(UP_NO_NEXTHOP, "up_no_nexthop",                                                          \
	  "the next hop is not resolved: the kernel does that on sending")                         \
	X(UP_TOO_BIG, "up_too_big", "larger than the way out allows: the slow path fragments it")  \
	X(UP_PROCESSED, "up_processed", "user space works on this media: the slow path does it")   \
	X(UP_REUSED, "up_reused", "the call's row changed while it was read")                      \
	X(DROP_INCOMPLETE, "drop_incomplete", "the call has only one side yet")                    \
	X(DROP_UNALLOCATED, "drop_unallocated", "to a media port that no call has")                \
	X(DROP_LOOP, "drop_loop", "packets of this call went in a circle: it is cut for a while")  \
	X(DROP_STRANGER, "drop_stranger", "not from the peer of this call")                        \
	X(DROP_RATE, "drop_rate", "more than this call's media may be")                            \
	X(DROP_FLOOD, "drop_flood", "more for the slow path than one flow may send there")

enum xrp_reason {
#define XRP_REASON_ENUM(name, label, sentence) XRP_##name,
	XRP_REASONS(XRP_REASON_ENUM)
#undef XRP_REASON_ENUM
		XRP_REASON_COUNT
};

/* The reasons stand in the order of their actions. */
_Static_assert(XRP_RELAY_TX == 0 && XRP_RELAY_REDIRECT == 1, "RELAY comes first");
_Static_assert(XRP_DROP_INCOMPLETE == XRP_REASON_COUNT - 6, "DROP comes last");

#endif
