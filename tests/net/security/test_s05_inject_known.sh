#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S5: mallory knows the SSRC and the sequence number of alice's stream, and goes on with it from her
# own address: while alice speaks, and when she is silent. She is not alice, under any policy.
. "$(dirname "$0")/lib.sh"

inject_known()
{
	for policy in auto any; do
		set_up_call known
		rtpp "U known $alice_ip 4000 from-known to-known && S learn=$policy" >"$work/set"
		check "$policy: alice and bob talk" both_ways 20
		attack mallory mallory --from "$mallory_ip:4000" --to "$alice_relay" \
			--ssrc 0xa11ce --seq 25 --pps 200 --count 100 --linger-ms 0
		check "$policy: they hear each other and only each other" both_ways 60 --seq 21
		attack_over mallory
		attack bob bob --from "$bob_ip:6000"
		must wait_for "$deadline" alice_was_silent_for 600
		attack mallory mallory --from "$mallory_ip:4000" --to "$alice_relay" \
			--ssrc 0xa11ce --seq 82 --pps 100 --count 60
		attack_over mallory
		attack_stop bob
		check "$policy: nothing of hers comes to bob when alice is silent" got_nothing bob
		check "$policy: nothing comes to mallory" got_nothing mallory
		is "$policy: alice is still the peer" "$(leg known caller .rtp.sends_to)" "$alice_ip:4000"
		rtpp "D known from-known to-known" >"$work/deleted"
	done
}

alice_was_silent_for()
{
	[ "$(leg known caller '.rtp.last_seen_ms | floor')" -ge "$1" ]
}

security_network
for_each_mode inject_known
