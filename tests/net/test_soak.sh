#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A soak: calls come and go at 200 a second under media, and the daemon is killed every 20 s. Nothing
# is lost, and memory, maps and descriptors do not grow. XRP_SOAK is how many seconds it lasts
# (`make soak`: 600), XRP_SOAK_KILL how many lie between kills.
. "$(dirname "$0")/rig.sh"
. tests/net/storm.sh

soak=${XRP_SOAK:-30}
period=${XRP_SOAK_KILL:-$((soak < 60 ? 6 : 20))}
calls=1000
churn=200
options=(-l 192.0.2.1 -m 10000 -M 59999 --max-calls 8000)

memory() # of the daemon, KiB
{
	awk '/^VmRSS/ { print $2 }' "/proc/$daemon/status"
}

descriptors()
{
	find "/proc/$daemon/fd" -type l | wc -l
}

# What it holds in the kernel: by descriptors of its own, and by pins. All else the kernel frees.
held() # map, prog or link
{
	grep -l "^$1_id" "/proc/$daemon"/fdinfo/* 2>/dev/null | wc -l
}

pins()
{
	find "$work/bpf" -type f | wc -l
}

audit_is_clean()
{
	ctl audit >"$work/audit.json" && return
	echo "#   audit: $(jq -c '[.found, .differences[:3]]' "$work/audit.json")"
	return 1
}

# Each life of the daemon ends with what it used then.
note()
{
	memory_now=$(memory) descriptors_now=$(descriptors)
	held_now="$(held map) maps $(held prog) programs $(held link) links $(pins) pins"
	echo "# $SECONDS s: $memory_now KiB, $descriptors_now descriptors, $held_now"
}

storm_rig
start_daemon "${options[@]}"
storm_start $calls 50000 --churn $churn
end=$((SECONDS + soak))
kills=0
wrong=0
while [ "$SECONDS" -lt "$end" ]; do
	life=$((SECONDS + period))
	while [ "$SECONDS" -lt "$life" ]; do sleep 0.2; done # it soaks
	audit_is_clean || wrong=$((wrong + 1))
	note
	if [ "$kills" -eq 1 ]; then # the first life has only begun to fill
		memory_first=$memory_now descriptors_first=$descriptors_now
		held_first=$held_now
	fi
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	start_daemon "${options[@]}"
	kills=$((kills + 1))
done
is "in $kills lives of the daemon the audit found nothing" "$wrong" 0
check "no packet was lost, every call was answered" storm_end
between "calls came and went at about $churn a second" $((soak * churn / 2)) \
	"$(storm_field churned)" $((soak * churn * 2))
between "memory did not grow" 1 "$memory_now" $((memory_first * 11 / 10 + 1024))
is "nor did descriptors" "$descriptors_now" "$descriptors_first"
is "nor what it holds in the kernel" "$held_now" "$held_first"
is "no call is left" "$(ctl status | jq .calls.streams)" 0
check "and the audit finds nothing" audit_is_clean
