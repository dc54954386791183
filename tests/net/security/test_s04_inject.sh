#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S4: a call is up. Mallory sends right RTP of the call's payload type to one leg: none of it comes
# out of the other, and each packet is counted at that leg.
. "$(dirname "$0")/lib.sh"

inject()
{
	set_up_call inject
	check "alice and bob talk" both_ways 20
	attack mallory mallory --from "$mallory_ip:5555" --to "$alice_relay" --ssrc 0xbad \
		--seq 1 --pps 1000 --count 500 --linger-ms 500
	check "while mallory injects they hear each other and only each other" both_ways 80 --seq 21
	attack_over mallory
	check "nothing comes to mallory" got_nothing mallory
	is "each packet is counted at the leg" "$(leg inject caller .rtp.strangers)" 500
	is "and at no other" "$(strangers inject)" 500
	is "with its source" "$(leg inject caller .rtp.last_stranger)" "$mallory_ip:5555"
}

security_network
for_each_mode inject
