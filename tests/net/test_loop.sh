#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two relays that were pointed at each other: what once gets in goes round, with its TTL set anew each
# time. It is cut, told and bounded; and a relay is not to be pointed at itself.
. "$(dirname "$0")/rig.sh"

other_ip=192.0.2.9
range=(-b -m 35000 -M 36000)

# start_other ARGUMENT...: the second relay, in a namespace of its own.
start_other()
{
	: >"$work/other.log"
	exec nsenter --net=/run/netns/other -- "$build/xdp-rtpproxy" -f -F -s udp:127.0.0.1:22222 \
		--ctl "$work/other.sock" --no-pin -p "$work/other.pid" -l "$other_ip" "${range[@]}" "$@" \
		2>"$work/other.log" &
	other=$!
	must wait_for "$deadline" grep -q event=ready "$work/other.log"
}

# point: each relay is told the other's ports as its parties'. Packets that come to the one's 35002
# leave from its 35000 for the other's 35002.
point()
{
	is "the first relay has these ports" \
		"$(rtpp "U loop $other_ip 35000 f") $(rtpp "L loop $other_ip 35002 f t")" \
		"35000 $relay_ip 35002 $relay_ip"
	is "and the second the same" "$(in_ns other "$build/rtppcmd" "U loop $relay_ip 35000 f") $(
		in_ns other "$build/rtppcmd" "L loop $relay_ip 35002 f t")" \
		"35000 $other_ip 35002 $other_ip"
}

# inject COUNT: as if the second relay had sent it.
inject()
{
	in_ns other "$build/rtpgen" --local "$other_ip:35000" --remote "$relay_ip:35002" \
		--count "$1" --timeout 0 >/dev/null 2>&1
}

relayed()
{
	reason relay_tx relay_redirect
}

# stands_still: nothing is relayed for 300 ms.
stands_still()
{
	local before
	before=$(relayed)
	in_ns relay "$build/rtpgen" --local 127.0.0.1:9 --expect 0 --timeout 0.3 >/dev/null 2>&1
	[ "$(relayed)" = "$before" ]
}

# goes_round: far more is relayed than was injected. The first packets may have to wait for the next
# hops, and be too few for that.
goes_round()
{
	[ "$(relayed)" -gt 10000 ] || inject 5
	[ "$(relayed)" -gt 10000 ]
}

is_found()
{
	grep -q 'event=loop call_id=loop' "$work/daemon.log" "$work/other.log"
}

# finder ARGUMENT...: asks the one that found it.
finder()
{
	if daemon_says 'event=loop call_id=loop'; then
		ctl "$@"
	else
		in_ns other "$build/xdp-rtpctl" --socket "$work/other.sock" --json "$@"
	fi
}

add_ns relay other
add_link relay eth0 192.0.2.1/24 other eth0 "$other_ip/24"
relay_ip=192.0.2.1
start_daemon -l "$relay_ip" "${range[@]}" --no-pin
start_other --rate-cap off
point
check "without a cap it goes round" wait_for 15 goes_round
check "one of the two finds that out" wait_for 15 is_found
check "and cuts it" wait_for 5 stands_still
is "which show tells" "$(finder show loop | jq -r '.streams[0].verdict' | grep -c 'in a circle')" 1
is "and status" "$(finder status | jq .calls.loops)" 1
inject 5
between "what comes now is dropped for it" 5 "$(finder status |
	jq '.reasons[] | select(.name == "drop_loop") | .packets')" 10000000
rtpp "D loop f t" >/dev/null
in_ns other "$build/rtppcmd" "D loop f t" >/dev/null
kill "$other" && wait "$other"
kill "$daemon" && wait "$daemon"

# With the cap, which is the default: what goes round is more than it allows, and ends by it.
start_daemon -l "$relay_ip" "${range[@]}" --no-pin --rate-cap auto
start_other
point
before=$(relayed)
inject 100
check "a hundred packets end by themselves" wait_for 5 stands_still
between "and went round a bounded number of times" 100 $(($(relayed) - before)) 60000
check "the cap drops them" test "$(reason drop_rate)" -gt 0
check "and says so" wait_for 5 daemon_says 'event=rate_limited call_id=loop'

# A relay and itself: its own ports are no party's, now or later.
rtpp "U self $relay_ip 35100 f" >/dev/null
rtpp "L self $relay_ip 35102 f t" >/dev/null
is "its own ports are no peers" "$(ctl show self | jq -c '[.streams[0].legs[].rtp.sends_to]')" "[null,null]"
