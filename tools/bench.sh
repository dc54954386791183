#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the relay on this machine, in network namespaces of its own, and prints a table with how
# each figure was got:
#
#   tools/bench.sh [--json FILE] [xdp] [slow] [control]      (default: all three)
#
# xdp      live frames through the relay program and through a redirect-only one, in turn
# slow     a flooded call through the daemon with --no-xdp
# control  whole calls (U, L, D) a second, and descriptors for each call
#
# BENCH_PACKETS (packets a round), BENCH_ROUNDS, BENCH_SECONDS (of slow and control) make it
# shorter or longer. Root; what was built in $B (build).
set -euo pipefail

here=$(dirname "$0")/..
build=${B:-build}
packets=${BENCH_PACKETS:-2000000}
rounds=${BENCH_ROUNDS:-5}
seconds=${BENCH_SECONDS:-4}
relay_address=10.9.1.1
alice=10.9.1.2
bob=10.9.2.2
server=127.0.0.1:22222
daemon=

die()
{
	echo "bench: $*" >&2
	exit 1
}

if [ -z "${BENCH_INSIDE-}" ]; then
	[ "$(id -u)" -eq 0 ] || die "needs root, for network namespaces and BPF: run 'sudo make bench'"
	cd "$here"
	BENCH_INSIDE=1 exec unshare -n -m "$PWD/tools/bench.sh" "$@"
fi

cleanup()
{
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	for ns in alice bob; do
		ip netns pids $ns 2>/dev/null | xargs -r kill 2>/dev/null || true
		ip netns del $ns 2>/dev/null || true
	done
	rm -rf "$work"
}
work=$(mktemp -d)
trap cleanup EXIT

# Runs on one CPU, where there are several: what measures and what is measured must not share one.
on_cpu()
{
	local cpu=$1

	shift
	if [ "$(nproc)" -gt "$cpu" ]; then
		taskset -c "$cpu" "$@"
	else
		"$@"
	fi
}

wait_for()
{
	local what=$1 deadline=$((SECONDS + 10))

	shift
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $deadline ] || die "$what did not happen within 10 s"
		sleep 0.05
	done
}

record()
{
	tail -n 1 | tee -a "$work/results" >/dev/null
	printf '.' >&2
}

# generator g0 -> r0 (relay or floor) -> r1 -> s1 (sink). One queue each: all on one CPU.
bench_xdp()
{
	local flows i

	ip link add g0 numrxqueues 1 numtxqueues 1 type veth peer name r0 numrxqueues 1 numtxqueues 1
	ip link add r1 numrxqueues 1 numtxqueues 1 type veth peer name s1 numrxqueues 1 numtxqueues 1
	for i in g0 r0 r1 s1; do ip link set $i up; done
	for flows in 1 1000 20000 100000; do
		on_cpu 1 "$build/bench" xdp $flows "$rounds" "$packets" g0 r0 r1 s1 | record
	done
	ip link del g0
	ip link del r1
}

add_party()
{
	local name=$1 interface=$2 gateway=$3 address=$4

	ip netns add "$name"
	ip link add "$interface" type veth peer name media netns "$name"
	ip address add "$gateway/24" dev "$interface"
	ip link set "$interface" up
	ip -n "$name" address add "$address/24" dev media
	ip -n "$name" link set media up
	ip -n "$name" route add default via "$gateway"
}

# alice -- (ra) relay (rb) -- bob
media_rig()
{
	! ip link show ra >/dev/null 2>&1 || return 0
	mount -t tmpfs tmpfs /run
	mkdir -p /run/netns
	add_party alice ra $relay_address $alice
	add_party bob rb 10.9.2.1 $bob
}

start_daemon()
{
	"$build/xdp-rtpproxy" -f -F -l $relay_address -s udp:$server -m 20000 -M 60000 -T 600 \
		-W 600 -d WARN --port-rest 0 --rate-cap off --max-calls 20000 --no-pin --ctl "$work/ctl.sock" "$@" \
		2>"$work/daemon.log" &
	daemon=$!
	[ "$(nproc)" -lt 2 ] || taskset -pc 0 $daemon >/dev/null
	wait_for "the daemon's start ($(tail -n 1 "$work/daemon.log"))" \
		"$build/xdp-rtpctl" --socket "$work/ctl.sock" --json status >/dev/null
}

stop_daemon()
{
	kill "$daemon"
	wait "$daemon" || true
	daemon=
}

# The first word of the answer: the port.
ask()
{
	"$build/rtppcmd" -s udp:$server "$1" | cut -d ' ' -f 1
}

