#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S15: mallory floods one port of a call, from one address and from random ones, as strangers who are
# refused and as strangers who might be learned. The call loses less than 1 %, another call nothing,
# and what was refused is counted. Without the program each packet costs the daemon, so
# there the flood is of a rate that a machine of two cores can take.
. "$(dirname "$0")/lib.sh"

seconds=$(long_or 2 20)
pps=$(long_or 50000 100000)

# flood WHAT ADDRESS-OF-THE-FLOODED-PARTY OPTION...
flood()
{
	local what=$1 count=$((seconds * 50)) mac before

	shift
	set_up_call flooded
	[ "$what" != "who might be learned" ] ||
		rtpp "U flooded $alice_ip 4000 from-flooded to-flooded && S handover=1" >"$work/set"
	offer other "$victor_ip" 4000
	answer other "$bob_ip" 6002
	mac=$(ip -n relay -j link show dev to-mallory | jq -r '.[0].address')
	before=$(refused)
	talk alice alice "$alice_ip:4000" "$(leg flooded caller .rtp.local)" --ssrc 0xa11ce \
		--count "$count" --expect 0 --timeout 0.3
	talk bob bob "$bob_ip:6000" "$(leg flooded callee .rtp.local)" --ssrc 0xb0b --count 1 \
		--expect-ssrc 0xa11ce --expect $((count * 99 / 100)) --may-lose $((count / 100))
	talk victor victor "$victor_ip:4000" "$alice_relay" --ssrc 0xca --count "$count" --expect 0 --timeout 0.3
	talk bob2 bob "$bob_ip:6002" "$bob_relay" --ssrc 0xb0c --count 1 --expect-ssrc 0xca \
		--expect "$count"
	media_start
	if [ "$mode" = native ]; then
		set -- --live "eth0=$mac" --pps "$pps" "$@"
	else
		set -- --pps 3000 "$@"
	fi
	attack mallory mallory --from "$mallory_ip:5555" --to "$(leg flooded caller .rtp.local)" \
		--seconds "$seconds" "$@"
	check "$what: of the call less than 1 % is lost" heard bob
	check "$what: of another call nothing" heard bob2
	silence alice
	silence victor
	attack_over mallory
	between "$what: what was refused is counted" $(($(field mallory .sent) / 2)) \
		$(($(refused) - before)) "$(field mallory .sent)"
	is "$what: alice is the peer" "$(leg flooded caller .rtp.learned)" "$alice_ip:4000"
	for call in flooded other; do
		rtpp "D $call from-$call to-$call" >"$work/deleted"
	done
}

# What was not the peer's, wherever it was judged.
refused()
{
	if [ "$mode" = native ]; then
		reason drop_stranger drop_flood up_stranger
	else
		ctl status | jq .slow_path.refused
	fi
}

floods()
{
	flood "from one address"
	[ "$mode" = native ] || return 0
	flood "from random addresses" --spoof
	flood "who might be learned" --spoof
}

security_network
for_each_mode floods
