#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same call without XDP: everything goes through the slow path, and nobody hears a difference.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip" --no-xdp
set_up_call slow
check "alice and bob hear every packet of each other, 200 each way" both_ways 200
is "the daemon relayed all of it" "$(relayed_by_daemon)" 400
is "the kernel none" "$(relayed_in_kernel)" 0
check "3000 bytes of payload come through both ways" both_ways 20 --payload-size 3000
talk mallory mallory "$mallory_ip:4000" "$bob_relay" --ssrc 0xbad --count 100 --interval-ms 5 \
	--expect 0 --timeout 0.5
media_start
check "with mallory sending, alice and bob hear only each other" both_ways 50
check "nothing comes to mallory" heard mallory
check "status says that XDP is off" [ "$(ctl status | jq .xdp)" = false ]
is "no program is attached" "$(ip -n relay -d link | grep -c xdp)" 0
