#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A restart with other settings keeps what can be kept of the calls, and warns of the rest; so does
# one with another version of the maps, and with a journal that somebody has damaged.
. "$(dirname "$0")/rig.sh"

pins=$work/bpf/xdp-rtpproxy
abi=$(sed -n 's/#define XRP_ABI_VERSION //p' include/xdp-rtpproxy/abi.h)
options=(-l 192.0.2.1 -m 10000 -M 10999 --max-calls 100)

kill_daemon()
{
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
}

# restart OPTION...
restart()
{
	kill_daemon
	start_daemon "$@"
}

audit_is_clean()
{
	ctl audit >"$work/audit.json" && return
	echo "#   audit: $(jq -c '[.found, .differences[:3]]' "$work/audit.json")"
	return 1
}

# goes_on SENTENCE: media of the call, of which the kernel carries all, and commands.
goes_on()
{
	local kernel

	kernel=$(relayed_in_kernel)
	check "$1: the call goes on" both_ways 50
	is "$1: in the kernel" $(($(relayed_in_kernel) - kernel)) 100
	is "$1: at the same port" "$(port_in "$(rtpp "U kept $alice_ip 4000 from-kept")")" \
		"${bob_relay##*:}"
	check "$1: and the audit finds nothing" audit_is_clean
}

two_interfaces
start_daemon "${options[@]}"
set_up_call kept
goes_on "before"

restart -l 192.0.2.1 -m 20000 -M 20999 --max-calls 100
goes_on "another port range"
check "which is told" daemon_says 'adopted_changed .*outside_port_range=1'
between "new calls get ports of the new range" 20000 \
	"$(port_in "$(rtpp "U new $alice_ip 4200 from-new")")" 20999
rtpp "D new from-new" >/dev/null

restart "${options[@]:0:6}" --max-calls 5000
goes_on "another --max-calls"
check "which is told" daemon_says 'max_calls_kept wanted=5000 kept=100'

restart -l 198.51.100.1 -m 10000 -M 10999 --max-calls 100
goes_on "another -l"
check "which is told" daemon_says 'adopted_changed .*not_listened_on=1'
check "a new call is on the new address" grep -q ' 198.51.100.1' \
	<<<"$(rtpp "U new $alice_ip 4200 from-new")"
rtpp "D new from-new" >/dev/null

restart "${options[@]}" --interface to-alice
check "another set of interfaces: the call goes on" both_ways 50
check "which is told" daemon_says 'interface_released interface=to-bob'
check "and the audit finds nothing" audit_is_clean
restart "${options[@]}"
goes_on "all interfaces again"

kill_daemon
in_ns relay timeout 10 "$build/xdp-rtpproxy" -f -F -l "$relay_ip" --no-pin -s "unix:$work/c.ctl" \
	--ctl "$work/c.sock" -p "$work/c.pid" --pin-root "$pins" 2>"$work/refused"
is "a start without pins is refused where calls are pinned" $? 1
check "and says why" grep -q 'start without --no-pin' "$work/refused"
start_daemon "${options[@]}"
goes_on "after that"

# --- other versions ---
kill_daemon
mv "$pins/$abi" "$pins/$((abi - 1))"
start_daemon "${options[@]}"
check "an older version's calls are taken over" daemon_says "adopted calls=1 .*from_abi=$((abi - 1))"
goes_on "upgraded"
check "and its directory is gone" [ ! -e "$pins/$((abi - 1))" ]
kill_daemon
mv "$pins/$abi" "$pins/$((abi + 1))"
in_ns relay timeout 10 "$build/xdp-rtpproxy" -f -F "${options[@]}" -s "unix:$work/c.ctl" \
	--ctl "$work/c.sock" -p "$work/c.pid" --pin-root "$pins" 2>"$work/refused"
is "a newer version's calls are not touched" $? 1
check "and it is said what to do" grep -qE 'newer xdp-rtpproxy .*run that one.*--detach' "$work/refused"
mv "$pins/$((abi + 1))" "$pins/$abi"
start_daemon "${options[@]}"
goes_on "not downgraded"

# --- a damaged journal ---
set_up_call other
kill_daemon
key=$(bpftool -j map dump pinned "$pins/$abi/maps/journal" | jq -r \
	'[.[] | select((.key[8:12] | join(" ")) == "0x01 0x00 0x00 0x00")] | last | .key | join(" ")')
size=$(bpftool -j map show pinned "$pins/$abi/maps/journal" | jq .bytes_value)
# shellcheck disable=SC2046,SC2086 # words are what is wanted
must bpftool map update pinned "$pins/$abi/maps/journal" key $key value \
	$(head -c "$size" /dev/urandom | od -An -v -tx1 | sed 's/\([0-9a-f][0-9a-f]\)/0x\1/g')
start_daemon "${options[@]}"
check "a damaged record is told" daemon_says 'event=journal_damaged'
check "the other call is adopted" daemon_says 'event=adopted calls=1 '
is "the audit tells of what was set aside" "$(ctl audit | jq -r '.differences[].what' | sort -u)" \
	record_set_aside
ctl audit --repair >/dev/null
check "and takes it away when asked to" audit_is_clean

kill_daemon
in_ns relay "$build/xdp-rtpproxy" --detach --pin-root "$pins" --ctl "$work/ctl.sock" >/dev/null
check "--detach leaves nothing" [ ! -e "$pins" ]

# --- a journal that is full ---
small=(-l 192.0.2.1 -m 10000 -M 10008 -b --max-calls 3 --port-rest 0 -n tcp:127.0.0.1:9999)
start_daemon "${small[@]}"
big=$(printf 'x%.0s' {1..7600})
tag=$(printf 't%.0s' {1..2800})
rtpp "U first $alice_ip 4000 f" >/dev/null
rtpp "U $big $alice_ip 4100 f" >/dev/null
moved=$(port_in "$(rtpp "Un first $alice_ip 4000 f tcp:127.0.0.1:9999 $tag")")
check "a call that the journal has no room for is told" daemon_says 'event=journal_failed call_id=first'
is "the audit says that it has no record" "$(ctl audit | jq -r '.differences[].what')" record_missing
rtpp "D $big f" >/dev/null
next=$(port_in "$(rtpp "U next $alice_ip 4200 f")")
check "when there is room it is written" wait_for 5 audit_is_clean 2>/dev/null
kill_daemon
start_daemon "${small[@]}"
is "after a restart it has the port that it had last" "$(port_in "$(rtpp "U first $alice_ip 4000 f")")" "$moved"
is "and who came after it its own" "$(port_in "$(rtpp "U next $alice_ip 4200 f")")" "$next"
check "and the audit finds nothing" audit_is_clean
