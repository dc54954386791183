# shellcheck shell=bash disable=SC2154 # what the rig sets
# SPDX-License-Identifier: GPL-2.0-or-later
# A storm of calls for the tests of restarts: sourced after rig.sh. Both parties' interfaces are in
# one namespace, so that one program sends for all.

storm_rig()
{
	add_ns relay peers
	add_link relay to-caller 192.0.2.1/24 peers caller 192.0.2.2/24
	add_link relay to-callee 198.51.100.1/24 peers callee 198.51.100.2/24
	relay_ip=192.0.2.1
}

mac_of()
{
	ip -n "$1" -j link show "$2" | jq -r '.[0].address'
}

# storm_start CALLS PPS [OPTION...]: returns when all calls are up and media runs.
storm_start()
{
	local calls=$1 pps=$2

	shift 2
	: >"$work/storm.out"
	exec nsenter --net=/run/netns/relay -- taskset -c 0 "$build/storm" --server 127.0.0.1:22222 \
		--netns /run/netns/peers --calls "$calls" --pps "$pps" \
		--interface "caller=192.0.2.2/$(mac_of relay to-caller)" \
		--interface "callee=198.51.100.2/$(mac_of relay to-callee)" "$@" \
		>"$work/storm.out" 2>"$work/storm.err" &
	storm=$!
	wait_for 60 storm_settled
	grep -q '^up' "$work/storm.out" && return
	not_ok "a storm of $calls calls can be raised: $(cat "$work/storm.err")"
	exit 1
}

storm_settled()
{
	grep -q '^up' "$work/storm.out" || ! kill -0 "$storm" 2>/dev/null
}

# storm_end: stops the media, has the calls asked for and ended; true when nothing was lost.
storm_end()
{
	local status

	kill -TERM "$storm"
	wait "$storm"
	status=$?
	echo "# $(tail -n 1 "$work/storm.out")"
	[ "$status" -eq 0 ] || sed 's/^/#   /' "$work/storm.err"
	return "$status"
}

# storm_field NAME: of its report.
storm_field()
{
	tail -n 1 "$work/storm.out" | jq ".$1"
}
