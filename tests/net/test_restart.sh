#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Calls outlive the daemon: killed and started again under load, and upgraded in place, no packet of
# an established call is lost, and every call is there as before. XRP_CALLS, XRP_PPS and XRP_KILLS
# make it larger.
. "$(dirname "$0")/rig.sh"
. tests/net/storm.sh

calls=${XRP_CALLS:-1000}
pps=${XRP_PPS:-100000}
kills=${XRP_KILLS:-10}
many=${XRP_MANY:-10000}
options=(-l 192.0.2.1 -m 10000 -M 59999 --max-calls 12000)
early_call="U early@example.net 192.0.2.2 3000 from-early;1"

audit_is_clean()
{
	ctl audit >"$work/audit.json" && return
	echo "#   audit: $(jq -c '[.found, .differences[:3]]' "$work/audit.json")"
	return 1
}

# What the daemon said of its adoption.
adopted()
{
	sed -n "s/.*event=adopted .*$1=\([0-9.]*\).*/\1/p" "$work/daemon.log"
}

kill_daemon()
{
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
}

# Packets of the storm's first call so far, as Q tells them.
counted()
{
	rtpp "Q $first from0;1 to0;1" | awk '{ print $2 + $3 }'
}

# All calls are there, with rows, records, ports and all, and the counts go on.
as_before()
{
	local before=$counted

	counted=$(counted)
	[ "$(adopted calls)" = "$((calls + 1))" ] && [ "$counted" -ge "$before" ] && audit_is_clean &&
		return
	echo "#   adopted $(adopted calls) calls, counted $counted packets after $before"
	return 1
}

restart()
{
	kill_daemon
	start_daemon "${options[@]}"
	as_before
}

# Another binary takes over from the one that runs.
upgrade()
{
	local program=$work/xdp-rtpproxy old=$daemon

	start_daemon "${options[@]}" --takeover
	wait "$old" && as_before
}

times()
{
	local i

	for ((i = 0; i < kills; i++)); do
		"$@" || return 1
	done
}

storm_rig
cp "$build/xdp-rtpproxy" "$work"
start_daemon "${options[@]}"
early=$(port_in "$(rtpp "$early_call")")
storm_start "$calls" "$pps"
first=$(printf 'storm-%x-0@example.net' "$storm")
counted=$(counted)
check "killed and started again $kills times, all is as before each time" times restart
check "upgraded $kills times, all is as before each time" times upgrade
is "the call that nobody answered yet has its port still" "$(port_in "$(rtpp "$early_call")")" "$early"
check "no packet was lost; Q answers for every call, D frees it" storm_end
is "the early call is left" "$(ctl status | jq .calls.streams)" 1
check "and nothing else" audit_is_clean

all_have_spoken()
{
	[ "$(relayed_in_kernel)" -ge $((4 * many)) ]
}

# CPU time that the daemon has used, all its threads together, in ms.
used_ms()
{
	cat "/proc/$daemon/task/"*/schedstat | awk '{ ns += $1 } END { printf "%d\n", ns / 1e6 }'
}

kill_daemon
start_daemon "${options[@]}"
empty=$(used_ms) # with one call: what a start takes without any to adopt
storm_start "$many" "$pps"
# The least of some: what else runs on the machine can only add to it.
least=$((10 ** 6)) longest=0
for ((i = 0; i < 4; i++)); do
	kill_daemon
	start_daemon "${options[@]}"
	cpu=$(($(used_ms) - empty)) wall=$(adopted took_ms)
	echo "# adopted in $wall ms; it took $cpu ms of CPU time"
	[ $cpu -ge $least ] || least=$cpu
	[ "${wall%.*}" -le $longest ] || longest=${wall%.*}
done
is "$many calls are adopted" "$(adopted calls)" $((many + 1))
between "in so many ms of CPU time" 1 "$least" 199
between "and, with all that the storm takes, so many by the clock" 1 "$longest" 1999
check "media runs in all of them" wait_for 20 all_have_spoken
check "and not a packet of theirs is lost" storm_end
