#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Alice's NAT rebinds: her packets come from another port of the same address, in the middle of her
# stream. A stream that does not continue hers is not followed.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"
set_up_call rebind
check "the call is up" both_ways 50

# A quarter of a second of silence lies between her last packet and the first from the new port.
talk alice alice "$alice_ip:4002" "$alice_relay" --ssrc 0xa11ce --seq 51 --count 100 \
	--interval-ms 5 --expect 50 --expect-from "$alice_relay" --expect-ssrc 0xb0b --may-lose 5
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --seq 51 --count 100 --interval-ms 5 \
	--expect 90 --expect-from "$bob_relay" --expect-ssrc 0xa11ce
sleep 0.25 # the silence is part of the scenario
media_start
check "bob hears alice from her new port" heard bob
check "alice hears bob at her new port" heard alice

# The same host and another port, but alice is not silent: neither another stream nor a copy of hers
# takes over.
talk alice alice "$alice_ip:4002" "$alice_relay" --ssrc 0xa11ce --seq 151 --count 100 \
	--interval-ms 5 --expect 100 --expect-from "$alice_relay" --expect-ssrc 0xb0b
talk other alice "$alice_ip:4004" "$alice_relay" --ssrc 0xbad --count 100 --interval-ms 5 \
	--expect 0 --timeout 0.5
talk copy alice "$alice_ip:4006" "$alice_relay" --ssrc 0xa11ce --seq 152 --count 100 \
	--interval-ms 5 --expect 0 --timeout 0.5
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --seq 151 --count 100 --interval-ms 5 \
	--expect 100 --expect-from "$bob_relay" --expect-ssrc 0xa11ce
media_start
check "bob hears each of alice's packets once" heard bob
check "alice goes on hearing bob" heard alice
check "the other stream gets nothing" heard other
check "the copy of hers gets nothing" heard copy
