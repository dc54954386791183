#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S10: with --handover alice goes on from another IP address: heard again within five packets once
# the old address has been silent for half a second. While she speaks nobody takes her place, however
# much he knows. Without it, and with `strict`, nobody does at all.
. "$(dirname "$0")/lib.sh"

new_ip=192.0.2.22

# alice_begins IP SEQUENCE COUNT, alice_is_over: what bob got of it, in got_of_alice.
alice_begins()
{
	attack bob bob --from "$bob_ip:6000"
	attack alice alice --from "$1:4000" --to "$alice_relay" --ssrc 0xa11ce --seq "$2" \
		--pps 100 --count "$3"
}

alice_is_over()
{
	attack_over alice
	attack_stop bob
	got_of_alice=$(field bob .received)
}

alice_from()
{
	alice_begins "$@"
	alice_is_over
}

alice_was_heard_within()
{
	[ "$(leg handover caller '.rtp.last_seen_ms | floor')" -le "$1" ]
}

alice_was_silent_for()
{
	[ "$(leg handover caller '.rtp.last_seen_ms | floor')" -ge "$1" ]
}

move_over()
{
	set_up_call handover
	[ -z "${1:-}" ] || rtpp "U handover $alice_ip 4000 from-handover to-handover && $1" >"$work/set"
	alice_from "$alice_ip" 1 30
	is "alice is heard" "$got_of_alice" 30
	must wait_for "$deadline" alice_was_silent_for 550
	alice_from "$new_ip" 60 50
}

end_call()
{
	rtpp "D handover from-handover to-handover" >"$work/deleted"
}

handover()
{
	move_over
	between "from her new address she is heard within five packets" 45 "$got_of_alice" 50
	is "and sent to" "$(leg handover caller .rtp.sends_to)" "$new_ip:4000"
	alice_begins "$new_ip" 110 80
	must wait_for "$deadline" alice_was_heard_within 100
	attack mallory mallory --from "$mallory_ip:4000" --to "$alice_relay" --ssrc 0xa11ce --seq 115 \
		--pps 200 --count 100 --linger-ms 0
	attack_over mallory
	alice_is_over
	is "while she speaks nothing of mallory's comes to bob" "$got_of_alice" 80
	check "and nothing to mallory" got_nothing mallory
	is "alice is still the peer" "$(leg handover caller .rtp.sends_to)" "$new_ip:4000"
	end_call
	move_over "S handover=0"
	is "not where the call has it switched off" "$got_of_alice" 0
	end_call
	move_over "S learn=strict"
	is "nor with the policy strict" "$got_of_alice" 0
}

security_network
must ip -n alice addr add "$new_ip/24" dev eth0
for_each_mode handover --handover
