#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S18: mallory sends every command to the control sockets, by UDP and TCP, IPv4 and IPv6. Nothing
# comes back and nothing is done unless --allow has the sender; it is counted and told. Neither can a
# user of the host who is not in the socket's group. Who may is held back at --control-rate.
# shellcheck source=tests/net/rig.sh
. "$(dirname "$0")/../rig.sh"

# from NAMESPACE ARGUMENT...: tests/net/security/commands.py there.
from()
{
	local where=$1

	shift
	in_ns "$where" python3 tests/net/security/commands.py "$@"
}

# refused FIELD: of what control refused.
refused()
{
	ctl status | jq -r ".control.refused.$1"
}

stop_daemon()
{
	kill "$daemon" && wait "$daemon" 2>/dev/null
}

# start_fails SENTENCE PATTERN ARGUMENT...
start_fails()
{
	local sentence=$1 pattern=$2 said

	shift 2
	said=$(in_ns relay timeout 10 "$build/xdp-rtpproxy" -f -F --no-pin --no-xdp --ctl "$work/f.sock" \
		-p "$work/f.pid" "$@" 2>&1)
	check "$sentence" grep -qE -- "$pattern" <<<"$said"
}

two_interfaces
must ip -n relay addr add 2001:db8::1/64 dev to-mallory nodad
must ip -n mallory addr add 2001:db8::2/64 dev eth0 nodad

# --- at the start -------------------------------------------------------------------------------

for socket in 'udp:*' udp:192.0.2.1:7722 'tcp:*' tcp:192.0.2.1:7722 udp6:2001:db8::1 'tcp6:*:7722'; do
	start_fails "$socket alone is refused, and told what to do" \
		"control socket ${socket//\*/\\*}: others can reach this address: .*--allow .*unix:PATH" -s "$socket"
done
start_fails "--allow with a word" "wants networks as .*, not 'everybody'" --allow everybody
start_fails "with a prefix too long" "'192.0.2.0/33': the prefix is longer" --allow 192.0.2.0/33
start_fails "with bits of a host" "'192.0.2.1/24': bits are set behind" --allow 10.0.0.0/8,192.0.2.1/24

# --- who is not on the list ---------------------------------------------------------------------

mkdir "$work/prompts"
echo "allow = $alice_ip,2001:db8:1::/48" >"$work/relay.conf"
start_daemon -l "$relay_ip" -s 'udp:*:7722' -s 'tcp:*:7722' -s 'udp6:*:7723' -s 'tcp6:*:7723' \
	-d dbug --config "$work/relay.conf" -s "unix:$work/u"
