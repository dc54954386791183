#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Mallory sends to both ports of a call, before and while it is used: nothing of hers goes in (RTP
# inject), nothing of the call comes to her (RTP bleed).
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"
set_up_call private
for side in "$alice_relay" "$bob_relay"; do
	talk "mallory-${side##*:}" mallory "$mallory_ip:${side##*:}" "$side" --ssrc 0xbad \
		--count 400 --interval-ms 2 --expect 0 --timeout 1
done
media_start
check "alice and bob hear each other and only each other" both_ways 100
check "again, when mallory has been refused for a while" both_ways 100 --seq 101
for side in "$alice_relay" "$bob_relay"; do
	check "nothing comes to mallory from $side" heard "mallory-${side##*:}"
done
between "her packets are counted as a stranger's" 700 "$(reason drop_stranger)" 800

# The same with her sequence made to fit: she is on another address, so it does not matter.
talk mallory mallory "$mallory_ip:4000" "$bob_relay" --ssrc 0xb0b --seq 201 --count 200 \
	--interval-ms 2 --expect 0 --timeout 1
media_start
check "her copy of bob's stream gets her nothing" heard mallory
check "and alice goes on hearing bob" both_ways 50 --seq 201
