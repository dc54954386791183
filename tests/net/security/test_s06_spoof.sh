#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S6: mallory forges alice's address and port, exactly. To the relay that is alice, and it goes to
# bob: the known limit. What it must not do: give mallory anything, or change whom the call is with;
# and where a party is capped, no more gets through than the cap.
. "$(dirname "$0")/lib.sh"

spoof()
{
	local sent

	set_up_call spoof
	check "alice and bob talk" both_ways 20
	[ -z "$cap" ] || check "the codec is seen" wait_for "$deadline" codec_is_seen
	attack bob bob --from "$bob_ip:6000"
	attack ear mallory --from "$mallory_ip:4000"
	attack mallory mallory --spoof --from "$alice_ip:4000" --to "$alice_relay" --ssrc 0xbad \
		--seq 1 --pps 2000 --seconds "$(long_or 2 20)" --linger-ms 0
	attack_over mallory
	attack_stop ear
	attack_stop bob
	sent=$(field mallory .sent)
	between "what is sent in her name comes to bob as hers" 1 "$(field bob .received)" "$sent"
	if [ -n "$cap" ]; then
		between "but no more than a party may send" 1 "$(field bob .received)" \
			$((200 * $(long_or 2 20) + 300))
		check "and the leg tells of it" [ "$(leg spoof caller .rtp.rate_dropped)" -gt 0 ]
	fi
	check "nothing comes to mallory" got_nothing ear
	is "alice is the peer, at her address" "$(leg spoof caller .rtp.sends_to)" "$alice_ip:4000"
	check "alice and bob go on" wait_for "$deadline" both_ways 10 --seq 21
}

codec_is_seen()
{
	leg spoof caller .rtp.cap | grep -q audio
}

security_network
"$build/xdp-rtpproxy" --help | grep -q -e --rate-cap && cap=auto || cap=
for_each_mode spoof ${cap:+--rate-cap "$cap"}
