#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S17: frames whose headers are cut off or lie, in the name of a party, by IPv4 and IPv6. The program
# lets them pass or drops them, each for one reason, and never aborts; nothing of what is malformed is
# relayed. Then many at random. The daemon lives, and the call goes on.
. "$(dirname "$0")/lib.sh"

malformed()
{
	in_ns alice python3 tests/net/security/malformed.py "$1" "$2" "$mac" "$alice_ip:4000" \
		"$alice_relay" "$alice6" "$relay6" "$port6"
}

relayed()
{
	echo $(($(relayed_in_kernel) + $(relayed_by_daemon)))
}

# Of all reasons since the start.
seen()
{
	ctl status | jq '[.reasons[].packets] | add'
}

taken_in()
{
	local name sum=0

	for name in alice bob mallory victor; do
		sum=$((sum + $(frames_in "to-$name")))
	done
	echo "$sum"
}

all_seen()
{
	[ "$(($(seen) - seen_before))" -ge "$(($(taken_in) - frames_before))" ]
}

# exceptions: how often the relay's program ended by XDP_ABORTED or with no action that there is.
exceptions()
{
	cat "$trace"/per_cpu/cpu*/trace | grep -c "prog_id=$program_id "
}

watch_exceptions()
{
	program_id=$(ip -n relay -j -d link show dev to-alice | jq '.[0].xdp.prog.id')
	must test "$program_id" -gt 0
	echo "prog_id == $program_id" >"$trace/events/xdp/xdp_exception/filter"
	echo 1 >"$trace/events/xdp/xdp_exception/enable"
}

# six: a call of bob's by IPv4 to alice by IPv6; prints the port that she sends to.
six()
{
	port_in "$(rtpp "Uie six $bob_ip 6002 from-six")"
	rtpp "Lei6 six $alice6 4000 from-six to-six" >"$work/six"
}

# With one that is as it should be, to see that the others would have come as far.
each_kind()
{
	local before kind kinds

	kinds=$(malformed kinds 0)
	before=$(relayed)
	is "twenty sound frames are sent" "$(malformed sound 20)" 20
	check "and relayed" wait_for "$deadline" still_relayed $((before + 20))
	before=$(relayed)
	is "and by IPv6" "$(malformed sound-v6 20)" 20
	check "and relayed, too" wait_for "$deadline" still_relayed $((before + 20))
	is "twenty of each malformed kind are sent" "$(malformed each 20)" $(($(wc -w <<<"$kinds") * 20))
	check "none is relayed" still_relayed $((before + 20)) && return
	for kind in $kinds; do
		before=$(relayed)
		malformed "$kind" 20 >/dev/null
		still_relayed "$before" || echo "#   relayed: $kind"
	done
}

# still_relayed COUNT: when what was sent is through.
still_relayed()
{
	[ "$mode" != native ] || wait_for "$deadline" all_seen || return 1
	[ "$(relayed)" = "$1" ]
}

frames()
{
	local sent

	seen_before=$(seen) frames_before=$(taken_in)
	[ "$mode" != native ] || watch_exceptions
	port6=$(six)
	set_up_call malformed
	check "alice and bob talk" both_ways 20
	each_kind
	sent=$(malformed random "$(long_or 20000 1000000)")
	between "and at random" "$(long_or 15000 750000)" "$sent" 100000000
	if [ "$mode" = native ]; then
		check "each frame has its reason" wait_for "$deadline" all_seen
		is "and none is an exception" "$(exceptions)" 0
		echo 0 >"$trace/events/xdp/xdp_exception/enable"
	fi
	check "the daemon lives" kill -0 "$daemon"
	for call in malformed six; do
		rtpp "D $call from-$call to-$call" >"$work/deleted"
	done
	set_up_call after
	check "calls go on" both_ways 50
	rtpp "D after from-after to-after" >"$work/deleted"
}

security_network
alice6=2001:db8:a::2 relay6=2001:db8:a::1
must ip -n relay addr add "$relay6/64" dev to-alice nodad
must ip -n alice addr add "$alice6/64" dev eth0 nodad
mac=$(ip -n relay -j link show dev to-alice | jq -r '.[0].address')
mkdir "$work/tracing" && must mount -t tracefs tracefs "$work/tracing"
trace=$(mktemp -d "$work/tracing/instances/xdp-rtpproxy-XXXXXX")
trap 'rmdir "$trace"; rig_end' EXIT
for_each_mode frames -6 "/$relay6"
