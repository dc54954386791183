# shellcheck shell=bash disable=SC2034 # what the tests use
# SPDX-License-Identifier: GPL-2.0-or-later
# The rig of the network tests, sourced by each of them as its first act.
#
# The test starts itself again in network, mount and process namespaces of its own. So names need
# not be unique, and whatever happens nothing is left behind: with the test's first process all
# others end, and with them the namespaces, links and mounts.
#
# Links keep the kernel's defaults, checksum offload included: what crosses them has partial
# checksums. Only what a veth needs to take packets from an XDP program is seen to: its far end has
# GRO on. (XDP_TX would need a program there; on a veth the relay redirects instead.)

if [ -z "${RIG_INSIDE:-}" ]; then
	RIG_INSIDE=1 exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=$(realpath "${B:-build}")
work=/run/rig # in a /run of our own
deadline=10 # seconds to wait for anything
failed=0
daemon=
round=0

rig_end()
{
	local status=$?

	trap - EXIT
	[ "$failed" -eq 0 ] || [ "$status" -ne 0 ] || status=1
	if [ "$status" -ne 0 ] && [ -s "$work/daemon.log" ]; then
		echo "# the daemon said:"
		tail -n 40 "$work/daemon.log" | sed 's/^/#   /'
	fi
	exit "$status"
}
trap rig_end EXIT
trap 'exit 130' INT TERM

mount -t tmpfs tmpfs /run && mkdir -p "$work/bpf" /run/netns && mount -t bpf bpf "$work/bpf" ||
	exit 1

# --- saying -----------------------------------------------------------------------------------

ok()
{
	echo "ok - $1"
}

not_ok()
{
	echo "not ok - $1"
	failed=1
}

# check SENTENCE COMMAND...: the sentence is true when the command is.
check()
{
	local sentence=$1

	shift
	if "$@"; then
		ok "$sentence"
	else
		not_ok "$sentence"
		echo "#   false: $*"
	fi
}

# is SENTENCE HAVE WANT
is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1"
		echo "#   have '$2', want '$3'"
	fi
}

# between SENTENCE LEAST VALUE MOST
between()
{
	if [ "$3" -ge "$2" ] && [ "$3" -le "$4" ]; then
		ok "$1"
	else
		not_ok "$1"
		echo "#   have $3, want $2 to $4"
	fi
}

# A rig that cannot be built ends the test.
must()
{
	"$@" && return
	not_ok "the rig can be built: $*"
	exit 1
}

# wait_for SECONDS COMMAND...: true as soon as the command is, false after so many seconds.
wait_for()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# --- network ----------------------------------------------------------------------------------

# in_ns NAMESPACE COMMAND...
in_ns()
{
	local name=$1

	shift
	nsenter --net="/run/netns/$name" -- "$@"
}

add_ns()
{
	local name

	for name; do
		must ip netns add "$name"
		must ip -n "$name" link set lo up
	done
}

# add_link NS DEVICE ADDRESS/LENGTH NS DEVICE ADDRESS/LENGTH: "-" is no address. The second end is
# the far one.
add_link()
{
	must ip -n "$1" link add "$2" type veth peer name "$5" netns "$4"
	[ "$3" = - ] || must ip -n "$1" addr add "$3" dev "$2"
	[ "$6" = - ] || must ip -n "$4" addr add "$6" dev "$5"
	must in_ns "$4" ethtool -K "$5" gro on
	must ip -n "$1" link set "$2" up
	must ip -n "$4" link set "$5" up
}

# Alice and bob behind an interface each, mallory behind a third. The relay forwards no IP.
two_interfaces()
{
	add_ns relay alice bob mallory
	add_link relay to-alice 192.0.2.1/24 alice eth0 192.0.2.2/24
	add_link relay to-bob 198.51.100.1/24 bob eth0 198.51.100.2/24
	add_link relay to-mallory 203.0.113.1/24 mallory eth0 203.0.113.2/24
	must ip -n alice route add default via 192.0.2.1
	must ip -n bob route add default via 198.51.100.1
	must ip -n mallory route add default via 203.0.113.1
	relay_ip=192.0.2.1 alice_ip=192.0.2.2 bob_ip=198.51.100.2 mallory_ip=203.0.113.2
}

# All on one bridge: the relay has one interface, in by which and out of which all media goes.
one_interface()
{
	add_ns relay switch alice bob
	must ip -n switch link add br0 type bridge
	must ip -n switch link set br0 up
	add_link relay eth0 192.0.2.1/24 switch to-relay -
	add_link alice eth0 192.0.2.2/24 switch to-alice -
	add_link bob eth0 192.0.2.3/24 switch to-bob -
	for port in to-relay to-alice to-bob; do
		must ip -n switch link set "$port" master br0
	done
	relay_ip=192.0.2.1 alice_ip=192.0.2.2 bob_ip=192.0.2.3
}

# --- the daemon -------------------------------------------------------------------------------

daemon_says()
{
	grep -qE "$1" "$work/daemon.log"
}

# Ready, or gone.
daemon_settled()
{
	daemon_says 'event=ready' || ! kill -0 "$daemon" 2>/dev/null
}

# start_daemon ARGUMENT...: with the rig's own control sockets, and waits until it serves. A system
# call that is not on its list ends it. $program, when
# set, is run in place of the daemon that was built. Tests are in a hurry, and send speech faster than any codec does: no
# cap, unless an argument says so.
start_daemon()
{
	: >"$work/daemon.log"
	exec nsenter --net=/run/netns/relay -- "${program:-$build/xdp-rtpproxy}" -f -F -s udp:127.0.0.1:22222 --ctl "$work/ctl.sock" \
		--pin-root "$work/bpf/xdp-rtpproxy" -p "$work/pid" --seccomp kill --rate-cap off "$@" \
		2>"$work/daemon.log" &
	daemon=$!
	wait_for "$deadline" daemon_settled
	if ! daemon_says 'event=ready'; then
		not_ok "the daemon starts with $*"
		exit 1
	fi
}

