#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The filter of system calls: what an intruder would do in the running daemon's place is refused, or
# ends it, and calls are still there after that. Without the filter all of it works.
. "$(dirname "$0")/rig.sh"

two_interfaces

# What became of it, or the process?
met()
{
	daemon_says 'errno=' || ! kill -0 "$daemon" 2>/dev/null
}

# intrude WHAT OPTION...: the daemon tries it when it has carried out a command. $outcome is the
# errno that it got, when it still serves after that, or with which status it ended.
intrude()
{
	local what=$1

	shift
	XRP_FAULT=sync.stored:1:$what program=$build/tests/xdp-rtpproxy-fault start_daemon \
		-l "$relay_ip" --interface to-alice,to-bob "$@"
	in_ns relay timeout 0.5 "$build/rtppcmd" -s udp:127.0.0.1:22222 \
		"U call-$what 192.0.2.2 4000 from" >"$work/answer" 2>/dev/null
	wait_for "$deadline" met
	if kill -0 "$daemon" 2>/dev/null; then
		outcome="errno $(sed -n "s/.*intrusion=$what errno=//p" "$work/daemon.log")"
		[ "$(rtpp V)" = 20040107 ] || outcome+=", serves no more"
		kill "$daemon"
		wait "$daemon" 2>/dev/null
		return
	fi
	wait "$daemon" 2>/dev/null
	outcome="ended with $?"
}

refused="errno 38" killed="ended with 159" # ENOSYS; SIGSYS
intrude exec --seccomp refuse
is "to start a program ends it" "$outcome" "$killed"
start_daemon -l "$relay_ip" --interface to-alice,to-bob
is "the call is there after the next start" "$(ctl calls | jq -r '.calls[].call_id')" call-exec
kill "$daemon"
wait "$daemon"
"$build/xdp-rtpctl" --socket "$work/ctl.sock" --pin-root "$work/bpf/xdp-rtpproxy" detach >/dev/null

for what in fork getpgid packet code bpf kill; do
	intrude "$what" --no-pin --seccomp refuse
	is "$what is refused" "$outcome" "$refused"
done
for what in exec getpgid; do
	intrude "$what" --no-pin --seccomp kill
	is "with kill $what ends it" "$outcome" "$killed"
done

# So that this can fail.
intrude exec --no-pin --seccomp off
is "without the filter a program is started" "$outcome" "ended with 0"
for what in fork getpgid packet code kill; do
	intrude "$what" --no-pin --seccomp off
	is "and $what works" "$outcome" "errno 0"
	intrude "$what" --no-pin --seccomp log
	is "as it does when it is logged only" "$outcome" "errno 0"
done
intrude bpf --no-pin --seccomp off
is "and bpf comes to its arguments" "$outcome" "errno 7"

start_daemon -l "$relay_ip" --interface to-alice,to-bob --no-pin --seccomp off
is "status tells that there is none" "$(ctl status | jq -r .privileges.seccomp)" off
kill "$daemon"
wait "$daemon"
start_daemon -l "$relay_ip" --interface to-alice,to-bob --no-pin --seccomp refuse
is "or what it does" "$(ctl status | jq -r .privileges.seccomp)" refuse
kill "$daemon"
wait "$daemon"
is "another word is refused" "$("$build/xdp-rtpproxy" --seccomp on 2>&1)" \
	"xdp-rtpproxy: --seccomp wants refuse, kill, log or off, not 'on'"
