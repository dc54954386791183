#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Datagrams that do not fit a frame: they come in fragments, the slow path relays them whole. And
# datagrams that fit the way in but not the way out.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip" --punt-rate 10000 --punt-burst 10000
set_up_call large
check "3000 bytes of payload come through both ways, byte for byte" both_ways 50 --payload-size 3000
check "so do 60,000" both_ways 10 --payload-size 60000
is "the daemon relayed them" "$(relayed_by_daemon)" 120
check "they came in as fragments" [ "$(reason up_fragment)" -ge 120 ]

must ip -n relay link set to-bob mtu 1300
must ip -n bob link set eth0 mtu 1300
mtu_is_known()
{
	ctl show large | jq -e '[.. | .mtu? // empty] | index(1300) != null' >/dev/null
}
check "the relay sees that bob's MTU is now 1300" wait_for "$deadline" mtu_is_known
check "1400 bytes to bob are fragmented on the way out" both_ways 50 --payload-size 1400
check "they were too big for the kernel's way" [ "$(reason up_too_big)" -ge 50 ]
before=$(relayed_in_kernel)
check "small ones are relayed as ever" both_ways 100
between "in the kernel" $((before + 195)) "$(relayed_in_kernel)" $((before + 200))
