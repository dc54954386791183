#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S23: calls up to the limit, then ten times more. Each of these is refused with a clean error; the
# calls that are up speak, and can be answered and deleted; nothing leaks: when all are deleted the
# relay is as it was, and takes as many again. The limits: streams, and ports.
# shellcheck source=tests/net/rig.sh
. "$(dirname "$0")/../rig.sh"

limit=200

# many FROM COUNT COMMAND: the replies, without cookies; # stands for the number.
many()
{
	in_ns relay python3 -c '
import socket, sys
first, count, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", 22222))
s.settimeout(5)
for i in range(first, first + count):
    s.send(b"m%d-%s %s" % (i, command[:1].encode(), command.replace("#", str(i)).encode()))
    print(s.recv(2000).decode().strip().partition(" ")[2])' "$@"
}

in_use()
{
	ctl status | jq -c '[.calls.streams, .ports.taken]'
}

resident() # kB
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$daemon/status"
}

# exhaust MOST ERROR: what the error is beyond so many calls.
exhaust()
{
	local most=$1 error=$2 before after

	set_up_call oldest
	check "the oldest call speaks" both_ways 20
	is "calls up to the limit get ports" \
		"$(many 1 $((most - 1)) "U c# $alice_ip 4010 f" | grep -cE '^[0-9]{5} ')" $((most - 1))
	is "ten times more are refused" \
		"$(many 10000 $((10 * most)) "U c# $alice_ip 4010 f" | sort | uniq -c | xargs)" "$((10 * most)) $error"
	before=$(resident)
	is "and as many again" \
		"$(many 20000 $((10 * most)) "U c# $alice_ip 4010 f" | sort | uniq -c | xargs)" "$((10 * most)) $error"
	after=$(resident)
	between "which costs no memory but their cached replies" 0 $(((after - before + 1023) / 1024)) 4
	check "the oldest speaks on" both_ways 20 --seq 21
	is "calls that are up can be answered" \
		"$(many 1 5 "L c# $bob_ip 6010 f t" | grep -cE '^[0-9]{5} ')" 5
	is "one that is deleted" "$(rtpp "D c1 f")" 0
	check "makes room for one" grep -qE '^[0-9]{5} ' <<<"$(rtpp "U fresh $alice_ip 4010 f")"
	is "and not for two" "$(rtpp "U other $alice_ip 4010 f")" "$error"
	is "all can be deleted" "$(many 2 $((most - 2)) "D c# f" | sort | uniq -c | xargs)" "$((most - 2)) 0"
	rtpp "D fresh f" >"$work/reply"
	rtpp "D oldest from-oldest" >"$work/reply"
	is "and nothing is left" "$(in_use)" '[0,0]'
	is "there is room for as many again" \
		"$(many 30000 "$most" "U c# $alice_ip 4010 f" | grep -cE '^[0-9]{5} ')" "$most"
	is "until X" "$(rtpp X)" 0
	is "ends them" "$(in_use)" '[0,0]'
}

stop_daemon()
{
	kill "$daemon" && wait "$daemon" 2>/dev/null
	in_ns relay "$build/xdp-rtpproxy" --detach --pin-root "$work/bpf/xdp-rtpproxy" --ctl "$work/ctl.sock" >"$work/detached"
}

two_interfaces
for xdp in '' --no-xdp; do
	# shellcheck disable=SC2086 # none or one
	start_daemon -l "$relay_ip" -m 30000 -M 34999 --port-rest 0 --max-calls "$limit" $xdp
	exhaust "$limit" E98
	check "the log names the limit" daemon_says 'event=.*cause=max_calls'
	stop_daemon
	# A stream takes a pair for each side, when it is known: one for these.
	# shellcheck disable=SC2086
	start_daemon -l "$relay_ip" -m 30000 -M 30219 --port-rest 0 $xdp
	exhaust_ports=110
	is "pairs of the range" "$(ctl status | jq .ports.pairs)" "$exhaust_ports"
	many 1 "$exhaust_ports" "U c# $alice_ip 4010 f" >"$work/replies"
	is "each pair is given out" "$(grep -oE '^[0-9]+' "$work/replies" | sort -u | wc -l)" "$exhaust_ports"
	is "then no more" "$(many 10000 1100 "U c# $alice_ip 4010 f" | sort | uniq -c | xargs)" "1100 E72"
	is "an answer finds no pair either" "$(rtpp "L c1 $bob_ip 6010 f t")" E71
	is "all can be deleted" "$(many 1 "$exhaust_ports" "D c# f" | sort | uniq -c | xargs)" "$exhaust_ports 0"
	is "and the ports are back" "$(in_use)" '[0,0]'
	set_up_call again
	check "calls work as before" both_ways 20
	rtpp X >"$work/reply"
	stop_daemon
done
