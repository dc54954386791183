#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Privileges. With -u nobody: once it serves, the daemon is nobody with the few capabilities that it needs. Calls run in
# the kernel all the same, an interface that is made anew is attached again, and calls stay pinned.
. "$(dirname "$0")/rig.sh"

two_interfaces
must mkdir "$work/sockets"
chmod 755 "$work"
start_daemon -l "$relay_ip" -u nobody:daemon -w 432 -s "unix:$work/sockets/c" \
	--interface to-alice,to-bob

# status_line NAME: of the process's status.
status_line()
{
	awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' "/proc/$daemon/status"
}

nobody=$(id -u nobody) daemon_group=$(getent group daemon | cut -d: -f3)
is "it is nobody" "$(status_line Uid)" "$nobody $nobody $nobody $nobody"
is "of the group that was named" "$(status_line Gid)" \
	"$daemon_group $daemon_group $daemon_group $daemon_group"
is "of no other group" "$(status_line Groups)" ""
# CAP_NET_ADMIN 12, CAP_NET_RAW 13, CAP_PERFMON 38, CAP_BPF 39
few=000000c000003000
is "with the capabilities for XDP, routes and raw sockets" "$(status_line CapEff)" $few
is "and no way to others" "$(status_line CapPrm) $(status_line CapBnd)" "$few 0000000000000000"
# every_thread NAME: the values that its threads have there.
every_thread()
{
	cat "/proc/$daemon/task"/*/status | awk -v name="$1:" '$1 == name { print $2 }' | sort | uniq -c | xargs
}

is "the threads of recordings and prompts have none at all" "$(every_thread CapEff)" \
	"2 0000000000000000 1 $few"
is "nor may it get any" "$(every_thread CapPrm) / $(every_thread CapBnd)" \
	"2 0000000000000000 1 $few / 3 0000000000000000"
is "nor inherit any" "$(every_thread CapInh) / $(every_thread CapAmb)" "3 0000000000000000 / 3 0000000000000000"
policies()
{
	for task in "/proc/$daemon/task"/*; do
		echo "$(cat "$task/comm") $(chrt -p "${task##*/}" | sed -n 's/.*policy: //p')"
	done | sort | xargs
}
is "prompts are sent in real time" "$(policies)" \
	"prompts SCHED_FIFO recorder SCHED_OTHER xdp-rtpproxy SCHED_OTHER"
is "no thread gains by starting programs" "$(every_thread NoNewPrivs)" "3 1"
is "each is behind the filter of system calls" "$(every_thread Seccomp)" "3 2"
is "the control socket is its own, in the mode asked for" \
	"$(stat -c '%U:%G %a' "$work/sockets/c")" "nobody:daemon 660"

set_up_call user
check "a call is relayed" both_ways 50
between "in the kernel" 90 "$(relayed_in_kernel)" 100
head -c 800 /dev/zero >"$work/prompt.0"
is "a prompt is played" "$(rtpp "P user $work/prompt 0 from-user to-user")" 0
prompt_is_over()
{
	[ "$(rtpp "G nplrs_destroyed")" = 1 ]
}
check "to its end" wait_for "$deadline" prompt_is_over

must ip -n relay link del to-bob
add_link relay to-bob 198.51.100.1/24 bob eth0 198.51.100.2/24
must ip -n bob route add default via 198.51.100.1
attached()
{
	ctl status | jq -e '[.interfaces[] | select(.name == "to-bob").mode] == ["native"]' >/dev/null
}
in_kernel()
{
	local was

	was=$(relayed_in_kernel)
	both_ways 50 --seq "$1" && [ $(($(relayed_in_kernel) - was)) -ge 90 ]
}
check "an interface that is made anew is attached again" wait_for 8 attached
check "and calls run over it, in the kernel" in_kernel 200
kill "$daemon"
wait "$daemon"
is "it ends well" $? 0
is "the pid file of root's directory names nobody any more" "$(stat -c %s "$work/pid")" 0

# Real-time scheduling is for the media, not for files.
must mkdir "$work/rec"
chown nobody "$work/rec"
recording()
{
	start_daemon -l "$relay_ip" -u nobody -c fifo -r "$work/rec" -P --interface to-alice,to-bob
}
recording
is "with -c the recorder is not real-time, nor who mends what a killed one left; prompts are" \
	"$(policies)" \
	"prompts SCHED_FIFO recorder SCHED_OTHER salvage SCHED_OTHER xdp-rtpproxy SCHED_FIFO"
is "none of them has capabilities" "$(every_thread CapEff)" "3 0000000000000000 1 $few"
set_up_call kept
is "it records" "$(rtpp "Rs kept from-kept to-kept")" 0
check "media goes both ways" both_ways 50 --seq 400
rtpp "D kept from-kept to-kept" >/dev/null
has_packets()
{
	[ "$(capinfos -Mcr -T "$work/rec/kept=from-kept.pcap" 2>/dev/null | cut -f2)" = 50 ]
}
check "into files, without any capability" wait_for "$deadline" has_packets
set_up_call killed
is "it records another" "$(rtpp "Rs killed from-killed to-killed")" 0
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
recording
is "a recording that goes on after a restart is the user's" \
	"$(stat -c %U "$work/rec/killed=from-killed.part2.pcap")" nobody
