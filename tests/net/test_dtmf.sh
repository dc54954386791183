#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Digits (RFC 4733): those of a party that is watched (M3:1) are told to the notification socket, one
# line each, whatever is repeated or lost. The rest of the media stays in the kernel.
. "$(dirname "$0")/rig.sh"

two_interfaces
# The tcp listener is on the relay itself, as the SIP server's is.
must mkdir "$work/rec"
start_daemon -l "$relay_ip" -n "unix:$work/n.sock" -n tcp:127.0.0.1:7733 -r "$work/rec" -P
listen unix relay "unix:$work/n.sock"
listen tcp relay tcp:127.0.0.1:7733

# rtp PT SEQUENCE TIMESTAMP SSRC PAYLOAD
rtp()
{
	printf '80%02x%04x%08x%08x%s\n' "$@"
}

# digit EVENT TIMESTAMP SEQUENCE [PT]: as a phone sends it: 3 packets, then 3 with the end bit.
digit()
{
	local i pt=${4:-101}

	for i in 1 2 3; do
		rtp "$pt" $(($3 + i)) "$2" $((0xa11ce)) "$(printf '%02x%02x%04x' "$1" 10 $((160 * i)))"
	done
	for i in 4 5 6; do
		rtp "$pt" $(($3 + i)) "$2" $((0xa11ce)) "$(printf '%02x%02x%04x' "$1" $((128 + 10)) 480)"
	done
}

# speech COUNT SEQUENCE
speech()
{
	local i

	for ((i = 0; i < $1; i++)); do
		rtp 8 $(($2 + i)) $((($2 + i) * 160)) $((0xa11ce)) "$(printf '%0320d' 0)"
	done
}

# dial NAME LOCAL REMOTE: the packets in $work/NAME.play are sent, when media_start says so.
dial()
{
	talk "$1" "$1" "$2" "$3" --play "$work/$1.play" --count 100000 --interval-ms 5
}

offer digits "$alice_ip" 4000
is "U with a notification socket and M3" \
	"$(rtpp "U digits $alice_ip 4000 from-digits to-digits unix:$work/n.sock call%20one && M3:1 Dd%31.7" |
		cut -d' ' -f1,3-)" "${bob_relay##*:}"
answer digits "$bob_ip" 6000
{ speech 50 1; digit 5 1000 50; speech 20 57; digit 11 2000 76; speech 18 83; } >"$work/alice.play"
dial alice "$alice_ip:4000" "$alice_relay"
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 100 --timeout 1 --dump "$work/bob.dump"
media_start
check "alice speaks and dials 5 and #" heard alice
check "bob hears all of it, the digits' packets, too" heard bob
check "the listener is told each digit once" wait_for "$deadline" got unix \
	"Dd1.7 5 10 480 0
Dd1.7 # 10 480 0
"
between "the kernel forwarded the speech" 80 "$(relayed_in_kernel)" 88
between "the slow path only the digits, and what came first" 12 "$(relayed_by_daemon)" 20

# --- hidden, of the callee, another payload type, tcp ---------------------------------------------

offer hidden "$alice_ip" 4000
rtpp "U hidden $alice_ip 4000 from-hidden to-hidden tcp:127.0.0.1:7733 t" >/dev/null
is "L with M3, PT and h" \
	"$(rtpp "L hidden $bob_ip 6000 from-hidden to-hidden && M3:1 Dc7 96 h" | grep -c '&&')" 0
answer_port=$(rtpp "L hidden $bob_ip 6000 from-hidden to-hidden")
alice_relay=$relay_ip:$(port_in "$answer_port")
{ speech 30 1; digit 0 1000 30 96; digit 15 2000 36 101; speech 20 43; digit 15 3000 62 96; } >"$work/bob.play"
dropped=$(rtpp "Q hidden from-hidden to-hidden" | cut -d' ' -f5)
rtpp "R hidden to-hidden from-hidden" >/dev/null
dial bob "$bob_ip:6000" "$bob_relay"
talk alice alice "$alice_ip:4000" "$alice_relay" --count 0 --expect 56 --timeout 1 \
	--dump "$work/alice.dump"
media_start
check "bob speaks, dials 0 and D as 96, and D as 101, which is not watched" heard bob
check "alice hears it" heard alice
is "but nothing of what is hidden" "$(cut -d' ' -f3 "$work/alice.dump" | grep -c '^..60')" 0
is "which counts as dropped" "$(($(rtpp "Q hidden from-hidden to-hidden" | cut -d' ' -f5) - dropped))" \
	"$(grep -c '^..[6e]0' "$work/bob.play")"
is "and all else" "$(cut -d' ' -f3 "$work/alice.dump" | cut -c3-4 | sort | uniq -c | xargs)" "50 08 6 65"
all_recorded()
{
	[ "$(tshark -n -r "$work/rec/hidden=from-hidden.a.rtp" 2>/dev/null | wc -l)" -eq \
		"$(wc -l <"$work/bob.play")" ]
}
check "the recording has what is hidden, too" wait_for "$deadline" all_recorded
check "the other listener is told" wait_for "$deadline" got tcp \
	"Dc7 0 10 480 1
Dc7 D 10 480 1
"

# --- lost ends -----------------------------------------------------------------------------------

offer plain "$alice_ip" 4000
is "M3 without a notification socket" \
	"$(rtpp "U plain $alice_ip 4000 from-plain && M3:1 tag" | sed 's/.*&& //')" -1
offer digits "$alice_ip" 4000
rtpp "U digits $alice_ip 4000 from-digits to-digits unix:$work/n.sock x && M3:1 lost" >/dev/null
answer digits "$bob_ip" 6000
digit 7 5000 200 | head -3 >"$work/alice.play"
dial alice "$alice_ip:4000" "$alice_relay"
media_start
check "alice dials 7, and the end is lost" heard alice
check "it is told all the same" wait_for "$deadline" got unix \
	"Dd1.7 5 10 480 0
Dd1.7 # 10 480 0
lost 7 10 480 0
"
