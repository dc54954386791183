# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The world of the end-to-end tests, and words to tell a call with. Sourced, not run.
#
#      alice 203.0.113.10      bob 203.0.113.30
#           |                        |
#       ----+---------- inet --------+------- (a bridge, the Internet)
#           |                        |
#      relay 203.0.113.1       nat 203.0.113.20 --- home 192.168.77.2
#
# The relay runs Kamailio and xdp-rtpproxy. All of it lives in mount, process and network namespaces
# of its own: names collide with nothing, and whatever ends the test ends the world.

B=${B:-build}
RELAY=203.0.113.1
declare -A ADDRESS=([alice]=203.0.113.10 [bob]=203.0.113.30 [home]=192.168.77.2)
declare -A MEDIA_PORT=([alice]=4000 [bob]=5000 [home]=4000)
declare -A SSRC=([alice]=0xa11ce [bob]=0xb0b [home]=0x803e)
failures=0
work= # a directory, made by world_up

# Runs the calling script once more, in namespaces of its own.
world_enter()
{
	[ -z "${E2E_WORLD-}" ] || return 0
	[ "$(id -u)" -eq 0 ] || die "network namespaces take root"
	E2E_WORLD=1 exec unshare --mount --pid --fork --kill-child --mount-proc \
		--propagation private "$0" "$@"
}

die()
{
	echo "not ok - $*"
	exit 1
}

# check SENTENCE COMMAND...: a case that passes when the command does.
check()
{
	local sentence=$1

	shift
	if "$@"; then
		echo "ok - $sentence"
	else
		echo "not ok - $sentence"
		failures=$((failures + 1))
	fi
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
		--ctl "$work/ctl.sock" -d info "$@" >"$work/relay.log" 2>&1 &
	wait_for 5 log_has event=ready "$work/relay.log" || die "the relay does not start"
}

# kamailio_up [OPTION...]: with the configuration that we ship.
kamailio_up()
{
	at relay kamailio -f docs/kamailio.cfg -DD -E -m 32 -M 4 -w "$work" -P "$work/kamailio.pid" \
		-A "SIP_LISTEN=udp:$RELAY:5060" "$@" >"$work/kamailio.log" 2>&1 &
	wait_for 5 listens relay 5060 || die "Kamailio does not start"
}

# phone HOST SCENARIO CALL-ID [OPTION...]: starts a sipp there. What it is told goes to the file
# $work/HOST.CALL-ID.told: a line `ADDRESS PORT` for each SDP, `ringing` for a 180 that is awaited.
phone()
{
	local host=$1 scenario=$2 id=$3

	at "$host" sipp -sf "tests/e2e/sipp/$scenario.xml" -i "${ADDRESS[$host]}" -p 5060 \
		-key audio_port "${MEDIA_PORT[$host]}" -cid_str "$id" -m 1 -nostdin \
		-timeout 20s -trace_err -error_file "$work/$host.$id.errors" -trace_logs \
		-log_file "$work/$host.$id.told" "${@:4}" $RELAY:5060 >"$work/$host.$id.sipp" 2>&1 &
	declare -g "phone_$host=$!"
	wait_for 5 listens "$host" 5060
}

# Did the phone's scenario go as it is written?
phone_done()
{
	local pid=phone_$1

	wait "${!pid}"
}

# register HOST: under its own name.
register()
{
	phone "$1" register "register-$1" -s "$1"
	phone_done "$1"
}

# Tells a phone to go on: its scenario waits for this message, not for a time.
go_on()
{
	local host=$1 id=$2

	messages=$((${messages-0} + 1))
	printf '%s\r\n' "INFO sip:go@on SIP/2.0" "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-$messages" \
		"From: <sip:test@go>;tag=$messages" "To: <sip:test@on>" "Call-ID: $id" \
		"CSeq: $messages INFO" "Content-Length: 0" "" |
		at "$host" bash -c "cat >/dev/udp/${ADDRESS[$host]}/5060"
}

# told HOST CALL-ID N: has the phone been told N things?
told()
{
	[ "$(grep -c . "$work/$1.$2.told" 2>/dev/null)" -ge "$3" ]
}

# relay_of HOST CALL-ID: where the last SDP told this phone to send, as ADDRESS:PORT.
relay_of()
{
	tail -n 1 "$work/$1.$2.told" | tr ' ' ':'
}

# speak HOST CALL-ID COUNT EXPECT FROM: sends RTP and hears FROM's, as it came from the relay and
# unharmed; the report goes to $work/HOST.rtp.
speak()
{
	local host=$1 to

	to=$(relay_of "$host" "$2")
	at "$host" "$B/rtpgen" --local "${ADDRESS[$host]}:${MEDIA_PORT[$host]}" --remote "$to" \
		--ssrc "${SSRC[$host]}" --count "$3" --interval-ms 5 --expect "$4" \
		--expect-from "$to" --expect-ssrc "${SSRC[$5]}" --json \
		>"$work/$host.rtp" 2>"$work/$host.rtp.errors"
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

# Shows what may explain a failure, and ends the script.
finish()
{
	if [ $failures -gt 0 ]; then
		status | jq -c '[.reasons[] | select(.packets > 0) | {(.name): .packets}] | add'
		tail -n 30 "$work"/relay.log "$work"/kamailio.log "$work"/*.errors "$work"/*.rtp
		exit 1
	fi
	exit 0
}
