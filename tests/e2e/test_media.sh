#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What docs/kamailio.cfg can have done to media besides relaying it: music for who is put on hold,
# recordings of both sides, a line of statistics. Recorded media stays in the kernel.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

rec=$work/rec

# Half a second of music, so a second of it has to begin again.
music_on_hold()
{
	begin_call hold alice bob caller_hold callee_hold
	talk_both "hold, before"
	listen_to bob music 100
	media_start
	go_on alice hold
	check "hold: it is answered" told alice hold 2
	check "hold: the held one hears something" heard bob
	check "hold: it is the music, byte for byte, twice" is_prompt music "$work/twice"
	go_on alice hold
	check "hold: the return is answered" told alice hold 3
	talk_both "hold, after"
	go_on alice hold
	end_call
}

# packets_in FILE SSRC FROM: that decode as RTP.
packets_in()
{
	tshark -n -r "$rec/$1" --enable-heuristic rtp_udp -Y "rtp.ssrc == $2 && ip.src == $3" \
		2>/dev/null | wc -l
}

all_in()
{
	tshark -n -r "$rec/$1" 2>/dev/null | wc -l
}

recorded()
{
	begin_call recorded alice bob
	talk_both recorded
	go_on alice recorded
	end_call
	check "recorded: the files are complete" wait_for "$deadline" \
		eval "[ -e '$rec/recorded=1a.a.rtp' ] && [ -e '$rec/recorded=1a.o.rtp' ]"
	is "recorded: every packet of the caller" \
		"$(packets_in recorded=1a.o.rtp 0xa11ce "${address[alice]}")" $packets
	is "recorded: and nothing else" "$(all_in recorded=1a.o.rtp)" $packets
	is "recorded: every packet of the callee" \
		"$(packets_in recorded=1a.a.rtp 0xb0b "${address[bob]}")" $packets
	is "recorded: and nothing else" "$(all_in recorded=1a.a.rtp)" $packets
	check "recorded: Kamailio logs what was counted" grep -qE \
		"call recorded: 60 $packets $packets $((2 * packets)) 0\$" "$work/kamailio.log"
}

sip_world
must mkdir "$rec" "$work/spool"
head -c 4000 /dev/urandom >"$work/music.8"
cat "$work"/music.8{,} >"$work/twice"
start_daemon -l $relay_ip -r "$rec" -S "$work/spool" -P
start_kamailio -A "HOLD_MUSIC=\"$work/music\"" -A WITH_RECORDING -A WITH_STATISTICS
for host in alice bob; do
	check "$host registers" register $host
done
music_on_hold
recorded
