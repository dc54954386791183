#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S21: a call ends, its ports are given to the next one at once, and alice's phone goes on sending:
# nothing of hers comes into the new call.
. "$(dirname "$0")/lib.sh"

port_reuse()
{
	local before

	set_up_call first
	before=$alice_relay
	check "alice and bob talk" both_ways 20
	attack alice alice --from "$alice_ip:4000" --to "$alice_relay" --ssrc 0xa11ce --seq 21 --pps 500
	attack bob bob --from "$bob_ip:6000"
	rtpp "D first from-first to-first" >"$work/deleted"
	attack_stop bob
	attack bob bob --from "$bob_ip:6000"
	offer second "$victor_ip" 4000
	answer second "$bob_ip" 6000
	is "the new call has the old one's port" "$alice_relay" "$before"
	must wait_for "$deadline" alice_is_refused
	attack_stop bob
	check "nothing of alice's comes to bob" got_nothing bob
	talk victor victor "$victor_ip:4000" "$alice_relay" --ssrc 0xca --expect-ssrc 0xb0b \
		--count 50 --expect 50 --interval-ms 5
	talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --expect-ssrc 0xca --count 50 \
		--expect 50 --interval-ms 5
	media_start
	check "bob hears victor and only him" heard bob
	check "and victor bob" heard victor
	attack_stop alice
	check "alice hears nothing of it" got_nothing alice
}

alice_is_refused()
{
	[ "$(strangers second)" -ge 50 ]
}

security_network
first_port=30000 last_port=30003
for_each_mode port_reuse --ordered-ports
