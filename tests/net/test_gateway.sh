#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bob is behind a gateway. In the middle of the call the gateway gets another MAC address (a standby
# takes over and says so by ARP), then the route to bob moves to another gateway.
. "$(dirname "$0")/rig.sh"

add_ns relay gateway standby alice bob
add_link relay to-alice 192.0.2.1/24 alice eth0 192.0.2.2/24
add_link relay to-gateway 198.51.100.1/24 gateway outside 198.51.100.2/24
add_link gateway inside 203.0.113.1/24 bob eth0 203.0.113.2/24
add_link relay to-standby 198.51.101.1/24 standby outside 198.51.101.2/24
add_link standby inside 203.0.114.1/24 bob eth1 203.0.114.2/24
must ip -n alice route add default via 192.0.2.1
must ip -n bob route add default via 203.0.113.1
must ip -n gateway route add default via 198.51.100.1
must ip -n standby route add default via 198.51.101.1
must ip -n standby route add 203.0.113.2 via 203.0.114.2
must ip -n relay route add 203.0.113.0/24 via 198.51.100.2
for router in gateway standby; do
	must in_ns "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.outside.arp_notify=1
done
must in_ns bob sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0
relay_ip=192.0.2.1 alice_ip=192.0.2.2 bob_ip=203.0.113.2

start_daemon -l "$relay_ip"
set_up_call gateway
check "the call is up" both_ways 100
between "in the kernel" 190 "$(relayed_in_kernel)" 200

nexthop_is()
{
	ctl show gateway | jq -e --arg mac "$1" '[.. | .mac? // empty] | index($mac) != null' >/dev/null
}

must ip -n gateway link set outside address 02:00:00:00:00:42
check "the relay sees the new MAC address" wait_for "$deadline" nexthop_is 02:00:00:00:00:42
before=$(relayed_in_kernel)
check "both ways through the new MAC address" both_ways 100 --seq 101
between "still in the kernel" $((before + 195)) "$(relayed_in_kernel)" $((before + 200))

standby_mac=$(ip -n standby -j link show outside | jq -r '.[0].address')
must ip -n relay route replace 203.0.113.0/24 via 198.51.101.2
must ip -n bob route replace default via 203.0.114.1
check "the relay sees the new route" wait_for "$deadline" nexthop_is "$standby_mac"
before=$(relayed_in_kernel)
check "both ways through the other gateway" both_ways 100 --seq 201
between "still in the kernel, but the first" $((before + 190)) "$(relayed_in_kernel)" \
	$((before + 200))
