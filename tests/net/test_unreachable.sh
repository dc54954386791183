#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Media that never leaves the host: the callee's address has no route, or nobody answers ARP for it.
# The kernel refuses the one and swallows the other; neither is told as relayed.
. "$(dirname "$0")/rig.sh"

two_interfaces

# says CALL-ID EXPRESSION: does the verdict on the call match?
says()
{
	ctl show "$1" | jq -e --arg want "$2" '.streams[0].verdict | test($want)' >/dev/null
}

# caller CALL-ID FIELD: of what alice sends.
caller()
{
	ctl show "$1" | jq ".streams[0].legs[] | select(.side == \"caller\") | .rtp.$2"
}

# speak COUNT [OPTION...]: alice sends, and nobody is to hear it.
speak()
{
	local count=$1

	shift
	talk alice alice "$alice_ip:4000" "$alice_relay" --count "$count" --expect 0 --timeout 0.1 "$@"
	media_start
}

# lost CALL-ID DESTINATION SENTENCE: all that alice sends there is dropped, and show says why.
lost()
{
	offer "$1" "$alice_ip" 4000
	answer "$1" "$2" 5004
	speak 450 --interval-ms 10
	check "$1: the verdict is '$3'" wait_for "$deadline" says "$1" "$3"
	check "$1: alice can send all of it" heard alice
	is "$1: nothing was relayed" "$(caller "$1" relayed)" 0
	is "$1: all of it was dropped" "$(caller "$1" dropped)" 450
	is "$1: Q says so, too" "$(rtpp "Q $1 from-$1 to-$1" | cut -d ' ' -f 4,5)" "0 450"
}

for mode in "" --no-xdp; do
	start_daemon -l "$relay_ip" --no-pin $mode
	echo "# ${mode:-with XDP}"
	lost noroute 172.30.0.4 'caller: heard, but there is no route to 172.30.0.4 .no route.'
	is "its next hop is none" "$(ctl show noroute | jq -c '.streams[0].legs[1].rtp.nexthop')" \
		'{"interface":null,"gateway":null,"mac":null,"state":"no route","mtu":null}'
	check "in words, too" eval "'$build/xdp-rtpctl' --socket $work/ctl.sock show noroute |
		grep -A 1 -E '^ +next hop .* none$' | grep -qE 'neighbour .* no route$'"
	lost nobody 198.51.100.99 'the next hop 198.51.100.99 on to-bob does not answer'
	set_up_call good
	check "a call beside them is relayed" both_ways 50
	is "and counted so" "$(caller good '"relayed"')" 50
	check "its verdict is that of a good one" says good "caller: relayed to $bob_ip"
	kill "$daemon" && wait "$daemon"
done
