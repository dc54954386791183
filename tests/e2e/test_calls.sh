#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Calls between two SIP phones through Kamailio, with the configuration that we ship, and our relay.
# Each call: RTP is heard at both phones, the kernel carried all of it but the first packets, and
# the ports are free when the call has ended.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

packets=100 # a phone sends in one stretch
first=10    # so many may miss the kernel, or the other phone, before both sides are known

# begin_call NAME CALLER CALL-ID CALLER-SCENARIO CALLEE-SCENARIO: until both have an SDP.
begin_call()
{
	start_phone bob "$5" "$3"
	start_phone "$2" "$4" "$3" -s bob
	check "$1: the callee is told where to send" told bob "$3" 1
	check "$1: the caller is told where to send" told "$2" "$3" 1
}

# talk_both NAME CALLER CALL-ID: both speak at once.
talk_both()
{
	local kernel

	kernel=$(relayed_in_kernel)
	speak "$2" "$3" bob --count $packets --expect $((packets - first))
	speak bob "$3" "$2" --count $packets --expect $((packets - first))
	media_start
	check "$1: the caller hears the callee" heard "$2"
	check "$1: the callee hears the caller" heard bob
	between "$1: the kernel carried it" $((2 * (packets - first))) \
		$(($(relayed_in_kernel) - kernel)) $((2 * packets))
}

# end_call NAME CALLER CALL-ID
end_call()
{
	check "$1: the caller's SIP went as it should" phone_done "$2" "$3"
	check "$1: the callee's SIP went as it should" phone_done bob "$3"
	check "$1: the call is gone from the relay" wait_for "$deadline" calls_active 0
}

plain_call()
{
	begin_call plain alice plain caller callee
	talk_both plain alice plain
	go_on alice plain
	end_call plain alice plain
}

# The NAT gives SIP and RTP other addresses and ports than the phone writes.
natted_call()
{
	begin_call NAT home nat caller callee
	talk_both NAT home nat
	go_on home nat
	end_call NAT home nat
}

# Held, the caller sends music and hears nothing; then both speak again.
held_call()
{
	begin_call hold alice hold caller_hold callee_hold
	talk_both "hold, before" alice hold
	go_on alice hold
	check "hold: it is answered" told alice hold 2
	play_music
	go_on alice hold
	check "hold: the return is answered" told alice hold 3
	talk_both "hold, after" alice hold
	go_on alice hold
	end_call hold alice hold
}

play_music()
{
	local kernel

	kernel=$(relayed_in_kernel)
	speak bob hold alice --count 0 --expect $packets
	speak alice hold bob --count $packets --expect 0 --timeout 0.2
	media_start
	check "hold: the callee hears the music" heard bob
	check "hold: the caller hears nothing" heard alice
	is "hold: the kernel carried it" $(($(relayed_in_kernel) - kernel)) $packets
}

early_media()
{
	begin_call "early media" alice early caller_early callee_early
	talk_both "early media" alice early
	go_on bob early
	check "early media: the call is answered" told alice early 2
	talk_both "early media, answered" alice early
	go_on alice early
	end_call "early media" alice early
}

# The callee rings, so the relay has ports; they must come back.
cancelled_call()
{
	start_phone bob callee_ringing cancel
	start_phone alice caller_cancel cancel -s bob
	check "cancel: the callee has an offer" told bob cancel 1
	check "cancel: the relay holds ports" calls_active 1
	check "cancel: the caller hears it ring" told alice cancel 1
	go_on alice cancel
	end_call cancel alice cancel
}

sip_world
start_daemon -l $relay_ip
start_kamailio
for host in alice bob home; do
	check "$host registers" register $host
done
plain_call
natted_call
held_call
early_media
cancelled_call
