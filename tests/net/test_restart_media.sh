#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is done to media beyond relaying outlives the daemon: it is killed in the middle of recordings,
# copies, prompts, digits and re-packetisation, and all of it goes on with the next one.
. "$(dirname "$0")/rig.sh"

rec=$work/rec
spool=$work/spool
two_interfaces
must mkdir "$rec" "$spool"
head -c 8000 /dev/urandom >"$work/hold.0" # a second
head -c 800 /dev/urandom >"$work/short.0"

begin()
{
	start_daemon -l "$relay_ip" --allow-copy "$mallory_ip" -r "$rec" -S "$spool" -P -n "unix:$work/n.sock" \
		--punt-rate 10000 --punt-burst 10000
}

# The daemon is killed: it has no say in what is left.
crash()
{
	kill -9 "$daemon"
	wait "$daemon" 2>/dev/null
}

# shark FILE ARGUMENT...: of a file that is written, too. What it complains of is in shark.err.
shark()
{
	local file=$1

	shift
	tshark -n -r "$file" "$@" 2>"$work/shark.err"
}

# has FILE COUNT: so many packets, all whole.
has()
{
	[ "$(shark "$1" 2>/dev/null | wc -l)" -eq "$2" ] && ! grep -q 'cut short' "$work/shark.err"
}

# rtp_in FILE PORT: packets that came to this port and decode as RTP.
rtp_in()
{
	shark "$1" -d "udp.port==$2,rtp" -Y "rtp && udp.dstport == $2" | wc -l
}

# call NAME ALICE-PORT BOB-PORT [MODIFIERS OF L]: sets to_alice[NAME] and to_bob[NAME].
declare -A alice_of=() bob_of=()
call()
{
	offer "$1" "$alice_ip" "$2"
	answer "$1" "$bob_ip" "$3" "${4:-}"
	alice_of[$1]=$alice_relay bob_of[$1]=$bob_relay
}

# ear NAME PORT COUNT OPTION...: alice listens at this port.
ear()
{
	local name=$1 port=$2 count=$3

	shift 3
	talk "$name" alice "$alice_ip:$port" "$relay_ip:1" --count 0 --expect "$count" "$@"
}

payload()
{
	cut -d' ' -f3 "$work/$1.dump" | cut -c25- | xxd -r -p
}

# Is what alice heard (at most a second of it) a piece of the prompt that is played over and over?
is_of_prompt()
{
	cat "$work"/hold.0{,,} >"$work/hold.thrice"
	payload "$1" | head -c 8000 >"$work/piece"
	[ "$(stat -c %s "$work/piece")" -eq 8000 ] &&
		python3 -c 'import sys; a, b = (open(f, "rb").read() for f in sys.argv[1:]); sys.exit(a not in b)' \
			"$work/piece" "$work/hold.thrice"
}

# digit EVENT SEQUENCE: with its end, as a phone sends it.
digit()
{
	local i

	for i in 1 2 3; do
		printf '8065%04x%08x%08x%02x8a0140\n' $(($2 + i)) $(($2 * 160)) $((0xa11ce)) "$1"
	done
}

# copies NAME: mallory gets all that alice says from the port that was told; bob hears her as well.
copies()
{
	local hears=0

	talk "$1" mallory "$mallory_ip:9000" "$relay_ip:1" --count 0 --expect 50 --timeout 3 \
		--expect-ssrc 0xa11ce --expect-from "$copier"
	talk "$1-bob" bob "$bob_ip:6020" "$relay_ip:1" --count 0 --expect 50 --timeout 3 \
		--expect-from "${bob_of[copied]}"
	talk "$1-alice" alice "$alice_ip:4020" "${alice_of[copied]}" --ssrc 0xa11ce --count 50 \
		--interval-ms 5 --seq "$2"
	media_start
	for end in "$1" "$1-bob" "$1-alice"; do
		heard "$end" || hears=1
	done
	return $hears
}

# dials EVENT SEQUENCE: who waits for digits is told of this one.
dials()
{
	digit "$1" "$2" >"$work/dial.play"
	talk dial alice "$alice_ip:4050" "${alice_of[dial]}" --play "$work/dial.play" --count 100000 \
		--interval-ms 5
	media_start
	heard dial && wait_for "$deadline" grep -q "^pressed $1 " "$work/sip.got"
}

