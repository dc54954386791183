# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The small Internet of the end-to-end tests and of the demo, in network namespaces. Sourced, not run.
#
#      alice 203.0.113.10      bob 203.0.113.30
#           |                        |
#       ----+---------- inet --------+------- (a bridge, the Internet)
#           |                        |
#      relay 203.0.113.1       nat 203.0.113.20 --- home 192.168.77.2
#
# All of it lives in mount, process and network namespaces of its own: names collide with nothing, and
# whatever ends the script ends its world.

B=${B:-build}
RELAY=203.0.113.1
declare -A ADDRESS=([alice]=203.0.113.10 [bob]=203.0.113.30 [home]=192.168.77.2)
work= # a directory, made by world_up

# Runs the calling script once more, in namespaces of its own.
world_enter()
{
	[ -z "${XRP_WORLD-}" ] || return 0
	[ "$(id -u)" -eq 0 ] || die "network namespaces take root"
	XRP_WORLD=1 exec unshare --mount --pid --fork --kill-child --mount-proc \
		--propagation private "$0" "$@"
}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for()
{
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# at HOST COMMAND...: not `ip netns exec`, which hides the mounted bpf file system.
at()
{
	nsenter --net=/run/netns/"$1" -- "${@:2}"
}

# plug HOST ADDRESS: a cable from the host's eth0 to the Internet. Offloads stay as they are; a veth
# hands over what an XDP program of the other end sends only when it polls, which GRO makes it do.
plug()
{
	ip link add eth0 netns "$1" type veth peer name "port-$1" netns inet
	at inet ip link set "port-$1" master br0 up
	at inet ethtool -K "port-$1" gro on
	at "$1" ip link set eth0 up
	at "$1" ip address add "$2"/24 dev eth0
}

world_up()
{
	local host

	work=$(mktemp -d) || exit 1
	trap 'rm -rf "$work"' EXIT
	mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns
	mount -t bpf bpf /sys/fs/bpf
	for host in inet relay alice nat home bob; do
		ip netns add "$host"
		at "$host" ip link set lo up
	done
	at inet ip link add br0 type bridge
	at inet ip link set br0 up
	plug relay $RELAY
	plug alice "${ADDRESS[alice]}"
	plug bob "${ADDRESS[bob]}"
	plug nat 203.0.113.20
	ip link add home0 netns nat type veth peer name eth0 netns home
	at nat ip link set home0 up
	at nat ip address add 192.168.77.1/24 dev home0
	at home ip link set eth0 up
	at home ip address add "${ADDRESS[home]}"/24 dev eth0
	at home ip route add default via 192.168.77.1
	at nat sysctl -q net.ipv4.ip_forward=1
	# Another port for each flow, as carriers' NATs give: the SDP is wrong about all of it.
	at nat nft 'add table ip nat
		add chain ip nat out { type nat hook postrouting priority srcnat; }
		add rule ip nat out oifname eth0 ip protocol udp masquerade to :20000-29999'
}

listens()
{
	at "$1" ss -Hlun "sport = :$2" | grep -q .
}

log_has()
{
	grep -q -- "$1" "$2" 2>/dev/null
}

relay_up()
{
	at relay "$B/xdp-rtpproxy" -f -F -l $RELAY -s udp:127.0.0.1:22222 --interface eth0 \
		--ctl "$work/ctl.sock" -p "$work/relay.pid" "$@" >"$work/relay.log" 2>&1 &
	wait_for 5 log_has event=ready "$work/relay.log" ||
		die "the relay does not start: $(tail -n 1 "$work/relay.log")"
}

status()
{
	"$B/xdp-rtpctl" --socket "$work/ctl.sock" --json status
}

calls_active()
{
	[ "$(status | jq .calls.active)" -eq "$1" ]
}

# Packets relayed in the kernel so far, by the program's own reasons.
kernel_packets()
{
	status | jq '[.reasons[] | select(.name | startswith("relay_")).packets] | add'
}
