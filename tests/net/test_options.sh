#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong options, addresses and surroundings: exit 1 and one sentence that names the thing and the mend.
. "$(dirname "$0")/rig.sh"

two_interfaces

# refused SENTENCE PATTERN OPTION...: the daemon, run in the relay's namespace, must refuse so.
refused() {
	local sentence=$1 pattern=$2 said status
	shift 2
	said=$(in_ns relay timeout 10 "$build/xdp-rtpproxy" -f -F --no-pin --ctl "$work/o.sock" \
		-p "$work/o.pid" -s "unix:$work/o.ctl" "$@" 2>&1)
	status=$?
	if [ "$status" = 1 ] && [ "$(grep -c . <<<"$said")" = 1 ] && grep -qE -- "$pattern" <<<"$said"; then
		ok "$sentence is refused and named"
	else
		not_ok "$sentence is refused and named"
		echo "#   exit $status: $said"
	fi
}

refused 'an unknown option' 'unknown option --frobnicate; --help' --frobnicate
refused 'an unknown letter' 'unknown option -Z; --help' -Z
refused 'an argument left out' '-m wants an argument' -m
refused 'a leftover word' "'word' is not an option" word
refused 'a port that is no number' "port-min wants a number from 1 to 65535, not 'x'" -m x
refused 'a port too high' 'port-max wants a number from 1 to 65535' -M 70000
refused 'a range upside down' 'port-min 5000 is above --port-max 4000' -m 5000 -M 4000
refused 'a range without a pair' 'no port pair in 10001 to 10002' -m 10001 -M 10002
refused 'a TOS too high' 'tos wants a number from 0 to 255' -t 256
refused 'a policy that is none' 'learn wants strict, host, auto or any' --learn maybe
refused 'a log level that is none' 'log wants LEVEL' -d loud
refused 'an address that is not on the host' '198.51.100.77 is not on this host.*-A' -l 198.51.100.77
refused 'an address that is none' "'nonsense' is no IPv4 address" -l nonsense
refused 'an interface that is not there' "'eth77': no such interface" --interface eth77
refused 'a control socket that is none' 'xyz:1' -s xyz:1
refused 'a directory that is missing' '/nonexistent' -s unix:/nonexistent/x.sock
refused 'a pid file that cannot be' 'pid file /nonexistent/pid cannot be written' -p /nonexistent/pid

said=$(in_ns relay "$build/xdp-rtpproxy" -f --no-pin --ctl "$work/o.sock" -s udp:127.0.0.1:7722 2>&1)
check 'UDP commands as root must be meant' grep -q 'say -F if that is meant' <<<"$said"
check '--help lists the options' grep -q -- '-l, --listen' <<<"$("$build/xdp-rtpproxy" --help)"
check '-V prints the version' grep -qE '^[0-9]+\.[0-9]+' <<<"$("$build/xdp-rtpproxy" -V)"