# halves NAME SEQUENCE: of alice's packets of 10 ms bob gets half as many.
halves()
{
	talk "$1-bob" bob "$bob_ip:6040" "$relay_ip:1" --count 0 --expect 25 --timeout 2 \
		--dump "$work/$1.dump"
	talk "$1" alice "$alice_ip:4040" "${alice_of[longer]}" --ssrc 0xa11ce --count 50 \
		--interval-ms 10 --payload-size 80 --seq "$2" --expect 0 --timeout 1
	media_start
	heard "$1" && heard "$1-bob" && [ "$(wc -l <"$work/$1.dump")" -eq 25 ]
}

# speak SEQUENCE: of the recorded call.
speak()
{
	alice_relay=${alice_of[taped]} bob_relay=${bob_of[taped]}
	both_ways 100 --seq "$1"
}

# --- before -------------------------------------------------------------------------------------

listen sip relay "unix:$work/n.sock"
begin
call taped 4000 6000
is "R of the caller's side" "$(rtpp "Rs taped from-taped to-taped")" 0
is "R of the callee's side" "$(rtpp "Rs taped to-taped from-taped")" 0
call held 4010 6010
is "P without end" "$(rtpp "P-1 held $work/hold 0 from-held to-held")" 0
call once 4030 6030
is "P once" "$(rtpp "P once $work/short 0 from-once to-once")" 0
call copied 4020 6020
reply=$(rtpp "Cp copied udp:$mallory_ip:9000 from-copied to-copied")
copier=$relay_ip:$(port_in "$reply")
check "C tells the port it copies from" [ "$copier" != "$relay_ip:" ]
call longer 4040 6040 z20
offer dial "$alice_ip" 4050
rtpp "U dial $alice_ip 4050 from-dial to-dial unix:$work/n.sock tag && M3:1 pressed" >/dev/null
answer dial "$bob_ip" 6050
alice_of[dial]=$alice_relay

check "the recorded call speaks" speak 1
check "mallory gets the copies" copies before 1
check "re-packetised" halves short-ones 1
check "a digit is told" dials 5 1
ear hold 4010 100 --expect-from "${alice_of[held]}" --dump "$work/hold.dump"
check "alice hears the prompt" heard hold
check "it is the prompt" is_of_prompt hold
ear quiet 4030 0 --timeout 0.3
check "the other prompt is over" heard quiet
tape="taped=from-taped.pcap"
check "within a second all is in the file that is still written" wait_for 3 has "$spool/$tape" 200

# --- killed -------------------------------------------------------------------------------------

crash
is "the recording is where it was" "$(ls "$spool")" "$tape"
must truncate -s -5 "$spool/$tape"
begin
check "it is moved to where it belongs" wait_for "$deadline" [ -e "$rec/$tape" ]
check "and ends with its last whole packet" wait_for "$deadline" has "$rec/$tape" 199
is "what is there decodes" "$(($(rtp_in "$rec/$tape" "${alice_of[taped]##*:}") +
	$(rtp_in "$rec/$tape" "${bob_of[taped]##*:}")))" 199
check "the log tells of it" wait_for "$deadline" daemon_says 'event=record_salvaged moved=1 cut=1'

ear hold 4010 100 --expect-from "${alice_of[held]}" --dump "$work/hold.dump"
check "the prompt goes on" heard hold
check "it is the prompt" is_of_prompt hold
ear quiet 4030 0 --timeout 0.5
check "the one that was over is not played again" heard quiet
check "mallory gets the copies from the same port" copies after 100
check "re-packetised as before" halves long-ones 100
check "digits are told as before" dials 7 1000
check "the recorded call speaks on" speak 200

# --- killed once more, before anything closed the file -------------------------------------------

part2="taped=from-taped.part2.pcap"
part3="taped=from-taped.part3.pcap"
check "the recording goes on in a second part" wait_for 3 has "$spool/$part2" 200
crash
begin
check "which is moved, too" wait_for "$deadline" has "$rec/$part2" 200
check "the call speaks on" speak 400
is "D ends it" "$(rtpp "D taped from-taped to-taped")" 0
check "the third part is complete" wait_for "$deadline" has "$rec/$part3" 200
is "its packets decode" "$(($(rtp_in "$rec/$part3" "${alice_of[taped]##*:}") +
	$(rtp_in "$rec/$part3" "${bob_of[taped]##*:}")))" 200
check "the first is as it was" has "$rec/$tape" 199
is "nothing is left in the spool" "$(ls "$spool")" ""
is "S ends the prompt" "$(rtpp "S held from-held to-held")" 0
ear quiet 4010 0 --timeout 0.5
check "and it is quiet" heard quiet
is "N ends the copies" "$(rtpp "N copied from-copied to-copied")" 0
