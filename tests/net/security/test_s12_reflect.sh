#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S12: mallory forges victor's address as the source of packets to a leg whose party has not spoken.
# Where the signalled address is believed victor gets nothing. Where strangers may be learned one
# packet starts nothing; two in sequence start a stream that ends after five seconds.
. "$(dirname "$0")/lib.sh"

# reflect COUNT CALLER-IP SECONDS: bob talks; what victor got is in the report "victor".
reflect()
{
	offer reflect "$2" 4000
	answer reflect "$bob_ip" 6000
	attack victor victor --from "$victor_ip:9999"
	attack mallory mallory --spoof --from "$victor_ip:9999" --to "$alice_relay" --burst 100 \
		--count "$1" --pps 1000 --linger-ms 0
	attack_over mallory
	attack bob bob --from "$bob_ip:6000" --to "$bob_relay" --ssrc 0xb0b --seq 1 --pps 50 --seconds "$3"
	attack_over bob
	attack_stop victor
}

hang_up_call()
{
	rtpp "D reflect from-reflect to-reflect" >"$work/deleted"
}

reflections()
{
	reflect 20 "$alice_ip" 0.6
	check "a public address: nothing comes to victor" got_nothing victor
	hang_up_call
	reflect 1 10.0.0.5 0.6
	check "a private address, one forged packet: nothing comes to victor" got_nothing victor
	hang_up_call
	reflect 2 10.0.0.5 8
	between "two in sequence: what comes to victor ends" 50 "$(field victor .received)" 330
	is "he is not sent to any more" "$(leg reflect caller .rtp.sends_to)" null
	attack bob bob --from "$bob_ip:6000" --to "$bob_relay" --ssrc 0xb0b --seq 401 --pps 50 --seconds 0.5
	attack victor victor --from "$victor_ip:9999"
	attack_over bob
	attack_stop victor
	check "and nothing comes later" got_nothing victor
	is "the operator puts him out" "$(ctl learn reflect host | jq .legs)" 2
	is "and the leg expects the party again" \
		"$(leg reflect caller '.rtp.state + " " + .rtp.policy')" "expecting host"
	is "of which nothing else is heard" "$(leg reflect caller .rtp.learned)" null
	check "an unknown call is told" no_such_call
}

no_such_call()
{
	ctl learn nobody host >"$work/refused" 2>&1
	[ $? -eq 3 ]
}

security_network
for_each_mode reflections
