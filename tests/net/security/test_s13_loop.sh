#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S13: packets that would go in a circle. A relay is not to be pointed at itself, nor two calls of its
# at each other. Of two relays that are, what once gets in goes round, with its TTL set anew each
# time: it is bounded by the cap, and without a cap it is found out, cut and told. Meanwhile the
# daemon uses less than 5 % of a CPU; only without program and cap it relays as fast as packets come,
# for the second or two until the circle is cut.
. "$(dirname "$0")/lib.sh"

other_ip=192.0.2.9
range=(-b -m 35000 -M 36000 --no-pin)

# start_both CAP: each relay in a namespace of its own.
start_both()
{
	[ "$mode" = native ] && set -- --rate-cap "$1" || set -- --rate-cap "$1" --no-xdp
	start_daemon -l "$relay_ip" "${range[@]}" "$@"
	: >"$work/other.log"
	exec nsenter --net=/run/netns/other -- "$build/xdp-rtpproxy" -f -F -s udp:127.0.0.1:22222 \
		--ctl "$work/other.sock" -p "$work/other.pid" -l "$other_ip" "${range[@]}" "$@" \
		2>"$work/other.log" &
	other=$!
	must wait_for "$deadline" grep -q event=ready "$work/other.log"
}

end_both()
{
	kill "$other" && wait "$other"
	kill "$daemon" && wait "$daemon"
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

# inject COUNT [PORT]: as if the second relay had sent it.
inject()
{
	in_ns other "$build/rtpgen" --local "$other_ip:35000" --remote "$relay_ip:${2:-35002}" \
		--count "$1" --timeout 0 >/dev/null 2>&1
}

relayed()
{
	if [ "$mode" = native ]; then relayed_in_kernel; else relayed_by_daemon; fi
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
	local many

	many=$([ "$mode" = native ] && echo 10000 || echo 1000)
	[ "$(relayed)" -gt "$many" ] || inject 5
	[ "$(relayed)" -gt "$many" ]
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

# rests MS-BEFORE TIME-BEFORE [LIMIT]: what the daemon has used of a CPU since then is less than 5 %.
rests()
{
	local cpu=$(($(cpu_ms "$daemon") - $1)) took=$(((${EPOCHREALTIME/./} - $2) / 1000))

	echo "# $mode: $cpu ms of CPU in $took ms, $(relayed) packets"
	# A tick or two more is how it is counted.
	between "the daemon uses less than ${3:-5} % of a CPU" 0 "$cpu" $((took * ${3:-5} / 100 + 20))
}

without_a_cap()
{
	local before began cpu

	start_both off
	point
	cpu=$(cpu_ms "$daemon") began=${EPOCHREALTIME/./}
	check "without a cap it goes round" wait_for 8 goes_round
	check "one of the two finds that out" wait_for 15 is_found
	check "and cuts it" wait_for 5 stands_still
	rests "$cpu" "$began" "$([ "$mode" = native ] && echo 5 || echo 50)"
	is "which show tells" "$(finder show loop | jq -r '.streams[0].verdict' | grep -c 'in a circle')" 1
	is "and status" "$(finder status | jq .calls.loops)" 1
	before=$(relayed)
	inject 5
	check "what comes now" stands_still
	between "is dropped for it" 0 $(($(relayed) - before)) 5
	[ "$mode" != native ] || between "and counted so" 5 "$(finder status |
		jq '.reasons[] | select(.name == "drop_loop") | .packets')" 10000000
	end_both
}

# With the cap, which is the default, more goes round than it allows, and ends by it.
with_the_cap()
{
	local before began cpu

	start_both auto
	point
	before=$(relayed)
	cpu=$(cpu_ms "$daemon") began=${EPOCHREALTIME/./}
	inject 100
	check "a hundred packets end by themselves" wait_for 10 stands_still
	rests "$cpu" "$began"
	between "and went round a bounded number of times" 100 $(($(relayed) - before)) 60000
	[ "$mode" != native ] || check "the cap drops them" test "$(reason drop_rate)" -gt 0
	check "and says so" wait_for 5 daemon_says 'event=rate_limited call_id=loop'
}

# Its own ports are no party's, now or later: one call pointed at itself, and two at each other.
at_itself()
{
	local before

	rtpp "U self $relay_ip 35100 f" >/dev/null
	rtpp "L self $relay_ip 35102 f t" >/dev/null
	is "one call pointed at itself has no peers" "$(sends_to self)" "[null,null]"
	is "a call that is pointed at one to come has these ports" \
		"$(rtpp "U a $relay_ip 35012 f") $(rtpp "L a $relay_ip 35014 f t")" \
		"35008 $relay_ip 35010 $relay_ip"
	is "and that one, pointed back, these" \
		"$(rtpp "U b $relay_ip 35008 f") $(rtpp "L b $relay_ip 35010 f t")" \
		"35012 $relay_ip 35014 $relay_ip"
	is "neither has peers" "$(sends_to a) $(sends_to b)" "[null,null] [null,null]"
	before=$(relayed)
	inject 100 35008
	inject 100 35012
	check "what comes in goes nowhere" stands_still
	is "not once" "$(relayed)" "$before"
	end_both
}

sends_to()
{
	ctl show "$1" | jq -c '[.streams[0].legs[].rtp.sends_to]'
}

add_ns relay other
add_link relay eth0 192.0.2.1/24 other eth0 "$other_ip/24"
relay_ip=192.0.2.1
for mode in native no-XDP; do
	without_a_cap
	with_the_cap
	at_itself
done
