#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Alice is behind a masquerading NAT and signals her private address: the relay learns the right
# one from her packets (policy auto). Then the NAT gives her another port.
. "$(dirname "$0")/rig.sh"

add_ns relay nat alice bob
add_link relay to-nat 192.0.2.1/24 nat outside 192.0.2.2/24
add_link relay to-bob 198.51.100.1/24 bob eth0 198.51.100.2/24
add_link nat inside 10.0.0.1/24 alice eth0 10.0.0.2/24
must ip -n alice route add default via 10.0.0.1
must ip -n bob route add default via 198.51.100.1
must in_ns nat sysctl -qw net.ipv4.ip_forward=1
# masquerade PORTS: alice's packets leave with a port of these
masquerade()
{
	in_ns nat nft -f - <<-END
		flush ruleset
		table ip nat {
			chain out {
				type nat hook postrouting priority 100;
				oifname outside udp dport > 0 masquerade to :$1
			}
		}
	END
}
must masquerade 10000-19999
relay_ip=192.0.2.1 alice_ip=10.0.0.2 bob_ip=198.51.100.2

start_daemon -l "$relay_ip"
set_up_call nat
# Nobody can reach alice before she has spoken: she sends first, and bob once he hears her.
talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --count 200 --interval-ms 5 \
	--expect 100 --expect-from "$alice_relay" --expect-ssrc 0xb0b
talk listener bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 10 --expect-from "$bob_relay" \
	--expect-ssrc 0xa11ce
media_start
check "bob hears alice" heard listener
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --count 100 --interval-ms 2 --expect 20 \
	--expect-from "$bob_relay" --expect-ssrc 0xa11ce
media_start
check "bob goes on hearing her" heard bob
check "alice hears every packet of bob's, through the NAT" heard alice
learned=$(ctl show nat | jq -r '[.. | .learned? // empty | strings] | map(select(startswith("192.0.2.2:"))) | .[0]')
check "the relay learned the NAT's address, not alice's own: $learned" \
	[ "${learned%:*}" = 192.0.2.2 ]
check "it said so" daemon_says 'event=latched .*10\.0\.0\.2:4000.*192\.0\.2\.2:1'

before=$(relayed_in_kernel)
check "both ways once more" both_ways 100
between "the kernel forwarded them" $((before + 196)) "$(relayed_in_kernel)" $((before + 200))

# The NAT forgets her (as it does when it loses its address for a moment) and then picks another
# port: same SSRC, the sequence goes on.
talk listener bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 50 --expect-from "$bob_relay" \
	--expect-ssrc 0xa11ce
must masquerade 30000-39999
must ip -n nat addr del 192.0.2.2/24 dev outside
must ip -n nat addr add 192.0.2.2/24 dev outside
nat_is_empty()
{
	[ "$(in_ns nat sysctl -n net.netfilter.nf_conntrack_count)" = 0 ]
}
must wait_for "$deadline" nat_is_empty
talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --seq 101 --count 100 \
	--interval-ms 5
media_start
check "after the NAT rebinds, bob hears alice again" heard listener
check "she sent all of it" heard alice
check "and she hears all of bob" both_ways 50 --seq 200
check "the new port was learned" daemon_says '192\.0\.2\.2:3[0-9]{4}'
