#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S14: --drop-unallocated: a scan of the media range finds nothing out and costs nothing, while calls go on
# and other programs keep their ports. Without it the stack answers with ICMP.
. "$(dirname "$0")/lib.sh"

# scan: mallory asks at fifty ports of the range; how many ICMP messages that caused.
scan()
{
	local before
	before=$(icmp_sent)
	in_ns mallory python3 - "$relay_ip" <<-'PYTHON'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for port in range(36000, 36050):
		    s.sendto(b"\x80" + bytes(20), (sys.argv[1], port))
	PYTHON
	echo $(($(icmp_sent) - before))
}

# other_program: one that holds port 36100 of the range, and says what it got.
other_program()
{
	in_ns relay timeout 30 python3 - "$relay_ip" <<-'PYTHON'
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.bind((sys.argv[1], 36100))
		print("bound", flush=True)
		print("got", s.recv(100).decode(), flush=True)
	PYTHON
}

two_interfaces
in_ns relay sysctl -qw net.ipv4.icmp_ratelimit=0
: >"$work/other"
other_program >"$work/other" &
wait_for 10 grep -q bound "$work/other"
start_daemon -l "$relay_ip" --drop-unallocated -m 35000 -M 37000
is "no ICMP answers a scan" "$(scan)" 0
is "which the program dropped" "$(reason drop_unallocated)" 50
set_up_call public
media_start
check "a call in the range goes on" both_ways 50
in_ns mallory python3 -c "import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'hello', ('$relay_ip', 36100))"
check "another program keeps its port" wait_for 10 grep -q "got hello" "$work/other"
before=$(icmp_sent)
in_ns mallory python3 -c "import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'hello', ('$relay_ip', 30000))"
is "beyond the range the stack answers" $(($(icmp_sent) - before)) 1
kill "$daemon" && wait "$daemon"
start_daemon -l "$relay_ip" -m 35000 -M 37000
between "without the option the stack answers" 1 "$(scan)" 50
