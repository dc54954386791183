#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A call across two interfaces: every packet both ways, forwarded in the kernel.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip" -t 184
offer plain "$alice_ip" 4000
check "the log tells of the call when its first side is known" \
	wait_for "$deadline" daemon_says 'event=call_start call_id=plain '
check "and not of the second one" eval '! daemon_says event=call_complete'
set_up_call plain
check "of the second one by its answer" wait_for "$deadline" daemon_says \
	"event=call_complete call_id=plain from_tag=from-plain caller_local=$alice_relay after_s=[0-9]"
check "alice and bob hear every packet of each other, 200 each way" both_ways 200
between "the kernel forwarded all but the first packets" 390 "$(relayed_in_kernel)" 400
between "the daemon relayed only the first" 0 "$(relayed_by_daemon)" 10
is "what the kernel and what the daemon relayed is all there was" \
	$(($(relayed_in_kernel) + $(relayed_by_daemon))) 400
is "it went from interface to interface" "$(reason relay_tx)" 0
is "bob gets TOS 184" "$(field bob .tos)" 184
is "alice gets TTL 64: the relay is an endpoint" "$(field alice .ttl)" 64
is "the interfaces run XDP natively" "$(ctl status | jq -r '[.interfaces[].mode] | unique[]')" \
	native
is "the call reads as one with two latched or locked legs" "$(ctl status | jq .calls.active)" 1

check "STUN passes both ways, unjudged" both_ways 20 --stun
check "payloads of 0 bytes pass" both_ways 20 --payload-size 0
check "payloads of 1 byte pass" both_ways 20 --payload-size 1
check "payloads that just fit the MTU pass" both_ways 20 --payload-size 1460
is "none of this was dropped" "$(reason drop_incomplete drop_stranger drop_flood)" 0

is "the call is deleted" "$(rtpp "D plain from-plain to-plain")" 0
check "its end is logged with the packets of both legs" \
	wait_for "$deadline" daemon_says 'event=call_end call_id=plain .*caller_packets=280 callee_packets=280 .*reason=deleted'
