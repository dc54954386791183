#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# IPv6: a call of two IPv6 parties, and one between IPv4 and IPv6 (-l a -6 /b), media and RTCP both
# ways by the slow path. A call of two IPv4 parties beside them stays in the kernel.
. "$(dirname "$0")/rig.sh"

two_interfaces
for name in alice bob; do
	must ip -n relay addr add "2001:db8:$([ $name = alice ] && echo a || echo b)::1/64" \
		dev "to-$name" nodad
	must ip -n "$name" addr add "2001:db8:$([ $name = alice ] && echo a || echo b)::2/64" \
		dev eth0 nodad
	must ip -n "$name" -6 route add default via \
		"2001:db8:$([ $name = alice ] && echo a || echo b)::1"
done
alice4=192.0.2.2 alice6=2001:db8:a::2 bob4=198.51.100.2 bob6=2001:db8:b::2

# call ID ALICE BOB MODIFIERS-OF-U MODIFIERS-OF-L: sets who and where they are for both_ways.
call()
{
	offer_reply=$(rtpp "U$4 $1 $2 4000 from-$1")
	answer_reply=$(rtpp "L$5 $1 $3 6000 from-$1 to-$1")
	bob_relay=$(endpoint_in "$offer_reply") alice_relay=$(endpoint_in "$answer_reply")
	alice_ip=$2 bob_ip=$3
	[[ $alice_ip != *:* ]] || alice_ip="[$alice_ip]"
	[[ $bob_ip != *:* ]] || bob_ip="[$bob_ip]"
}

# endpoint_in REPLY: as rtpgen wants it.
endpoint_in()
{
	local port address six

	read -r port address six <<<"$1"
	if [ "$six" = 6 ]; then echo "[$address]:$port"; else echo "$address:$port"; fi
}

rtcp_both_ways()
{
	talk alice alice "$alice_ip:4001" "$(rtcp_of "$alice_relay")" --rtcp --ssrc 1 --expect-ssrc 2 \
		--count 10 --expect 10 --interval-ms 5 --expect-from "$(rtcp_of "$alice_relay")"
	talk bob bob "$bob_ip:6001" "$(rtcp_of "$bob_relay")" --rtcp --ssrc 2 --expect-ssrc 1 \
		--count 10 --expect 10 --interval-ms 5 --expect-from "$(rtcp_of "$bob_relay")"
	media_start
	heard alice && heard bob
}

# --- IPv6 only -----------------------------------------------------------------------------------

start_daemon -6 2001:db8:a::1 -t 184
call six "$alice6" "$bob6" 6 6
check "an IPv6 call is told an IPv6 address" [ "${offer_reply#* }" = "2001:db8:a::1 6" ]
check "its parties hear every packet of each other" both_ways 100
is "with -t as the traffic class" "$(field bob .tos)" 184
is "S tos= sets it, too" "$(rtpp "U6 six $alice6 4000 from-six to-six && S tos=40")" \
	"${offer_reply}"
check "for the call's party" both_ways 10 --seq 200
is "which alone gets it" "$(field alice .tos) $(field bob .tos)" "40 184"
is "and a hop limit of 64" "$(field alice .ttl)" 64
check "RTCP, too" rtcp_both_ways
check "large packets are fragmented and put together" both_ways 10 --payload-size 3000
is "the slow path relayed them" "$(relayed_by_daemon)" 260
talk mallory mallory 203.0.113.2:1 192.0.2.1:1 --count 0 --expect 0 --timeout 0.01
heard mallory
rtpp "D six from-six" >/dev/null
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 0 --timeout 0.3
talk alice alice "$alice_ip:4000" "$alice_relay" --count 20 --interval-ms 5
media_start
check "after D alice still sends" heard alice
check "and bob hears nothing" heard bob
is "an IPv4 party is refused: there is no IPv4 address" "$(rtpp "U four $alice4 4000 from")" E36
kill "$daemon" && wait "$daemon"

# --- IPv4 and IPv6 -------------------------------------------------------------------------------

start_daemon -l 192.0.2.1 -6 /2001:db8:b::1 --bridge_symmetric
call mixed "$alice4" "$bob6" ie ei6
is "of a call between IPv4 and IPv6 the IPv6 party is told an IPv6 address" "${offer_reply#* }" \
	"2001:db8:b::1 6"
is "and the IPv4 party an IPv4 one" "${answer_reply#* }" 192.0.2.1
check "they hear every packet of each other" both_ways 100
check "RTCP, too" rtcp_both_ways
check "STUN, too" both_ways 10 --stun
is "the slow path relayed them" "$(relayed_by_daemon)" 240
before=$(relayed_in_kernel)
call four "$alice4" "$bob4" "" ""
check "two IPv4 parties beside them hear each other" both_ways 100
between "in the kernel" $((before + 195)) "$(relayed_in_kernel)" $((before + 200))
check "xdp-rtpctl shows the IPv6 endpoint" grep -qF "$bob6" <<<"$(ctl show mixed)"
check "and the log" daemon_says "event=latched call_id=mixed .*2001:db8:b::2"
