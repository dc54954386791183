#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S7: a re-INVITE names another address of alice's. rtpproxy lets anybody in for ten seconds then;
# here nobody: mallory sprays, hears nothing and is not heard, before the new address speaks and after.
. "$(dirname "$0")/lib.sh"

after_update()
{
	set_up_call moved
	check "alice and bob talk" both_ways 20
	rtpp "U moved $victor_ip 4000 from-moved to-moved" >"$work/moved"
	spray mallory --burst 4 --linger-ms 0
	check "until the new address speaks the old one is heard, and only it" old_one_speaks
	talk victor victor "$victor_ip:4000" "$alice_relay" --ssrc 0xa11ce --expect-ssrc 0xb0b \
		--count "$(long_or 200 1000)" --expect "$(long_or 200 1000)" --interval-ms 5
	talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --expect-ssrc 0xa11ce \
		--count "$(long_or 200 1000)" --expect "$(long_or 200 1000)" --interval-ms 5
	media_start
	check "the new address is heard from its first packet on" heard bob
	check "and hears bob" heard victor
	attack_stop mallory
	check "nothing comes to mallory" got_nothing mallory
	is "the new address is locked" "$(leg moved caller '.rtp.learned + " " + .rtp.state')" \
		"$victor_ip:4000 locked"
}

old_one_speaks()
{
	talk old alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --seq 21 --count 40 \
		--interval-ms 10 --expect 0 --timeout 0.3
	talk bob bob "$bob_ip:6000" "$bob_relay" --expect-ssrc 0xa11ce --expect 40 --count 0
	media_start
	heard bob && heard old
}

security_network
for_each_mode after_update
