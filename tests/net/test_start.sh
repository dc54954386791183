#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Starts that fail, starts on top of each other, and interfaces that go and come back.
. "$(dirname "$0")/rig.sh"

pins=$work/bpf/xdp-rtpproxy

# fails SENTENCE PATTERN OPTION...: a daemon with the rig's pins must not start and say why.
fails()
{
	local sentence=$1 pattern=$2 said status

	shift 2
	said=$(in_ns relay timeout 10 "$build/xdp-rtpproxy" -f -F -l "$relay_ip" \
		--pin-root "$pins" "$@" 2>&1)
	status=$?
	check "$sentence" grep -qE "$pattern" <<<"$said"
	is "and exits with 1" "$status" 1
}

stop_daemon()
{
	kill "$daemon"
	wait "$daemon"
}

reserved()
{
	in_ns relay cat /proc/sys/net/ipv4/ip_local_reserved_ports
}

attached()
{
	ip -n relay -d link show dev "$1" | grep -c prog/xdp
}

# still_up SENTENCE COUNT: alice and bob hear each other, whether a daemon runs or not.
still_up()
{
	check "$1" both_ways "$2"
}

# mode NAME: how status says that the interface is attached.
mode()
{
	ctl status | jq -r --arg name "$1" '.interfaces[] | select(.name == $name).mode'
}

mode_is()
{
	[ "$(mode "$1")" = "$2" ]
}

two_interfaces

# --- nothing is left on a clean host ---
echo none >"$work/no.pid"
clean=(-p "$work/no.pid" -s "unix:$work/c.ctl" --ctl "$work/c.sock")
fails "a pid file that is none is refused on a clean host" 'no.pid is there and is no pid file' "${clean[@]}"
is "no program is attached then" "$(attached to-alice)$(attached to-bob)" 00
check "nothing is pinned" [ ! -e "$pins" ]
is "no port is reserved" "$(reserved)" ""
check "and no socket or record is left" [ -z "$(find "$work" -name 'c.*')" ]
fails "so is a control socket on an address of another" 'udp:203.0.113.9' -s udp:203.0.113.9:22222 \
	--allow 203.0.113.0/24 \
	--ctl "$work/c.sock" -p "$work/c.pid"
check "which leaves nothing either" [ -z "$(reserved)$(find "$pins" "$work/c.pid" 2>/dev/null)" ]

# --- a pinned call outlives a start that fails ---
start_daemon -l "$relay_ip" -m 35000 -M 36000
set_up_call pinned
still_up "a call is up" 50
is "the pid file has the daemon's pid" "$(cat "$work/pid")" "$daemon"
fails "a second daemon with the same pid file is refused and told whose it is" \
	"^xdp-rtpproxy: the pid file $work/pid is another running .*\(pid $daemon\).* -p$" \
	--no-pin --no-xdp -p "$work/pid" -s "unix:$work/c.ctl" --ctl "$work/c.sock"
is "the pid file is as it was" "$(cat "$work/pid")" "$daemon"
still_up "the call goes on" 50
stop_daemon
check "a daemon that ends removes its pid file" [ ! -e "$work/pid" ]
still_up "the call goes on in the kernel without a daemon" 50
fails "a start that cannot have its control socket is refused" '203.0.113.9' \
	-s udp:203.0.113.9:22222 --allow 203.0.113.0/24 -m 36000 -M 37000 --ctl "$work/ctl.sock" -p "$work/pid"
still_up "the call survives it" 50
is "the ports are reserved as before" "$(reserved)" 35000-36000
check "its pid file is not there" [ ! -e "$work/pid" ]
echo 'precious text' >"$work/precious"
fails "a file that is no pid file is not written to" 'precious is there and is no pid file' \
	--ctl "$work/ctl.sock" -s "unix:$work/c.ctl" -p "$work/precious"
is "and stays" "$(cat "$work/precious")" 'precious text'
still_up "the call survives that, too" 50

# --- a start that succeeds takes over; interfaces go and come back ---
echo 99999 >"$work/pid" # of one that died
start_daemon -l "$relay_ip"
is "a stale pid file is taken over" "$(cat "$work/pid")" "$daemon"
set_up_call returning
still_up "a new call is up" 50
must ip -n relay link del to-bob
check "an interface that is removed is logged" wait_for 10 daemon_says \
	'event=attach interface=to-bob mode=none why="the interface is gone"'
is "status says so" "$(mode to-bob)" none
check "its pin is gone" [ ! -e "$pins/3/links/xdp-to-bob" ]
add_link relay to-bob 198.51.100.1/24 bob eth0 198.51.100.2/24
must ip -n bob route add default via 198.51.100.1
check "one that is back is attached and logged" wait_for 10 daemon_says \
	'event=attach interface=to-bob mode=native$'
check "status says so, too" wait_for "$deadline" mode_is to-bob native
is "the program is there" "$(attached to-bob)" 1
check "and pinned" [ -e "$pins/3/links/xdp-to-bob" ]
still_up "alice and bob hear each other again" 20
before=$(relayed_in_kernel)
still_up "and again" 100
is "in the kernel" "$(($(relayed_in_kernel) - before))" 200
stop_daemon
still_up "which goes on without a daemon" 50
# detach: what it says, both ways, and its exit status.
detach()
{
	in_ns relay "$build/xdp-rtpproxy" --detach --pin-root "$pins" --ctl "$work/ctl.sock" 2>&1
	echo "$?"
}
said=$(detach)
is "--detach takes all of it away" "$(attached to-alice)$(attached to-bob)$(reserved)" 00
is "and says so" "$said" "removed what was pinned in $pins, and the reservation of ports
0"
is "once more it finds nothing" "$(detach)" \
	"nothing to remove: nothing is pinned in $pins, and $work/ctl.sock.ports notes no ports
0"

# A daemon that pins nothing holds no lock there, but it has reserved its ports.
start_daemon -l "$relay_ip" --no-pin
was=$(reserved)
is "--detach beneath a daemon that pins nothing is refused" "$(detach)" \
	"xdp-rtpproxy: a daemon serves $work/ctl.sock: stop it first, or name the --ctl of the one that has ended
1"
is "its ports stay reserved" "$(reserved)" "$was"
stop_daemon

# A range as wide as the kernel's own is not reserved: the host would be left without ports.
start_daemon -l "$relay_ip" -m 6000 -M 65000
check "a very wide range is served" [ -n "$(port_in "$(rtpp "U wide $alice_ip 4000 f")")" ]
check "but not reserved, and the log says why" daemon_says 'event=ports_not_reserved range=6000-65000 why="too few'
