#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How calls end: by D while media runs, by silence (-T), and before they were complete (-W).
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip" -T 2 -W 1

set_up_call deleted
talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --count 2000 --interval-ms 2
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 100 --expect-from "$bob_relay"
media_start
check "bob hears alice" heard bob
is "D is answered" "$(rtpp "D deleted from-deleted to-deleted")" 0
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 0 --timeout 0.5
before=$(relayed_in_kernel)
check "after D nothing comes to bob any more" heard bob
check "though alice still sends" talking alice
is "the kernel forwarded nothing after D" "$(relayed_in_kernel)" "$before"
between "what alice still sends is nobody's and left to the stack" 100 "$(reason pass_not_ours)" 2000
is "and the call is gone" "$(ctl status | jq .calls.active)" 0
silence alice

set_up_call silent
check "another call is up" both_ways 50
check "when it falls silent it ends" wait_for 6 daemon_says \
	'event=call_end call_id=silent .*caller_packets=50 callee_packets=50 .*reason=timeout'

set_up_call alive
talk alice alice "$alice_ip:4000" "$alice_relay" --count 180 --interval-ms 20
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 180 --timeout 6 \
	--expect-from "$bob_relay"
media_start
check "a call with media one way outlives the limit" heard bob
check "it has not ended" [ "$(ctl status | jq .calls.active)" = 1 ]

offer unanswered "$alice_ip" 4200
check "a call that is never answered ends after -W" wait_for 4 daemon_says \
	'event=call_end call_id=unanswered .*reason='

# As rtpproxy does: scripts may send any of these.
kill -USR1 "$daemon"
wait "$daemon"
is "SIGUSR1 ends it well" $? 0
check "and its pid file is gone" [ ! -e "$work/pid" ]