is "no other thread has capabilities then" "$(every_thread CapEff)" "3 0000000000000000 1 $few"
kill "$daemon"
wait "$daemon"

is "a user that is not there is refused" "$(in_ns relay "$build/xdp-rtpproxy" -f --no-pin \
	--ctl "$work/o" -p "$work/o.pid" -s "unix:$work/o.c" --interface lo -u nobody-else 2>&1 | grep -c "no user 'nobody-else'")" 1
start_daemon -l "$relay_ip" -u nobody --interface to-alice,to-bob
is "a user alone brings its group" "$(status_line Gid | cut -f1)" \
	"$(id -g nobody | sed 's/.*/& & & &/')"
set_up_call again
check "what an earlier start left pinned is taken over" in_kernel 300
kill "$daemon"
wait "$daemon"

start_daemon -l "$relay_ip" -u nobody --interface to-alice,to-bob --ctl "$work/run/ctl.sock" -p "$work/run/pid"
is "the directory that it makes for the operator's socket is its own" "$(stat -c %U "$work/run")" nobody
kill "$daemon"
wait "$daemon"
is "so nothing but the note of the ports is left there at the end" "$(ls "$work/run")" ctl.sock.ports

# Without -u it stays root, and has no more than that but the right to work on files of others.
mkdir "$work/theirs"
chown nobody "$work/theirs"
chmod 700 "$work/theirs"
start_daemon -l "$relay_ip" -r "$work/theirs" -P --interface to-alice,to-bob
is "root keeps the same, and its right to files" "$(status_line CapEff) $(status_line CapPrm)" \
	"000000c000003002 000000c000003002"
is "the other threads only the latter" "$(every_thread CapEff) / $(every_thread CapPrm)" \
	"3 0000000000000002 1 000000c000003002 / 3 0000000000000002 1 000000c000003002"
is "none may get or inherit others" "$(every_thread CapBnd) / $(every_thread CapInh) / $(every_thread CapAmb)" \
	"4 0000000000000000 / 4 0000000000000000 / 4 0000000000000000"
is "or gain by starting programs, and all are behind the filter" \
	"$(every_thread NoNewPrivs) / $(every_thread Seccomp)" "4 1 / 4 2"
is "status says so" "$(ctl status | jq -c .privileges)" \
	'{"uid":0,"gid":0,"capabilities":["dac_override","net_admin","net_raw","perfmon","bpf"],"no_new_privileges":true,"seccomp":"kill"}'
check "and for people" grep -qx \
	'runs as     root with dac_override, net_admin, net_raw, perfmon, bpf; seccomp kill' \
	<<<"$("$build/xdp-rtpctl" --socket "$work/ctl.sock" status)"
set_up_call theirs
is "it records" "$(rtpp "Rs theirs from-theirs to-theirs")" 0
check "calls run in the kernel" in_kernel 400
rtpp "D theirs from-theirs to-theirs" >/dev/null
check "into a directory of another user" wait_for "$deadline" [ -s "$work/theirs/theirs=from-theirs.pcap" ]
must ip -n relay link del to-bob
add_link relay to-bob 198.51.100.1/24 bob eth0 198.51.100.2/24
must ip -n bob route add default via 198.51.100.1
check "an interface that is made anew is attached again" wait_for 8 attached
kill "$daemon"
wait "$daemon"
is "it ends well" $? 0
check "and takes its files away" [ ! -e "$work/pid" -a ! -e "$work/ctl.sock" ]

start_daemon -l "$relay_ip" -u :daemon --interface to-alice,to-bob
is "with a group alone, too" "$(status_line Uid | cut -f1) $(status_line Gid | cut -f1) $(status_line CapEff)" \
	"0 0 0 0 $daemon_group $daemon_group $daemon_group $daemon_group 000000c000003002"
kill "$daemon"
wait "$daemon"

"$build/xdp-rtpctl" --socket "$work/ctl.sock" --pin-root "$work/bpf/xdp-rtpproxy" detach >/dev/null

# Started as another user with these capabilities, as a service manager does. The bounding set is
# not this user's to shrink.
mkdir "$work/mine"
chown nobody "$work/mine"
cat >"$work/as-nobody" <<-END
	#!/bin/sh
	exec setpriv --reuid nobody --regid daemon --clear-groups \
		--inh-caps=+bpf,+perfmon,+net_admin,+net_raw --ambient-caps=+bpf,+perfmon,+net_admin,+net_raw \
		"$build/xdp-rtpproxy" "\$@"
END
chmod 755 "$work/as-nobody"
program=$work/as-nobody start_daemon -l "$relay_ip" --no-pin --pin-root "$work/none" --ctl "$work/mine/ctl" \
	-p "$work/mine/pid"
is "who has them from elsewhere passes none on" \
	"$(every_thread CapEff) / $(every_thread CapInh) / $(every_thread CapAmb)" \
	"2 0000000000000000 1 $few / 3 0000000000000000 / 3 0000000000000000"
kill "$daemon"
wait "$daemon"
is "and ends well" $? 0
