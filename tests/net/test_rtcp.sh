#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RTCP, on the ports above the RTP ones: alone, beside RTP, and learned behind a NAT.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"
set_up_call rtcp
talk alice-rtp alice "$alice_ip:4000" "$alice_relay" --count 100 --expect 100 --interval-ms 5 \
	--expect-from "$alice_relay"
talk bob-rtp bob "$bob_ip:6000" "$bob_relay" --count 100 --expect 100 --interval-ms 5 \
	--expect-from "$bob_relay"
talk alice-rtcp alice "$alice_ip:4001" "$(rtcp_of "$alice_relay")" --rtcp --count 20 --expect 20 \
	--interval-ms 25 --expect-from "$(rtcp_of "$alice_relay")"
talk bob-rtcp bob "$bob_ip:6001" "$(rtcp_of "$bob_relay")" --rtcp --count 20 --expect 20 \
	--interval-ms 25 --expect-from "$(rtcp_of "$bob_relay")"
media_start
for name in alice-rtp bob-rtp alice-rtcp bob-rtcp; do
	check "all comes to $name" heard "$name"
done
between "the kernel forwarded all but the first packets" 220 "$(relayed_in_kernel)" 240
