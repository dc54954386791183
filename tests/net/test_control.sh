#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All kinds of control sockets at once, while media runs: a call is set up over one and ended over
# another, many commands are sent ahead of their answers, and no packet is lost meanwhile.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip" -s tcp:127.0.0.1:7722 -s tcp6:::1:7722 -s "cunix:$work/c" \
	-s "unix:$work/u" -s udp6:::1:7723

# ask SOCKET: the answers to the commands on standard input, a line each.
ask()
{
	in_ns relay python3 tests/net/control.py "$1"
}

reply=$(ask tcp:127.0.0.1:7722 <<<"U mixed $alice_ip 4000 from-mixed")
bob_relay=$relay_ip:$(port_in "$reply")
reply=$(ask "cunix:$work/c" <<<"L mixed $bob_ip 6000 from-mixed to-mixed")
alice_relay=$relay_ip:$(port_in "$reply")
talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --expect-ssrc 0xb0b --count 600 \
	--expect 600 --interval-ms 2
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --expect-ssrc 0xa11ce --count 600 \
	--expect 600 --interval-ms 2
media_start

# 200 calls come and go over each of the streams, all commands at once.
for ((i = 0; i < 200; i++)); do
	echo "U ID-$i $alice_ip $((20000 + 2 * i)) f"
	echo "L ID-$i $bob_ip $((30000 + 2 * i)) f t"
	echo "Q ID-$i f t"
	echo "D ID-$i f t"
done >"$work/commands"
declare -A asking=()
for socket in tcp:127.0.0.1:7722 tcp:::1:7722 "cunix:$work/c"; do
	name=${socket//[^a-z0-9]/}
	sed "s/ID/$name/" "$work/commands" | ask "$socket" >"$work/$name.answers" &
	asking[$name]=$!
done
for name in "${!asking[@]}"; do
	wait "${asking[$name]}"
	is "$name: every command has its answer, in order" \
		"$(sed -E "s/^[0-9]+ $relay_ip\$/PORT/; s/^60 0 0 0 0\$/FIGURES/" "$work/$name.answers" |
			uniq -c | awk '{ print $1, $2 }' | sort | uniq -c | xargs)" \
		"200 1 0 200 1 FIGURES 200 2 PORT"
done
check "alice hears every packet meanwhile" heard alice
check "and bob" heard bob
between "in the kernel" 1190 "$(relayed_in_kernel)" 1200
is "a unix connection takes one command" \
	"$(in_ns relay "$build/rtppcmd" -s "unix:$work/u" V)" 20040107
is "figures are the same on all of them" "$(ask "cunix:$work/c" <<<"G nsess_created nsess_destroyed")" \
	"601 600"
is "D over the unix socket" "$(in_ns relay "$build/rtppcmd" -s "unix:$work/u" "D mixed from-mixed")" 0
is "ends the call that tcp began" "$(ctl status | jq .calls.active)" 0
