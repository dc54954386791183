#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An asymmetric leg (Ua): alice sends from another port than the one she receives at, and what is
# for her still goes where she said.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"
offer asymmetric "$alice_ip" 4000 a
answer asymmetric "$bob_ip" 6000

# caller EXPRESSION: of alice's leg.
caller()
{
	ctl show asymmetric | jq -r ".streams[0].legs[] | select(.side == \"caller\") | .rtp | $1"
}

check "before she has sent anything the log does not call her latched" \
	eval '! daemon_says "event=latched.*side=caller"'
is "nor does show" "$(caller '[.state, .learned, .asymmetric] | map(tostring) | join(" ")')" \
	"expecting null true"
talk receiver alice "$alice_ip:4000" "$alice_relay" --count 0 --expect 100 \
	--expect-from "$alice_relay" --expect-ssrc 0xb0b --timeout 5
talk sender alice "$alice_ip:4500" "$alice_relay" --ssrc 0xa11ce --count 100 --interval-ms 5 \
	--expect 0 --timeout 0.2
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --count 100 --interval-ms 5 --expect 100 \
	--expect-from "$bob_relay" --expect-ssrc 0xa11ce
media_start
check "bob hears all that alice sends from her other port" heard bob
check "alice receives all of bob's where she said" heard receiver
check "nothing comes to the port she sends from" heard sender
between "the kernel forwarded all but the first packets" 190 "$(relayed_in_kernel)" 200
is "show tells where she sends from, and where she is sent to" \
	"$(caller '[.state, .learned, .sends_to] | join(" ")')" "locked $alice_ip:4500 $alice_ip:4000"
check "the verdict names the cure" eval \
	"ctl show asymmetric | jq -r .streams[0].verdict | grep -q 'callee: .*sends from $alice_ip:4500.* modifier s'"
check "so does the text" eval \
	"'$build/xdp-rtpctl' --socket $work/ctl.sock show asymmetric | grep -qE 'mode +asymmetric +symmetric'"
check "the log tells both, now that a packet came" daemon_says \
	"event=latched .*side=caller media=rtp .*asymmetric, sends from $alice_ip:4500, is sent to $alice_ip:4000"
