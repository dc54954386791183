#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the relay refuses: calls above --max-calls and --max-rate, by the code that was asked for, and
# all new ones while it drains (SIGHUP, or the end of standard input). Every pair of a range is used.
. "$(dirname "$0")/rig.sh"

two_interfaces

ended_well()
{
	local status

	wait_for "$deadline" eval "! kill -0 $daemon 2>/dev/null"
	wait "$daemon"
	status=$?
	[ $status = 0 ] || echo "#   exit status $status"
	return $status
}

# --- calls, and the drain ------------------------------------------------------------------------

start_daemon -l "$relay_ip" --max-calls 2
set_up_call one
set_up_call two
is "a call above --max-calls is refused" "$(rtpp "U three $alice_ip 4000 f")" E98
check "what is there can be changed, and heard" both_ways 20
is "when one has ended" "$(rtpp "D one from-one")" 0
check "there is room for the next" grep -qE '^[0-9]+ ' <<<"$(rtpp "U three $alice_ip 4000 f")"
kill -HUP "$daemon"
check "on SIGHUP it drains" wait_for "$deadline" daemon_says event=draining
is "new calls are refused" "$(rtpp "U four $alice_ip 4000 f")" E99
check "the others go on" both_ways 20 --seq 21
rtpp "D three f" >/dev/null
is "a re-INVITE is served" "$(rtpp "U two $alice_ip 4000 from-two to-two")" "$offer_reply"
check "it runs as long as there is a call" kill -0 "$daemon"
is "the last call ends" "$(rtpp "D two from-two")" 0
check "and so does the daemon, well" ended_well
check "its pid file is gone" eval "[ ! -e $work/pid ]"

# --- calls a second, another code ----------------------------------------------------------------

start_daemon -l "$relay_ip" --max-rate 5 --refuse-with 8
replies=$(for i in {1..30}; do rtpp "U rate$i $alice_ip 4000 f"; done)
between "of 30 calls at once about five are served" 5 "$(grep -cE '^[0-9]+ ' <<<"$replies")" 12
is "the others are refused with the code that was asked for" \
	"$(grep -vE '^[0-9]+ ' <<<"$replies" | sort -u)" E8
served_again()
{
	rtpp "U later $alice_ip 4000 f" | grep -qE '^[0-9]+ '
}
check "later there is room again" wait_for 3 served_again
kill "$daemon" && wait "$daemon"

# --- every pair ----------------------------------------------------------------------------------

start_daemon -l "$relay_ip" -m 40000 -M 40011 --port-rest 1
for i in 1 2 3; do
	set_up_call "pair$i"
	check "call $i of three in a range of six pairs" both_ways 10
	echo "$bob_relay $alice_relay"
done >"$work/pairs"
sed '/^[0-9]/d' "$work/pairs"
is "every pair is in use" "$(grep ^192 "$work/pairs" | tr ' ' '\n' | cut -d: -f2 | sort | paste -sd' ')" \
	"40000 40002 40004 40006 40008 40010"
is "a fourth call has none" "$(rtpp "U pair4 $alice_ip 4000 f")" E72
rtpp "D pair2 from-pair2" >/dev/null
is "a pair rests after its call" "$(rtpp "U pair4 $alice_ip 4000 f")" E72
all_back()
{
	grep -qE '^40' <<<"$(rtpp "U pair4 $alice_ip 4000 from-pair4")"
}
check "then it is given out again" wait_for 4 all_back
set_up_call pair4
check "and works" both_ways 20 --seq 100
kill "$daemon" && wait "$daemon"

# --- standard input ------------------------------------------------------------------------------

mkfifo "$work/in" "$work/out"
: >"$work/daemon.log"
exec 7<>"$work/in" # so that neither open blocks
nsenter --net=/run/netns/relay -- "$build/xdp-rtpproxy" -f -s stdio: --ctl "$work/ctl.sock" \
	--pin-root "$work/bpf/xdp-rtpproxy" -p "$work/pid" -l "$relay_ip" <"$work/in" >"$work/out" \
	2>"$work/daemon.log" 7>&- &
daemon=$!
exec 8<"$work/out"
must wait_for "$deadline" daemon_settled

# say COMMAND: sets reply.
say()
{
	echo "$1" >&7
	IFS= read -r -t "$deadline" reply <&8
}
say V
is "commands are taken from standard input" "$reply" 20040107
say "U io $alice_ip 4000 from-io"
bob_relay=$relay_ip:$(port_in "$reply")
say "L io $bob_ip 6000 from-io to-io && D"
is "subcommands, too, and a call that begins and ends in a line" \
	"$(ctl status | jq .calls.active)" 0
say "U io $alice_ip 4000 from-io"
bob_relay=$relay_ip:$(port_in "$reply")
say "L io $bob_ip 6000 from-io to-io && S ttl=1"
alice_relay=$relay_ip:$(port_in "$reply")
exec 7>&-
check "when the input ends it drains" wait_for "$deadline" daemon_says event=draining
check "the call goes on" both_ways 20
check "and when it has timed out the daemon ends, well" ended_well
