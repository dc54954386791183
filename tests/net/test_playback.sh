#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prompts (P, S): what alice hears is the file, byte for byte and on time. Meanwhile bob is not let
# through to her, but she is to him, in the kernel. On time is what leaves within a millisecond of its
# time, though the daemon's event loop has other things to do.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"
head -c 24000 /dev/urandom >"$work/long.0" # three seconds
head -c 1600 /dev/urandom >"$work/short.8"
head -c 500 /dev/urandom >"$work/short.18" # G.729: 50 packets
head -c 8388608 /dev/zero >"$work/large.0" # takes milliseconds to read; no prompt may be larger
head -c 8388609 /dev/zero >"$work/larger.0"

# ear NAME COUNT: alice listens for so many packets, to be written to $work/NAME.dump.
ear()
{
	talk "$1" alice "$alice_ip:4000" "$alice_relay" --count 0 --expect "$2" --timeout 6 \
		--expect-from "$alice_relay" --dump "$work/$1.dump"
}

# payload NAME: the bytes that came, without the RTP headers.
payload()
{
	cut -d' ' -f3 "$work/$1.dump" | cut -c25- | xxd -r -p
}

# rtp_headers NAME TYPE STEP: one stream of RTP, without a break.
rtp_headers()
{
	python3 tests/net/dump.py "$work/$1.dump" headers "$2" "$3"
}

same()
{
	cmp -s <(payload "$1") "$2"
}

dropped()
{
	rtpp "Q play from-play to-play" | cut -d' ' -f5
}

set_up_call play
check "the call is up" both_ways 20

# --- once, and what else goes on -----------------------------------------------------------------

rtpp "U play $alice_ip 4000 from-play to-play && S ttl=1" >/dev/null
in_kernel=$(relayed_in_kernel) before=$(dropped)
ear once 300
is "P is answered" "$(rtpp "P play $work/long 18,0 from-play to-play")" 0
is "show names the prompt" \
	"$(ctl show play | jq -r '.streams[0].legs | map(.side, .prompt) | join(" ")')" \
	"caller $work/long callee "
check "and the verdict tells that bob is held back" grep -q \
	"callee: held back, as the prompt $work/long plays to the caller" <<<"$(ctl show play)"
# She cannot both listen in one process and speak in another of the same port: bob's side is here.
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --count 25 --seq 21 --interval-ms 20
media_start
check "bob speaks meanwhile" heard bob
check "alice hears the whole prompt" heard once
check "the call has not ended, though nobody was heard for longer than its limit" \
	[ "$(ctl status | jq .calls.active)" = 1 ]
rtpp "U play $alice_ip 4000 from-play to-play && S ttl=60" >/dev/null
check "byte for byte" same once "$work/long.0"
check "as one stream of PCMU, 10 ms a packet" rtp_headers once 0 80
is "bob's packets were dropped and counted" $(($(dropped) - before)) 25
is "none of them went on in the kernel" "$(relayed_in_kernel)" "$in_kernel"

sets_both_ways_kernel()
{
	local was

	was=$(relayed_in_kernel)
	both_ways 50 --seq "$1" && [ $(($(relayed_in_kernel) - was)) -ge 95 ]
}
check "after it both hear each other again, in the kernel" sets_both_ways_kernel 200

# --- on time -------------------------------------------------------------------------------------

busy=
be_busy()
{
	exec nsenter --net=/run/netns/relay -- python3 tests/net/busy.py 22222 "$work/large" busy \
		>"$work/busy" 2>&1 &
	busy=$!
	wait_for "$deadline" [ -s "$work/busy" ]
}

# Plays the prompt; sets how late 99 of 100 packets are, and who does nothing but sleep meanwhile, in us.
measure()
{
	ear "$1" 300
	media_start
	rtpp "P play $work/long 0 from-play to-play" >/dev/null
	idle=$(python3 tests/net/punctual.py 10 250)
	heard "$1" && jitter=$(python3 tests/net/dump.py "$work/$1.dump" late 10)
}

# on_time NAME: a host that others load wakes nobody in time, so the best of a few tries tells; who is
# late by himself is late in each.
on_time()
{
	local try

	for try in 1 2 3 4 5; do
		measure "$1$try" || return
		echo "# 99 of 100 packets leave within $jitter us of their time (kernel's time of" \
			"arrival); who sleeps is woken within $idle us"
		[ "$jitter" -lt 1000 ] && return
	done
	return 1
}

