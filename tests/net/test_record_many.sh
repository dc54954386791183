#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 500 calls, each party sending 50 packets a second, and 50 of the calls recorded: no call loses a
# packet by that, and no recording does. XRP_CALLS, XRP_RECORDED and XRP_COUNT (packets that each
# party sends) change how many.
#
# What is lost is told apart by who lost it: the generators' kernels (sockets and veth queues of
# alice and bob), or the relay (what it was given and did not send).
. "$(dirname "$0")/rig.sh"

rec=$work/rec spool=$work/spool
calls=${XRP_CALLS:-500} recorded=${XRP_RECORDED:-50} count=${XRP_COUNT:-150}
two_interfaces
must mkdir "$rec" "$spool"
start_daemon -l "$relay_ip" -r "$rec" -S "$spool" -P --punt-rate 100000 --punt-burst 100000 \
	-s "cunix:$work/control"

# --- setting up ----------------------------------------------------------------------------------

# commands: all of them over one connection, an answer a line.
commands()
{
	python3 tests/net/control.py "cunix:$work/control"
}

# each FORMAT FROM TO: a line for each number, which the format has as often as it likes.
each()
{
	awk -v format="$1" -v from="$2" -v to="$3" \
		'BEGIN { for (i = from; i < to; i++) { line = format; gsub(/N/, i, line); print line } }'
}

# ends IP FIRST: the endpoints that a party has, one a line.
ends()
{
	awk -v ip="$1" -v first="$2" -v calls="$calls" \
		'BEGIN { for (i = 0; i < calls; i++) print ip ":" first + 2 * i }'
}

# relay_ends FILE: where the relay wants to be sent to.
relay_ends()
{
	awk -v ip="$relay_ip" '{ print ip ":" $1 }' "$1"
}

ends "$alice_ip" 20000 >"$work/alice"
ends "$bob_ip" 30000 >"$work/bob"
sed 's/:/ /' "$work/alice" | awk '{ print "U c" NR - 1, $1, $2, "f" NR - 1 }' | commands >"$work/u"
sed 's/:/ /' "$work/bob" | awk '{ print "L c" NR - 1, $1, $2, "f" NR - 1, "t" NR - 1 }' |
	commands >"$work/l"
is "the relay has ports for $calls calls" \
	"$(cat "$work/u" "$work/l" | awk '$1 > 1023' | sort -un | wc -l)" $((2 * calls))
each "Rs cN fN tN" 0 "$recorded" | commands >"$work/r"
each "Rs cN tN fN" 0 "$recorded" | commands >>"$work/r"
is "and records $recorded of them" "$(grep -cx 0 "$work/r")" $((2 * recorded))
paste "$work/alice" <(relay_ends "$work/l") >"$work/alice.calls"
paste "$work/bob" <(relay_ends "$work/u") >"$work/bob.calls"

# --- media ---------------------------------------------------------------------------------------

# dropped NS: packets that its kernel lost, in the queue of its link or of a socket.
dropped()
{
	{
		in_ns "$1" ethtool -S eth0 | awk '/drops|xmit_err/ { n += $2 } END { print n + 0 }'
		in_ns "$1" awk '$1 == "Udp:" && $2 ~ /^[0-9]/ { print $4 }' /proc/net/snmp
		ip -n "$1" -s -j link show eth0 | jq '.[0].stats64 | .rx.dropped + .tx.dropped'
	} | awk '{ n += $1 } END { print n }'
}

relayed()
{
	echo $(($(relayed_in_kernel) + $(relayed_by_daemon)))
}

# crowd NAME SSRC OTHERS-SSRC
crowd()
{
	: >"$work/$1.err"
	exec nsenter --net="/run/netns/$1" -- "$build/rtpgen" --calls "$work/$1.calls" --json \
		--ssrc "$2" --expect-ssrc "$3" --count "$count" --expect "$count" \
		--start-file "$work/start" >"$work/$1.json" 2>"$work/$1.err" &
	talker[$1]=$!
	must wait_for "$deadline" grep -q ready "$work/$1.err"
}

crowd alice 100000 200000
crowd bob 200000 100000
: >"$work/start"
heard alice
alice_heard=$?
heard bob
bob_heard=$?
sent=$((2 * calls * count))
total()
{
	jq -s "map(.$1) | add" "$work/alice.json" "$work/bob.json"
}
is "alice and bob send $sent packets" "$(($(total sent) - $(total send_errors)))" $sent
# What their own side loses on the way to the relay or from it is not the relay's.
lost_outside=$(($(dropped alice) + $(dropped bob)))
echo "# lost by the kernels of alice and bob: $lost_outside; sent in" \
	"$(field alice .seconds) and $(field bob .seconds) s, planned $(jq -n "$count * 0.02")"
given=$(ctl calls | jq '[.calls[] | .caller.packets, .callee.packets] | add')
check "nearly nothing is lost outside of the relay" [ $lost_outside -le $((sent / 1000)) ]
is "the relay sends all that it is given" "$(relayed)" "$given"
missing=$((sent - $(total received)))
check "none of it is missing that is not lost there" [ $missing -le $lost_outside ]
if [ $lost_outside -eq 0 ]; then
	is "nobody's media has a gap, comes twice or out of order" $((alice_heard + bob_heard)) 0
fi

# --- recordings ----------------------------------------------------------------------------------

ctl calls | jq -r '.calls[] | [.call_id, .caller.packets + .callee.packets] | @tsv' |
	sed -n 's/^c//p' | sort -n | head -n "$recorded" >"$work/wanted"
each "D cN fN" 0 "$calls" | commands >"$work/d"
is "all calls end" "$(grep -cx 0 "$work/d")" "$calls"
all_closed()
{
	[ "$(find "$rec" -name '*.pcap' | wc -l)" -eq "$recorded" ]
}
check "$recorded files are complete" wait_for "$deadline" all_closed
capinfos -Mcr -T "$rec"/*.pcap 2>/dev/null | sed -n 's/^.*\/c\([0-9]*\)=.*pcap\t/\1\t/p' | sort -n >"$work/have"
is "each has the packets that the relay was given for this call" \
	"$(diff "$work/wanted" "$work/have" | grep -c '^[<>]')" 0
mergecap -F pcap -w "$work/all.pcap" "$rec"/*.pcap
ports=$(awk 'FNR <= n { sub(/.*:/, ""); print }' n="$recorded" "$work/alice" "$work/bob" |
	sed 's/.*/-d udp.port==&,rtp/')
# shellcheck disable=SC2086 # an option each
tshark -n -r "$work/all.pcap" $ports -Y rtp -T fields -e rtp.ssrc -e rtp.seq 2>/dev/null |
	sort -u >"$work/packets"
is "and no packet twice" "$(wc -l <"$work/packets")" "$(awk '{ n += $2 } END { print n }' "$work/have")"
is "the log knows of no lost copy" "$(grep -cE 'copies_lost=[1-9]|event=copies_lost' \
	"$work/daemon.log")" 0
