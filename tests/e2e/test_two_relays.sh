#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two relays in one set of Kamailio's, and one is killed: its calls go on in the kernel, new ones go
# to the other, and when it is back it gets its share again.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

other_ip=203.0.113.2
address[carol]=203.0.113.40 media_port[carol]=5000 ssrc[carol]=0xca401

# The second one has a host of its own.
start_other()
{
	: >"$work/other.log"
	exec nsenter --net=/run/netns/other -- "$build/xdp-rtpproxy" -f -F -s udp:$other_ip:22222 --allow $relay_ip \
		--ctl "$work/other.sock" --pin-root "$work/bpf/other" -p "$work/other.pid" \
		-l $other_ip --rate-cap off 2>"$work/other.log" &
	must wait_for "$deadline" grep -q event=ready "$work/other.log"
}

start_first()
{
	start_daemon -l $relay_ip
}

# carried_by ADDRESS: were both phones of the call told this relay?
carried_by()
{
	[ "$(relay_of "$caller" "$id" | cut -d: -f1)" = "$1" ] &&
		[ "$(relay_of "$callee" "$id" | cut -d: -f1)" = "$1" ]
}

hang_up_call()
{
	go_on "$caller" "$id"
	check "$id: the caller's SIP went as it should" phone_done "$caller" "$id"
	check "$id: the callee's SIP went as it should" phone_done "$callee" "$id"
}

# Kamailio chooses by the sum of the Call-ID's bytes: odd and even are two relays.
share()
{
	begin_call call-2 alice bob
	check "one call is the other relay's" carried_by $other_ip
	hear_both call-2
	hang_up_call
	begin_call call-1 alice bob
	check "the next one is the first relay's" carried_by $relay_ip
	talk_both call-1
}

# Call 1 is still up. It is alice and bob who hear each other, home and carol who call.
lose_one()
{
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	hear_both "call-1, its relay killed"
	begin_call call-3 home carol
	check "a call that was to be the killed one's is the other's" carried_by $other_ip
	hear_both call-3
	hang_up_call
	id=call-1 caller=alice callee=bob
	hear_both "call-1, later"
	hang_up_call
}

# One more call, which says nothing. Is it the first relay's?
is_back()
{
	tries=$((tries + 1))
	begin_call "again-$tries" alice bob >"$work/again"
	carried_by $relay_ip
	set -- $?
	hang_up_call >>"$work/again"
	return "$1"
}

# Nobody could tell the relay of its end: that is its time limit's to find.
only_call_left()
{
	[ "$(ctl calls | jq -r '.calls | map(.call_id) | unique | join(" ")')" = "$1" ]
}

come_back()
{
	tries=0
	start_first
	check "Kamailio finds it again" wait_for "$deadline" is_back
	begin_call call-5 alice bob
	check "calls are the first relay's again" carried_by $relay_ip
	talk_both call-5
	hang_up_call
	check "all that is left there is the call that was hung up while it was away" \
		wait_for "$deadline" only_call_left call-1
}

sip_world
add_ns other carol
plug other $other_ip/24
plug carol "${address[carol]}/24"
start_first
start_other
start_kamailio -A RTPPROXY_RETRY=1 -A "RTPPROXY=\"udp:127.0.0.1:22222 udp:$other_ip:22222\""
for host in alice bob home carol; do
	check "$host registers" register $host
done
share
lose_one
come_back
