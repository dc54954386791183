#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S2: mallory sprays while calls come and go, and would like to be first. With addresses that are
# believed she is never heard, however her packets follow each other. Where strangers may be learned
# (private addresses) single packets are not enough.
. "$(dirname "$0")/lib.sh"

crowd=$(long_or 20 100) rounds=$(long_or 2 10)

# so_many_calls CALLER-IP: sets them up; each end in a line for rtpgen.
so_many_calls()
{
	: >"$work/callers" && : >"$work/callees"
	for ((i = 0; i < crowd; i++)); do
		offer "race-$i" "$1" $((4000 + 2 * i))
		answer "race-$i" "$bob_ip" $((6000 + 2 * i))
		echo "$alice_ip:$((4000 + 2 * i)) $alice_relay" >>"$work/callers"
		echo "$bob_ip:$((6000 + 2 * i)) $bob_relay" >>"$work/callees"
	done
}

# All callers speak to all callees.
all_speak()
{
	rtpgen_crowd alice "$work/callers" 0x1000 callers &
	local pid=$!
	rtpgen_crowd bob "$work/callees" 0x2000 callees
	wait "$pid"
}

# rtpgen_crowd NAMESPACE CALLS SSRC NAME
rtpgen_crowd()
{
	in_ns "$1" "$build/rtpgen" --calls "$2" --ssrc "$3" --count 40 --interval-ms 20 \
		--expect 0 --timeout 1 --json >"$work/$4.json" 2>"$work/$4.err"
}

# race WHAT CALLER-IP SPRAY-OPTION...
race()
{
	local what=$1 caller=$2 taken

	shift 2
	spray mallory "$@"
	for ((round_of_calls = 0; round_of_calls < rounds; round_of_calls++)); do
		so_many_calls "$caller"
		all_speak
		taken=$(ctl calls | jq --arg ip "$mallory_ip" \
			'[.calls[] | tostring | select(contains($ip))] | length')
		is "$what: mallory is nobody's peer" "$taken" 0
		between "$what: callees hear nearly all" $((crowd * 38)) \
			"$(jq .received "$work/callees.json")" $((crowd * 40))
		for ((i = 0; i < crowd; i++)); do
			rtpp "D race-$i from-race-$i to-race-$i" >"$work/deleted"
		done
	done
	attack_stop mallory
	check "$what: nothing comes to mallory" got_nothing mallory
}

bleed_race()
{
	race "public addresses" "$alice_ip" --burst 4
	race "private addresses, single packets" 10.0.0.5
}

security_network
for_each_mode bleed_race