bench_slow()
{
	local port

	media_rig
	start_daemon --no-xdp
	ask "U slow@bench $alice 4000 f;1" >/dev/null
	port=$(ask "L slow@bench $bob 4000 f;1 t;1") # told to alice
	on_cpu 1 ip netns exec bob "$build/bench" count $bob:4000 10 >"$work/count" &
	local counter=$!
	wait_for "the receiver" eval 'ip netns exec bob ss -lunH | grep -q :4000'
	on_cpu 1 ip netns exec alice "$build/bench" flood $alice:4000 "$relay_address:$port" 0 \
		"$seconds" >"$work/flood"
	wait $counter
	jq -sc '{what: "slow", offered_pps: .[0].pps, relayed_pps: .[1].pps,
		 packets: .[1].packets}' "$work/flood" "$work/count" | record
	stop_daemon
}

descriptors()
{
	find "/proc/$daemon/fd" -mindepth 1 | wc -l
}

bench_control()
{
	local window before after

	media_rig
	for window in 1 16 128; do
		start_daemon --interface ra,rb
		on_cpu 1 "$build/bench" control $server $alice:0 $bob:0 $window "$seconds" | record
		stop_daemon
	done
	start_daemon --interface ra,rb
	before=$(descriptors)
	on_cpu 1 "$build/bench" hold $server $alice:0 $bob:0 1000 >"$work/hold"
	after=$(descriptors)
	jq -c --argjson before "$before" --argjson after "$after" '{what: "descriptors",
		calls: .calls, errors: .errors, before: $before, after: $after}' "$work/hold" | record
	stop_daemon
}

print_xdp()
{
	echo "XDP relay against a redirect-only program, one CPU that also generates and sinks"
	echo "(veth, live frames of 214 bytes, $rounds rounds of $packets packets each in turn, medians;"
	echo "program: BPF_PROG_TEST_RUN, a million runs, another flow each time, least of five)"
	jq -r 'select(.what == "xdp") | [.flows, (.relay_pps / 1e3 | round), (.floor_pps / 1e3 | round),
		(.ratio * 1000 | round / 1000), .program_ns, .floor_ns,
		(.lost / .sent * 1e6 | round)] | @tsv' "$work/results" |
		awk -F '\t' 'BEGIN { printf "%10s %14s %14s %8s %12s %10s %11s\n", "flows",
				"relay kpps", "floor kpps", "ratio", "program ns", "floor ns", "lost ppm" }
			{ printf "%10d %14d %14d %8.3f %12d %10d %11d\n", $1, $2, $3, $4, $5, $6, $7 }'
	echo
}

print_slow()
{
	echo "Slow path: one call, --no-xdp, sendmmsg flood of 172-byte payloads for $seconds s, counted"
	echo "by the receiver; the daemon on one CPU, sender and receiver on another"
	jq -r 'select(.what == "slow") | "  offered \(.offered_pps | round) packets/s, relayed " +
		"\(.relayed_pps | round) packets/s"' "$work/results"
	echo
}

print_control()
{
	echo "Control plane: calls (U, L, D) over UDP on loopback for $seconds s, a fresh cookie each,"
	echo "XDP attached to two interfaces; the daemon on one CPU, the client on another"
	jq -r 'select(.what == "control") | [.window, (.calls_per_s | round), .p50_us, .p99_us, .errors,
		.resent] | @tsv' "$work/results" |
		awk -F '\t' 'BEGIN { printf "%10s %10s %14s %14s %8s %8s\n", "window", "calls/s",
				"median us", "99 % us", "errors", "resent" }
			{ printf "%10d %10d %14d %14d %8d %8d\n", $1, $2, $3, $4, $5, $6 }'
	jq -r 'select(.what == "descriptors") | "  descriptors of the daemon: \(.before) before, " +
		"\(.after) with \(.calls) calls"' "$work/results"
	echo
}

json=
wanted=()
while [ $# -gt 0 ]; do
	case $1 in
	--json)
		[ $# -gt 1 ] || die "--json needs a file"
		json=$2
		shift
		;;
	xdp | slow | control) wanted+=("$1") ;;
	*) die "'$1' is none of xdp, slow, control, --json FILE" ;;
	esac
	shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=(xdp slow control)
command -v jq >/dev/null || die "jq is missing: run 'sudo tools/setup.sh check'"

mount --make-rprivate /
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 || true
ip link set lo up
for part in "${wanted[@]}"; do "bench_$part"; done
echo >&2
for part in "${wanted[@]}"; do "print_$part"; done
if [ -n "$json" ]; then
	jq -s --arg kernel "$(uname -r)" --arg cpu "$(sed -n 's/^model name.*: //p;T;q' /proc/cpuinfo)" \
		--argjson cpus "$(nproc)" '{kernel: $kernel, cpu: $cpu, cpus: $cpus, results: .}' \
		"$work/results" >"$json"
fi
