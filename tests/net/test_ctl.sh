#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What xdp-rtpctl tells of a running daemon: recordings and the copies that they lost, notifications,
# prompts, why there is no XDP, what is not known.
. "$(dirname "$0")/rig.sh"

two_interfaces
must mkdir "$work/rec"

status()
{
	ctl status | jq -r "$1"
}

status_is()
{
	[ "$(status "$1")" = "$2" ]
}

text_says()
{
	"$build/xdp-rtpctl" --socket "$work/ctl.sock" status | grep -qE "$1"
}

stop_daemon()
{
	kill "$daemon" && wait "$daemon"
}

# --- recordings ----------------------------------------------------------------------------------

start_daemon -l "$relay_ip" -r "$work/rec" -P -T 1 -n "unix:$work/n.sock"
is "nothing is recorded yet" "$(status '[.recording[]] | add')" 0
set_up_call call
is "of a side that sent nothing there is no payload type, and no SSRC" \
	"$(ctl show call | jq -c '[.streams[].legs[].rtp | .payload_type, .ssrc] | unique')" '[null]'
rtpp "R call from-call to-call" >/dev/null
check "media goes both ways" both_ways 200
is "then there are" "$(ctl show call | jq -c '[.streams[].legs[].rtp | .payload_type, .ssrc]')" \
	"[8,$((0xa11ce)),8,$((0xb0b))]"
check "the side that is recorded is counted" status_is .recording.sides 1
check "and what was written of it" wait_for "$deadline" status_is .recording.packets 200
check "nothing was lost" status_is .recording.copies_lost 0
is "no number has more than three digits behind the point" \
	"$( (ctl show call; ctl status; ctl calls) | grep -E '\.[0-9]{4,},?$')" ""
check "the time since the start is told before the first second is over, too" \
	eval '[ "$(status ".uptime_s > 0")" = true ]'
check "the text says so" text_says \
	'^recording +1 sides of calls, 2 open files; 200 packets written, 0 copies sent; 0 lost, 0 write errors$'

# A daemon that is stopped empties no ring, and the program goes on: 4 MB are full at last.
talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --seq 1000 --count 6000 \
	--interval-ms 0.3 --payload-size 1200 --expect 0 --timeout 0
before=$(relayed_in_kernel)
kill -STOP "$daemon"
media_start
heard alice
kill -CONT "$daemon"
between "the kernel relays though the daemon is stopped" $((before + 5900)) "$(relayed_in_kernel)" \
	$((before + 6000))
some_lost()
{
	[ "$(status .recording.copies_lost)" -gt 0 ]
}
check "copies that found no room are counted while the call goes on" wait_for "$deadline" some_lost
all_accounted()
{
	status_is '.recording | .packets + .copies_lost' 6200
}
check "with those that did all packets are accounted for" wait_for "$deadline" all_accounted
lost=$(status .recording.copies_lost)
is "the call ends" "$(rtpp "D call from-call")" 0
check "nothing is counted twice then" status_is .recording.copies_lost "$lost"
check "the log tells the same" wait_for "$deadline" daemon_says "event=record_end .*copies_lost=$lost\$"

# --- what a call waits for -----------------------------------------------------------------------

offer held "$alice_ip" 4000
answer held 0.0.0.0 6000
talk alice alice "$alice_ip:4000" "$alice_relay" --count 20 --expect 0 --timeout 0.1
media_start
check "alice sends to bob, who is on hold" heard alice
is "the verdict says so, and of no firewall" "$(ctl show held | jq -r .streams[0].verdict)" \
	"caller: heard, but the callee is on hold (its SDP has the address 0.0.0.0) and has no address \
to send to; callee: on hold (its SDP has the address 0.0.0.0), nothing has arrived"
is "and JSON" "$(ctl show held | jq -c '[.streams[0].legs[].hold]')" '[false,true]'
answer held "$bob_ip" 6000
is "until he is back" "$(ctl show held | jq -c '[.streams[0].legs[].hold]')" '[false,false]'

# --- notifications -------------------------------------------------------------------------------

listen unix relay "unix:$work/n.sock"
rtpp "U told $alice_ip 4000 from-told to-told unix:$work/n.sock tag" >/dev/null
check "a notification is counted" wait_for "$deadline" status_is .notify.sent 1
check "with its socket" status_is '.notify | "\(.targets) \(.connected) \(.lost)"' '1 1 0'
check "the text says so" text_says '^notify +1 targets, 1 connected; 1 sent, 0 again, 0 queued, 0 lost$'
hang_up unix
rtpp "U lost $alice_ip 4000 from-lost to-lost unix:$work/n.sock tag" >/dev/null
check "so is one that is lost" wait_for "$deadline" status_is .notify.lost 1
stop_daemon
forget_calls

# --- no XDP --------------------------------------------------------------------------------------

start_daemon -l "$relay_ip" --no-pin --interface to-alice,lo
check "the log says that lo is never attached" daemon_says \
	'event=attach interface=lo mode=none why="loopback is never attached"'
check "and so does the status" text_says '^lo +none +loopback is never attached'
stop_daemon
start_daemon -l "$relay_ip" --no-pin --no-xdp
check "that XDP is switched off is said" text_says '^XDP is off: .*\(--no-xdp\)$'
stop_daemon
for link in to-alice to-bob to-mallory; do
	must ip -n relay link set "$link" down
done
start_daemon -l 127.0.0.1 --no-pin
check "that there is only lo is said" text_says \
	'^XDP is off: .*\(no interface was found to attach to \(lo never is\)'
check "and logged" daemon_says 'event=no_xdp .*\(lo never is\)'
