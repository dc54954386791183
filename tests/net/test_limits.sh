#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the relay refuses: calls above --max-calls, --max-rate and --max-load, by the code that was
# asked for, and all new ones while it drains (SIGHUP, or the end of standard input). Every pair of a
# range is used. The log says which limit it was.
. "$(dirname "$0")/rig.sh"

two_interfaces

# says_why CAUSE PATTERN: the log names this cause, and what belongs to it.
says_why()
{
	wait_for "$deadline" daemon_says "event=no_port cause=$1 .*$2" && return
	grep event=no_port "$work/daemon.log" | sed 's/^/#   /'
	return 1
}

# rtpps COMMAND...: many at once, a reply each.
rtpps()
{
	in_ns relay "$build/rtppcmd" -s udp:127.0.0.1:22222 "$@"
}

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
check "and the log names the limit" says_why max_calls 'streams=2 why=.*--max-calls'
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
forget_calls

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
check "the log names the limit" says_why max_rate 'why=.*--max-rate'
check "later there is room again" wait_for 3 served_again
kill "$daemon" && wait "$daemon"
forget_calls

# --- the load ------------------------------------------------------------------------------------

# A command after the other keeps the daemon busy, by far more than three hundredths of a CPU.
keep_busy()
{
	local many=()

	for ((i = 0; i < 1000; i++)); do many+=(V); done
	while rtpps "${many[@]}" >/dev/null 2>&1; do :; done
}

# A call that is made ends at once: whether it is refused is all that is asked.
reply_to_new()
{
	rtpp "U load $alice_ip 4000 f"
	rtpp "D load f" >/dev/null
}

load_refuses()
{
	[ "$(reply_to_new)" = E98 ]
}

load_admits()
{
	grep -qE '^[0-9]+ ' <<<"$(reply_to_new)"
}

start_daemon -l "$relay_ip" --max-load 3
check "a daemon with nothing to do takes calls" wait_for "$deadline" load_admits
set_up_call early
keep_busy &
busy=$!
check "above --max-load a new call is refused" wait_for "$deadline" load_refuses
check "the log names the limit" says_why max_load 'load_percent=[0-9]+ why=.*--max-load'
is "a call that is there can be changed" "$(rtpp "U early $alice_ip 4000 from-early to-early")" "$offer_reply"
check "and is heard" both_ways 20
kill "$busy" && wait "$busy" 2>/dev/null
check "below it calls are taken again" wait_for "$deadline" load_admits
kill "$daemon" && wait "$daemon"
forget_calls

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
check "and the log says what became of the pairs" \
	says_why no_pair 'family=IPv4 pairs=6 taken=6 resting=0 foreign=0 why='
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
forget_calls

# --- what else there may be no port for -----------------------------------------------------------

start_daemon -l "a@$relay_ip" -l b@127.0.0.1
is "a label that is none is refused" "$(rtpp "Ul{c} call $alice_ip 4000 f")" E31
check "and named" says_why no_label 'label=c why='
is "a family that is not listened on is refused" "$(rtpp "U6 call 2001:db8::2 4000 f")" E36
check "and named" says_why no_family 'family=IPv6 why='
is "an address that is not on the host is refused" "$(rtpp "Ul10.9.9.9 call $alice_ip 4000 f")" E72
check "and named" says_why not_local 'address=10.9.9.9 why='
is "an L behind a U, to an address that no route leads to, is refused" \
	"$(rtpp "U call $alice_ip 4000 f t && Lr10.8.8.8 $bob_ip 6000")" E3
check "and named" says_why no_route 'address=10.8.8.8 why='
mapfile -t many < <(printf "U many $alice_ip 4000 f%d\n" {1..257})
rtpps "${many[@]}" >"$work/many"
is "a call has 256 streams at most" "$(grep -cE '^[0-9]+ ' "$work/many") $(tail -n 1 "$work/many")" '256 E72'
check "the log says that" says_why call_streams 'streams=256 why='
rtpp X >/dev/null
mapfile -t many < <(printf "U page%d $alice_ip 4000 f\n" {1..150})
rtpps "${many[@]}" >/dev/null
is "150 calls are listed, each once, in their order" "$(ctl calls | jq -r '.calls[].call_id')" \
	"$(printf 'page%d\n' {1..150})"
kill "$daemon" && wait "$daemon"
forget_calls

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
