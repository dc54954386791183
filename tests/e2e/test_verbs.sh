#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The functions of Kamailio's rtpproxy module, each by its own name (verbs.cfg): offer, answer and
# unforce, prompts, statistics, bridging of two networks and of IPv4 and IPv6, timeouts.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

address[dora]=10.9.0.2 media_port[dora]=7000 ssrc[dora]=0xd07a
inner_ip=10.9.0.1
relay_ip6=2001:db8::1

# Kamailio names the timeout's socket in every re-INVITE, so each relay has to know it.
start_relay()
{
	start_daemon -n "unix:$work/timeouts" "$@"
}

# call CALL-ID CALLER CALLEE [SCENARIO SCENARIO]: dials the callee's address.
call()
{
	dial=${address[$3]} begin_call "$@"
}

hang_up_call()
{
	go_on "$caller" "$id"
	end_call
}

logged()
{
	grep -qE "$1" "$work/kamailio.log"
}

plain()
{
	call plain alice bob
	check "plain: Kamailio knows its relay" logged 'relay plain \[udp:127.0.0.1:22222\]'
	talk_both plain
	hang_up_call
	check "plain: \$rtpstat has what both sent, what was relayed and dropped" logged \
		"rtpstat plain \[60 $packets $packets $((2 * packets)) 0\]"
}

# Who holds hears the prompt twice, then is heard and hears again.
prompts()
{
	call prompt alice bob caller_hold callee_hold
	talk_both "prompt, before"
	listen_to alice twice 100
	media_start
	go_on alice prompt
	check "prompt: stream2uac is heard" heard alice
	check "prompt: byte for byte, two times" is_prompt twice "$work/twice"
	go_on alice prompt
	check "prompt: the return is answered" told alice prompt 3
	talk_both "prompt, after stop_stream2uac"
	hang_up_call
}

# networks_of CALL-ID CALLER-SIDE CALLEE-SIDE: which of the relay's addresses were they told?
networks_of()
{
	is "$1: the caller is told the address on its side" \
		"$(tail -n 1 "$work/$caller.$1.told" | cut -d' ' -f1)" "$2"
	is "$1: the callee, that on its own" \
		"$(tail -n 1 "$work/$callee.$1.told" | cut -d' ' -f1)" "$3"
}

two_networks()
{
	start_relay -l $relay_ip/$inner_ip
	call bridge alice dora
	networks_of bridge $relay_ip $inner_ip
	talk_both bridge
	hang_up_call
	stop_daemon
}

two_families()
{
	start_relay -l $relay_ip -6 /$relay_ip6
	media[bob]=2001:db8::30
	call family-4to6 alice bob
	networks_of "$id" $relay_ip $relay_ip6
	hear_both "$id"
	hang_up_call
	call family-6to4 bob alice
	networks_of "$id" $relay_ip6 $relay_ip
	hear_both "$id"
	hang_up_call
	unset "media[bob]"
	stop_daemon
}

notified()
{
	listen timeouts relay "unix:$work/timeouts"
	start_relay -l $relay_ip -T 2
	call notify alice bob
	talk_both notify
	check "notify: nothing is said before" got timeouts ""
	check "notify: the call ends without media" wait_for "$deadline" calls_active 0
	check "notify: the tag and a line's end, exactly" wait_for "$deadline" got timeouts \
		$'media-timeout\n'
	hang_up_call
	check "notify: nothing more" got timeouts $'media-timeout\n'
	stop_daemon
}

sip_world
add_ns dora
add_link relay to-dora $inner_ip/24 dora eth0 ${address[dora]}/24
must ip -n dora route add default via $inner_ip
must ip -n relay addr add $relay_ip6/64 dev eth0 nodad
must ip -n bob addr add 2001:db8::30/64 dev eth0 nodad
head -c 4000 /dev/urandom >"$work/prompt.8"
cat "$work"/prompt.8{,} >"$work/twice"
start_relay -l $relay_ip
kamailio_with tests/e2e/verbs.cfg -A "PROMPT=\"$work/prompt\"" \
	-A "TIMEOUT=\"unix:$work/timeouts media-timeout\""
plain
prompts
stop_daemon
two_networks
two_families
notified