# Takes away what a daemon that has ended left, so that the next one has no calls of its.
forget_calls()
{
	in_ns relay "$build/xdp-rtpproxy" --detach --pin-root "$work/bpf/xdp-rtpproxy" --ctl "$work/ctl.sock" >/dev/null
}

# rtpp COMMAND: the reply to a command with a fresh cookie.
rtpp()
{
	in_ns relay "$build/rtppcmd" -s udp:127.0.0.1:22222 "$1"
}

ctl()
{
	"$build/xdp-rtpctl" --socket "$work/ctl.sock" --json "$@"
}

# reason LABEL...: packets with one of these reasons since the start.
reason()
{
	ctl status | jq --args '[.reasons[] | select(.name | IN($ARGS.positional[])).packets] | add' \
		"$@"
}

# What the program relayed, and what went through the slow path.
relayed_in_kernel()
{
	reason relay_tx relay_redirect
}

relayed_by_daemon()
{
	ctl status | jq .slow_path.sent
}

# port_in REPLY: the port of an answer, or nothing.
port_in()
{
	[[ $1 =~ ^([1-9][0-9]*)( |$) ]] && echo "${BASH_REMATCH[1]}"
}

# offer CALL-ID IP PORT [MODIFIERS]: the caller's SDP; sets bob_relay, where bob sends to.
offer()
{
	offer_reply=$(rtpp "U${4:-} $1 $2 $3 from-$1")
	bob_relay=$relay_ip:$(port_in "$offer_reply")
}

# answer CALL-ID IP PORT [MODIFIERS]: the callee's SDP; sets alice_relay, where alice sends to.
answer()
{
	answer_reply=$(rtpp "L${4:-} $1 $2 $3 from-$1 to-$1")
	alice_relay=$relay_ip:$(port_in "$answer_reply")
}

# One call of alice (port 4000) with bob (port 6000), as signalled.
set_up_call()
{
	offer "$1" "$alice_ip" 4000
	answer "$1" "$bob_ip" 6000
	[ "$bob_relay" != "$relay_ip:" ] && [ "$alice_relay" != "$relay_ip:" ] && return
	not_ok "the relay gives ports to call $1"
	echo "#   U got '$offer_reply', L got '$answer_reply'"
	exit 1
}

# rtcp_of ENDPOINT: the port above.
rtcp_of()
{
	echo "${1%:*}:$((${1##*:} + 1))"
}

# --- media ------------------------------------------------------------------------------------

# talk NAME NAMESPACE LOCAL REMOTE OPTION...: an end of a call, which waits for media_start to send.
# Its report will be in $work/NAME.json.
declare -A talker=()
talk()
{
	local name=$1 where=$2 from=$3 to=$4

	shift 4
	: >"$work/$name.err"
	exec nsenter --net="/run/netns/$where" -- "$build/rtpgen" --local "$from" --remote "$to" --json \
		--start-file "$work/start-$round" "$@" >"$work/$name.json" 2>"$work/$name.err" &
	talker[$name]=$!
	wait_for "$deadline" grep -q . "$work/$name.err"
	grep -q '^ready' "$work/$name.err" && return
	not_ok "$name can send from $from: $(cat "$work/$name.err")"
	exit 1
}

media_start()
{
	: >"$work/start-$round"
	round=$((round + 1))
}

# heard NAME: waits for the end; true when all came that had to, and nothing else.
heard()
{
	local status

	wait "${talker[$1]}"
	status=$?
	unset "talker[$1]"
	[ "$status" -eq 0 ] && return
	echo "#   $1: $(cat "$work/$1.json")"
	return 1
}

# silence NAME: makes it stop.
silence()
{
	kill "${talker[$1]}"
	wait "${talker[$1]}" 2>/dev/null
	unset "talker[$1]"
}

talking()
{
	kill -0 "${talker[$1]}" 2>/dev/null
}

# field NAME EXPRESSION: out of the report, by jq.
field()
{
	jq -r "$2" "$work/$1.json"
}

# both_ways COUNT [OPTION...]: alice (port 4000) and bob (port 6000) each send so many and hear all
# of the other's.
both_ways()
{
	local count=$1

	shift
	talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --expect-ssrc 0xb0b \
		--count "$count" --expect "$count" --interval-ms 5 --expect-from "$alice_relay" "$@"
	talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --expect-ssrc 0xa11ce \
		--count "$count" --expect "$count" --interval-ms 5 --expect-from "$bob_relay" "$@"
	media_start
	heard alice && heard bob
}

# --- others -----------------------------------------------------------------------------------

# listen NAME NAMESPACE SOCKET: a stream listener (unix:PATH or tcp:ADDRESS:PORT), started again
# under the same name or for the first time; all it is sent is added to $work/NAME.got.
declare -A listener=()
listen()
{
	rm -f "$work/$1.up"
	[ -e "$work/$1.got" ] || : >"$work/$1.got"
	exec nsenter --net="/run/netns/$2" -- python3 tests/net/listener.py "$3" "$work/$1.got" \
		"$work/$1.up" &
	listener[$1]=$!
	must wait_for "$deadline" [ -e "$work/$1.up" ]
}

# hang_up NAME: the listener ends.
hang_up()
{
	kill "${listener[$1]}"
	wait "${listener[$1]}" 2>/dev/null
	unset "listener[$1]"
}

# got NAME BYTES: is this all that the listener was sent so far?
got()
{
	[ "$(od -An -tx1 -v "$work/$1.got")" = "$(printf %s "$2" | od -An -tx1 -v)" ]
}
