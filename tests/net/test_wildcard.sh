#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No -l: the relay serves every address of the host, answers a bare port, and media may come to any
# of its addresses.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -t 184
is "U answers a port and no address" \
	"$(rtpp "U any $alice_ip 4000 from-any" | grep -cE '^[0-9]+$')" 1
bob_port=$(rtpp "U any $alice_ip 4000 from-any")
alice_port=$(rtpp "L any $bob_ip 6000 from-any to-any")
# Each talks to the relay's address on the own network.
alice_relay=192.0.2.1:$alice_port bob_relay=198.51.100.1:$bob_port
check "alice and bob hear every packet of each other, each from the address they talk to" \
	both_ways 200
between "the kernel forwarded all but the first packets" 390 "$(relayed_in_kernel)" 400
