#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A re-INVITE: alice moves to another port, then bob does; the relay's own ports stay.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"
set_up_call move
check "the call is up" both_ways 50

is "U with alice's new port answers the port bob knows" \
	"$(rtpp "U move $alice_ip 4100 from-move to-move")" "$offer_reply"
is "L answers the port alice knows" "$(rtpp "L move $bob_ip 6000 from-move to-move")" \
	"$answer_reply"
talk alice alice "$alice_ip:4100" "$alice_relay" --count 100 --expect 95 --interval-ms 5 \
	--expect-from "$alice_relay" --timeout 1
talk bob bob "$bob_ip:6000" "$bob_relay" --count 100 --expect 98 --interval-ms 5 \
	--expect-from "$bob_relay" --timeout 1
media_start
check "alice hears bob at her new port" heard alice
check "bob hears alice from there" heard bob

# Roles reversed: bob re-INVITEs, so the tags come the other way round.
is "U from bob answers the port alice knows" \
	"$(rtpp "U move $bob_ip 6100 to-move from-move")" "$answer_reply"
is "L from alice answers the port bob knows" \
	"$(rtpp "L move $alice_ip 4100 to-move from-move")" "$offer_reply"
before=$(relayed_in_kernel)
talk alice alice "$alice_ip:4100" "$alice_relay" --count 100 --expect 98 --interval-ms 5 \
	--expect-from "$alice_relay" --timeout 1
talk bob bob "$bob_ip:6100" "$bob_relay" --count 100 --expect 95 --interval-ms 5 \
	--expect-from "$bob_relay" --timeout 1
media_start
check "alice hears bob from his new port" heard alice
check "bob hears alice there" heard bob
between "the kernel forwards to the new ports" $((before + 180)) "$(relayed_in_kernel)" \
	$((before + 200))
