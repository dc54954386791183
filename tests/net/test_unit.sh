#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The systemd unit, without systemd: with the capabilities that it leaves the daemon starts, relays,
# records, reloads, ends and starts again; the system calls that it makes are among those that the
# filter allows; and the service manager is told what it has to be.
. "$(dirname "$0")/rig.sh"

unit=tools/systemd/xdp-rtpproxy.service
pins=$work/bpf/xdp-rtpproxy

# setting NAME: its values, all lines of it.
setting()
{
	sed -n "s/^$1=//p" $unit
}

# calls_of GROUP_OR_CALL...: the system calls, a line each.
calls_of()
{
	local item
	local -a members

	for item; do
		if [ "${item:0:1}" != @ ]; then
			echo "$item"
			continue
		fi
		mapfile -t members < <(systemd-analyze --no-pager syscall-filter "$item" 2>/dev/null |
			sed -n 's/^    \([^# ]*\)$/\1/p')
		calls_of "${members[@]}"
	done
}

# The filter's lines, applied in their order, on top of what is always allowed.
allowed_calls()
{
	local line
	local -a words

	calls_of @default >"$work/allowed"
	while read -r line; do
		read -ra words <<<"${line#\~}"
		calls_of "${words[@]}" >"$work/listed"
		if [ "${line:0:1}" = '~' ]; then
			grep -vxF -f "$work/listed" "$work/allowed" >"$work/left"
			mv "$work/left" "$work/allowed"
		else
			cat "$work/listed" >>"$work/allowed"
		fi
	done < <(setting SystemCallFilter)
	sort -u "$work/allowed"
}

# told PATTERN: has the manager been told so?
told()
{
	grep -qE "^[0-9]+ $1" "$work/told"
}

ended()
{
	! kill -0 "$daemon" 2>/dev/null
}

# start_unit OPTION...: as the unit does: root with a few capabilities, then another user.
start_unit()
{
	: >"$work/daemon.log"
	NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=400000 exec nsenter --net=/run/netns/relay -- \
		strace -f -c -qq -U calls,name -o "$work/trace" setpriv --no-new-privs --bounding-set="$bounding" \
		"$build/xdp-rtpproxy" -f -F -u nobody -s udp:127.0.0.1:22222 -s "unix:$work/own/c" \
		--ctl "$work/own/ctl.sock" --pin-root "$pins" -p /dev/null -l "$relay_ip" \
		-r "$work/rec" "$@" 2>"$work/daemon.log" &
	daemon=$!
	wait_for "$deadline" daemon_settled
	daemon_says event=ready
}

operate()
{
	in_ns relay setpriv --no-new-privs --bounding-set="$bounding" \
		"$build/xdp-rtpctl" --ctl "$work/own/ctl.sock" "$@"
}

ctl()
{
	operate --json "$@"
}

two_interfaces
# As systemd makes them: nobody but root gets to the pins.
chmod 700 "$work/bpf"
chmod 755 "$work"
mkdir "$work/own" "$work/rec"
chown nobody "$work/rec"
umask "$(setting UMask)"
bounding=-all$(setting CapabilityBoundingSet | tr ' ' '\n' | sed 's/CAP_\(.*\)/,+\L\1/' | tr -d '\n')
tests/net/supervisor.py "$work/notify" "$work/told" &
must wait_for "$deadline" [ -s "$work/told" ]

echo 'ttl = 60' >"$work/relay.conf"
chmod 644 "$work/relay.conf"
check "the daemon starts with the unit's capabilities" start_unit --config "$work/relay.conf"
check "the manager is told that it is ready" wait_for "$deadline" told READY=1
check "the media ports are reserved" \
	grep -q 35000-65000 <<<"$(in_ns relay cat /proc/sys/net/ipv4/ip_local_reserved_ports)"
set_up_call unit
is "the call is recorded" "$(rtpp 'R unit from-unit to-unit')" 0
check "a call is relayed" both_ways 50
between "in the kernel" 90 "$(relayed_in_kernel)" 100
check "the manager is told how many there are" wait_for "$deadline" told 'STATUS=1 media streams'
check "and that the loop turns" wait_for "$deadline" told WATCHDOG=1
echo 'ttl = 61' >"$work/relay.conf"
is "a reload" "$(operate reload)" 'changed: ttl, setup-ttl'
check "is announced with its time, and its end" \
	wait_for "$deadline" grep -zqE 'RELOADING=1 MONOTONIC_USEC=[0-9]+.*READY=1' "$work/told"
operate stop >/dev/null
check "the daemon ends" wait_for "$deadline" ended
check "after it said so" told STOPPING=1
cp "$work/trace" "$work/traces"

check "it starts again on what is pinned" start_unit
set_up_call again
check "a call is relayed" both_ways 50 --seq 300
said=$(operate --pin-root "$pins" detach)
check "and detach, by the same rights, takes all away" grep -q '^removed [1-9]' <<<"$said"
check "the daemon ends" wait_for "$deadline" ended
check "nothing is pinned" [ ! -e "$pins" ]
cat "$work/trace" >>"$work/traces"

# Of each line the call's name stands last. execve is strace's and setpriv's.
awk '$1 ~ /^[0-9]+$/ && $2 ~ /^[a-z]/ && $2 != "total" { print $2 }' "$work/traces" | sort -u >"$work/made"
between "the system calls that it makes are known" 40 "$(wc -l <"$work/made")" 120
allowed_calls >"$work/allowed.all"
# Real time is asked for and not had there: RestrictRealtime= refuses it, and prompts are ordinary.
is "all of them pass the unit's filter, but what may fail" \
	"$(grep -vxF -f "$work/allowed.all" "$work/made" | paste -sd ' ')" sched_setscheduler
# So that this can fail: without its own words the filter does not do.
is "which lets bpf pass for a reason" \
	"$(grep -cxF bpf "$work/made")$(calls_of @system-service | grep -cxF bpf)" 10