set_up_call victim
commands=$(ctl status | jq .control.commands)
expected=0
for socket in "udp:203.0.113.1:7722" "tcp:203.0.113.1:7722" "udp:[2001:db8::1]:7723" "tcp:[2001:db8::1]:7723" \
	"udp:$relay_ip:7722"; do
	is "nothing that mallory sends to $socket is answered" \
		"$(from mallory every "${socket//[\[\]]/}")" "20 0"
	expected=$((expected + 20))
done
all_refused()
{
	[ "$(refused count)" = "$expected" ]
}
check "all of it is counted" wait_for "$deadline" all_refused
check "with its last source" grep -q '^203.0.113.2:[0-9]*$' <<<"$(refused last_source)"
check "which the log tells" daemon_says 'event=control_refused source=203\.0\.113\.2:[0-9]+ count='
check "and for IPv6" daemon_says 'event=control_refused source=\[2001:db8::2\]:'
between "but not for each" 2 "$(grep -c event=control_refused "$work/daemon.log")" 30
check "and status says so" grep -q 'may not send commands (--allow), the last from 203' \
	<<<"$("$build/xdp-rtpctl" --socket "$work/ctl.sock" status)"
is "no command was carried out" "$(ctl status | jq .control.commands)" "$commands"
check "the call is there, and speaks" both_ways 20

# --- who is -----------------------------------------------------------------------------------

is "alice, who is on the list, is answered by UDP" "$(from alice burst "udp:$relay_ip:7722" 50 | cut -d ' ' -f 1)" 50
is "by TCP, too" "$(from alice burst "tcp:$relay_ip:7722" 50 | cut -d ' ' -f 1)" 50
is "loopback needs no list" "$(from relay burst udp:127.0.0.1:7722 50 | cut -d ' ' -f 1)" 50
: >"$work/talk"
from alice talk "tcp:$relay_ip:7722" "$work/go" >"$work/talk" &
talking=$!
check "alice has a connection" wait_for "$deadline" grep -q . "$work/talk"
echo "allow = $mallory_ip" >"$work/relay.conf"
ctl reload >"$work/reload"
is "a reload takes another list" "$(jq -r '.changed | join(" ")' "$work/reload")" allow
touch "$work/go"
wait "$talking"
is "her connection is closed at the next command" "$(sed -n 2p "$work/talk")" closed
is "and her datagrams are not answered" "$(from alice burst "udp:$relay_ip:7722" 5 | cut -d ' ' -f 1)" 0
is "mallory's are" "$(from mallory burst udp:203.0.113.1:7722 5 | cut -d ' ' -f 1)" 5

# --- users of the host ------------------------------------------------------------------------

# as USER GROUP SOCKET: V over a unix socket.
as()
{
	in_ns relay setpriv --reuid "$1" --regid "$2" --clear-groups -- "$build/rtppcmd" -s "unix:$3" V 2>&1
}
is "root's socket answers root" "$(as root root "$work/u")" 20040107
check "and no other user" grep -q 'Permission denied' <<<"$(as nobody daemon "$work/u")"
check "the log has who connected" daemon_says 'event=control_peer pid=[0-9]+ uid=0 gid=0'
is "the operator's socket is for root alone" "$(stat -c %a:%u "$work/ctl.sock")" 600:0
check "in earnest" grep -q 'not open to this user' <<<"$(setpriv --reuid nobody --regid daemon --clear-groups -- \
	"$build/xdp-rtpctl" --socket "$work/ctl.sock" status 2>&1)"
stop_daemon
chmod 755 "$work"
start_daemon -l "$relay_ip" -s "unix:$work/u" -u nobody:daemon -w 432 -d dbug
is "-u and -w say whose a socket is" "$(stat -c %a:%U:%G "$work/u")" 660:nobody:daemon
is "who is in its group may send commands" "$(as bin daemon "$work/u")" 20040107
check "which the log has" daemon_says "event=control_peer pid=[0-9]+ uid=$(id -u bin) gid=$(id -g daemon)"
check "who is not may not" grep -q 'Permission denied' <<<"$(as bin bin "$work/u")"
check "the operator's socket is closed to them" grep -q 'not open to this user' <<<"$(setpriv --reuid bin --regid daemon \
	--clear-groups -- "$build/xdp-rtpctl" --socket "$work/ctl.sock" status 2>&1)"
stop_daemon

# --- too many ---------------------------------------------------------------------------------

start_daemon -l "$relay_ip" -s 'udp:*:7722' -s 'tcp:*:7722' --allow "$alice_ip" --allow "$bob_ip" --control-rate 400
between "alice's burst is cut at one second's worth" 400 \
	"$(from alice burst "udp:$relay_ip:7722" 2000 | cut -d ' ' -f 1)" 900
check "which is told" daemon_says "event=control_limited source=$alice_ip:"
is "bob is not hurt by it" "$(from bob burst udp:198.51.100.1:7722 300 | cut -d ' ' -f 1)" 300
is "nor is loopback held back" "$(from relay burst udp:127.0.0.1:7722 1500 | cut -d ' ' -f 1)" 1500
read -r answers took <<<"$(from bob burst tcp:198.51.100.1:7722 1200)"
is "lines of a connection are all answered" "$answers" 1200
between "but not faster" 1500 "$took" 6000
between "counted, with the source" 1000 "$(ctl status | jq .control.limited.count)" 2000
stop_daemon

# --- by default -------------------------------------------------------------------------------

: >"$work/daemon.log"
exec nsenter --net=/run/netns/relay -- "$build/xdp-rtpproxy" -f -l "$relay_ip" --ctl "$work/ctl.sock" --no-xdp --no-pin \
	-p "$work/pid" 2>"$work/daemon.log" &
daemon=$!
check "without options the daemon starts" wait_for "$deadline" daemon_says event=ready
is "listens on a unix socket" "$(stat -c %F:%a /var/run/rtpproxy.sock)" socket:755
is "on no TCP port" "$(in_ns relay ss -Hltn)" ""
is "and not for commands by UDP" "$(in_ns relay ss -Hlun 'sport = :22222')" ""
stop_daemon
