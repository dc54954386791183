#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S11: RTCP of 0 to 11 bytes, RTCP with lengths that lie, STUN and junk: from mallory, and with
# alice's address forged from another port of hers. The relay lives, nobody is learned by it, and it
# is counted.
. "$(dirname "$0")/lib.sh"

rtcp()
{
	local alice_rtcp before

	set_up_call rtcp
	alice_rtcp=$(rtcp_of "$alice_relay")
	check "alice and bob talk" both_ways 20
	attack alice alice --from "$alice_ip:4001" --to "$alice_rtcp" --kind rtcp --count 5 --pps 100
	attack_over alice
	must wait_for "$deadline" rtcp_is_locked
	before=$(leg rtcp caller '.rtp.learned + " " + .rtcp.learned')
	for kind in short lies stun junk; do
		for to in "$alice_relay" "$alice_rtcp"; do
			attack mallory mallory --from "$mallory_ip:5555" --to "$to" --kind "$kind" \
				--count 200 --pps 2000 --linger-ms 50
			attack_over mallory
			check "nothing comes back for $kind to ${to##*:}" got_nothing mallory
			attack forged mallory --spoof --from "$alice_ip:4099" --to "$to" \
				--kind "$kind" --count 50 --pps 1000 --linger-ms 0
			attack_over forged
		done
	done
	check "the relay lives" kill -0 "$daemon"
	is "and knows alice as before" "$(leg rtcp caller '.rtp.learned + " " + .rtcp.learned')" "$before"
	between "what mallory sent is counted" 1500 "$(strangers rtcp)" 2000
	check "alice and bob still talk" both_ways 40 --seq 21
}

rtcp_is_locked()
{
	[ "$(leg rtcp caller .rtcp.state)" = locked ]
}

security_network
for_each_mode rtcp