check "a prompt is on time, within a millisecond" on_time quiet
rtpp "U busy 0.0.0.0 4000 from-busy" >/dev/null
must be_busy
check "also while the event loop is busy" on_time loud
kill "$busy"
between "which it was" 20 "$(wc -l <"$work/busy")" 1000000
rtpp "D busy from-busy" >/dev/null
rounds=$(rtpp "G nplrs_created")

# --- the listener's own media, three times, session, endless and stop ----------------------------

was=$(relayed_in_kernel)
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 100 --expect-ssrc 0xa11ce \
	--expect-from "$bob_relay"
talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --count 100 --seq 300 --interval-ms 5 \
	--dump "$work/endless.dump"
rtpp "P-1 play $work/short 8 from-play to-play" >/dev/null
media_start
check "while an endless prompt plays to alice, bob hears her" heard bob
check "and she goes on" heard alice
between "all of it in the kernel" 100 $(($(relayed_in_kernel) - was)) 100
is "S ends it" "$(rtpp "S play from-play to-play")" 0
is "which is one that was created and destroyed" "$(rtpp "G nplrs_created nplrs_destroyed" | xargs)" "$((rounds + 1)) $((rounds + 1))"
check "the endless one began again and again, without a break" cmp -s -n $((40 * 80)) \
	<(payload endless) <(cat "$work"/short.8{,,,,,,,,,,,,,,,,,,,})

ear three 60
media_start
rtpp "P3 play $work/short 8 from-play to-play" >/dev/null
check "P3 is heard" heard three
check "three times" same three <(cat "$work"/short.8{,,})
check "as one stream of PCMA" rtp_headers three 8 80

offer play "$alice_ip" 4000 c18,0
answer play "$bob_ip" 6000 z20
ear session 25
media_start
is "P with the session's codecs" "$(rtpp "P play $work/short session from-play to-play")" 0
check "is heard in the first codec there is, and in packets of the session's length" heard session
check "byte for byte" same session "$work/short.18"
check "in two frames of G.729 a packet" rtp_headers session 18 160
is "P to a party without codecs" "$(rtpp "P play $work/short session to-play from-play")" E35
is "P without a file" "$(rtpp "P play $work/none 0,8 from-play to-play")" E60
is "P of a file that is too large" "$(rtpp "P play $work/larger 0 from-play to-play")" E60
is "P0 only stops" "$(rtpp "P0 play $work/short 8 from-play to-play")" 0

# --- to the callee, and one that waits for the address --------------------------------------------

talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 20 --timeout 6 \
	--expect-from "$bob_relay" --dump "$work/callee.dump"
rtpp "P play $work/short 8 to-play from-play" >/dev/null
check "bob hears one, too" heard bob
check "byte for byte" same callee "$work/short.8"

offer wait 0.0.0.0 4000
answer wait "$bob_ip" 6000
is "a prompt for a party whose address is not known" \
	"$(rtpp "P wait $work/short 8 from-wait to-wait")" 0
ear late 20
offer wait "$alice_ip" 4000
check "is heard as soon as it is" heard late
check "from its beginning" same late "$work/short.8"

rtpp "P-1 play $work/short 8 from-play to-play" >/dev/null
is "D in the middle of a prompt" "$(rtpp "D play from-play to-play")" 0
is "ends it as well" "$(rtpp "G nplrs_created nplrs_destroyed" | xargs)" "$((rounds + 6)) $((rounds + 6))"

is "packets of prompts count as transmitted" "$(rtpp Ib | sed -n 's/^packets transmitted: //p')" \
	"$(rtpp "G npkts_relayed npkts_played" | awk '{ print $1 + $2 }')"

# --- with -i each side has its own time limit -----------------------------------------------------

rtpp "D wait from-wait" >/dev/null
kill "$daemon"
wait "$daemon"
forget_calls
start_daemon -l "$relay_ip" -i -T 1
set_up_call play
talk alice alice "$alice_ip:4000" "$alice_relay" --count 150 --interval-ms 20 --dump "$work/own.dump"
rtpp "P-1 play $work/short 8 from-play to-play" >/dev/null
media_start
check "alice speaks for three seconds while a prompt plays to her" heard alice
is "which keeps the side alive that may not be heard" "$(ctl status | jq .calls.active)" 1
check "but not hers, once she is silent" wait_for 4 daemon_says 'event=call_end call_id=play .*reason=timeout'
