#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S17: frames whose headers are cut off or lie, in the name of a party, by IPv4 and IPv6. The program
# lets them pass or drops them, each for one reason, and never aborts; nothing of what is malformed is
# relayed. Then many at random. The daemon lives, and the call goes on.
. "$(dirname "$0")/lib.sh"

# What is wrong with the payload only, or with headers around a whole datagram, is the stack's to say.
may_be_relayed=" udp-checksum "

malformed()
{
	in_ns alice python3 tests/net/security/malformed.py "$1" "$2" "$mac" "$alice_ip:4000" \
		"$alice_relay" "$alice6" "$relay6"
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

all_seen()
{
	[ "$(($(seen) - seen_before))" -ge "$(($(frames_in to-alice) - frames_before))" ]
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

each_kind()
{
	local kind before sent

	for kind in $(malformed kinds 0); do
		before=$(relayed)
		sent=$(malformed "$kind" 20)
		is "$kind: all are sent" "$sent" 20
		[[ $may_be_relayed == *" $kind "* ]] || check "$kind: none is relayed" still_relayed "$before"
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

	frames_before=$(frames_in to-alice) seen_before=$(seen)
	[ "$mode" != native ] || watch_exceptions
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
	rtpp "D malformed from-malformed to-malformed" >"$work/deleted"
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
for_each_mode frames
