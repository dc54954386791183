#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S19: a client that may send commands sends a hundred thousand damaged ones (a million with
# XRP_LONG=1). The daemon lives, answers, and uses no more memory than it may; the calls that were
# there are there, and when the others are deleted nothing of them is left. Each run has another
# seed; XRP_SEED repeats one.
# shellcheck source=tests/net/rig.sh
. "$(dirname "$0")/../rig.sh"

commands=100000
[ "${XRP_LONG:-0}" = 1 ] && commands=1000000
seed=${XRP_SEED:-$RANDOM}

resident() # kB
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$daemon/status"
}

two_interfaces
mkdir "$work/rec" "$work/prompts"
start_daemon -l "$relay_ip" -m 30000 -M 39999 --port-rest 0 -T 600 -r "$work/rec" --prompt-dir "$work/prompts" \
	-n "unix:$work/n.sock"
for i in {1..20}; do
	set_up_call "protected-$i"
done
before=$(resident)
read -r sent answered <<<"$(in_ns relay python3 tests/net/security/commands.py fuzz udp:127.0.0.1:22222 \
	"$commands" "$seed" tests/fuzz/corpus/rtpproxy protected)"
is "all damaged commands are sent (seed $seed)" "$sent" "$commands"
check "most are answered" [ "${answered:-0}" -ge $((commands / 2)) ]
check "the daemon lives" kill -0 "$daemon"
check "and answers" [ "$(rtpp V)" = 20040107 ]
between "memory is bounded: at most 320 MiB more" 0 "$((($(resident) - before) / 1024))" 320
lost=0
for i in {1..20}; do
	[[ $(rtpp "Q protected-$i from-protected-$i to-protected-$i") =~ ^[0-9]+' '[0-9] ]] || lost=$((lost + 1))
done
is "the calls that were there are there" "$lost" 0
check "and speak" both_ways 50
echo "# $(ctl status | jq .calls.streams) streams, $(find "$work/rec" -type f | wc -l) files"
check "no name left its directory" [ -z "$(find "$work" -newer "$work/prompts" -type f ! -path "$work/rec/*" ! -path "$work/bpf/*" \
	! -name 'daemon.log' ! -name '*.json' ! -name '*.err' ! -name 'start-*' ! -name pid ! -name 'ctl.sock*')" ]
is "X ends all" "$(rtpp X)" 0
is "and nothing is left" "$(ctl status | jq -c '[.calls.streams, .ports.taken, .recording.sides, .prompts.playing]')" \
	'[0,0,0,0]'
