#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S9: alice's NAT gives her another port than she signalled: she is accepted with her first packet
# and locked. A second port of her address, with a stream of its own, is refused; unless it is
# signalled.
. "$(dirname "$0")/lib.sh"

other_port()
{
	set_up_call port
	attack bob bob --from "$bob_ip:6000"
	alice_sends_from 4444 50
	attack_stop bob
	is "all of it comes to bob" "$(field bob .received)" 50
	is "she is locked" "$(leg port caller '.rtp.learned + " " + .rtp.state')" \
		"$alice_ip:4444 locked"
	attack bob bob --from "$bob_ip:6000"
	alice_sends_from 5555 50
	attack_stop bob
	check "another stream of another port of hers is refused" got_nothing bob
	rtpp "U port $alice_ip 5555 from-port to-port" >"$work/moved"
	attack bob bob --from "$bob_ip:6000"
	alice_sends_from 5555 50
	attack_stop bob
	is "and heard once it is signalled" "$(field bob .received)" 50
}

# alice_sends_from PORT COUNT
alice_sends_from()
{
	attack alice alice --from "$alice_ip:$1" --to "$alice_relay" --burst 1000 --pps 500 \
		--count "$2"
	attack_over alice
}

security_network
for_each_mode other_port
