#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Calls between two SIP phones through Kamailio, with the configuration that we ship, and our relay.
# Each call: RTP is heard at both phones, the kernel carried all of it but the first packets, and
# the ports are free when the call has ended.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
world_enter "$@"

PACKETS=100 # a phone sends in one stretch
FIRST=10    # so many may be carried, or missed, before both sides are known

heard()
{
	jq -es ".[0] | .ok and .lost == 0 and .received >= $2" "$work/$1.rtp" >/dev/null
}

carried_by_kernel()
{
	[ $(($(kernel_packets) - kernel_before)) -ge "$1" ]
}

# talk NAME CALLER CALL-ID: both speak at once; both must hear, and the kernel must have done it.
talk()
{
	local name=$1 caller=$2 id=$3 other

	kernel_before=$(kernel_packets)
	speak "$caller" "$id" $PACKETS $((PACKETS - FIRST)) bob &
	other=$!
	speak bob "$id" $PACKETS $((PACKETS - FIRST)) "$caller"
	wait $other
	check "$name: $caller hears bob" heard "$caller" $((PACKETS - FIRST))
	check "$name: bob hears $caller" heard bob $((PACKETS - FIRST))
	check "$name: the kernel carried it" carried_by_kernel $((2 * (PACKETS - FIRST)))
}

# ended NAME CALLER CALL-ID
ended()
{
	check "$1: the caller's SIP went as it should" phone_done "$2"
	check "$1: the callee's SIP went as it should" phone_done bob
	check "$1: the call is gone from the relay" wait_for 2 calls_active 0
}

# call NAME CALLER CALL-ID CALLER-SCENARIO CALLEE-SCENARIO: until the caller has an SDP.
call()
{
	phone bob "$5" "$3"
	phone "$2" "$4" "$3" -s bob
	check "$1: both phones are told where to send" \
		wait_for 5 eval "told $2 $3 1 && told bob $3 1"
}

plain_call()
{
	call plain alice plain caller callee
	talk plain alice plain
	go_on alice plain
	ended plain alice
}

# The NAT gives SIP and RTP other addresses and ports than the phone writes.
natted_call()
{
	call NAT home nat caller callee
	talk NAT home nat
	go_on home nat
	ended NAT home
}

# Held, the caller sends music and hears nothing; then both speak again.
held_call()
{
	call hold alice hold caller_hold callee_hold
	talk "hold, before" alice hold
	go_on alice hold
	check "hold: the hold is answered" wait_for 5 told alice hold 2
	kernel_before=$(kernel_packets)
	check "hold: the callee hears the music" music
	check "hold: the kernel carried it" carried_by_kernel $((PACKETS / 2))
	go_on alice hold
	check "hold: the return is answered" wait_for 5 told alice hold 3
	talk "hold, after" alice hold
	go_on alice hold
	ended hold alice
}

music()
{
	local ear

	rm -f "$work/bob.rtp.errors"
	at bob "$B/rtpgen" --local 203.0.113.30:5000 --expect $((PACKETS / 2)) --json \
		--expect-from "$(relay_of bob hold)" --expect-ssrc "${SSRC[alice]}" >"$work/bob.rtp" 2>"$work/bob.rtp.errors" &
	ear=$!
	wait_for 2 log_has ready "$work/bob.rtp.errors"
	speak alice hold $((PACKETS / 2)) 0 bob
	wait $ear
}

early_media()
{
	call early alice early caller_early callee_early
	talk "early media" alice early
	go_on bob early
	check "early media: the call is answered" wait_for 5 told alice early 2
	talk "early media, answered" alice early
	go_on alice early
	ended early alice
}

# The callee rings, so the relay has ports; they must come back.
cancelled_call()
{
	phone bob callee_ringing cancel
	phone alice caller_cancel cancel -s bob
	check "cancel: the callee has an offer" wait_for 5 told bob cancel 1
	check "cancel: the relay holds ports" calls_active 1
	check "cancel: the caller hears it ring" wait_for 5 told alice cancel 1
	go_on alice cancel
	ended cancel alice
}

world_up
relay_up
kamailio_up
for name in alice bob home; do
	check "$name registers" register $name
done
plain_call
natted_call
held_call
early_media
cancelled_call
finish
