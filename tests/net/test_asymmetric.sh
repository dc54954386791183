#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An asymmetric leg (Ua): alice sends from another port than the one she receives at, and what is
# for her still goes where she said.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"
offer asymmetric "$alice_ip" 4000 a
answer asymmetric "$bob_ip" 6000
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
