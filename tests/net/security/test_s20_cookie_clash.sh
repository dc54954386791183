#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S20: two clients use one cookie for different commands: on two sockets of one, from two ports of one
# address (as behind a NAT), from two hosts. Each gets its own answer, again when it repeats its
# question, and never another's. On unix sockets there are no cookies. A flood of them costs bounded
# memory.
# shellcheck source=tests/net/rig.sh
. "$(dirname "$0")/../rig.sh"

cookies=1000000

# The replies of two clients who ask with one cookie, and ask again: four lines.
clash()
{
	cat >"$work/clash.py" <<-'END'
		import socket, sys
		def client(where, port=0, address=""):
		    host, to = where.rsplit(":", 1)
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.bind((address, port))
		    s.connect((host, int(to)))
		    s.settimeout(5)
		    return s
		first, second = (client(a) for a in sys.argv[1:3])
		for sock, command in ((first, b"U one 192.0.2.9 4000 f"), (second, b"VF 20040107")) * 2:
		    sock.send(b"same " + command)
		    print(sock.recv(2000).decode().strip())
	END
	in_ns relay python3 "$work/clash.py" "$1" "$2"
}

# own_answers SENTENCE: of the four lines on standard input.
own_answers()
{
	local lines

	mapfile -t lines
	check "$1: each has its own answer" [ "${lines[1]}" = "same 1" ]
	check "$1: the first has a port" [ "${lines[0]%% "$relay_ip"}" != "${lines[0]}" ]
	is "$1: and the same when it is asked again" "${lines[2]}|${lines[3]}" "${lines[0]}|${lines[1]}"
	rtpp X >"$work/x"
}

two_interfaces
start_daemon -l "$relay_ip" -m 30000 -M 30999 -s udp:127.0.0.1:7722 -s "unix:$work/u" -s "cunix:$work/c" \
	-s "udp:$relay_ip:7722" --allow "$alice_ip,$bob_ip"
own_answers "two ports of one address" < <(clash 127.0.0.1:22222 127.0.0.1:22222)
own_answers "two sockets" < <(clash 127.0.0.1:22222 127.0.0.1:7722)
duplicates=$(ctl status | jq .control.duplicates)
is "what was asked again was not carried out again" "$duplicates" 4

# Of two hosts: the same source port, too.
ask_from()
{
	in_ns "$1" python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5555))
s.settimeout(5)
s.sendto(b"same " + sys.argv[1].encode(), (sys.argv[2], 7722))
print(s.recv(2000).decode().strip())' "$2" "$relay_ip"
}
is "alice asks for a version" "$(ask_from alice V)" "same 20040107"
is "bob, from the same port with the same cookie, for an extension" "$(ask_from bob "VF 20040107")" "same 1"
is "alice again" "$(ask_from alice V)" "same 20040107"
is "what she asks with a cookie of her own that she used does not count" "$(ask_from alice "VF 1")" \
	"same 20040107"

# Connections: what looks like a cookie is none.
is "a unix client" "$(in_ns relay "$build/rtppcmd" -s "unix:$work/u" V)" 20040107
is "another, with the same words before another command" \
	"$(in_ns relay "$build/rtppcmd" -s "unix:$work/u" "VF 20040107")" 1
is "lines of two clients at a time" "$(for command in V 'VF 20040107'; do
	in_ns relay python3 tests/net/control.py "cunix:$work/c" <<<"$command" &
done | sort | xargs)" "1 20040107"

# --- a flood --------------------------------------------------------------------------------------

is "a million cookies are answered" \
	"$(in_ns relay python3 tests/net/security/commands.py cookies udp:127.0.0.1:22222 "$cookies")" "$cookies"
between "the daemon has grown by less than the cache may have, 256 MiB, and its table" 0 \
	"$(awk '/^VmRSS:/ { print int($2 / 1024) }' "/proc/$daemon/status")" 340
is "and answers" "$(rtpp V)" 20040107
