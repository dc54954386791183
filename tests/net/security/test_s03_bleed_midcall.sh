#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S3: a call is up, and mallory sprays all ports all the time: nothing comes to her, and nothing of
# hers to alice and bob. Under each policy, for after the lock they are all alike.
. "$(dirname "$0")/lib.sh"

bleed_midcall()
{
	check "alice and bob talk" both_ways_of "$1" 20 1
	spray mallory --burst 3
	check "and under the spray they hear each other and only each other" \
		both_ways_of "$1" "$(long_or 200 12000)" 21
	attack_stop mallory
	check "nothing comes to mallory" got_nothing mallory
	between "she was there" 1 "$(strangers midcall)" 100000000
}

# both_ways_of POLICY COUNT SEQUENCE
both_ways_of()
{
	both_ways "$2" --seq "$3"
}

with_policies()
{
	for policy in auto any; do
		offer midcall "$alice_ip" 4000
		answer_reply=$(rtpp "L midcall $bob_ip 6000 from-midcall to-midcall && S learn=$policy && Sr learn=$policy")
		alice_relay=$relay_ip:$(port_in "$answer_reply")
		bleed_midcall "$policy"
		rtpp "D midcall from-midcall to-midcall" >"$work/deleted"
	done
}

security_network
for_each_mode with_policies
